//! Input that many operations share: the key they are about, and paging.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::page::page;
use crate::validate::Checks;

/// A request about one key and nothing else.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct OfKey {
    pub(super) key_id: String,
}

/// A listing, of one key where the operation says so.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Listing {
    pub(super) key_id: Option<String>,
    limit: Option<i64>,
    marker: Option<String>,
}

/// How many items a page of a listing has.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sizes {
    pub(super) default: i64,
    pub(super) most: i64,
}

impl Listing {
    /// Writes the requested page of items in ascending order of their key.
    pub(super) fn answer(
        &self,
        call: &Call<'_>,
        member: &str,
        sizes: Sizes,
        items: impl IntoIterator<Item = (String, Value)>,
    ) -> Result<Answer, Refusal> {
        let limit = self.limit.unwrap_or(sizes.default);
        let mut checks = Checks::new();
        checks.range("limit", limit, &(1..=sizes.most));
        if let Some(marker) = &self.marker {
            checks.length("marker", marker, &(1..=1024));
        }
        checks.finish(call)?;
        let listing = format!(
            "{} {}",
            call.operation.name,
            self.key_id.as_deref().unwrap_or_default()
        );
        let size = usize::try_from(limit).expect("checked to be at least 1");
        // Guess: the sentence.
        let page = page(&listing, items, self.marker.as_deref(), size)
            .map_err(|_| Refusal::bad_request("InvalidMarkerException", "Invalid marker"))?;
        let mut output = Map::new();
        output.insert(member.to_owned(), Value::from(page.items));
        output.insert("Truncated".to_owned(), Value::from(page.next.is_some()));
        if let Some(next) = page.next {
            output.insert("NextMarker".to_owned(), Value::from(next));
        }
        Ok(Answer::json(&output))
    }

    /// Gives the key of a listing that must name one.
    pub(super) fn key_id(&self, call: &Call<'_>) -> Result<&str, Refusal> {
        self.key_id.as_deref().ok_or_else(|| call.missing("keyId"))
    }
}
