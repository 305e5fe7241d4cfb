//! Whether a bucket keeps versions.

use super::document::NAMESPACE;
use super::document::{Element, malformed};
use super::lookup::{bucket, bucket_mut};
use super::state::Versioning;
use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::protocol::xml::Xml;
use crate::world::World;

pub(super) fn read(call: &Call<'_>, world: &World) -> Result<Answer, Refusal> {
    let _named = call.field("versioning");
    let bucket = bucket(call, world)?;
    // GetBucketVersioning: a bucket that was never versioned has no status at all.
    let status = match bucket.versioning {
        Versioning::Never => None,
        Versioning::Enabled => Some("Enabled"),
        Versioning::Suspended => Some("Suspended"),
    };
    let mut xml = Xml::new();
    xml.root("VersioningConfiguration", NAMESPACE, |xml| {
        xml.optional("Status", status);
    });
    Ok(Answer::xml(xml))
}

pub(super) fn set(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let _named = call.field("versioning");
    bucket(call, world)?;
    let document = Element::of_body(call, "VersioningConfiguration")?;
    document.only(call, &["Status", "MfaDelete"])?;
    match document.text("MfaDelete")? {
        None | Some("Disabled") => {}
        Some("Enabled") => return Err(call.unknown_parameter("MfaDelete: Enabled")),
        Some(_) => return Err(malformed()),
    }
    let versioning = match document.text("Status")? {
        Some("Enabled") => Versioning::Enabled,
        Some("Suspended") => Versioning::Suspended,
        Some(_) => return Err(malformed()),
        // S3 API reference, "List of error codes".
        None => {
            return Err(Refusal::bad_request(
                "IllegalVersioningConfigurationException",
                "The Versioning element must be specified",
            ));
        }
    };
    bucket_mut(call, world)?.versioning = versioning;
    Ok(Answer::empty())
}
