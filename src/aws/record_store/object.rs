//! Reads and writes one object of the record store.

use aws_sdk_s3::primitives::ByteStream;
use jiff::Timestamp;
use serde::Serialize;

use super::clock::{AnswerTime, timestamp};
use super::store::S3RecordStore;
use crate::executor::lock::{Etag, Written};
use crate::resource::fault::{Fault, FaultKind};
use crate::resource::operation::s3;

pub(super) const JSON: &str = "application/json";
pub(super) const BYTES: &str = "application/octet-stream";

/// The condition of a write.
#[derive(Debug, Clone, Copy)]
pub(super) enum Condition<'a> {
    /// Write in any case.
    None,
    /// Write only if the object does not exist.
    Absent,
    /// Write only if the object has this entity tag.
    Is(&'a Etag),
}

/// An object that was read.
#[derive(Debug)]
pub(super) struct Object {
    /// Its content, or the beginning of one that is too long.
    pub(super) bytes: Vec<u8>,
    /// How many bytes it has.
    pub(super) length: u64,
    pub(super) etag: Option<String>,
    /// When it was written, by S3's clock.
    pub(super) modified: Option<Timestamp>,
    /// When it was read, by S3's clock.
    pub(super) read: Option<Timestamp>,
}

/// The most bytes that are read of a record. It has a few kilobytes for each resource and each kept version.
const LONGEST: u64 = 16 * 1024 * 1024;

impl S3RecordStore {
    /// Reads an object; `None` if it does not exist. One that is too long to be a record is a fault.
    pub(super) async fn get(&self, key: &str) -> Result<Option<Object>, Fault> {
        let Some(object) = self.get_up_to(LONGEST, key).await? else {
            return Ok(None);
        };
        if object.length > LONGEST {
            return Err(not_understood(&format!(
                "`{key}` has {} bytes; agentctl reads {LONGEST}",
                object.length
            )));
        }
        Ok(Some(object))
    }

    /// Reads an object up to a length, and its true length.
    pub(super) async fn get_up_to(&self, longest: u64, key: &str) -> Result<Option<Object>, Fault> {
        let time = AnswerTime::default();
        let call = self
            .clients
            .s3
            .get_object()
            .bucket(&self.bucket)
            .key(key)
            .expected_bucket_owner(&self.account)
            .customize()
            .interceptor(time.clone())
            .send();
        let answer = match self.clients.call(call).await {
            Err(fault) if fault.kind == FaultKind::NotFound => return Ok(None),
            answer => answer.map_err(|fault| fault.about(self.path(key)))?,
        };
        let etag = answer.e_tag().map(str::to_owned);
        let modified = answer.last_modified().and_then(timestamp);
        let unfinished = |error: &dyn std::error::Error| {
            Fault::new(
                FaultKind::Unreachable,
                s3::GET_OBJECT,
                format!("the object `{key}` was not read to its end: {error}"),
            )
        };
        let declared = answer
            .content_length()
            .and_then(|length| u64::try_from(length).ok());
        let (mut bytes, mut length) = (Vec::new(), 0);
        let mut body = answer.body;
        // The rest of an object that is too long is not fetched.
        while length <= longest {
            let chunk = body.try_next().await.map_err(|error| unfinished(&error))?;
            let Some(chunk) = chunk else {
                break;
            };
            length += chunk.len() as u64;
            if length <= longest {
                bytes.extend_from_slice(&chunk);
            }
        }
        Ok(Some(Object {
            bytes,
            length: declared.unwrap_or(length).max(length),
            etag,
            modified,
            read: time.said(),
        }))
    }

    /// Writes an object if the condition holds.
    pub(super) async fn put(
        &self,
        key: &str,
        bytes: Vec<u8>,
        content_type: &str,
        condition: Condition<'_>,
    ) -> Result<Written, Fault> {
        let put = self
            .clients
            .s3
            .put_object()
            .bucket(&self.bucket)
            .key(key)
            .expected_bucket_owner(&self.account)
            .content_type(content_type)
            .body(ByteStream::from(bytes));
        let put = match condition {
            Condition::None => put,
            Condition::Absent => put.if_none_match("*"),
            Condition::Is(etag) => put.if_match(etag.as_str()),
        };
        // Boxed, since the future of an upload adds 19 kB to every future that awaits it.
        match self.clients.call(Box::pin(put.send())).await {
            Ok(answer) => answer
                .e_tag()
                .map(|etag| Written::As(Etag::new(etag)))
                .ok_or_else(|| {
                    let message = format!("`{key}` was written without an entity tag");
                    Fault::new(FaultKind::Service, s3::PUT_OBJECT, message)
                }),
            Err(fault) if is_refusal(condition, &fault) => Ok(Written::Refused),
            Err(fault) => Err(fault.about(self.path(key))),
        }
    }

    /// Returns the path of an object with its bucket.
    fn path(&self, key: &str) -> String {
        format!("{}/{key}", self.bucket)
    }
}

/// Returns whether the condition of a write did not hold, as opposed to a call that failed.
///
/// S3 user guide, "Conditional writes": 412 when the condition does not hold, 409 when another write or deletion came in between, 404 when
/// there is no object to match.
fn is_refusal(condition: Condition<'_>, fault: &Fault) -> bool {
    match (condition, fault.code.as_deref()) {
        (Condition::None, _) => false,
        (_, Some("PreconditionFailed" | "ConditionalRequestConflict")) => true,
        (Condition::Is(_), _) => fault.kind == FaultKind::NotFound,
        (Condition::Absent, _) => false,
    }
}

pub(super) fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("records and holders have text keys only, so they serialise")
}

pub(super) fn not_understood(message: &str) -> Fault {
    Fault::new(FaultKind::Service, s3::GET_OBJECT, message)
}
