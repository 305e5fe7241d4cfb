//! The artifacts bucket, which all projects of an account share.

use crate::kinds::artifacts_bucket::{ArtifactsBucket, ArtifactsBucketSpec};
use crate::resource::address::{Address, PhysicalName};
use crate::resource::desired::DesiredResource;
use crate::resource::document::{Document, Grant, Statement};
use crate::resource::kind::Kind;
use crate::resource::reference::{Declared, Input};
use crate::resource::site::Site;

/// The artifacts bucket's name in its address.
const SHARED: &str = "shared";

/// Returns the address of the bucket that all projects of an account share.
pub fn bucket_address() -> Address {
    Address::new(ArtifactsBucket::NAME, SHARED)
}

/// Declares the bucket that all projects of an account share in a region: versioned, encrypted, never public, and TLS only.
pub(super) fn bucket(site: &Site) -> DesiredResource {
    let name = site.artifacts_bucket();
    let arn = format!("arn:{}:s3:::{name}", site.partition);
    let mut only_tls = Statement::<Declared>::allow(
        "OnlyTls",
        &["s3:*"],
        vec![arn.as_str().into(), format!("{arn}/*").into()],
    )
    .to("AWS", vec!["*".into()])
    .when("Bool", "aws:SecureTransport", vec!["false".into()]);
    only_tls.effect = Grant::Deny;
    let spec = ArtifactsBucketSpec {
        versioning: true,
        encryption: "AES256".to_owned(),
        public_access_blocked: true,
        policy: Some(Document::new(vec![only_tls])),
    };
    let name: Input<PhysicalName> = PhysicalName::new(name).into();
    DesiredResource::new::<ArtifactsBucket>(SHARED, None, name, spec)
}
