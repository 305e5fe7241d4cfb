//! Encryption at rest: a bucket's default, an object's own, and the KMS keys behind them.

use http::StatusCode;

use super::configuration::BucketEncryption;
use super::document::NAMESPACE;
use super::document::{Element, malformed};
use super::lookup::{bucket, bucket_mut};
use super::object::{BUCKET_KEY_HEADER, HEADER, KEY_HEADER, ObjectEncryption};
use super::refusal::{access_denied, invalid_argument};
use super::state::Bucket;
use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::protocol::xml::Xml;
use crate::world::World;

const CUSTOMER_KEY_PREFIX: &str = "x-amz-server-side-encryption-customer-";

impl ObjectEncryption {
    /// Refuses when the key cannot decrypt now.
    pub(super) fn check(
        &self,
        call: &Call<'_>,
        world: &World,
        bucket: &Bucket,
    ) -> Result<(), Refusal> {
        match self {
            Self::S3 => Ok(()),
            Self::Kms { key, .. } => usable_key(call, world, bucket, key).map(|_| ()),
        }
    }
}

/// Finds how an object that is being written is to be encrypted: as the request says, else as the bucket says.
pub(super) fn of_request(
    call: &Call<'_>,
    world: &World,
    bucket: &Bucket,
) -> Result<ObjectEncryption, Refusal> {
    refuse_customer_keys(call, bucket)?;
    let (asked, key) = (call.header(HEADER), call.header(KEY_HEADER));
    let bucket_key = call
        .header(BUCKET_KEY_HEADER)
        .map(|text| text.eq_ignore_ascii_case("true"));
    let settings = &bucket.encryption;
    let (key, bucket_key) = match asked {
        None if key.is_some() => {
            let message = "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms";
            return Err(invalid_argument(HEADER, "null", message));
        }
        None => match &settings.key {
            None => return Ok(ObjectEncryption::S3),
            Some(key) => (key.as_str(), bucket_key.unwrap_or(settings.bucket_key)),
        },
        Some("AES256") if key.is_none() => return Ok(ObjectEncryption::S3),
        Some("AES256") => {
            let message = "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms";
            return Err(invalid_argument(HEADER, "AES256", message));
        }
        Some("aws:kms") => {
            // PutObject: without a key S3 takes the AWS managed key, also where the bucket has one of its own.
            let key = key.ok_or_else(|| managed_key_not_built(call))?;
            (key, bucket_key.unwrap_or(settings.bucket_key))
        }
        Some(other @ ("aws:kms:dsse" | "aws:fsx" | "aws:backup")) => {
            return Err(call.unknown_parameter(&format!("{HEADER}: {other}")));
        }
        Some(other) => {
            return Err(invalid_argument(
                HEADER,
                other,
                "The encryption method specified is not supported",
            ));
        }
    };
    Ok(ObjectEncryption::Kms {
        key: usable_key(call, world, bucket, key)?,
        bucket_key,
    })
}

/// Refuses SSE-C: as AWS does where it is blocked, as not built where it is not.
fn refuse_customer_keys(call: &Call<'_>, bucket: &Bucket) -> Result<(), Refusal> {
    let asks = !call.headers_with_prefix(CUSTOMER_KEY_PREFIX).is_empty();
    match (asks, bucket.encryption.blocks_customer_keys) {
        (false, _) => Ok(()),
        (true, true) => Err(access_denied()),
        (true, false) => Err(call.unknown_parameter(&format!("{CUSTOMER_KEY_PREFIX}algorithm"))),
    }
}

fn managed_key_not_built(call: &Call<'_>) -> Refusal {
    call.unknown_parameter(&format!("{HEADER}: aws:kms with the AWS managed key"))
}

pub(super) fn read(call: &Call<'_>, world: &World) -> Result<Answer, Refusal> {
    let _named = call.field("encryption");
    let settings = &bucket(call, world)?.encryption;
    let mut xml = Xml::new();
    xml.root("ServerSideEncryptionConfiguration", NAMESPACE, |xml| {
        xml.element("Rule", |xml| {
            xml.element("ApplyServerSideEncryptionByDefault", |xml| {
                let algorithm = if settings.key.is_some() {
                    "aws:kms"
                } else {
                    "AES256"
                };
                xml.text("SSEAlgorithm", algorithm)
                    .optional("KMSMasterKeyID", settings.key.as_deref());
            });
            xml.text("BucketKeyEnabled", settings.bucket_key);
            if settings.blocks_customer_keys {
                xml.element("BlockedEncryptionTypes", |xml| {
                    xml.text("EncryptionType", "SSE-C");
                });
            }
        });
    });
    Ok(Answer::xml(xml))
}

pub(super) fn set(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let _named = call.field("encryption");
    let before = &bucket(call, world)?.encryption;
    let document = Element::of_body(call, "ServerSideEncryptionConfiguration")?;
    let rule = document
        .only(call, &["Rule"])?
        .one("Rule")?
        .ok_or_else(malformed)?;
    rule.only(
        call,
        &[
            "ApplyServerSideEncryptionByDefault",
            "BucketKeyEnabled",
            "BlockedEncryptionTypes",
        ],
    )?;
    let key = match rule.one("ApplyServerSideEncryptionByDefault")? {
        None => None,
        Some(default) => default_key(call, default)?,
    };
    // Guess: a configuration that does not speak of blocked types leaves them as they were.
    let blocks_customer_keys = match rule.one("BlockedEncryptionTypes")? {
        None => before.blocks_customer_keys,
        Some(blocked) => {
            blocked.only(call, &["EncryptionType"])?;
            match blocked.text("EncryptionType")? {
                Some("SSE-C") => true,
                Some("NONE") => false,
                _ => return Err(malformed()),
            }
        }
    };
    let encryption = BucketEncryption {
        key,
        bucket_key: rule.flag("BucketKeyEnabled")?.unwrap_or(false),
        blocks_customer_keys,
    };
    bucket_mut(call, world)?.encryption = encryption;
    Ok(Answer::empty())
}

/// Reads the key of a default; `None` is SSE-S3.
fn default_key(call: &Call<'_>, default: &Element) -> Result<Option<String>, Refusal> {
    default.only(call, &["SSEAlgorithm", "KMSMasterKeyID"])?;
    let key = default.text("KMSMasterKeyID")?;
    match default.required("SSEAlgorithm")? {
        "AES256" if key.is_none() => Ok(None),
        // ServerSideEncryptionByDefault: a key is allowed only with a KMS algorithm; the sentence as S3 words it.
        "AES256" => Err(Refusal::bad_request(
            "InvalidArgument",
            "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse",
        )),
        "aws:kms" => key
            .map(|key| Some(key.to_owned()))
            .ok_or_else(|| managed_key_not_built(call)),
        other @ ("aws:kms:dsse" | "aws:fsx" | "aws:backup") => {
            Err(call.unknown_parameter(&format!("SSEAlgorithm: {other}")))
        }
        _ => Err(malformed()),
    }
}

/// Goes back to the encryption of a new bucket, which is what `DeleteBucketEncryption` does.
pub(super) fn reset(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let _named = call.field("encryption");
    let settings = &mut bucket_mut(call, world)?.encryption;
    settings.key = None;
    settings.bucket_key = false;
    Ok(Answer::empty().status(StatusCode::NO_CONTENT))
}

/// Finds the key of an object, if KMS allows its use now, and returns its ARN.
fn usable_key(
    call: &Call<'_>,
    world: &World,
    bucket: &Bucket,
    key: &str,
) -> Result<String, Refusal> {
    let found = world.region(&bucket.region).kms.key_usable(call, key);
    // S3 API reference, "List of error codes": errors of KMS come with `KMS.` before their code, and status 400.
    found
        .map(|arn| arn.as_str().to_owned())
        .map_err(|unusable| {
            Refusal::new(
                StatusCode::BAD_REQUEST,
                format!("KMS.{}", unusable.code()),
                unusable.to_string(),
            )
        })
}
