//! What Lambda holds: functions with their versions and aliases, and how far work on them is.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::configuration::Configuration;
use super::refusal::{conflict, function_not_found};
use super::shape::RoutingConfig;
use crate::answer::Refusal;
use crate::call::Call;
use crate::clock::deadline;
use crate::entropy::hash;
use crate::fault::Failure;
use crate::kept;
use crate::service::Service;
use crate::tag::Tags;

/// What the service holds.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    pub(super) functions: BTreeMap<String, Function>,
    /// The number of the last version of each function that is gone.
    ///
    /// Lambda developer guide, "Lambda function versions": version numbers are never reused, even for a function that has been deleted and
    /// recreated.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) used_versions: BTreeMap<String, u64>,
    /// By name, the versions from 1 on. A deleted one stays: its number is not given out again, and functions go on using it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) layers: BTreeMap<String, Vec<PublishedLayer>>,
}

/// A version of a layer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PublishedLayer {
    pub(super) description: String,
    pub(super) created: Timestamp,
    /// In base64.
    pub(super) sha256: String,
    /// In bytes.
    pub(super) size: usize,
    pub(super) unzipped: u64,
    pub(super) runtimes: Vec<String>,
    pub(super) architectures: Vec<String>,
    pub(super) license: Option<String>,
    pub(super) is_deleted: bool,
}

/// A function.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Function {
    pub(crate) name: String,
    /// Without a qualifier.
    pub(crate) arn: String,
    pub(super) latest: Release,
    pub(super) versions: BTreeMap<u64, Release>,
    /// The number of the next version: none is given out twice.
    pub(super) next_version: u64,
    /// What `$LATEST` was when it was last published.
    pub(super) published: Option<Published>,
    pub(super) aliases: BTreeMap<String, Alias>,
    pub(super) tags: Tags,
    /// What lets the role decrypt the variables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) grant: Option<Grant>,
}

/// A grant on a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Grant {
    pub(crate) id: String,
    /// The ARN of the key; absent for the one that AWS manages for Lambda.
    pub(crate) key: Option<String>,
    pub(super) role: String,
    /// The unique id of the role.
    pub(super) principal: String,
    pub(crate) created: Timestamp,
}

/// A configuration with its code: `$LATEST`, or a version.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Release {
    pub(super) configuration: Configuration,
    pub(super) code: Code,
    pub(super) last_modified: Timestamp,
    pub(super) revision: Revision,
    pub(super) creation: Work,
    /// The last update; absent before the first.
    pub(super) update: Option<Work>,
    /// How often it was updated.
    #[serde(default)]
    pub(super) updates: u64,
}

/// The code of `$LATEST` or a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Code {
    /// In base64 for a zip, in hex for an image (recorded).
    pub(super) sha256: String,
    /// In bytes; 0 for an image.
    pub(super) size: usize,
    /// In bytes, of a zip without compression.
    #[serde(default)]
    pub(super) unzipped: u64,
    pub(super) source: Source,
}

/// What the code is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) enum Source {
    Zip {
        source_kms_key_arn: Option<String>,
    },
    Image {
        uri: String,
        /// With the digest.
        resolved: String,
    },
}

/// Work that goes on for a while after it was accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Work {
    until: Timestamp,
    /// How it will fail.
    failure: Option<Failure>,
}

/// How far work is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress<'a> {
    Going,
    Done,
    Failed(&'a Failure),
}

/// The id of a revision. The end of work makes another revision (recorded; aws/aws-sdk issue 377).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Revision {
    id: String,
    next: Option<NextRevision>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct NextRevision {
    id: String,
    from: Timestamp,
}

/// A version and what it was made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Published {
    pub(super) version: u64,
    pub(super) content: String,
    /// How often `$LATEST` had been updated.
    #[serde(default)]
    pub(super) updates: u64,
}

/// A name for a version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Alias {
    pub(super) version: String,
    pub(super) description: String,
    pub(super) routing: Option<RoutingConfig>,
    pub(super) revision: String,
}

/// The moment that an answer reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// Right after work was accepted: it is under way, however short it is.
    Begun,
    At(Timestamp),
}

impl Work {
    /// Begins work that takes a while, and fails then if a fault orders it.
    pub(super) fn begin(call: &Call<'_>, takes: std::time::Duration) -> Self {
        Self {
            until: deadline(call.now, takes),
            failure: call.failure.cloned(),
        }
    }

    fn progress(&self, moment: Moment) -> Progress<'_> {
        match moment {
            Moment::Begun => Progress::Going,
            Moment::At(now) if now < self.until => Progress::Going,
            Moment::At(_) => match &self.failure {
                Some(failure) => Progress::Failed(failure),
                None => Progress::Done,
            },
        }
    }
}

impl Revision {
    /// Makes a revision that lasts as long as the work does.
    pub(super) fn during(call: &Call<'_>, work: &Work) -> Self {
        Self {
            id: call.entropy.uuid(),
            next: Some(NextRevision {
                id: call.entropy.uuid(),
                from: work.until,
            }),
        }
    }

    /// Makes a revision that stays.
    pub(super) fn lasting(call: &Call<'_>) -> Self {
        Self {
            id: call.entropy.uuid(),
            next: None,
        }
    }

    pub(super) fn id(&self, moment: Moment) -> &str {
        match (&self.next, moment) {
            (Some(next), Moment::At(now)) if now >= next.from => &next.id,
            _ => &self.id,
        }
    }
}

impl Release {
    /// Returns how far its creation is.
    pub(super) fn creation(&self, moment: Moment) -> Progress<'_> {
        match (moment, &self.update) {
            // Only what was created can be updated.
            (Moment::Begun, Some(_)) => Progress::Done,
            _ => self.creation.progress(moment),
        }
    }

    /// Returns how far its last update is; done when there was none.
    pub(super) fn update(&self, moment: Moment) -> Progress<'_> {
        match &self.update {
            Some(update) => update.progress(moment),
            None => Progress::Done,
        }
    }

    /// Puts an update under way.
    pub(super) fn begin_update(&mut self, call: &Call<'_>) {
        let work = Work::begin(call, call.delays.lambda_update);
        self.last_modified = call.now;
        self.revision = Revision::during(call, &work);
        self.update = Some(work);
        self.updates += 1;
    }

    /// Digests what a version of it would be made of.
    pub(super) fn content(&self) -> String {
        let parts = (&self.configuration, &self.code);
        let json = serde_json::to_vec(&parts)
            .expect("configuration and code are structs and maps with string keys");
        hex::encode(hash(&[&json]))
    }
}

impl Function {
    /// Refuses to change or publish what is being made or updated, or has failed.
    ///
    /// Lambda developer guide, "Lambda function states": until then `UpdateFunctionCode`, `UpdateFunctionConfiguration` and
    /// `PublishVersion` fail. The sentences are those seen in public issues of deployers.
    pub(super) fn check_settled(&self, now: Timestamp) -> Result<(), Refusal> {
        const NOT_NOW: &str = "The operation cannot be performed at this time.";
        let in_state = |state: &str| {
            conflict(format!(
                "{NOT_NOW} The function is currently in the following state: {state}"
            ))
        };
        match self.latest.creation(Moment::At(now)) {
            Progress::Going => return Err(in_state("Pending")),
            Progress::Failed(_) => return Err(in_state("Failed")),
            Progress::Done => {}
        }
        match self.latest.update(Moment::At(now)) {
            Progress::Going => Err(conflict(format!(
                "{NOT_NOW} An update is in progress for resource: {}",
                self.arn
            ))),
            Progress::Done | Progress::Failed(_) => Ok(()),
        }
    }

    /// Finds `$LATEST` or a version by its name in a request.
    pub(super) fn release(&self, version: &str) -> Option<&Release> {
        if version == super::arn::LATEST {
            return Some(&self.latest);
        }
        // `01` is not version 1.
        let number: u64 = version.parse().ok()?;
        self.versions
            .get(&number)
            .filter(|_| number.to_string() == version)
    }
}

impl State {
    /// Finds a version of a layer, also a deleted one.
    pub(super) fn layer(&self, name: &str, version: usize) -> Option<&PublishedLayer> {
        self.layers.get(name)?.get(version.checked_sub(1)?)
    }

    /// Lists the grants on keys, each with its function.
    pub(crate) fn grants(&self) -> impl Iterator<Item = (&Function, &Grant)> {
        let functions = self.functions.values();
        functions.filter_map(|function| Some((function, function.grant.as_ref()?)))
    }

    pub(super) fn function(&self, call: &Call<'_>, name: &str) -> Result<&Function, Refusal> {
        self.functions
            .get(name)
            .ok_or_else(|| function_not_found(&super::arn::function_arn(call, name)))
    }
}

impl kept::State for State {
    const SERVICE: Service = Service::Lambda;

    fn tagged(&self) -> Vec<(String, &Tags)> {
        self.functions
            .values()
            .map(|function| (function.arn.clone(), &function.tags))
            .collect()
    }

    fn without_memory(mut self) -> Self {
        self.used_versions.clear();
        self
    }
}
