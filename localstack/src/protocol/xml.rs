//! Writing XML answers.

use std::fmt::Display;

use quick_xml::escape::escape;

/// XML elements, one after the other.
#[derive(Debug, Default)]
pub(crate) struct Xml(String);

impl Xml {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Adds an element that holds text.
    pub(crate) fn text(&mut self, name: &str, value: impl Display) -> &mut Self {
        let value = value.to_string();
        self.element(name, |xml| xml.0.push_str(&escape(&value)))
    }

    /// Adds an element that holds text, when there is any.
    pub(crate) fn optional(&mut self, name: &str, value: Option<impl Display>) -> &mut Self {
        if let Some(value) = value {
            self.text(name, value);
        }
        self
    }

    /// Adds an element that holds others.
    pub(crate) fn element(&mut self, name: &str, content: impl FnOnce(&mut Self)) -> &mut Self {
        self.0.extend(["<", name, ">"]);
        content(self);
        self.0.extend(["</", name, ">"]);
        self
    }

    /// Adds an element of a namespace, as roots are.
    pub(crate) fn root(
        &mut self,
        name: &str,
        namespace: &str,
        content: impl FnOnce(&mut Self),
    ) -> &mut Self {
        self.0.extend(["<", name, " xmlns=\"", namespace, "\">"]);
        content(self);
        self.0.extend(["</", name, ">"]);
        self
    }

    /// Adds a list: an element with one `member` for each item.
    pub(crate) fn members<T>(
        &mut self,
        name: &str,
        items: impl IntoIterator<Item = T>,
        content: impl Fn(&mut Self, T),
    ) -> &mut Self {
        self.element(name, |xml| {
            for item in items {
                xml.element("member", |xml| content(xml, item));
            }
        })
    }

    /// Adds what is XML already.
    pub(crate) fn raw(&mut self, xml: &str) -> &mut Self {
        self.0.push_str(xml);
        self
    }

    pub(crate) fn into_string(self) -> String {
        self.0
    }
}
