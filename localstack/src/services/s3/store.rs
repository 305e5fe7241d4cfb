//! `PutObject`.

use std::collections::BTreeMap;

use md5::{Digest as _, Md5};

use super::checksum::{self, Algorithm};
use super::condition;
use super::encryption;
use super::lookup::{bucket, bucket_mut};
use super::object::ObjectEncryption;
use super::object::{KEPT_HEADERS, METADATA_PREFIX, Object};
use super::state::{Content, Versioning, check_key, refuse_subresources};
use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::world::World;

/// The most user metadata, names and values together (S3 user guide, "Working with object metadata").
const MOST_METADATA: usize = 2048;

pub(super) fn put(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    refuse_subresources(call)?;
    let key = call.path("Key");
    check_key(key)?;
    let bucket = bucket(call, world)?;
    check_acl(call)?;
    check_storage_class(call)?;
    let metadata = metadata(call)?;
    // S3 user guide, "Checking object integrity": without a checksum of the client's, S3 computes CRC64NVME.
    let checksum =
        checksum::check_body(call)?.unwrap_or_else(|| Algorithm::Crc64Nvme.of(call.body()));
    condition::check_write(call, key, bucket.current_object(key))?;
    let encryption = encryption::of_request(call, world, bucket)?;
    let etag = match &encryption {
        ObjectEncryption::S3 => hex::encode(Md5::digest(call.body())),
        // S3 API reference, `Object`: the ETag of an object encrypted with KMS is no MD5.
        ObjectEncryption::Kms { .. } => hex::encode(&call.entropy.bytes()[..16]),
    };
    let object = Object {
        blob: call.blobs.put(call.body())?,
        size: call.body().len(),
        etag,
        checksum,
        encryption,
        content_type: call
            .content_type()
            .unwrap_or("binary/octet-stream")
            .to_owned(),
        headers: KEPT_HEADERS
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), call.header(name)?.to_owned())))
            .collect(),
        metadata,
    };
    let answer = object
        .with_checksum(object.encryption.describe(Answer::empty()))
        .header("etag", &object.quoted_etag());
    let bucket = bucket_mut(call, world)?;
    let id = bucket.add(
        key,
        Content::Object(Box::new(object)),
        call.now,
        call.entropy,
    );
    Ok(match bucket.versioning {
        Versioning::Enabled => answer.header("x-amz-version-id", &id),
        Versioning::Never | Versioning::Suspended => answer,
    })
}

/// S3 user guide, "Controlling ownership of objects and disabling ACLs for your bucket": the only ACL of a request is full control for the owner.
fn check_acl(call: &Call<'_>) -> Result<(), Refusal> {
    let grants = !call.headers_with_prefix("x-amz-grant-").is_empty();
    match call.header("x-amz-acl") {
        None | Some("bucket-owner-full-control") if !grants => Ok(()),
        _ => Err(Refusal::bad_request(
            "AccessControlListNotSupported",
            "The bucket does not allow ACLs",
        )),
    }
}

fn check_storage_class(call: &Call<'_>) -> Result<(), Refusal> {
    match call.header("x-amz-storage-class") {
        None | Some("STANDARD") => Ok(()),
        Some(other) => Err(call.unknown_parameter(&format!("x-amz-storage-class: {other}"))),
    }
}

/// Reads the user metadata; names are in lower case already.
fn metadata(call: &Call<'_>) -> Result<BTreeMap<String, String>, Refusal> {
    let mut metadata = BTreeMap::new();
    for (name, value) in call.headers_with_prefix(METADATA_PREFIX) {
        if !value.is_ascii() {
            // S3 gives such values back in the coding of RFC 2047.
            return Err(call.unknown_parameter(&format!(
                "{METADATA_PREFIX}{name} with characters beyond ASCII"
            )));
        }
        // S3 user guide, "Working with object metadata": values of one name are joined with commas.
        metadata
            .entry(name.to_owned())
            .and_modify(|values: &mut String| values.extend([",", value]))
            .or_insert_with(|| value.to_owned());
    }
    let size: usize = metadata
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    if size > MOST_METADATA {
        let message = "Your metadata headers exceed the maximum allowed metadata size";
        return Err(Refusal::bad_request("MetadataTooLarge", message)
            .member("Size", size.to_string())
            .member("MaxSizeAllowed", MOST_METADATA.to_string()));
    }
    Ok(metadata)
}
