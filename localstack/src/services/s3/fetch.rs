//! `GetObject` and `HeadObject`, and the bytes of objects for other services.

use std::ops::RangeInclusive;

use bytes::Bytes;
use http::StatusCode;

use super::access;
use super::condition::{self, Read};
use super::lookup::{bucket, owned};
use super::object::Object;
use super::refusal::no_such_key;
use super::state::{
    Bucket, Content, Version, Versioning, asked_version, check_version_id, refuse_subresources,
};
use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::clock::http_date;
use crate::world::World;

/// Whether the bytes are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Bytes,
    HeadOnly,
}

pub(super) fn get(call: &Call<'_>, world: &World) -> Result<Answer, Refusal> {
    answer(call, world, Wanted::Bytes)
}

pub(super) fn head(call: &Call<'_>, world: &World) -> Result<Answer, Refusal> {
    answer(call, world, Wanted::HeadOnly)
}

/// Gives the bytes of an object as another service reads them in this region, with the refusal that S3 has for that service.
pub(crate) fn body(
    call: &Call<'_>,
    world: &World,
    bucket: &str,
    key: &str,
    version: Option<&str>,
) -> Result<Bytes, Refusal> {
    let found = owned(call, world, bucket)?;
    if found.region != call.region {
        // As Lambda shows it (re:Post, "PermanentRedirect" when a function is made from a bucket elsewhere).
        let message = format!(
            "The bucket is in this region: {}. Please use this region to retry the request",
            found.region
        );
        return Err(Refusal::new(
            StatusCode::MOVED_PERMANENTLY,
            "PermanentRedirect",
            message,
        ));
    }
    let version = version.map(check_version_id).transpose()?;
    access::check_read_by_service(call, found, key, version)?;
    let (_, object) = find(found, key, version, "GET")?;
    object.encryption.check(call, world, found)?;
    Ok(call.blobs.read(&object.blob)?)
}

fn answer(call: &Call<'_>, world: &World, wanted: Wanted) -> Result<Answer, Refusal> {
    refuse_subresources(call)?;
    let bucket = bucket(call, world)?;
    let method = match wanted {
        Wanted::Bytes => "GET",
        Wanted::HeadOnly => "HEAD",
    };
    let (version, object) = find(bucket, call.path("Key"), asked_version(call)?, method)?;
    let tells_checksum = call
        .header("x-amz-checksum-mode")
        .is_some_and(|mode| mode.eq_ignore_ascii_case("ENABLED"));
    let range = call
        .header("range")
        .map_or(Ok(None), |range| part(range, object.size))?;
    if condition::check_read(call, version, object)? == Read::NotModified {
        let answer = Answer::empty().status(StatusCode::NOT_MODIFIED);
        return Ok(with_validators(answer, bucket, version, object));
    }
    // HeadObject: only the checksum of an object encrypted with KMS needs the key.
    if wanted == Wanted::Bytes || tells_checksum {
        object.encryption.check(call, world, bucket)?;
    }
    let body = match wanted {
        Wanted::Bytes => call.blobs.read(&object.blob)?,
        Wanted::HeadOnly => Bytes::new(),
    };
    let (answer, length) = match range {
        None => (Answer::raw(body), object.size),
        Some(range) => {
            let length = range.end() - range.start() + 1;
            let reported = format!("bytes {}-{}/{}", range.start(), range.end(), object.size);
            let body = if wanted == Wanted::Bytes {
                body.slice(range)
            } else {
                body
            };
            let answer = Answer::raw(body).status(StatusCode::PARTIAL_CONTENT);
            (answer.header("content-range", &reported), length)
        }
    };
    let is_whole = length == object.size;
    let answer = object
        .describe(with_validators(answer, bucket, version, object))
        .header("content-length", &length.to_string());
    // GetObject: the checksum is that of the whole object, so a part comes without.
    Ok(if tells_checksum && is_whole {
        object.with_checksum(answer)
    } else {
        answer
    })
}

/// Finds the requested version: the newest, or the one with an id.
fn find<'b>(
    bucket: &'b Bucket,
    key: &str,
    id: Option<&str>,
    method: &str,
) -> Result<(&'b Version, &'b Object), Refusal> {
    let Some(id) = id else {
        let Some(version) = bucket.current(key) else {
            return Err(no_such_key(key));
        };
        return match &version.content {
            Content::Object(object) => Ok((version, object)),
            // S3 user guide, "Working with delete markers": 404 with the marker's headers.
            Content::DeleteMarker => Err(no_such_key(key)
                .header("x-amz-delete-marker", "true")
                .header("x-amz-version-id", version.id.clone())),
        };
    };
    let version = bucket.version(key, id).ok_or_else(|| {
        Refusal::new(
            StatusCode::NOT_FOUND,
            "NoSuchVersion",
            "The specified version does not exist.",
        )
        .member("Key", key)
        .member("VersionId", id)
    })?;
    match &version.content {
        Content::Object(object) => Ok((version, object)),
        // S3 user guide, "Working with delete markers": a request for a marker by its id can only delete it.
        Content::DeleteMarker => Err(Refusal::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "MethodNotAllowed",
            "The specified method is not allowed against this resource.",
        )
        .member("Method", method)
        .member("ResourceType", "DeleteMarker")
        .header("allow", "DELETE")
        .header("x-amz-delete-marker", "true")
        .header("x-amz-version-id", id)
        .header("last-modified", http_date(version.modified))),
    }
}

/// Reads a `Range` header; `None` when it is of no form that S3 serves, which is ignored (RFC 7233, section 3.1).
fn part(range: &str, size: usize) -> Result<Option<RangeInclusive<usize>>, Refusal> {
    let unsatisfiable = || {
        Refusal::new(
            StatusCode::RANGE_NOT_SATISFIABLE,
            "InvalidRange",
            "The requested range is not satisfiable",
        )
        .member("RangeRequested", range)
        .member("ActualObjectSize", size.to_string())
    };
    let Some((first, last)) = range
        .strip_prefix("bytes=")
        .and_then(|range| range.split_once('-'))
    else {
        return Ok(None);
    };
    let (first, last) = match (first, last) {
        ("", suffix) => match suffix.parse::<usize>() {
            Ok(0) => return Err(unsatisfiable()),
            Ok(length) => (size.saturating_sub(length), usize::MAX),
            Err(_) => return Ok(None),
        },
        (first, last) => match (first.parse(), last.parse()) {
            (Ok(first), _) if last.is_empty() => (first, usize::MAX),
            (Ok(first), Ok(last)) if first <= last => (first, last),
            _ => return Ok(None),
        },
    };
    if first < size {
        Ok(Some(first..=last.min(size - 1)))
    } else {
        Err(unsatisfiable())
    }
}

/// Adds validators and version of a version that is reported about.
fn with_validators(answer: Answer, bucket: &Bucket, version: &Version, object: &Object) -> Answer {
    let answer = answer
        .header("etag", &object.quoted_etag())
        .header("last-modified", &http_date(version.modified));
    match bucket.versioning {
        Versioning::Never => answer,
        // Guess: also the null version of a bucket whose versioning is suspended is named.
        Versioning::Enabled | Versioning::Suspended => {
            answer.header("x-amz-version-id", &version.id)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_cut_to_the_object() {
        let of_ten = |range| part(range, 10).map_err(|refusal| refusal.code.into_owned());
        assert_eq!(of_ten("bytes=2-4"), Ok(Some(2..=4)));
        assert_eq!(of_ten("bytes=8-99"), Ok(Some(8..=9)));
        assert_eq!(of_ten("bytes=3-"), Ok(Some(3..=9)));
        assert_eq!(of_ten("bytes=-3"), Ok(Some(7..=9)));
        assert_eq!(of_ten("bytes=-99"), Ok(Some(0..=9)));
        for ignored in [
            "bytes=4-2",
            "bytes=a-b",
            "bytes=0-1,4-5",
            "lines=1-2",
            "bytes=-",
        ] {
            assert_eq!(of_ten(ignored), Ok(None), "{ignored}");
        }
        for refused in ["bytes=10-", "bytes=-0", "bytes=10-12"] {
            assert_eq!(of_ten(refused), Err("InvalidRange".to_owned()), "{refused}");
        }
    }
}
