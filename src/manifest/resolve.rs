//! Resolves what the user wrote: defaults, required keys, and the rules for several keys together.

mod agentcore;
mod finding;
mod side;

use std::collections::BTreeMap;
use std::fmt::Display;

use camino::Utf8Path;

use self::finding::{Resolver, spec};
use super::agent::{Agent, Definition, FileSource, PolicyStatement, Positions, Scope};
use super::decode::Document;
use super::error::ManifestError;
use super::local::{FileRule, Wanted};
use super::model::{AgentMetadata, AgentSpec, BatchAgentDocument, DefinitionSpec, Runtime};
use super::node::{Node, Path};
use super::setting::{DataProtection, Iam, KeyChoice, Network};
use super::statement::{OneOrMore, Statement};
use super::text::{LabelKey, LabelValue};
use crate::code::Code;

// Lambda API, VpcConfig, and Bedrock AgentCore control API, VpcConfig: both take 16 subnets.
const MAX_SUBNETS: usize = 16;
// Lambda API, VpcConfig.
const MAX_SECURITY_GROUPS_ON_LAMBDA: usize = 5;
// Bedrock AgentCore control API, VpcConfig.
const MAX_SECURITY_GROUPS_ON_AGENTCORE: usize = 16;
// AWS General Reference, "Tagging AWS resources": 50 tags a resource. Six of a key's own are agentctl's, and four of any other resource.
const MAX_LABELS_ON_KEYS: usize = 44;
const MAX_LABELS: usize = 46;

/// Resolves one agent. The document is the tree that it was read from.
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
        let written = written.spec;
        self.labels(&labels, &written.encryption.key);
        let prompt = self.prompt(&written);
        self.iam(&written.iam, &written.definition);
        let definition = self.definition(written.definition);
        let side = self.side(
            written.runtime,
            written.code,
            written.lambda,
            written.agentcore,
        );
        if let Some(network) = &written.network {
            self.network(network, written.runtime);
        }
        if let Some(protection) = &written.data_protection {
            self.data_protection(protection);
        }
        Some(Agent {
            name: name?,
            labels,
            prompt: prompt?,
            expect_json: written.expect_json,
            definition: definition?,
            environment: written.environment,
            side: side?,
            network: written.network,
            iam: written.iam,
            encryption: written.encryption,
            observability: written.observability,
            data_protection: written.data_protection,
            source,
            positions: Positions::of(&self.document.node),
        })
    }

    fn labels(&mut self, labels: &BTreeMap<LabelKey, LabelValue>, key: &KeyChoice) {
        let path = Path::of("metadata.labels");
        let most = match key {
            KeyChoice::Managed => MAX_LABELS_ON_KEYS,
            KeyChoice::Aws | KeyChoice::Existing(_) => MAX_LABELS,
        };
        if labels.len() > most {
            let count = labels.len();
            self.illegal(
                &path,
                format!("must hold {most} at most, not {count}: a resource takes 50 tags together with agentctl's own"),
            );
        }
        // IAM user guide, "Tagging IAM resources": tag keys of roles do not differ by case.
        let mut seen: BTreeMap<String, &LabelKey> = BTreeMap::new();
        for label in labels.keys() {
            if let Some(twin) = seen.insert(label.as_str().to_ascii_lowercase(), label) {
                let rule = format!("differs from `{twin}` only by case, which IAM ignores");
                self.illegal(&path.key(label.as_str()), rule);
            }
        }
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
            .iter()
            .enumerate()
            .map(|(index, tool)| self.file(&self.document.item(&path, index), tool, Wanted::Either))
            .collect();
        self.repeated_tools(&path, &tools);
        let path = spec("definition.policyStatements");
        let policy_statements: Vec<_> = written
            .policy_statements
            .into_iter()
            .enumerate()
            .map(|(index, statement)| self.statement(&self.document.item(&path, index), statement))
            .collect();
        Some(Definition {
            model: written.model,
            system_prompt: system_prompt?,
            tools: tools.into_iter().collect::<Option<_>>()?,
            policy_statements: policy_statements.into_iter().collect::<Option<_>>()?,
        })
    }

    /// Reports tools that are named again, however they are written.
    fn repeated_tools(&mut self, path: &Path, tools: &[Option<FileSource>]) {
        for (index, tool) in tools.iter().enumerate() {
            if tool.is_some() && tools[..index].contains(tool) {
                let path = self.document.item(path, index);
                let node = self.document.node.find(&path).and_then(Node::as_text);
                let tool = self.shown(&path, &node.unwrap_or_default());
                self.illegal(&path, format!("names `{tool}` again"));
            }
        }
    }

    fn iam(&mut self, iam: &Iam, definition: &DefinitionSpec) {
        let Some(role) = &iam.role else { return };
        if iam.permissions_boundary.is_some() {
            self.conflict(&spec("iam.role"), &spec("iam.permissionsBoundary"));
        }
        if definition.policy_statements.is_empty() {
            return;
        }
        let role = self.shown(&spec("iam.role"), role);
        let message = format!(
            "`policyStatements` cannot be added to `{role}`, which agentctl did not create"
        );
        let error = ManifestError::new(Code::ConflictingKeys, message)
            .at(self.key_place("definition.policyStatements"))
            .hint("add them to that role yourself, or leave `iam.role` out: then agentctl creates one");
        self.report(error);
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
                        let values = values.into_iter().map(|value| value.0).collect();
                        (key.to_string(), values)
                    });
                    (operator.to_string(), keys.collect())
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
                    let error = ManifestError::new(Code::MissingKey, message)
                        .at(self.document.node.place_of(path));
                    self.report(error);
                }
                None
            }
        }
    }

    fn network(&mut self, network: &Network, runtime: Runtime) {
        let most_groups = match runtime {
            Runtime::Lambda => MAX_SECURITY_GROUPS_ON_LAMBDA,
            Runtime::AgentCore => MAX_SECURITY_GROUPS_ON_AGENTCORE,
        };
        let hint = "name at least one, or leave `network` out";
        if network.subnets.is_empty() {
            self.missing("network.subnets", hint);
        }
        if network.security_groups.is_empty() {
            self.missing("network.securityGroups", hint);
        }
        self.list("network.subnets", &network.subnets, ..=MAX_SUBNETS);
        self.list(
            "network.securityGroups",
            &network.security_groups,
            ..=most_groups,
        );
    }

    fn data_protection(&mut self, protection: &DataProtection) {
        if protection.identifiers.is_empty() {
            self.missing(
                "dataProtection.identifiers",
                "name at least one, or leave `dataProtection` out",
            );
        }
        self.list("dataProtection.identifiers", &protection.identifiers, ..);
    }
}

fn texts<T: Display>(written: Option<OneOrMore<T>>) -> Option<Vec<String>> {
    written.map(|OneOrMore(items)| items.iter().map(T::to_string).collect())
}
