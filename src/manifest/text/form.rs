//! The code that all texts with a form share.

use crate::manifest::quote::shortened;

/// Why a value was refused, as the end of a sentence that begins with the key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ValueError(pub(crate) String);

impl ValueError {
    pub(crate) fn form(rule: &str, text: &str) -> Self {
        Self(format!("must be {rule}, not `{}`", shortened(text)))
    }
}

pub(crate) type Check = fn(&str) -> Result<(), ValueError>;

/// Defines a text newtype: its documentation, its rule in words, its pattern and an optional further check.
macro_rules! text_form {
    ($(#[doc = $doc:literal])+ $visibility:vis $name:ident, $rule:literal, $pattern:literal $(, $check:expr)?) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String")]
        $visibility struct $name(String);

        impl TryFrom<String> for $name {
            type Error = $crate::manifest::text::form::ValueError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                static FORM: std::sync::LazyLock<regex::Regex> = std::sync::LazyLock::new(|| {
                    regex::Regex::new($pattern).expect("the pattern is a literal")
                });
                if !FORM.is_match(&text) {
                    return Err(Self::Error::form($rule, &text));
                }
                $(
                    let check: $crate::manifest::text::form::Check = $check;
                    check(&text)?;
                )?
                Ok(Self(text))
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::manifest::text::form::ValueError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::try_from(text.to_owned())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "type": "string",
                    "description": concat!($($doc),+).trim(),
                    "pattern": $pattern,
                })
            }
        }
    };
}

/// Defines a text newtype that other modules read.
macro_rules! text_type {
    ($(#[doc = $doc:literal])+ $name:ident, $($form:tt)+) => {
        $crate::manifest::text::form::text_form! { $(#[doc = $doc])+ pub $name, $($form)+ }

        impl $name {
            /// Returns the text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    };
}

pub(crate) use {text_form, text_type};
