//! Answers of AWS, as readers return them: policy documents, and whole resources of every kind.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{as_declared, planned, seal};
use crate::kinds::agentcore::endpoint::AgentcoreEndpoint;
use crate::kinds::agentcore::runtime::AgentcoreRuntime;
use crate::kinds::artifacts_bucket::ArtifactsBucket;
use crate::kinds::iam_role::IamRole;
use crate::kinds::kms_key::KmsKey;
use crate::kinds::lambda::alias::LambdaAlias;
use crate::kinds::lambda::function::LambdaFunction;
use crate::kinds::lambda::version::LambdaVersion;
use crate::kinds::log_group::LogGroup;
use crate::kinds::log_group::data_protection::DataProtection;
use crate::kinds::registry;
use crate::kinds::s3_object::S3Object;
use crate::plan::diff::compare;
use crate::plan::observation::{Observations, Records};
use crate::resource::address::Address;
use crate::resource::document::{self, Document};
use crate::resource::kind::{Kind, Status};
use crate::resource::owner::Ownership;
use crate::resource::provider::{Live, Reading};
use crate::resource::reference::Resolved;
use crate::resource::registry::canonical;

/// The canonical form of a policy is stable; a policy widens nothing compared with itself; a union allows what either policy allows and denies what
/// the second denies.
///
/// The input is a policy, or a list of two.
pub fn policy(bytes: &[u8]) {
    let Ok(value) = serde_json::from_slice::<Value>(bytes) else {
        return;
    };
    let (before, after) = match value.as_array().map(Vec::as_slice) {
        Some([before, after]) => (before.clone(), after.clone()),
        _ => (value.clone(), value),
    };
    let (Some(before), Some(after)) = (policy_of(before), policy_of(after)) else {
        return;
    };
    for one in [&before, &after] {
        assert!(document::is_same(one, one));
        assert_eq!(document::widened(Some(one), one), Vec::<String>::new());
    }
    assert_eq!(
        document::is_same(&before, &after),
        document::is_same(&after, &before)
    );
    let union = document::union(&before, &after);
    for one in [&before, &after] {
        assert!(!document::allows_more(Some(&union), one));
    }
    assert!(!document::denies_more(Some(&union), &after));
}

/// Returns the canonical form of a document, and asserts that it is stable, also when written and read.
fn policy_of(value: Value) -> Option<Value> {
    let once = serde_json::from_value::<Document<Resolved>>(value)
        .ok()?
        .canonical();
    let written = serde_json::to_value(&once).expect("documents have text keys only");
    let read: Document<Resolved> =
        serde_json::from_value(written.clone()).expect("what was written can be read");
    assert_eq!(read.clone().canonical(), once);
    assert_eq!(read, once);
    Some(written)
}

/// A data protection document is the same after writing and reading it, or is kept unchanged.
pub fn data_protection(bytes: &[u8]) {
    let Ok(value) = serde_json::from_slice::<Value>(bytes) else {
        return;
    };
    let protection = DataProtection::<Resolved>::parse(value.clone());
    assert_eq!(protection.clone().canonical(), protection);
    if let DataProtection::Other(other) = &protection {
        assert_eq!(other.other, value);
    }
    // A document that is kept unchanged can have numbers with many digits, which are rounded at each read.
    let (DataProtection::Masking(_), Ok(text)) = (&protection, protection.document("aws")) else {
        return;
    };
    let sent = serde_json::from_str(&text).expect("what is sent is JSON");
    assert_eq!(DataProtection::parse(sent), protection);
}

/// A resource as a reader returns it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Found {
    spec: Value,
    #[serde(default)]
    outputs: Value,
    status: Option<Status>,
    owner: Option<Ownership>,
}

/// For any content of the quickstart's resources that a reader could return, a plan can be made and shown.
///
/// The input maps addresses to content; resources that it omits are as declared.
pub fn observed(bytes: &[u8]) {
    let Ok(found) = serde_json::from_slice::<BTreeMap<Address, Found>>(bytes) else {
        return;
    };
    let mut readings = as_declared();
    for (address, found) in found {
        let Some(spec) = spec_of(address.kind(), found.spec) else {
            continue;
        };
        let live = |was: &Live| Live {
            spec,
            outputs: found.outputs,
            status: found.status.unwrap_or(Status::Ready),
            revision: None,
            owner: found.owner.unwrap_or_else(|| was.owner.clone()),
        };
        if let Some(Reading::Found(was)) = readings.get(&address) {
            let now = live(was);
            readings.insert(address, Reading::Found(now));
        }
    }
    let observed = Observations {
        readings,
        ..Observations::default()
    };
    let records = Records {
        by_agent: BTreeMap::new(),
        seal: Some(seal()),
    };
    planned(&observed, &records);
}

/// Returns the spec in the canonical form of a kind's reader, if it is valid.
fn spec_of(kind: &str, spec: Value) -> Option<Value> {
    fn canonical_of<K: Kind>(spec: Value) -> Option<Value> {
        let spec = serde_json::from_value::<K::Spec<Resolved>>(spec).ok()?;
        let once = canonical::<K, Resolved>(spec);
        let read = serde_json::from_value(once.clone()).expect("what was written can be read");
        assert_eq!(canonical::<K, Resolved>(read), once);
        let entry = registry().kind(K::NAME).copied()?;
        assert_eq!(compare(&entry, &once, &once), []);
        Some(once)
    }
    match kind {
        AgentcoreEndpoint::NAME => canonical_of::<AgentcoreEndpoint>(spec),
        AgentcoreRuntime::NAME => canonical_of::<AgentcoreRuntime>(spec),
        ArtifactsBucket::NAME => canonical_of::<ArtifactsBucket>(spec),
        IamRole::NAME => canonical_of::<IamRole>(spec),
        KmsKey::NAME => canonical_of::<KmsKey>(spec),
        LambdaAlias::NAME => canonical_of::<LambdaAlias>(spec),
        LambdaFunction::NAME => canonical_of::<LambdaFunction>(spec),
        LambdaVersion::NAME => canonical_of::<LambdaVersion>(spec),
        LogGroup::NAME => canonical_of::<LogGroup>(spec),
        S3Object::NAME => canonical_of::<S3Object>(spec),
        _ => None,
    }
}
