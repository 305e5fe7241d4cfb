//! From what is written to what is meant: defaults, required keys, and the rules that span several keys.

mod agentcore;
mod finding;
mod side;

use std::collections::BTreeMap;
use std::fmt::Display;

use camino::Utf8Path;

use self::finding::{Resolver, spec};
use super::agent::{
    Agent, DataProtection, Definition, Iam, Model, Network, Observability, PolicyStatement,
    Positions, Scope,
};
use super::decode::Document;
use super::error::{Code, ManifestError};
use super::local::{FileRule, Wanted};
use super::model::{
    AgentMetadata, AgentSpec, BatchAgentDocument, DataProtectionSpec, DefinitionSpec, IamSpec,
    NetworkSpec, ObservabilitySpec, Runtime,
};
use super::node::Path;
use super::number::RetentionDays;
use super::statement::{OneOrMore, Statement};
use super::text::{AgentName, LabelKey, LabelValue, ModelId};

const DEFAULT_MODEL: &str = "anthropic.claude-sonnet-4-20250514-v1:0";
const DEFAULT_METRIC_NAMESPACE: &str = "agentctl";

// Lambda API, VpcConfig, and Bedrock AgentCore control API, VpcConfig: both take 16 subnets.
const MAX_SUBNETS: usize = 16;
// Lambda API, VpcConfig.
const MAX_SECURITY_GROUPS_ON_LAMBDA: usize = 5;
// Bedrock AgentCore control API, VpcConfig.
const MAX_SECURITY_GROUPS_ON_AGENTCORE: usize = 16;
// AWS General Reference, "Tagging AWS resources": 50 tags a resource; four of them are the marks of the owner.
const MAX_LABELS: usize = 46;

/// Resolves one agent; the document is the tree that it was read from.
pub(super) fn agent(
    root: &Utf8Path,
    files: FileRule,
    document: &Document,
    written: BatchAgentDocument,
    errors: &mut Vec<ManifestError>,
) -> Option<Agent> {
    let mut resolver = Resolver {
        root,
        files,
        document,
        errors,
    };
    resolver.agent(written)
}

impl Resolver<'_> {
    fn agent(&mut self, written: BatchAgentDocument) -> Option<Agent> {
        let AgentMetadata { name, labels } = written.metadata.unwrap_or_default();
        let name_path = Path::of("metadata.name");
        let source = self.document.node.place_of(&name_path).position();
        if name.is_none() {
            self.missing_at(&name_path, "give the agent a name");
        }
        let written = written.spec.unwrap_or_default();
        let labels = self.labels(labels.unwrap_or_default());
        let prompt = self.prompt(&written);
        let definition = written.definition.unwrap_or_default();
        let iam = self.iam(written.iam.unwrap_or_default(), &definition);
        let definition = self.definition(definition);
        let runtime = written.runtime.unwrap_or_default();
        let side = self.side(
            runtime,
            written.code,
            written.lambda.unwrap_or_default(),
            written.agentcore.unwrap_or_default(),
        );
        let network = self.network(written.network, runtime);
        let data_protection = self.data_protection(written.data_protection);
        let name = name?;
        Some(Agent {
            observability: observability(&name, written.observability.unwrap_or_default()),
            name,
            labels,
            prompt: prompt?,
            expect_json: written.expect_json.unwrap_or_default(),
            definition: definition?,
            environment: written.environment.unwrap_or_default(),
            side: side?,
            network,
            iam,
            encryption: written
                .encryption
                .unwrap_or_default()
                .key
                .unwrap_or_default(),
            data_protection,
            source,
            positions: Positions::of(&self.document.node),
        })
    }

    fn labels(&mut self, labels: BTreeMap<LabelKey, LabelValue>) -> BTreeMap<LabelKey, LabelValue> {
        let path = Path::of("metadata.labels");
        if labels.len() > MAX_LABELS {
            let count = labels.len();
            self.illegal(
                &path,
                format!("must hold {MAX_LABELS} at most, not {count}"),
            );
        }
        // IAM user guide, "Tagging IAM resources": tag keys of roles do not differ by case.
        let mut seen: BTreeMap<String, &LabelKey> = BTreeMap::new();
        for label in labels.keys() {
            if let Some(twin) = seen.insert(label.as_str().to_ascii_lowercase(), label) {
                let rule =
                    format!("differs from `{twin}` only by case, which IAM does not tell apart");
                self.illegal(&path.key(label.as_str()), rule);
            }
        }
        labels
    }

    fn prompt(&mut self, written: &AgentSpec) -> Option<String> {
        match &written.prompt {
            Some(prompt) if prompt.trim().is_empty() => {
                self.illegal(&spec("prompt"), "must not be empty");
                None
            }
            Some(prompt) => Some(prompt.clone()),
            None => {
                self.missing("prompt", "say what the agent is to do with each event");
                None
            }
        }
    }

    fn definition(&mut self, written: DefinitionSpec) -> Option<Definition> {
        if written.system_prompt.is_none() {
            self.missing(
                "definition.systemPrompt",
                "name a text file or `s3://bucket/key`",
            );
        }
        let system_prompt = written.system_prompt.and_then(|reference| {
            self.file(&spec("definition.systemPrompt"), &reference, Wanted::File)
        });
        let path = spec("definition.tools");
        let tools: Vec<_> = written
            .tools
            .unwrap_or_default()
            .iter()
            .enumerate()
            .map(|(index, tool)| self.file(&self.document.item(&path, index), tool, Wanted::Either))
            .collect();
        let path = spec("definition.policyStatements");
        let policy_statements: Vec<_> = written
            .policy_statements
            .unwrap_or_default()
            .into_iter()
            .enumerate()
            .map(|(index, statement)| self.statement(&self.document.item(&path, index), statement))
            .collect();
        let model = written.model.unwrap_or_default();
        Some(Definition {
            model: Model {
                id: model.id.unwrap_or_else(default_model),
                cross_region: model.cross_region,
            },
            system_prompt: system_prompt?,
            tools: tools.into_iter().collect::<Option<_>>()?,
            policy_statements: policy_statements.into_iter().collect::<Option<_>>()?,
        })
    }

    fn iam(&mut self, written: IamSpec, definition: &DefinitionSpec) -> Iam {
        let adds = definition.policy_statements.as_ref();
        if let Some(role) = &written.role
            && adds.is_some_and(|statements| !statements.is_empty())
        {
            let role = self.shown(&spec("iam.role"), role);
            let message =
                format!("`policyStatements` cannot be added to `{role}`, which is not made here");
            let error = ManifestError::new(Code::Conflict, message)
                .at(self.key_place("definition.policyStatements"))
                .hint("add them to that role yourself, or leave `iam.role` out to have one made");
            self.report(error);
        }
        Iam {
            role: written.role,
            permissions_boundary: written.permissions_boundary,
        }
    }

    fn statement(&mut self, path: &Path, written: Statement) -> Option<PolicyStatement> {
        let actions = self.scope(
            path,
            ("Action", texts(written.action)),
            ("NotAction", texts(written.not_action)),
        );
        let resources = self.scope(
            path,
            ("Resource", texts(written.resource)),
            ("NotResource", texts(written.not_resource)),
        );
        let condition = written.condition.unwrap_or_default().into_iter();
        Some(PolicyStatement {
            sid: written.sid.map(|sid| sid.to_string()),
            effect: written.effect,
            actions: actions?,
            resources: resources?,
            condition: condition
                .map(|(operator, keys)| {
                    let keys = keys.into_iter().map(|(key, OneOrMore(values))| {
                        (key, values.into_iter().map(|value| value.0).collect())
                    });
                    (operator, keys.collect())
                })
                .collect(),
        })
    }

    fn scope(
        &mut self,
        path: &Path,
        (only, named): (&str, Option<Vec<String>>),
        (all_but, excepted): (&str, Option<Vec<String>>),
    ) -> Option<Scope> {
        match (named, excepted) {
            (Some(named), None) => Some(Scope::Only(named)),
            (None, Some(excepted)) => Some(Scope::AllBut(excepted)),
            (Some(_), Some(_)) => {
                self.conflict(&path.key(only), &path.key(all_but));
                None
            }
            (None, None) => {
                let refused = [only, all_but].map(|key| self.document.has_pruned(&path.key(key)));
                if refused == [false, false] {
                    let message = format!("`{path}` needs `{only}` or `{all_but}`");
                    let error = ManifestError::new(Code::Missing, message)
                        .at(self.document.node.place_of(path));
                    self.report(error);
                }
                None
            }
        }
    }

    fn network(&mut self, written: Option<NetworkSpec>, runtime: Runtime) -> Option<Network> {
        let most_groups = match runtime {
            Runtime::Lambda => MAX_SECURITY_GROUPS_ON_LAMBDA,
            Runtime::AgentCore => MAX_SECURITY_GROUPS_ON_AGENTCORE,
        };
        let written = written?;
        let subnets = written.subnets.unwrap_or_default();
        let groups = written.security_groups.unwrap_or_default();
        if subnets.is_empty() {
            self.missing(
                "network.subnets",
                "name at least one, or leave `network` out",
            );
        }
        if groups.is_empty() {
            self.missing(
                "network.securityGroups",
                "name at least one, or leave `network` out",
            );
        }
        self.list("network.subnets", &subnets, ..=MAX_SUBNETS);
        self.list("network.securityGroups", &groups, ..=most_groups);
        Some(Network {
            subnets,
            security_groups: groups,
        })
    }

    fn data_protection(&mut self, written: Option<DataProtectionSpec>) -> Option<DataProtection> {
        let written = written?;
        let identifiers = written.identifiers.unwrap_or_default();
        if identifiers.is_empty() {
            self.missing(
                "dataProtection.identifiers",
                "name at least one, or leave `dataProtection` out",
            );
        }
        self.list("dataProtection.identifiers", &identifiers, ..);
        let audit_log_group = written.audit.and_then(|audit| {
            if audit.log_group.is_none() {
                self.missing(
                    "dataProtection.audit.logGroup",
                    "name a log group, or leave `audit` out",
                );
            }
            audit.log_group
        });
        Some(DataProtection {
            identifiers,
            audit_log_group,
        })
    }
}

fn texts<T: Display>(written: Option<OneOrMore<T>>) -> Option<Vec<String>> {
    written.map(|OneOrMore(items)| items.iter().map(T::to_string).collect())
}

fn default_model() -> ModelId {
    DEFAULT_MODEL
        .parse()
        .expect("the default model is a legal id")
}

fn observability(name: &AgentName, written: ObservabilitySpec) -> Observability {
    Observability {
        enabled: written.enabled.unwrap_or_default(),
        retention_days: written.retention_days.unwrap_or(RetentionDays::WEEK),
        metric_namespace: written.metric_namespace.unwrap_or_else(|| {
            DEFAULT_METRIC_NAMESPACE
                .parse()
                .expect("the default namespace is legal")
        }),
        service_name: written.service_name.unwrap_or_else(|| {
            name.as_str()
                .parse()
                .expect("every agent name is a legal service name")
        }),
        otel_env: written.otel_env.unwrap_or_default(),
    }
}
