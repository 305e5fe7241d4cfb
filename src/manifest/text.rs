//! Texts with a form: names, ARNs and ids are parsed once here, and are valid everywhere else.
//!
//! The check and the JSON Schema use the same pattern, so they cannot disagree.

mod agentcore;
mod aws;
mod file;
pub(super) mod form;
mod name;

pub use agentcore::{
    CapacityProviderArn, ClaimName, ClaimValue, DiscoveryUrl, EfsAccessPointArn, EndpointName,
    EntryPointWord, HeaderName, ImageUri, MountPath, PlatformVersion, S3FilesAccessPointArn,
    ServerPath, TokenScope, VolumeName,
};
pub use aws::{
    AccountId, AliasName, BucketName, DataIdentifier, Handler, KeyArn, LayerVersionArn,
    LogGroupName, MetricNamespace, ModelId, ObjectKey, ObjectVersion, PolicyArn, RegionName,
    RoleArn, SecurityGroupId, ServiceName, SubnetId,
};
pub(super) use file::FileReference;
pub use file::S3Location;
pub use form::ValueError;
pub use name::{AgentName, EnvironmentName, EnvironmentValue, LabelKey, LabelValue, ProjectName};
