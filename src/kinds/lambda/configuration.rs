//! The configuration of a function, which each published version freezes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::resource::canonical::sort_unique;
pub use crate::resource::environment::{Environment, PLAIN_VARIABLES};
use crate::resource::reference::{Resolved, Stage};

/// The largest size of all environment variables of a function together, measured by [`Environment::known_size`] (Lambda developer guide,
/// "Lambda quotas").
pub const ENVIRONMENT_LIMIT: usize = 4096;

/// The package type of functions whose code is a zip archive.
pub const ZIP: &str = "Zip";

/// The value of [`FunctionSpec::last_update`] after an update that succeeded.
pub const APPLIED: &str = "Successful";

/// The fields of a function that can be declared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "", rename_all = "camelCase", deny_unknown_fields)]
pub struct FunctionSpec<S: Stage> {
    /// How the code is packed: [`ZIP`], or `Image`, which agentctl does not create.
    pub package_type: String,
    /// The runtime's identifier, such as `python3.13`; empty for images, which have none.
    pub runtime: String,
    /// The entry point in the code; empty for images, which have none.
    pub handler: String,
    /// The ARN of the execution role.
    pub role: S::Ref<String>,
    /// The unique id of the role, if the role is agentctl's. A role that is created again has another, and is sent again.
    pub role_id: Option<S::Ref<String>>,
    /// A description of the function, without the id of the role.
    pub description: String,
    /// In seconds.
    pub timeout: u32,
    /// In MB. The share of the processor follows from it.
    pub memory_size: u32,
    /// The size of `/tmp` in MB.
    pub ephemeral_storage_size: u32,
    /// `arm64` or `x86_64`.
    pub architecture: String,
    pub environment: Environment<S>,
    /// The ARN of the key that encrypts the environment; absent for the key that AWS owns.
    pub kms_key: Option<S::Ref<String>>,
    /// `Active`, or `PassThrough`, with which traces are kept only if the caller requests it.
    pub tracing: String,
    /// Where the function logs to, and how.
    pub logging: Logging<S>,
    /// The ARNs of the layer versions, in the order in which they are unpacked.
    pub layers: Vec<String>,
    /// The account's network that the function runs in; absent when it is in none.
    pub network: Option<Network>,
    /// The ARN of the queue or topic for asynchronous events that failed.
    pub dead_letter_target: Option<String>,
    /// `None`, or `PublishedVersions`.
    pub snap_start: String,
    pub file_systems: Vec<FileSystem>,
    /// The SHA-256 of the code archive, in base64.
    pub code_sha256: S::Ref<String>,
    /// Where Lambda fetches the code from. Lambda does not return it afterwards.
    pub source: Option<CodeSource<S>>,
    /// [`APPLIED`], or why the last update failed.
    ///
    /// After a failed update the previous configuration serves and Lambda accepts another update. So the function is neither ready nor to
    /// be created again: what remains to do is a difference of fields, and it shows here.
    pub last_update: String,
    /// The user's labels.
    pub tags: BTreeMap<String, String>,
}

/// Where a function logs to, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "", rename_all = "camelCase", deny_unknown_fields)]
pub struct Logging<S: Stage> {
    /// The log group's name.
    pub log_group: S::Ref<String>,
    /// `Text` or `JSON`.
    pub format: String,
    /// The lowest level of the code's own events that are kept; with `JSON` only.
    pub application_level: Option<String>,
    /// The lowest level of Lambda's events that are kept; with `JSON` only.
    pub system_level: Option<String>,
}

/// The subnets and security groups that a function is attached to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Network {
    /// The subnets' ids.
    pub subnets: Vec<String>,
    /// The security groups' ids.
    pub security_groups: Vec<String>,
    /// Whether the function can send IPv6 traffic in dual-stack subnets.
    pub ipv6: bool,
}

/// A mounted file system.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FileSystem {
    /// The access point's ARN.
    pub arn: String,
    /// The folder where it is mounted.
    pub mount_path: String,
}

/// An object in S3 that contains the code.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "", rename_all = "camelCase", deny_unknown_fields)]
pub struct CodeSource<S: Stage> {
    /// The bucket's name.
    pub bucket: S::Ref<String>,
    /// The object's key.
    pub key: S::Ref<String>,
}

impl<S: Stage> FunctionSpec<S> {
    /// Turns equal specs into equal values.
    #[must_use]
    pub fn canonical(mut self) -> Self {
        if let Some(network) = &mut self.network {
            sort_unique(&mut network.subnets);
            sort_unique(&mut network.security_groups);
        }
        sort_unique(&mut self.file_systems);
        // Lambda developer guide, "Advanced logging": with JSON both levels are INFO unless set; with Text there are none.
        if self.logging.format == "JSON" {
            let info = || Some("INFO".to_owned());
            self.logging.application_level = self.logging.application_level.or_else(info);
            self.logging.system_level = self.logging.system_level.or_else(info);
        }
        self
    }
}

impl FunctionSpec<Resolved> {
    /// Digests everything that a published version freezes, as hexadecimal SHA-256.
    ///
    /// Tags belong to the function and not to its versions. The origin of the code and the result of the last update are not part of the
    /// content.
    #[must_use]
    pub fn content(&self) -> String {
        let frozen = Self {
            source: None,
            last_update: String::new(),
            tags: BTreeMap::new(),
            ..self.clone()
        }
        .canonical();
        hex::encode(Sha256::digest(json!(frozen).to_string()))
    }
}
