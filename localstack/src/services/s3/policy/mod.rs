//! Bucket policies: the grammar, what is particular to S3, and whether a policy is public.
//!
//! `access` has what they say of a request.

use http::StatusCode;

use super::configuration::Policy;
use super::document;
use super::lookup::{bucket, bucket_mut};
use super::state::Bucket;
use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::services::iam::bound::Bound;
use crate::services::iam::document::{Document, Flaw, Statement};
use crate::services::iam::wildcard::matches;
use crate::world::World;

mod public;
mod text;

/// S3 user guide, "Bucket policies": limited to 20 KB.
const LARGEST: usize = 20 * 1024;

pub(super) fn read(call: &Call<'_>, world: &World) -> Result<Answer, Refusal> {
    let _named = call.field("policy");
    let policy = bucket(call, world)?.policy.as_ref().ok_or_else(|| {
        Refusal::new(
            StatusCode::NOT_FOUND,
            "NoSuchBucketPolicy",
            "The bucket policy does not exist",
        )
        .member("BucketName", call.path("Bucket"))
    })?;
    let text = policy.0.read_back(&world.iam);
    Ok(Answer::raw(text.into()).header("content-type", "application/json"))
}

pub(super) fn delete(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let _named = call.field("policy");
    bucket_mut(call, world)?.policy = None;
    Ok(Answer::empty().status(StatusCode::NO_CONTENT))
}

pub(super) fn set(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let _named = call.field("policy");
    let bucket = bucket(call, world)?;
    super::checksum::check_body(call)?;
    if call.body().is_empty() {
        return Err(document::missing());
    }
    if call.body().len() > LARGEST {
        // Guess: the limit is documented, its error is not.
        return Err(malformed(
            "Policy exceeds the maximum allowed document size.",
        ));
    }
    let written = std::str::from_utf8(call.body()).map_err(|_| worded(Flaw::NotJson))?;
    let document = Document::parse(written).map_err(worded)?;
    for statement in &document.statements {
        check(statement, bucket)?;
    }
    let text = text::normal(written, call.partition()).ok_or_else(|| worded(Flaw::NotJson))?;
    let bound = Bound::bind(&text, &document, &world.iam, call.account, call.now)
        .map_err(|_| malformed("Invalid principal in policy"))?;
    let blocks_public = bucket
        .public_access_block
        .is_some_and(|block| block.block_public_policy);
    if blocks_public && public::is_public(&document) {
        // S3 user guide, "Blocking public access to your Amazon S3 storage"; the sentence as S3 words it.
        let message = format!(
            "User: {} is not authorized to perform: s3:PutBucketPolicy on resource: \"{}\" because public policies are prevented \
             by the BlockPublicPolicy setting in S3 Block Public Access.",
            call.caller_arn(),
            bucket.arn
        );
        return Err(Refusal::new(StatusCode::FORBIDDEN, "AccessDenied", message));
    }
    bucket_mut(call, world)?.policy = Some(Policy(bound));
    Ok(Answer::empty().status(StatusCode::NO_CONTENT))
}

/// Checks what S3 demands of a statement beyond the shared grammar. The sentences are those of S3.
fn check(statement: &Statement, bucket: &Bucket) -> Result<(), Refusal> {
    let missing = |field| malformed(format!("Missing required field {field}"));
    if statement.principals.is_none() {
        return Err(missing("Principal"));
    }
    let actions = statement
        .actions
        .as_ref()
        .ok_or_else(|| missing("Action"))?;
    let resources = statement
        .resources
        .as_ref()
        .ok_or_else(|| missing("Resource"))?;
    if !actions.patterns.iter().all(|action| is_action(action)) {
        return Err(malformed("Policy has invalid action"));
    }
    let scopes: Option<Vec<Scope>> = resources
        .patterns
        .iter()
        .map(|resource| Scope::of(resource, bucket))
        .collect();
    let scopes = scopes.ok_or_else(|| malformed("Policy has invalid resource"))?;
    let applies = |action: &String| scopes.iter().any(|scope| scope.takes(action));
    if !actions.negated && !resources.negated && !actions.patterns.iter().all(applies) {
        return Err(malformed(
            "Action does not apply to any resource(s) in statement",
        ));
    }
    let is_key = |key: &str| {
        let prefix = key.split(':').next().unwrap_or_default();
        // Service authorization reference, "Condition keys for Amazon S3", beside the global keys.
        prefix.eq_ignore_ascii_case("aws") || prefix.eq_ignore_ascii_case("s3")
    };
    if !statement
        .conditions
        .iter()
        .all(|condition| is_key(&condition.key))
    {
        return Err(malformed("Policy has an invalid condition key"));
    }
    Ok(())
}

/// Returns whether an action may be one of S3's. Which exist is not known here.
fn is_action(action: &str) -> bool {
    let name = action
        .split_once(':')
        .and_then(|(service, name)| service.eq_ignore_ascii_case("s3").then_some(name));
    action == "*"
        || name.is_some_and(|name| {
            !name.is_empty()
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'*' | b'?'))
        })
}

/// What a resource of a statement names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    Bucket,
    Objects,
    Both,
}

impl Scope {
    /// Reads a resource; `None` when it is none of this bucket's.
    fn of(resource: &str, bucket: &Bucket) -> Option<Self> {
        if resource == "*" {
            return Some(Self::Both);
        }
        let name = bucket.arn.rsplit(':').next()?;
        let prefix = bucket.arn.strip_suffix(name)?;
        let path = resource.strip_prefix(prefix)?;
        let (pattern, key) = match path.split_once('/') {
            Some((pattern, key)) => (pattern, Some(key)),
            None => (path, None),
        };
        let fits = matches(pattern, name);
        match (fits, key) {
            (false, _) => None,
            (true, Some(_)) => Some(Self::Objects),
            // An asterisk at the end takes in the keys as well.
            (true, None) if pattern.ends_with('*') => Some(Self::Both),
            (true, None) => Some(Self::Bucket),
        }
    }

    fn takes(self, action: &str) -> bool {
        let name = action.split(':').next_back().unwrap_or_default();
        match self {
            _ if name.contains(['*', '?']) => true,
            Self::Both => true,
            Self::Bucket => !is_object_action(name),
            Self::Objects => is_object_action(name),
        }
    }
}

/// Returns whether an action is about objects (service authorization reference, "Actions defined by Amazon S3").
fn is_object_action(name: &str) -> bool {
    const OTHERS: [&str; 5] = [
        "AbortMultipartUpload",
        "BypassGovernanceRetention",
        "ListMultipartUploadParts",
        "ObjectOwnerOverrideToBucketOwner",
        "RestoreObject",
    ];
    const PREFIXES: [&str; 5] = [
        "GetObject",
        "PutObject",
        "DeleteObject",
        "ReplicateObject",
        "UpdateObject",
    ];
    let is = |other: &&str| name.eq_ignore_ascii_case(other);
    let begins = |prefix: &&str| {
        name.get(..prefix.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    OTHERS.iter().any(is)
        || PREFIXES.iter().any(begins)
        || name.eq_ignore_ascii_case("ReplicateDelete")
        || name.eq_ignore_ascii_case("ReplicateTags")
        || name.eq_ignore_ascii_case("InitiateReplication")
}

/// Words a flaw of the shared grammar as S3 does.
fn worded(flaw: Flaw) -> Refusal {
    malformed(match flaw {
        Flaw::NotJson => "Policies must be valid JSON and the first byte must be '{'".to_owned(),
        Flaw::Version(_) => "The policy must contain a valid version string".to_owned(),
        Flaw::NoStatement => "Missing required field Statement".to_owned(),
        Flaw::UnknownField(field) => format!("Unknown field {field}"),
        Flaw::NoEffect => "Missing required field Effect".to_owned(),
        Flaw::Effect(effect) => format!("Invalid effect: {effect}"),
        Flaw::NoPrincipal => "Missing required field Principal".to_owned(),
        Flaw::Operator(operator) => format!("Invalid Condition type : {operator}"),
        // Guess at the sentence.
        Flaw::Shape(element) => format!("Invalid policy syntax: {element}"),
    })
}

fn malformed(message: impl Into<String>) -> Refusal {
    Refusal::bad_request("MalformedPolicy", message)
}
