//! `DeleteObject` and `DeleteObjects`.

use http::StatusCode;

use super::access;
use super::checksum::{self, invalid_request};
use super::condition;
use super::document::NAMESPACE;
use super::document::{Element, malformed};
use super::lookup::{bucket, bucket_mut, found, found_mut};
use super::state::{
    Bucket, Content, NULL, Versioning, asked_version, check_key, check_version_id,
    refuse_subresources,
};
use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::protocol::xml::Xml;
use crate::world::World;

/// The most objects of one `DeleteObjects`.
const MOST_OBJECTS: usize = 1000;

/// What a deletion did.
#[derive(Debug)]
enum Erased {
    /// The object of a bucket without versioning went, or was not there.
    Plain,
    /// A version went for good, or was not there.
    Version { id: String, was_marker: bool },
    /// A delete marker is now the newest version.
    Marked { id: String },
}

pub(super) fn one(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    refuse_subresources(call)?;
    let (key, id) = (call.path("Key"), asked_version(call)?);
    check_key(key)?;
    let current = bucket(call, world)?.current(key);
    condition::check_delete(key, call.header("if-match"), current)?;
    let erased = erase(call, bucket_mut(call, world)?, key, id);
    let answer = Answer::empty().status(StatusCode::NO_CONTENT);
    Ok(match erased {
        Erased::Plain => answer,
        Erased::Version { id, was_marker } => {
            let answer = answer.header("x-amz-version-id", &id);
            if was_marker {
                answer.header("x-amz-delete-marker", "true")
            } else {
                answer
            }
        }
        Erased::Marked { id } => answer
            .header("x-amz-version-id", &id)
            .header("x-amz-delete-marker", "true"),
    })
}

/// Deletes each object of a list by itself: one that is refused does not keep the others.
pub(super) fn many(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let _named = call.field("delete");
    // Each object is a deletion of its own; there is no action for the whole.
    found(call, world)?;
    // DeleteObjects: one of the two is required.
    if !checksum::has_digest(call) {
        return Err(invalid_request(
            "Missing required header for this request: Content-MD5 OR x-amz-checksum-*",
        ));
    }
    let document = Element::of_body(call, "Delete")?;
    document.only(call, &["Object", "Quiet"])?;
    let quiet = document.flag("Quiet")?.unwrap_or(false);
    let objects: Vec<_> = document.all("Object").collect();
    if !(1..=MOST_OBJECTS).contains(&objects.len()) {
        return Err(malformed());
    }
    let bucket = found_mut(call, world);
    let mut xml = Xml::new();
    for object in objects {
        object.only(call, &["Key", "VersionId", "ETag"])?;
        let (key, id) = (object.required("Key")?, object.text("VersionId")?);
        if key.is_empty() {
            return Err(malformed());
        }
        let erased = erase_checked(call, bucket, key, id, object.text("ETag")?);
        match erased {
            Ok(_) if quiet => {}
            Ok(erased) => write_deleted(&mut xml, key, &erased),
            Err(refusal) => {
                xml.element("Error", |xml| {
                    xml.text("Key", key)
                        .optional("VersionId", id)
                        .text("Code", &refusal.code)
                        .text("Message", &refusal.message);
                });
            }
        }
    }
    let content = xml.into_string();
    let mut xml = Xml::new();
    xml.root("DeleteResult", NAMESPACE, |xml| {
        xml.raw(&content);
    });
    Ok(Answer::xml(xml))
}

fn erase_checked(
    call: &Call<'_>,
    bucket: &mut Bucket,
    key: &str,
    id: Option<&str>,
    etag: Option<&str>,
) -> Result<Erased, Refusal> {
    check_key(key)?;
    let id = id.map(check_version_id).transpose()?;
    let action = match id {
        Some(_) => "s3:DeleteObjectVersion",
        None => "s3:DeleteObject",
    };
    access::check_action(call, bucket, action, Some(key))?;
    condition::check_delete(key, etag, bucket.current(key))?;
    Ok(erase(call, bucket, key, id))
}

fn write_deleted(xml: &mut Xml, key: &str, erased: &Erased) {
    xml.element("Deleted", |xml| {
        xml.text("Key", key);
        match erased {
            Erased::Plain => {}
            Erased::Version { id, was_marker } => {
                xml.text("VersionId", id);
                if *was_marker {
                    xml.text("DeleteMarker", true)
                        .text("DeleteMarkerVersionId", id);
                }
            }
            Erased::Marked { id } => {
                xml.text("DeleteMarker", true)
                    .text("DeleteMarkerVersionId", id);
            }
        }
    });
}

fn erase(call: &Call<'_>, bucket: &mut Bucket, key: &str, id: Option<&str>) -> Erased {
    if let Some(id) = id {
        let removed = bucket.remove(key, id);
        return Erased::Version {
            id: id.to_owned(),
            was_marker: removed.is_some_and(|version| version.object().is_none()),
        };
    }
    match bucket.versioning {
        Versioning::Never => {
            bucket.remove(key, NULL);
            Erased::Plain
        }
        // S3 user guide, "Deleting object versions": a marker comes even where there was nothing.
        Versioning::Enabled | Versioning::Suspended => Erased::Marked {
            id: bucket.add(key, Content::DeleteMarker, call.now, call.entropy),
        },
    }
}
