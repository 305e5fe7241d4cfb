//! `ListObjectsV2` and `ListObjectVersions`.

use std::borrow::Cow;
use std::ops::Bound;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::document::NAMESPACE;
use super::lookup::bucket;
use super::object::Object;
use super::refusal::invalid_argument;
use super::state::{
    Bucket, Content, Version, canonical_id, check_version_id, iso, version_sequence,
};
use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::page::page;
use crate::protocol::xml::Xml;
use crate::world::World;

/// The most entries of a page.
const LARGEST_PAGE: usize = 1000;

/// What `encoding-type=url` encodes, as in the example of the API reference (`test_file%283%29.png`); a space becomes a plus.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'*')
    .remove(b'/')
    .remove(b' ');

/// What both listings are asked with.
struct Asked<'a> {
    bucket: &'a Bucket,
    prefix: &'a str,
    delimiter: Option<&'a str>,
    size: usize,
    is_encoded: bool,
}

/// A line of a listing: something under a key, or all keys up to a delimiter.
enum Line<'a, T> {
    Entry(&'a str, T),
    Prefix(&'a str),
}

impl<'a> Asked<'a> {
    fn of(call: &'a Call<'_>, world: &'a World) -> Result<Self, Refusal> {
        let is_encoded = match call.field("encoding-type") {
            None => false,
            Some("url") => true,
            Some(other) => {
                let message = "Invalid Encoding Method specified in Request";
                return Err(invalid_argument("encoding-type", other, message));
            }
        };
        Ok(Self {
            bucket: bucket(call, world)?,
            prefix: call.field("prefix").unwrap_or_default(),
            delimiter: call
                .field("delimiter")
                .filter(|delimiter| !delimiter.is_empty()),
            size: page_size(call)?,
            is_encoded,
        })
    }

    /// Gives the keys with the prefix, in order, each with its versions.
    fn keys(&self) -> impl Iterator<Item = (&'a str, &'a [Version])> {
        let prefix = self.prefix;
        self.bucket
            .objects
            .range::<str, _>((Bound::Included(prefix), Bound::Unbounded))
            .take_while(move |(key, _)| key.starts_with(prefix))
            .map(|(key, versions)| (key.as_str(), versions.as_slice()))
    }

    /// Gives the common prefix under which a key is listed, when it is.
    fn common_prefix(&self, key: &'a str) -> Option<&'a str> {
        let delimiter = self.delimiter?;
        let at = key[self.prefix.len()..].find(delimiter)?;
        Some(&key[..self.prefix.len() + at + delimiter.len()])
    }

    fn written<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.is_encoded {
            utf8_percent_encode(text, ENCODED)
                .to_string()
                .replace(' ', "+")
                .into()
        } else {
            text.into()
        }
    }

    /// Writes what both listings repeat of the request.
    fn write_request(&self, call: &Call<'_>, xml: &mut Xml, is_truncated: bool) {
        xml.text("Name", call.path("Bucket"))
            .text("Prefix", self.written(self.prefix))
            .optional(
                "Delimiter",
                self.delimiter.map(|delimiter| self.written(delimiter)),
            )
            .text("MaxKeys", self.size)
            .optional("EncodingType", self.is_encoded.then_some("url"))
            .text("IsTruncated", is_truncated);
    }

    fn write_prefix(&self, xml: &mut Xml, prefix: &str) {
        xml.element("CommonPrefixes", |xml| {
            xml.text("Prefix", self.written(prefix));
        });
    }
}

pub(super) fn objects(call: &Call<'_>, world: &World) -> Result<Answer, Refusal> {
    match call.field("list-type") {
        Some("2") => {}
        other => {
            return Err(invalid_argument(
                "list-type",
                other.unwrap_or_default(),
                "Invalid List Type specified in Request",
            ));
        }
    }
    let asked = Asked::of(call, world)?;
    let shows_owner = call.field("fetch-owner") == Some("true");
    let token = call.field("continuation-token");
    let start_after = call.field("start-after").filter(|key| !key.is_empty());
    let mut lines: Vec<(String, Line<'_, (&Version, &Object)>)> = Vec::new();
    for (key, versions) in asked.keys() {
        // ListObjectsV2: with a token, where to begin is settled.
        let is_before = token.is_none() && start_after.is_some_and(|after| key <= after);
        let Some(version) = versions.first() else {
            continue;
        };
        let (Some(object), false) = (version.object(), is_before) else {
            continue;
        };
        match asked.common_prefix(key) {
            None => lines.push((key.to_owned(), Line::Entry(key, (version, object)))),
            Some(prefix) if lines.last().is_some_and(|(last, _)| last == prefix) => {}
            Some(prefix) => lines.push((prefix.to_owned(), Line::Prefix(prefix))),
        }
    }
    if asked.size == 0 {
        lines.clear();
    }
    let listing = format!(
        "{} {:?} {:?}",
        asked.bucket.arn, asked.prefix, asked.delimiter
    );
    let page = page(&listing, lines, token, asked.size).map_err(|_| {
        invalid_argument(
            "continuation-token",
            token.unwrap_or_default(),
            "The continuation token provided is incorrect",
        )
    })?;
    let mut xml = Xml::new();
    xml.root("ListBucketResult", NAMESPACE, |xml| {
        asked.write_request(call, xml, page.next.is_some());
        xml.text("KeyCount", page.items.len())
            .optional("ContinuationToken", token)
            .optional("NextContinuationToken", page.next.as_deref())
            .optional("StartAfter", start_after.map(|key| asked.written(key)));
        for line in &page.items {
            match line {
                Line::Prefix(prefix) => asked.write_prefix(xml, prefix),
                Line::Entry(key, (version, object)) => {
                    xml.element("Contents", |xml| {
                        xml.text("Key", asked.written(key));
                        write_object(xml, version, object);
                        if shows_owner {
                            write_owner(call, xml);
                        }
                    });
                }
            }
        }
    });
    Ok(Answer::xml(xml))
}

pub(super) fn versions(call: &Call<'_>, world: &World) -> Result<Answer, Refusal> {
    let _named = call.field("versions");
    let asked = Asked::of(call, world)?;
    let key_marker = call.field("key-marker").filter(|key| !key.is_empty());
    let id_marker = call.field("version-id-marker").filter(|id| !id.is_empty());
    if let Some(id) = id_marker {
        check_version_id(id)?;
        if key_marker.is_none() {
            let message = "A version-id marker cannot be specified without a key marker.";
            return Err(invalid_argument("version-id-marker", id, message));
        }
    }
    let mut lines: Vec<Line<'_, (&Version, bool)>> = Vec::new();
    for (key, versions) in asked.keys() {
        let skipped = match key_marker {
            Some(marker) if key < marker => continue,
            Some(marker) if key == marker => {
                id_marker.map_or(versions.len(), |id| skipped(versions, id))
            }
            _ => 0,
        };
        if let Some(prefix) = asked.common_prefix(key) {
            let is_told = matches!(lines.last(), Some(Line::Prefix(last)) if *last == prefix);
            if skipped < versions.len() && !is_told && key_marker != Some(prefix) {
                lines.push(Line::Prefix(prefix));
            }
            continue;
        }
        let rest = versions.iter().enumerate().skip(skipped);
        lines.extend(rest.map(|(at, version)| Line::Entry(key, (version, at == 0))));
    }
    let is_truncated = asked.size > 0 && lines.len() > asked.size;
    lines.truncate(asked.size);
    let next = lines.last().filter(|_| is_truncated);
    let mut xml = Xml::new();
    xml.root("ListVersionsResult", NAMESPACE, |xml| {
        asked.write_request(call, xml, is_truncated);
        xml.text("KeyMarker", asked.written(key_marker.unwrap_or_default()))
            .text("VersionIdMarker", id_marker.unwrap_or_default());
        match next {
            None => {}
            Some(Line::Prefix(prefix)) => {
                xml.text("NextKeyMarker", asked.written(prefix));
            }
            Some(Line::Entry(key, (version, _))) => {
                xml.text("NextKeyMarker", asked.written(key))
                    .text("NextVersionIdMarker", &version.id);
            }
        }
        for line in &lines {
            match line {
                Line::Prefix(prefix) => asked.write_prefix(xml, prefix),
                Line::Entry(key, (version, is_latest)) => {
                    write_version(call, xml, &asked.written(key), version, *is_latest);
                }
            }
        }
    });
    Ok(Answer::xml(xml))
}

/// Counts the versions of a key up to and with the marker, also when the version it names is gone.
fn skipped(versions: &[Version], marker: &str) -> usize {
    if let Some(at) = versions.iter().position(|version| version.id == marker) {
        return at + 1;
    }
    let Some(marker) = version_sequence(marker) else {
        // The null version was replaced or deleted since: its place is lost, and repeating is better than leaving out.
        return 0;
    };
    let is_told = |version: &Version| {
        version_sequence(&version.id).is_some_and(|sequence| sequence >= marker)
    };
    versions.iter().rposition(is_told).map_or(0, |at| at + 1)
}

fn write_version(call: &Call<'_>, xml: &mut Xml, key: &str, version: &Version, is_latest: bool) {
    let common = |xml: &mut Xml| {
        xml.text("Key", key)
            .text("VersionId", &version.id)
            .text("IsLatest", is_latest);
    };
    match &version.content {
        Content::Object(object) => xml.element("Version", |xml| {
            common(xml);
            write_object(xml, version, object);
            write_owner(call, xml);
        }),
        Content::DeleteMarker => xml.element("DeleteMarker", |xml| {
            common(xml);
            xml.text("LastModified", iso(version.modified));
            write_owner(call, xml);
        }),
    };
}

fn write_object(xml: &mut Xml, version: &Version, object: &Object) {
    xml.text("LastModified", iso(version.modified))
        .text("ETag", object.quoted_etag())
        .text("ChecksumAlgorithm", object.checksum.algorithm.name())
        .text("ChecksumType", "FULL_OBJECT")
        .text("Size", object.size)
        .text("StorageClass", "STANDARD");
}

fn write_owner(call: &Call<'_>, xml: &mut Xml) {
    xml.element("Owner", |xml| {
        xml.text("ID", canonical_id(call));
    });
}

/// Reads `max-keys`; more than a page holds is no error.
fn page_size(call: &Call<'_>) -> Result<usize, Refusal> {
    let Some(text) = call.field("max-keys") else {
        return Ok(LARGEST_PAGE);
    };
    let number: i32 = text.parse().map_err(|_| {
        let message = "Provided max-keys not an integer or within integer range";
        invalid_argument("max-keys", text, message)
    })?;
    let size = usize::try_from(number).map_err(|_| {
        let message = "Argument maxKeys must be an integer between 0 and 2147483647";
        invalid_argument("maxKeys", text, message)
    })?;
    Ok(size.min(LARGEST_PAGE))
}
