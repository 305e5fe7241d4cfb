//! Pages of listings.

use super::refusal::invalid;
use crate::answer::Refusal;
use crate::call::Call;
use crate::entropy::hash;
use crate::page::page;
use crate::validate::Checks;

/// Items of a page when `maxResults` says nothing, for which the model has no number: a guess.
const PAGE_SIZE: i64 = 10;
const LARGEST_PAGE: i64 = 100;
const LONGEST_TOKEN: usize = 2048;

/// Takes the page that `nextToken` and `maxResults` of the URL ask for.
pub(super) fn paged<T>(
    call: &Call<'_>,
    listing: &str,
    items: impl IntoIterator<Item = (String, T)>,
) -> Result<(Vec<T>, Option<String>), Refusal> {
    let size = call.integer("maxResults")?.unwrap_or(PAGE_SIZE);
    let token = call.field("nextToken");
    let mut checks = Checks::new();
    checks.range("maxResults", size, &(1..=LARGEST_PAGE));
    if let Some(token) = token {
        checks.length("nextToken", token, &(1..=LONGEST_TOKEN));
    }
    checks.finish(call)?;
    let size = usize::try_from(size).expect("checked to be at least 1");
    // Guess: the sentence.
    let page =
        page(listing, items, token, size).map_err(|_| invalid("Invalid pagination token."))?;
    Ok((page.items, page.next))
}

/// Where something stands in a list: no order is promised, so none is kept that a client could come to rely on.
pub(super) fn place(name: &str) -> String {
    let place = hex::encode(&hash(&[b"place", name.as_bytes()])[..8]);
    format!("{place} {name}")
}
