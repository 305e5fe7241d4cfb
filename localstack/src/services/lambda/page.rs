//! Pages of listings.

use super::refusal::invalid;
use crate::answer::Refusal;
use crate::call::Call;
use crate::page::page;
use crate::validate::Checks;

/// Items of a page at most, whatever `MaxItems` says (Lambda API, `ListFunctions`, `ListVersionsByFunction`, `ListAliases`).
const PAGE_SIZE: i64 = 50;

/// Takes the page that `Marker` and `MaxItems` ask for, and gives it with `NextMarker`.
pub(super) fn paged<T>(
    call: &Call<'_>,
    listing: &str,
    items: impl IntoIterator<Item = (String, T)>,
) -> Result<(Vec<T>, Option<String>), Refusal> {
    let size = call.integer("MaxItems")?.unwrap_or(PAGE_SIZE);
    Checks::new()
        .range("maxItems", size, &(1..=10_000))
        .finish(call)?;
    let size = usize::try_from(size.min(PAGE_SIZE)).expect("checked to be at least 1");
    // Guess: code and sentence.
    let page = page(listing, items, call.field("Marker"), size)
        .map_err(|_| invalid("The provided marker is not valid."))?;
    Ok((page.items, page.next))
}
