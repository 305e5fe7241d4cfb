//! The code of a function: a zip from the request or from S3, or a container image. Only its digest and size are kept, for nothing runs it.

use std::io::{Cursor, Read as _, sink};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::StatusCode;
use sha2::{Digest as _, Sha256};
use zip::ZipArchive;

use super::arn::is_account;
use super::check;
use super::configuration::PackageType;
use super::refusal::invalid;
use super::shape::FunctionCode;
use super::state::{Code, Source};
use crate::answer::Refusal;
use crate::call::Call;
use crate::entropy::hash;
use crate::services::s3;
use crate::validate::Checks;
use crate::world::World;

/// Lambda developer guide, "Lambda quotas": 50 MB zipped through the API, 250 MB unzipped.
const MOST_ZIPPED: usize = 52_428_800;
pub(super) const MOST_UNZIPPED: u64 = 262_144_000;

/// Checks what the service model says of code.
pub(super) fn check(checks: &mut Checks, code: &FunctionCode) {
    if let Some(bucket) = &code.s3_bucket {
        checks.length("code.s3Bucket", bucket, &(3..=63));
    }
    if let Some(key) = &code.s3_key {
        checks.length("code.s3Key", key, &(1..=1024));
    }
    if let Some(version) = &code.s3_object_version {
        checks.length("code.s3ObjectVersion", version, &(1..=1024));
    }
    if let Some(arn) = &code.source_kms_key_arn {
        check::key_arn(checks, "code.sourceKMSKeyArn", arn);
    }
}

/// Refuses a request that is too large (seen in public issues; the limit of each operation differs).
pub(super) fn check_request_size(call: &Call<'_>, most: usize) -> Result<(), Refusal> {
    if call.body().len() < most {
        return Ok(());
    }
    Err(too_large(format!(
        "Request must be smaller than {most} bytes for the {} operation",
        call.operation.name
    )))
}

/// Takes the code in, from wherever the request says.
pub(super) fn fetch(
    call: &Call<'_>,
    world: &World,
    package_type: PackageType,
    code: &FunctionCode,
) -> Result<Code, Refusal> {
    match package_type {
        PackageType::Image => image(call, code),
        PackageType::Zip => {
            let packed = packed(call, world, code)?;
            if let Some(key) = code
                .source_kms_key_arn
                .as_deref()
                .filter(|key| !key.is_empty())
            {
                check_source_key(call, world, key)?;
            }
            Ok(packed)
        }
    }
}

/// Takes an archive in and unpacks it to nowhere.
pub(super) fn packed(call: &Call<'_>, world: &World, code: &FunctionCode) -> Result<Code, Refusal> {
    let bytes = zip_bytes(call, world, code)?;
    let unzipped = check_zip(&bytes, MOST_UNZIPPED)?;
    Ok(Code {
        sha256: STANDARD.encode(Sha256::digest(&bytes)),
        size: bytes.len(),
        unzipped,
        source: Source::Zip {
            source_kms_key_arn: code
                .source_kms_key_arn
                .clone()
                .filter(|key| !key.is_empty()),
        },
    })
}

fn zip_bytes(call: &Call<'_>, world: &World, code: &FunctionCode) -> Result<Bytes, Refusal> {
    let s3 = (code.s3_bucket.as_deref(), code.s3_key.as_deref());
    match (&code.zip_file, s3) {
        (Some(_), (Some(_), _) | (_, Some(_))) => Err(invalid(
            "Please do not provide other FunctionCode parameters when providing a ZipFile.",
        )),
        (Some(text), (None, None)) => {
            let bytes = STANDARD.decode(text).map_err(|error| {
                Refusal::bad_request("SerializationException", error.to_string())
            })?;
            if bytes.len() >= MOST_ZIPPED {
                // Recorded.
                return Err(too_large(format!(
                    "Zipped size must be smaller than {MOST_ZIPPED} bytes"
                )));
            }
            Ok(bytes.into())
        }
        (None, (Some(bucket), Some(key))) => {
            let version = code.s3_object_version.as_deref();
            s3::body(call, world, bucket, key, version).map_err(|refusal| {
                // Seen in many public issues.
                invalid(format!(
                    "Error occurred while GetObject. S3 Error Code: {}. S3 Error Message: {}",
                    refusal.code, refusal.message
                ))
            })
        }
        // Guess: the sentence for a bucket without a key, or a key without a bucket.
        (None, _) => Err(invalid("Please provide a source for function code.")),
    }
}

/// Unpacks an archive to nowhere: a real one, with whole entries, smaller than `limit` bytes together. Gives how many bytes they are.
fn check_zip(bytes: &Bytes, limit: u64) -> Result<u64, Refusal> {
    let broken = |_| {
        invalid("Could not unzip uploaded file. Please check your file, then try to upload again.")
    };
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
    if archive.is_empty() {
        return Err(invalid("Uploaded file must be a non-empty zip"));
    }
    let mut total = 0;
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(broken)?;
        // What an entry says of its size is not believed; what it has beyond the limit is not unpacked.
        let mut entry = entry.take(limit - total);
        total += std::io::copy(&mut entry, &mut sink()).map_err(|error| broken(error.into()))?;
        if total >= limit {
            return Err(invalid(format!(
                "Unzipped size must be smaller than {limit} bytes"
            )));
        }
    }
    Ok(total)
}

fn check_source_key(call: &Call<'_>, world: &World, key: &str) -> Result<(), Refusal> {
    let usable = world.region(call.region).kms.key_usable(call, key);
    // Guess: the sentence, after that for environment variables.
    usable.map(|_| ()).map_err(|unusable| {
        invalid(format!(
            "Lambda was unable to configure access to your deployment package because the KMS key is invalid for CreateGrant. \
             Please check your KMS key settings. KMS Exception: {} KMS Message: {unusable}",
            unusable.code()
        ))
    })
}

/// Takes an image. Guess: any well-formed URI of the region is taken, since ECR is not built; a tag never moves.
fn image(call: &Call<'_>, code: &FunctionCode) -> Result<Code, Refusal> {
    let Some(uri) = &code.image_uri else {
        return Err(invalid(
            "Please provide ImageUri when the PackageType is Image.",
        ));
    };
    let not_valid = || {
        invalid(format!(
            "Source image {uri} is not valid. Provide a valid source image."
        ))
    };
    let (repository, digest) = if let Some((repository, digest)) = uri.split_once('@') {
        let digest = digest.strip_prefix("sha256:").ok_or_else(not_valid)?;
        (repository, digest.to_owned())
    } else {
        let (repository, _tag) = uri.rsplit_once(':').ok_or_else(not_valid)?;
        (repository, hex::encode(hash(&[b"image", uri.as_bytes()])))
    };
    let registry = format!(".dkr.ecr.{}.amazonaws.com", call.region);
    let is_ecr = repository.split_once('/').is_some_and(|(host, name)| {
        host.strip_suffix(registry.as_str()).is_some_and(is_account) && !name.is_empty()
    });
    let is_digest = digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_ecr || !is_digest {
        return Err(not_valid());
    }
    Ok(Code {
        source: Source::Image {
            uri: uri.clone(),
            resolved: format!("{repository}@sha256:{digest}"),
        },
        sha256: digest,
        size: 0,
        unzipped: 0,
    })
}

fn too_large(message: String) -> Refusal {
    Refusal::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "RequestEntityTooLargeException",
        message,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::archive;

    fn reported(bytes: Vec<u8>) -> Result<(), String> {
        check_zip(&bytes.into(), 10_000)
            .map(|_| ())
            .map_err(|refusal| refusal.message)
    }

    #[test]
    fn only_whole_archives_with_something_in_them_are_code() {
        const BROKEN: &str =
            "Could not unzip uploaded file. Please check your file, then try to upload again.";
        let good = archive(&[("main.py", b"def handler(event, context): pass")]);
        assert_eq!(reported(good.clone()), Ok(()));
        assert_eq!(reported(b"not a zip".to_vec()), Err(BROKEN.to_owned()));
        assert_eq!(
            reported(good[..good.len() - 30].to_vec()),
            Err(BROKEN.to_owned())
        );
        let mut flipped = good;
        // Behind the local header of 30 bytes and the name: the first byte of the compressed content.
        flipped[30 + "main.py".len()] ^= 0xFF;
        assert_eq!(reported(flipped), Err(BROKEN.to_owned()));
        assert_eq!(
            reported(archive(&[])),
            Err("Uploaded file must be a non-empty zip".to_owned())
        );
    }

    #[test]
    fn what_unpacks_to_the_limit_is_refused_however_small_it_is() {
        let half = [0; 5_000];
        let bomb = archive(&[("a", &half), ("b", &half)]);
        assert!(bomb.len() < 300, "{}", bomb.len());
        assert_eq!(
            reported(bomb),
            Err("Unzipped size must be smaller than 10000 bytes".to_owned())
        );
        assert_eq!(
            reported(archive(&[("a", &half), ("b", &half[1..])])),
            Ok(())
        );
    }
}
