//! The versions of an agent, newest first, with what points at each.

use serde_json::{Value, json};

use super::line::{Line, render};
use super::style::{Style, Tone};
use crate::plan::pointer::Served;
use crate::resource::version::Version;

/// The version of the format.
const FORMAT: &str = "agentctl/versions/1";

/// How many digits of a digest are shown.
const DIGEST_SHOWN: usize = 12;

/// Shows the versions to people.
pub fn text(served: &Served, style: Style) -> String {
    let rows: Vec<[String; 3]> =
        std::iter::once(["version", "published", "code"].map(str::to_owned))
            .chain(served.versions.iter().map(row))
            .collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let ends: Vec<usize> = (0..3)
        .scan(0, |end, column| {
            *end += width(column).unwrap_or(0) + 2;
            Some(*end)
        })
        .collect();
    let lines: Vec<Line> = rows
        .iter()
        .enumerate()
        .map(|(place, [version, published, code])| {
            let tone = if place == 0 {
                Tone::Title
            } else {
                Tone::Normal
            };
            let line = Line::default()
                .toned(tone, version)
                .column(ends[0])
                .toned(tone, published)
                .column(ends[1])
                .toned(tone, code);
            match place
                .checked_sub(1)
                .and_then(|place| served.versions.get(place))
            {
                Some(version) => line.column(ends[2]).text(&about(served, version)),
                None => line,
            }
        })
        .collect();
    render(&lines, style)
}

fn row(version: &Version) -> [String; 3] {
    let digest = version.digest.as_deref().unwrap_or("-");
    [
        version.number.to_string(),
        version.published.clone().unwrap_or_else(|| "-".to_owned()),
        digest.chars().take(DIGEST_SHOWN).collect(),
    ]
}

/// What points at a version, its pin, and why callers would not reach it.
fn about(served: &Served, version: &Version) -> String {
    let number = version.number;
    let pointer = served
        .serves(number)
        .then(|| format!("served as {}", served.name));
    let pin = served
        .pin
        .as_ref()
        .filter(|pin| pin.version == number)
        .map(ToString::to_string);
    let refusal = version.refusal.clone();
    let parts: Vec<String> = pointer.into_iter().chain(pin).chain(refusal).collect();
    parts.join(", ")
}

/// Returns the versions for programs; fields are added and never renamed.
pub fn json(served: &Served) -> Value {
    let versions: Vec<Value> = served
        .versions
        .iter()
        .map(|version| {
            json!({
                "version": version.number.to_string(),
                "published": version.published,
                "digest": version.digest,
                "description": version.description,
                "served": served.version() == version.number.to_string(),
                "refusal": version.refusal,
            })
        })
        .collect();
    json!({
        "format": FORMAT,
        "agentctl": env!("CARGO_PKG_VERSION"),
        "agent": served.owner.agent,
        "pointer": { "address": served.address, "name": served.name },
        "served": served.version(),
        "pin": served.pin,
        "versions": versions,
    })
}
