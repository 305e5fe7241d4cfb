//! What keeps the public out of a bucket: the public access block, and ownership without ACLs.

use http::StatusCode;

use super::configuration::PublicAccessBlock;
use super::document::Element;
use super::document::NAMESPACE;
use super::lookup::{bucket, bucket_mut};
use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::protocol::xml::Xml;
use crate::world::World;

pub(super) fn read_block(call: &Call<'_>, world: &World) -> Result<Answer, Refusal> {
    let _named = call.field("publicAccessBlock");
    let bucket = bucket(call, world)?;
    let block = bucket.public_access_block.ok_or_else(|| {
        Refusal::new(
            StatusCode::NOT_FOUND,
            "NoSuchPublicAccessBlockConfiguration",
            "The public access block configuration was not found",
        )
        .member("BucketName", call.path("Bucket"))
    })?;
    let mut xml = Xml::new();
    xml.root("PublicAccessBlockConfiguration", NAMESPACE, |xml| {
        xml.text("BlockPublicAcls", block.block_public_acls)
            .text("IgnorePublicAcls", block.ignore_public_acls)
            .text("BlockPublicPolicy", block.block_public_policy)
            .text("RestrictPublicBuckets", block.restrict_public_buckets);
    });
    Ok(Answer::xml(xml))
}

pub(super) fn set_block(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let _named = call.field("publicAccessBlock");
    bucket(call, world)?;
    let document = Element::of_body(call, "PublicAccessBlockConfiguration")?;
    document.only(
        call,
        &[
            "BlockPublicAcls",
            "IgnorePublicAcls",
            "BlockPublicPolicy",
            "RestrictPublicBuckets",
        ],
    )?;
    // PublicAccessBlockConfiguration: what is left out is off.
    let setting = |name| Ok::<_, Refusal>(document.flag(name)?.unwrap_or(false));
    let block = PublicAccessBlock {
        block_public_acls: setting("BlockPublicAcls")?,
        ignore_public_acls: setting("IgnorePublicAcls")?,
        block_public_policy: setting("BlockPublicPolicy")?,
        restrict_public_buckets: setting("RestrictPublicBuckets")?,
    };
    bucket_mut(call, world)?.public_access_block = Some(block);
    Ok(Answer::empty())
}

pub(super) fn delete_block(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let _named = call.field("publicAccessBlock");
    bucket_mut(call, world)?.public_access_block = None;
    Ok(Answer::empty().status(StatusCode::NO_CONTENT))
}

/// Shows that ACLs are off: the only setting with which buckets can be made here.
pub(super) fn read_ownership(call: &Call<'_>, world: &World) -> Result<Answer, Refusal> {
    let _named = call.field("ownershipControls");
    bucket(call, world)?;
    let mut xml = Xml::new();
    xml.root("OwnershipControls", NAMESPACE, |xml| {
        xml.element("Rule", |xml| {
            xml.text("ObjectOwnership", "BucketOwnerEnforced");
        });
    });
    Ok(Answer::xml(xml))
}
