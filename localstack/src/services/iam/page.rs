//! Pages of listings.

use crate::answer::Refusal;
use crate::call::Call;
use crate::page::{Page, page};
use crate::protocol::xml::Xml;
use crate::validate::Checks;

/// IAM API, `ListRoles` and its like: `MaxItems` defaults to 100 and is at most 1,000.
const PAGE_SIZE: i64 = 100;

/// Takes the page that `Marker` and `MaxItems` ask for.
pub(super) fn paged<T>(
    call: &Call<'_>,
    listing: &str,
    items: impl IntoIterator<Item = (String, T)>,
) -> Result<Page<T>, Refusal> {
    let size = call.integer("MaxItems")?.unwrap_or(PAGE_SIZE);
    let mut checks = Checks::new();
    checks.range("maxItems", size, &(1..=1000));
    checks.finish(call)?;
    let size = usize::try_from(size).expect("checked to be at least 1");
    // Guess: the sentence. The code is that of every invalid parameter.
    page(listing, items, call.field("Marker"), size).map_err(|_| call.invalid("Invalid Marker."))
}

/// Writes whether there is more, after a list.
pub(super) fn write_marker<T>(xml: &mut Xml, page: &Page<T>) {
    xml.text("IsTruncated", page.next.is_some());
    xml.optional("Marker", page.next.as_deref());
}
