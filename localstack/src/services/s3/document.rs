//! XML documents that requests carry.

use http::StatusCode;
use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::Event;

use super::checksum;
use crate::answer::Refusal;
use crate::call::Call;

/// The namespace of answers (S3 API reference, "Common response").
pub(super) const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// An element of a document: its name without namespace, its text, its children.
#[derive(Debug, Default)]
pub(super) struct Element {
    name: String,
    text: String,
    children: Vec<Element>,
}

impl Element {
    /// Parses the body, whose root must have the given name, and checks its digests.
    pub(super) fn of_body(call: &Call<'_>, root: &str) -> Result<Self, Refusal> {
        checksum::check_body(call)?;
        if call.body().is_empty() {
            return Err(missing());
        }
        let text = std::str::from_utf8(call.body()).map_err(|_| malformed())?;
        parse(text)
            .filter(|element| element.name == root)
            .ok_or_else(malformed)
    }

    /// Refuses with 501 a child that none of the names allows.
    pub(super) fn only(&self, call: &Call<'_>, names: &[&str]) -> Result<&Self, Refusal> {
        let unknown = self
            .children
            .iter()
            .find(|child| !names.contains(&child.name.as_str()));
        unknown.map_or(Ok(self), |child| Err(call.unknown_parameter(&child.name)))
    }

    /// Gives the children with a name.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// Gives the only child with a name.
    pub(super) fn one(&self, name: &str) -> Result<Option<&Self>, Refusal> {
        let mut found = self.all(name);
        match (found.next(), found.next()) {
            (first, None) => Ok(first),
            _ => Err(malformed()),
        }
    }

    /// Gives the text of the only child with a name.
    pub(super) fn text(&self, name: &str) -> Result<Option<&str>, Refusal> {
        Ok(self.one(name)?.map(|child| child.text.as_str()))
    }

    /// Gives the text of a child that must be there.
    pub(super) fn required(&self, name: &str) -> Result<&str, Refusal> {
        self.text(name)?.ok_or_else(malformed)
    }

    /// Gives the truth of the only child with a name.
    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, Refusal> {
        match self.text(name)?.map(str::trim) {
            None => Ok(None),
            Some(text) if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
            Some(text) if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
            Some(_) => Err(malformed()),
        }
    }
}

/// S3 API reference, "List of error codes": `MissingRequestBodyError`.
pub(super) fn missing() -> Refusal {
    Refusal::bad_request("MissingRequestBodyError", "Request Body is empty")
}

/// S3 API reference, "List of error codes": `MalformedXML`.
pub(super) fn malformed() -> Refusal {
    Refusal::new(
        StatusCode::BAD_REQUEST,
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema",
    )
}

/// Parses a document; `None` when it is not well-formed or has parts that no S3 document has.
fn parse(text: &str) -> Option<Element> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    // The first is the document, which holds the root.
    let mut open = vec![Element::default()];
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => {
                let name = start.local_name().into_inner().to_owned();
                open.push(Element {
                    name,
                    ..Element::default()
                });
            }
            Event::End(_) => {
                let closed = open.pop()?;
                open.last_mut()?.children.push(closed);
            }
            Event::Text(text) => open.last_mut()?.text.push_str(&text.xml10_content()),
            Event::CData(text) => open.last_mut()?.text.push_str(&text.xml10_content()),
            Event::GeneralRef(reference) => {
                let element = open.last_mut()?;
                if let Some(character) = reference.resolve_char_ref().ok()? {
                    element.text.push(character);
                } else {
                    element
                        .text
                        .push_str(resolve_predefined_entity(&reference)?);
                }
            }
            Event::Decl(_) | Event::Comment(_) | Event::PI(_) => {}
            Event::Empty(_) | Event::DocType(_) => return None,
            Event::Eof => break,
        }
    }
    let [document] = <[Element; 1]>::try_from(open).ok()?;
    let [root] = <[Element; 1]>::try_from(document.children).ok()?;
    Some(root)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_keeps_its_spaces_and_entities_are_resolved() {
        let root = parse("<?xml version=\"1.0\"?>\n<Delete xmlns=\"x\"><Key> a&amp;b&#x20ac;<![CDATA[<]]></Key><Quiet/></Delete>").unwrap();
        assert_eq!(root.required("Key").unwrap(), " a&b€<");
        assert_eq!(root.required("Quiet").unwrap(), "");
    }

    #[test]
    fn what_is_not_well_formed_is_no_document() {
        for text in [
            "",
            "<a>",
            "<a></b>",
            "<a/><b/>",
            "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>",
            "<a>&nbsp;</a>",
        ] {
            assert!(parse(text).is_none(), "{text}");
        }
    }
}
