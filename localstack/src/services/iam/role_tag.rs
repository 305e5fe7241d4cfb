//! Tags of roles. IAM compares keys without regard to case (IAM user guide, "Tags for IAM resources").

use super::name::role_name;
use super::page::{paged, write_marker};
use super::refusal::limit_exceeded;
use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::protocol::xml::Xml;
use crate::tag::{KEY, MOST_TAGS, TagViolation, Tags, VALUE, check_key, merge};
use crate::validate::{Checks, constraint};
use crate::world::World;

/// IAM API, `TagRole`: adds, or replaces the values of keys that are there.
pub(super) fn add(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let name = role_name(call)?;
    if call.groups("Tags").is_empty() && call.field("Tags").is_none() {
        return Err(call.missing("tags"));
    }
    let role = world.iam.role_mut(name)?;
    role.tags = with_tags(call, &role.tags)?;
    Ok(Answer::empty())
}

/// IAM API, `UntagRole`: a key that is not there is no error.
pub(super) fn remove(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let name = role_name(call)?;
    let keys = call.list("TagKeys");
    if keys.is_empty() && call.field("TagKeys").is_none() {
        return Err(call.missing("tagKeys"));
    }
    check_count(call, "tagKeys", keys.len())?;
    for (position, key) in keys.iter().enumerate() {
        // A reserved key cannot be there, so its removal changes nothing.
        match check_key(key) {
            Ok(()) | Err(TagViolation::ReservedKey(_)) => {}
            Err(violation) => {
                return Err(worded(
                    call,
                    &violation,
                    &format!("tagKeys.{}.member", position + 1),
                ));
            }
        }
    }
    let role = world.iam.role_mut(name)?;
    role.tags.retain(|tag, _| {
        !keys
            .iter()
            .any(|key| key.to_lowercase() == tag.to_lowercase())
    });
    Ok(Answer::empty())
}

/// IAM API, `ListRoleTags`: sorted by key.
pub(super) fn list(call: &Call<'_>, world: &World) -> Result<Answer, Refusal> {
    let name = role_name(call)?;
    let tags = world
        .iam
        .role(name)?
        .tags
        .iter()
        .map(|(key, value)| (key.clone(), (key, value)));
    let page = paged(call, &format!("ListRoleTags {name}"), tags)?;
    let mut xml = Xml::new();
    xml.members("Tags", &page.items, |xml, (key, value)| {
        xml.text("Key", key).text("Value", value);
    });
    write_marker(&mut xml, &page);
    Ok(Answer::xml(xml))
}

/// Gives a role's tags together with those of a request.
pub(super) fn with_tags(call: &Call<'_>, existing: &Tags) -> Result<Tags, Refusal> {
    let mut added: Vec<(String, String)> = Vec::new();
    for (position, group) in call.groups("Tags").iter().enumerate() {
        let member = |name| format!("tags.{}.member.{name}", position + 1);
        let key = group
            .field("Key")
            .ok_or_else(|| call.missing(&member("key")))?;
        let value = group
            .field("Value")
            .ok_or_else(|| call.missing(&member("value")))?;
        merge(&Tags::new(), &[(key.to_owned(), value.to_owned())]).map_err(|violation| {
            worded(call, &violation, &format!("tags.{}.member", position + 1))
        })?;
        if added
            .iter()
            .any(|(other, _)| other.to_lowercase() == key.to_lowercase())
        {
            return Err(duplicate());
        }
        added.push((key.to_owned(), value.to_owned()));
    }
    check_count(call, "tags", added.len())?;
    let mut kept = existing.clone();
    kept.retain(|tag, _| {
        !added
            .iter()
            .any(|(key, _)| key.to_lowercase() == tag.to_lowercase())
    });
    merge(&kept, &added).map_err(|violation| worded(call, &violation, "tags"))
}

/// Writes tags with the last key first, where AWS promises no order.
pub(super) fn write_unordered(xml: &mut Xml, tags: &Tags) {
    if !tags.is_empty() {
        xml.members("Tags", tags.iter().rev(), |xml, (key, value)| {
            xml.text("Key", key).text("Value", value);
        });
    }
}

fn check_count(call: &Call<'_>, member: &str, count: usize) -> Result<(), Refusal> {
    let mut checks = Checks::new();
    if count > MOST_TAGS {
        // The service writes the whole list where the dots stand.
        checks.violate(
            member,
            "[...]",
            format_args!("Member must have length less than or equal to {MOST_TAGS}"),
        );
    }
    checks.finish(call)
}

fn duplicate() -> Refusal {
    Refusal::bad_request(
        "InvalidInput",
        "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
    )
}

fn worded(call: &Call<'_>, violation: &TagViolation, member: &str) -> Refusal {
    let mut checks = Checks::new();
    match violation {
        TagViolation::KeyLength(key) => {
            checks.length(&format!("{member}.key"), key, &(1..=128));
        }
        TagViolation::ValueLength { value, .. } => {
            checks.length(&format!("{member}.value"), value, &(0..=256));
        }
        TagViolation::KeyCharacters(key) => {
            checks.violate(&format!("{member}.key"), key, constraint(&KEY));
        }
        TagViolation::ValueCharacters { value, .. } => {
            checks.violate(&format!("{member}.value"), value, constraint(&VALUE));
        }
        TagViolation::ReservedKey(_) => {
            return Refusal::bad_request(
                "InvalidInput",
                "Tag keys starting with 'aws:' are reserved for system use",
            );
        }
        TagViolation::DuplicateKey(_) => return duplicate(),
        TagViolation::TooMany(_) => {
            return limit_exceeded("The number of tags has reached the maximum limit.");
        }
    }
    match checks.finish(call) {
        Err(refusal) => refusal,
        Ok(()) => call.invalid("A tag is invalid."),
    }
}
