//! Key policies: what KMS demands of them, reading and replacing them, and what they let a service do.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::input::{Listing, Sizes};
use super::key_arn::KeyArn;
use super::state::{Key, State, not_found};
use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::pattern::Pattern;
use crate::services::iam::bound::Bound;
use crate::services::iam::caller::Context;
use crate::services::iam::decision::{Request, permits};
use crate::services::iam::document::{Document, Flaw};
use crate::services::iam::state::State as Iam;
use crate::validate::Checks;
use crate::world::World;

/// The only policy that callers manage (KMS API, `PutKeyPolicy`).
const DEFAULT: &str = "default";

/// KMS developer guide, "Quotas": key policy document size, 32 KB.
const LONGEST: usize = 32_768;

/// KMS API, `ListKeyPolicies`: `Limit` defaults to 100 and is at most 1,000.
const SIZES: Sizes = Sizes {
    default: 100,
    most: 1000,
};

static DOCUMENT: Pattern = Pattern::new(r"[\u0009\u000A\u000D\u0020-\u00FF]+");

static NAME: Pattern = Pattern::new(r"[\w]+");

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Get {
    key_id: String,
    policy_name: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Put {
    key_id: String,
    policy_name: Option<String>,
    policy: String,
    bypass_policy_lockout_safety_check: Option<bool>,
}

/// KMS API, `GetKeyPolicy`.
pub(super) fn read(call: &Call<'_>, world: &World) -> Result<Answer, Refusal> {
    let input: Get = call.json()?;
    check_name(call, input.policy_name.as_deref())?;
    let key = world.region(call.region).kms.named(call, &input.key_id)?;
    if input.policy_name.is_some_and(|name| name != DEFAULT) {
        // KMS API, `GetKeyPolicy`: also for `AWS_RAM`, when the key is not shared.
        return Err(no_such_policy());
    }
    let policy = key.policy.here().read_back(&world.iam);
    Ok(Answer::json(
        &json!({ "Policy": policy, "PolicyName": DEFAULT }),
    ))
}

/// KMS API, `PutKeyPolicy`: replaces the policy, whatever state the key is in.
pub(super) fn put(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let input: Put = call.json()?;
    check_name(call, input.policy_name.as_deref())?;
    check_text(call, &input.policy)?;
    let arn = world
        .region(call.region)
        .kms
        .named(call, &input.key_id)?
        .arn
        .clone();
    match input.policy_name.as_deref() {
        None | Some(DEFAULT) => {}
        // KMS API, `PutKeyPolicy`: the sentence.
        Some("AWS_RAM") => {
            return Err(call.invalid("The AWS_RAM policy can only be managed by the RAM service."));
        }
        Some(_) => return Err(no_such_policy()),
    }
    let bypass = input.bypass_policy_lockout_safety_check.unwrap_or(false);
    let policy = accept(call, &world.iam, &arn, &input.policy, bypass)?;
    let kms = &mut world.region_mut(call.region).kms;
    kms.named_mut(call, &input.key_id)?
        .policy
        .change(call, policy);
    Ok(Answer::empty())
}

/// KMS API, `ListKeyPolicies`.
pub(super) fn list(call: &Call<'_>, world: &World) -> Result<Answer, Refusal> {
    let input: Listing = call.json()?;
    let kms = &world.region(call.region).kms;
    kms.named(call, input.key_id(call)?)?;
    let names = [(DEFAULT.to_owned(), json!(DEFAULT))];
    input.answer(call, "PolicyNames", SIZES, names)
}

/// Checks a policy for a key and binds its principals.
pub(super) fn accept(
    call: &Call<'_>,
    iam: &Iam,
    key: &KeyArn,
    text: &str,
    bypass_lockout_check: bool,
) -> Result<Bound, Refusal> {
    check_text(call, text)?;
    if text.len() > LONGEST {
        // Guess: the sentence.
        return Err(Refusal::bad_request(
            "LimitExceededException",
            format!("Policy exceeds the maximum size of {LONGEST} bytes"),
        ));
    }
    // Guess: the sentences, but for those on invalid principals and on the lockout, which deployers report.
    let document = Document::parse(text).map_err(|flaw| malformed(worded(&flaw)))?;
    if document.repeats_sid() {
        return Err(malformed(
            "Statement IDs (SID) in a single policy must be unique.",
        ));
    }
    if document
        .statements
        .iter()
        .any(|statement| statement.principals.is_none())
    {
        return Err(malformed("Policy contains a statement with no principal"));
    }
    let bound = Bound::bind(text, &document, iam, call.account, call.now).map_err(|_| {
        malformed("Policy contains a statement with one or more invalid principals.")
    })?;
    if !bypass_lockout_check && !caller_may_put(call, key, &document) {
        return Err(malformed(
            "The new key policy will not allow you to update the key policy in the future.",
        ));
    }
    Ok(bound)
}

/// Gives the policy of a key that was made without one (KMS developer guide, "Default key policy").
pub(super) fn default_text(call: &Call<'_>) -> String {
    let root = root_arn(call);
    format!(
        r#"{{
  "Version" : "2012-10-17",
  "Id" : "key-default-1",
  "Statement" : [ {{
    "Sid" : "Enable IAM User Permissions",
    "Effect" : "Allow",
    "Principal" : {{
      "AWS" : "{root}"
    }},
    "Action" : "kms:*",
    "Resource" : "*"
  }} ]
}}"#
    )
}

impl State {
    /// Returns whether the policy of a key, as other services see it now, lets a service do all of `actions` in a context of condition keys.
    pub(crate) fn lets_service(
        &self,
        key: &KeyArn,
        service: &str,
        actions: &[&str],
        context: &[(&str, &str)],
        now: Timestamp,
    ) -> bool {
        let key = self.keys.values().find(|candidate| candidate.arn == *key);
        key.is_some_and(|key| key.lets_service(service, actions, context, now))
    }
}

impl Key {
    fn lets_service(
        &self,
        service: &str,
        actions: &[&str],
        context: &[(&str, &str)],
        now: Timestamp,
    ) -> bool {
        let Ok(document) = Document::parse(self.policy.elsewhere(now).written()) else {
            return false;
        };
        // Policies of the account's identities, to which the root statement delegates, say nothing about services.
        let is_named = |kind: &str, value: &str| {
            (kind == "Service" && value == service) || (kind == "AWS" && value == "*")
        };
        actions.iter().all(|action| {
            let request = Request {
                action,
                resource: Some(self.arn.as_str()),
                context,
            };
            permits(&document, is_named, request)
        })
    }
}

/// Returns whether the caller, whom identity policies allow everything, can replace the policy later on.
fn caller_may_put(call: &Call<'_>, key: &KeyArn, document: &Document) -> bool {
    let (caller, root) = (call.caller_arn(), root_arn(call));
    let is_named = |kind: &str, value: &str| {
        kind == "AWS" && ["*", call.account, &root, &caller].contains(&value)
    };
    let context = Context::of_caller(call).with("kms:CallerAccount", call.account);
    let request = Request {
        action: "kms:PutKeyPolicy",
        resource: Some(key.as_str()),
        context: &context.pairs(),
    };
    permits(document, is_named, request)
}

fn root_arn(call: &Call<'_>) -> String {
    format!("arn:{}:iam::{}:root", call.partition(), call.account)
}

fn check_text(call: &Call<'_>, text: &str) -> Result<(), Refusal> {
    Checks::new()
        .length("policy", text, &(1..=131_072))
        .pattern("policy", text, &DOCUMENT)
        .finish(call)
}

fn check_name(call: &Call<'_>, name: Option<&str>) -> Result<(), Refusal> {
    let Some(name) = name else { return Ok(()) };
    Checks::new()
        .length("policyName", name, &(1..=128))
        .pattern("policyName", name, &NAME)
        .finish(call)
}

fn worded(flaw: &Flaw) -> String {
    match flaw {
        Flaw::NotJson => "The policy is not valid JSON".to_owned(),
        Flaw::Version(version) => format!("Policy contains an invalid version: {version}"),
        Flaw::NoStatement => "Policy contains no statement".to_owned(),
        Flaw::UnknownField(name) => format!("Policy contains an unknown element: {name}"),
        Flaw::NoEffect => "Policy contains a statement with no effect".to_owned(),
        Flaw::Effect(effect) => {
            format!("Policy contains a statement with an invalid effect: {effect}")
        }
        Flaw::NoPrincipal => "Policy contains a statement with no principal".to_owned(),
        Flaw::Operator(operator) => {
            format!("Policy contains a statement with an invalid condition operator: {operator}")
        }
        Flaw::Shape(element) => format!("Policy contains an invalid element: {element}"),
    }
}

fn malformed(message: impl Into<String>) -> Refusal {
    Refusal::bad_request("MalformedPolicyDocumentException", message)
}

fn no_such_policy() -> Refusal {
    not_found("No such policy exists".to_owned())
}
