//! Paging: an opaque token that names the last key given, so a page survives insertions and deletions before it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::entropy::hash;

/// Bytes of the token that bind it to its listing.
const SEAL: usize = 8;

/// A page of a listing.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    /// The token of the next page; absent on the last one.
    pub(crate) next: Option<String>,
}

/// A token that this listing never gave.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct InvalidToken;

/// Takes the page after `token` out of items in ascending order of their key.
///
/// `listing` names the operation and its filters: a token of another listing is refused. A page never ends with a token behind which
/// nothing comes.
pub(crate) fn page<T>(
    listing: &str,
    items: impl IntoIterator<Item = (String, T)>,
    token: Option<&str>,
    size: usize,
) -> Result<Page<T>, InvalidToken> {
    let after = token.map(|token| open(listing, token)).transpose()?;
    let mut rest = items
        .into_iter()
        .filter(|(key, _)| after.as_ref().is_none_or(|after| key > after))
        .peekable();
    let mut page = Page {
        items: Vec::new(),
        next: None,
    };
    while let Some((key, item)) = rest.next() {
        page.items.push(item);
        if page.items.len() == size.max(1) && rest.peek().is_some() {
            page.next = Some(seal(listing, &key));
            break;
        }
    }
    Ok(page)
}

fn seal(listing: &str, key: &str) -> String {
    let mut bytes = hash(&[listing.as_bytes(), key.as_bytes()])[..SEAL].to_vec();
    bytes.extend_from_slice(key.as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

fn open(listing: &str, token: &str) -> Result<String, InvalidToken> {
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| InvalidToken)?;
    let (mark, key) = bytes.split_at_checked(SEAL).ok_or(InvalidToken)?;
    let key = std::str::from_utf8(key).map_err(|_| InvalidToken)?;
    if mark == &hash(&[listing.as_bytes(), key.as_bytes()])[..SEAL] {
        Ok(key.to_owned())
    } else {
        Err(InvalidToken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<(String, String)> {
        names
            .iter()
            .map(|name| ((*name).to_owned(), (*name).to_owned()))
            .collect()
    }

    #[test]
    fn a_deletion_between_two_pages_skips_and_repeats_nothing() {
        let first = page("roles", names(&["a", "b", "c", "d"]), None, 2).unwrap();
        assert_eq!(first.items, ["a", "b"]);
        let second = page("roles", names(&["a", "c", "d"]), first.next.as_deref(), 2).unwrap();
        assert_eq!(
            second,
            Page {
                items: vec!["c".to_owned(), "d".to_owned()],
                next: None
            }
        );
    }

    #[test]
    fn a_token_of_another_listing_is_refused() {
        let token = page("roles /a/", names(&["a", "b"]), None, 1)
            .unwrap()
            .next
            .unwrap();
        assert_eq!(
            page("roles /b/", names(&["a", "b"]), Some(&token), 1),
            Err(InvalidToken)
        );
        assert_eq!(
            page("roles /a/", names(&["a", "b"]), Some("!"), 1),
            Err(InvalidToken)
        );
    }
}
