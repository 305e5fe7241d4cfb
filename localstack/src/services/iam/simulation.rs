//! `SimulatePrincipalPolicy`: what the policies of a role, or of the one user, would decide.
//!
//! A simulation has the condition keys that the request names and no others. Where statements stand in the text of their policies
//! is not built; nor are users, groups and policies of the account, of which there are none.

use super::access::{Access, Caller, Policies, access};
use super::caller::{ADMINISTRATOR, administrator};
use super::decision::{Request, Verdict};
use super::document::{Document, Statement};
use super::page::{paged, write_marker};
use super::refusal::no_such_entity;
use super::state::{Held, partition_and_account};
use super::text::DOCUMENT;
use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::protocol::xml::Xml;
use crate::validate::Checks;
use crate::world::World;

/// IAM API, `SimulatePrincipalPolicy`: all documents.
const LONGEST: usize = 131_072;

/// A policy that takes part, and what the answer calls it.
#[derive(Debug)]
struct Part {
    id: String,
    kind: &'static str,
}

type Named = (Part, Document);

/// What takes part in all decisions of a simulation.
#[derive(Debug)]
struct Scene<'a> {
    caller: Caller<'a>,
    parts: Vec<Part>,
    identity: Vec<Document>,
    boundary: Option<Document>,
    resource: Option<Document>,
    /// The owner of resources whose ARN names none.
    owner: String,
    context: Vec<(&'a str, &'a str)>,
}

/// The decision about one action and one resource.
#[derive(Debug)]
struct Decision<'a> {
    resource: &'a str,
    access: Access,
    missing: Vec<String>,
    is_between_accounts: bool,
}

/// IAM API, `SimulatePrincipalPolicy`.
pub(super) fn simulate(call: &Call<'_>, world: &World) -> Result<Answer, Refusal> {
    let actions = actions(call)?;
    let resources = call.list("ResourceArns");
    let scene = Scene::of(call, world)?;
    let is_specific = !resources.is_empty() && resources != ["*"];
    let resources = if is_specific { resources } else { vec!["*"] };
    let results = actions.into_iter().enumerate().map(|(place, action)| {
        let decisions: Vec<Decision<'_>> = resources
            .iter()
            .map(|resource| scene.decide(action, resource))
            .collect();
        (format!("{place:06}"), (action, decisions))
    });
    let page = paged(call, "SimulatePrincipalPolicy", results)?;
    let mut xml = Xml::new();
    xml.members(
        "EvaluationResults",
        &page.items,
        |xml, (action, decisions)| {
            scene.write_result(xml, action, decisions, is_specific);
        },
    );
    write_marker(&mut xml, &page);
    Ok(Answer::xml(xml))
}

fn actions<'a>(call: &'a Call<'_>) -> Result<Vec<&'a str>, Refusal> {
    let actions = call.list("ActionNames");
    if actions.is_empty() {
        return Err(call.missing("actionNames"));
    }
    for action in &actions {
        Checks::new()
            .length("actionNames", action, &(3..=128))
            .finish(call)?;
        let is_action = action
            .split_once(':')
            .is_some_and(|(service, name)| !service.is_empty() && !name.is_empty());
        // IAM API, `SimulatePrincipalPolicy`: each must have the service in front. Guess: that a wildcard is refused, and the sentence.
        if !is_action || action.contains(['*', '?']) {
            return Err(invalid(format!("Invalid Action: {action}")));
        }
    }
    Ok(actions)
}

impl<'a> Scene<'a> {
    fn of(call: &'a Call<'_>, world: &World) -> Result<Self, Refusal> {
        let source = call.required("PolicySourceArn")?;
        Checks::new()
            .length("policySourceArn", source, &(20..=2048))
            .finish(call)?;
        let (mut held, own_boundary) = held(call, world, source)?;
        for (place, text) in (1..).zip(call.list("PolicyInputList")) {
            held.push((
                Part {
                    id: format!("PolicyInputList.{place}"),
                    kind: "none",
                },
                parse(call, "policyInputList", text)?,
            ));
        }
        let boundaries = call.list("PermissionsBoundaryPolicyInputList");
        let boundary = match boundaries.as_slice() {
            [] => own_boundary,
            [text] => Some(parse(call, "permissionsBoundaryPolicyInputList", text)?),
            // IAM API: only one. Guess: the sentence.
            _ => {
                return Err(invalid(
                    "Only one permissions boundary policy can be simulated.",
                ));
            }
        };
        let resource = call
            .field("ResourcePolicy")
            .map(|text| parse(call, "resourcePolicy", text))
            .transpose()?;
        let arn = call.field("CallerArn").unwrap_or(source);
        if !is_principal(arn) {
            return Err(invalid(format!("Invalid Caller Arn: {arn}")));
        }
        let (partition, account) = partition_and_account(arn);
        let caller = Caller {
            arn,
            account,
            partition,
        };
        let owner = match call.field("ResourceOwner") {
            None => account.to_owned(),
            Some(owner) => account_of(owner)
                .ok_or_else(|| invalid(format!("Invalid Resource Owner: {owner}")))?,
        };
        let (parts, identity) = held.into_iter().unzip();
        Ok(Self {
            caller,
            parts,
            identity,
            boundary,
            resource,
            owner,
            context: context(call)?,
        })
    }

    fn decide(&self, action: &str, resource: &'a str) -> Decision<'a> {
        let owner = match partition_and_account(resource) {
            (_, "") => self.owner.as_str(),
            (_, account) => account,
        };
        let policies = Policies {
            identity: &self.identity,
            boundary: self.boundary.as_ref(),
            resource: self.resource.as_ref(),
        };
        let request = Request {
            action,
            resource: Some(resource),
            context: &self.context,
        };
        Decision {
            resource,
            access: access(policies, self.caller, owner, request),
            missing: self.missing(),
            is_between_accounts: owner != self.caller.account,
        }
    }

    /// Lists the condition keys of the caller's and the resource's policies that the request does not name.
    fn missing(&self) -> Vec<String> {
        let statements = self.identity.iter().chain(&self.resource);
        let mut keys: Vec<String> = statements
            .flat_map(|document| &document.statements)
            .flat_map(|statement: &Statement| &statement.conditions)
            .map(|condition| condition.key.clone())
            .filter(|key| {
                let mut given = self.context.iter();
                !given.any(|(name, _)| name.eq_ignore_ascii_case(key))
            })
            .collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// Writes the result of an action: of the least allowed of its resources, and of each when they were named.
    fn write_result(
        &self,
        xml: &mut Xml,
        action: &str,
        decisions: &[Decision<'_>],
        is_specific: bool,
    ) {
        let strictest = decisions
            .iter()
            .min_by_key(|decision| leniency(decision.access.verdict))
            .expect("there is at least one resource");
        xml.text("EvalActionName", action);
        // Otherwise it is the form of the ARNs that the action takes (IAM API, `EvaluationResult`), which are not known here.
        if !is_specific {
            xml.text("EvalResourceName", "*");
        }
        xml.text("EvalDecision", worded(strictest.access.verdict));
        self.write_reasons(xml, strictest, is_specific);
        if is_specific {
            xml.members("ResourceSpecificResults", decisions, |xml, decision| {
                xml.text("EvalResourceName", decision.resource)
                    .text("EvalResourceDecision", worded(decision.access.verdict));
                self.write_reasons(xml, decision, is_specific);
            });
        }
    }

    fn write_reasons(&self, xml: &mut Xml, decision: &Decision<'_>, is_specific: bool) {
        let access = &decision.access;
        let deciding = access
            .deciding
            .iter()
            .filter(|_| access.identity == access.verdict);
        let mut matched: Vec<(&str, &str)> = deciding
            .map(|place| &self.parts[*place])
            .map(|part| (part.id.as_str(), part.kind))
            .collect();
        if access.verdict != Verdict::Silent && access.resource == access.verdict {
            matched.push(("ResourcePolicy", "resource"));
        }
        xml.members("MatchedStatements", matched, |xml, (id, kind)| {
            xml.text("SourcePolicyId", id)
                .text("SourcePolicyType", kind);
        });
        xml.element("MissingContextValues", |xml| {
            for key in &decision.missing {
                xml.text("member", key);
            }
        });
        if let Some(in_boundary) = access.in_boundary {
            xml.element("PermissionsBoundaryDecisionDetail", |xml| {
                xml.text("AllowedByPermissionsBoundary", in_boundary);
            });
        }
        if is_specific {
            xml.element("EvalDecisionDetails", |xml| {
                if decision.is_between_accounts {
                    // Guess: the names.
                    for (name, verdict) in [
                        ("IAM Policy", access.identity),
                        ("Resource Policy", access.resource),
                    ] {
                        xml.element("entry", |xml| {
                            xml.text("key", name).text("value", worded(verdict));
                        });
                    }
                }
            });
        }
    }
}

/// Gives the policies of a role or of the one user, and the role's boundary.
fn held(
    call: &Call<'_>,
    world: &World,
    source: &str,
) -> Result<(Vec<Named>, Option<Document>), Refusal> {
    if !is_principal(source) {
        return Err(invalid(format!("Invalid Policy Source Arn: {source}")));
    }
    if source == call.caller_arn() {
        let part = Part {
            id: ADMINISTRATOR.to_owned(),
            kind: "aws-managed",
        };
        return Ok((vec![(part, administrator())], None));
    }
    let role = world
        .iam
        .role_with_arn(source)
        // Guess: the sentence.
        .ok_or_else(|| no_such_entity(format!("The entity with ARN {source} cannot be found.")))?;
    let named = |held: Held| {
        let kind = if held.is_managed {
            "aws-managed"
        } else {
            "role"
        };
        (Part { id: held.id, kind }, held.document)
    };
    let held = role.policies(call.now).into_iter().map(named).collect();
    Ok((held, role.boundary()))
}

/// Returns whether an ARN is that of a user, group or role, as policies are attached to.
fn is_principal(arn: &str) -> bool {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", _partition, "iam", "", account, resource] = parts.as_slice() else {
        return false;
    };
    account_of(account).is_some()
        && ["user/", "group/", "role/"]
            .iter()
            .any(|kind| resource.starts_with(kind))
}

/// Reads an account, which may be written as the ARN of its root.
fn account_of(text: &str) -> Option<String> {
    let account = if text.starts_with("arn:") {
        partition_and_account(text).1
    } else {
        text
    };
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    is_account.then(|| account.to_owned())
}

/// Reads the condition keys, each with its values.
fn context<'a>(call: &'a Call<'_>) -> Result<Vec<(&'a str, &'a str)>, Refusal> {
    const TYPES: [&str; 12] = [
        "string",
        "stringList",
        "numeric",
        "numericList",
        "boolean",
        "booleanList",
        "ip",
        "ipList",
        "binary",
        "binaryList",
        "date",
        "dateList",
    ];
    let mut context = Vec::new();
    for group in call.groups("ContextEntries") {
        let name = group.field("ContextKeyName").unwrap_or_default();
        let mut checks = Checks::new();
        checks.length("contextEntries", name, &(5..=256));
        if let Some(kind) = group.field("ContextKeyType") {
            checks.one_of("contextEntries", kind, &TYPES);
        }
        checks.finish(call)?;
        let values = (1..)
            .map(|place| group.field(&format!("ContextKeyValues.member.{place}")))
            .take_while(Option::is_some);
        context.extend(values.flatten().map(|value| (name, value)));
    }
    Ok(context)
}

fn parse(call: &Call<'_>, member: &str, text: &str) -> Result<Document, Refusal> {
    Checks::new()
        .length(member, text, &(1..=LONGEST))
        .pattern(member, text, &DOCUMENT)
        .finish(call)?;
    // Guess: the sentence.
    Document::parse(text).map_err(|_| invalid("Syntax errors in policy."))
}

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::bad_request("InvalidInput", message)
}

fn worded(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Allowed => "allowed",
        Verdict::Denied => "explicitDeny",
        Verdict::Silent => "implicitDeny",
    }
}

fn leniency(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Denied => 0,
        Verdict::Silent => 1,
        Verdict::Allowed => 2,
    }
}
