//! Conditional requests (S3 user guide, "Conditional requests"; RFC 7232 for reads).

use http::StatusCode;
use jiff::Timestamp;
use jiff::fmt::rfc2822;

use super::object::Object;
use super::refusal::no_such_key;
use super::state::Version;
use crate::answer::Refusal;
use crate::call::Call;

/// What the conditions of a read say.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Read {
    Proceed,
    NotModified,
}

/// Checks the conditions of a write to a key.
pub(super) fn check_write(
    call: &Call<'_>,
    key: &str,
    current: Option<&Object>,
) -> Result<(), Refusal> {
    match call.header("if-none-match") {
        None => {}
        Some("*") if current.is_none() => {}
        Some("*") => return Err(failed("If-None-Match")),
        // PutObject: `If-None-Match` expects the asterisk.
        Some(_) => return Err(not_implemented("If-None-Match")),
    }
    match (call.header("if-match"), current) {
        (None, _) => Ok(()),
        // S3 user guide, "How to prevent object overwrites with conditional writes": 404 when there is no current version.
        (Some(_), None) => Err(no_such_key(key)),
        (Some(tags), Some(object)) if matches_tag(tags, object) => Ok(()),
        (Some(_), Some(_)) => Err(failed("If-Match")),
    }
}

/// Checks the condition of a deletion, which is about the newest version whichever is to be deleted (S3 user guide, "How to perform
/// conditional deletes").
///
/// 404 without any version, and 412 for a delete marker, are as other implementations of S3 state that page.
pub(super) fn check_delete(
    key: &str,
    tags: Option<&str>,
    current: Option<&Version>,
) -> Result<(), Refusal> {
    let Some(tags) = tags else {
        return Ok(());
    };
    match current.map(Version::object) {
        None => Err(no_such_key(key)),
        Some(Some(object)) if matches_tag(tags, object) => Ok(()),
        Some(_) => Err(failed("If-Match")),
    }
}

/// Evaluates the conditions of a read in the order of RFC 7232, section 6.
pub(super) fn check_read(
    call: &Call<'_>,
    version: &Version,
    object: &Object,
) -> Result<Read, Refusal> {
    let since = |name| call.header(name).and_then(http_time);
    let modified = version.modified.as_second();
    let unmodified_since = since("if-unmodified-since");
    match call.header("if-match") {
        Some(tags) if !matches_tag(tags, object) => return Err(failed("If-Match")),
        Some(_) => {}
        None => {
            if unmodified_since.is_some_and(|time| modified > time.as_second()) {
                return Err(failed("If-Unmodified-Since"));
            }
        }
    }
    let modified_since = since("if-modified-since");
    let is_known = match call.header("if-none-match") {
        Some(tags) => matches_tag(tags, object),
        None => modified_since.is_some_and(|time| modified <= time.as_second()),
    };
    Ok(if is_known {
        Read::NotModified
    } else {
        Read::Proceed
    })
}

/// Returns whether a list of entity tags, or the asterisk, takes in an object.
fn matches_tag(tags: &str, object: &Object) -> bool {
    tags.split(',').map(str::trim).any(|tag| {
        let tag = tag.strip_prefix("W/").unwrap_or(tag).trim_matches('"');
        tag == "*" || tag == object.etag
    })
}

/// A date that cannot be read is no condition (RFC 7232, section 3.3).
fn http_time(text: &str) -> Option<Timestamp> {
    rfc2822::DateTimeParser::new().parse_timestamp(text).ok()
}

fn failed(condition: &str) -> Refusal {
    Refusal::new(
        StatusCode::PRECONDITION_FAILED,
        "PreconditionFailed",
        "At least one of the pre-conditions you specified did not hold",
    )
    .member("Condition", condition)
}

/// S3's own refusal of what it does not implement.
fn not_implemented(header: &str) -> Refusal {
    Refusal::new(
        StatusCode::NOT_IMPLEMENTED,
        "NotImplemented",
        "A header you provided implies functionality that is not implemented",
    )
    .member("Header", header)
}
