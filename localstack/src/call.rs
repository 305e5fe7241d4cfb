//! What a handler is given: who asks, when, and the request taken apart.
//!
//! The frame refuses a request of which something was left unread.

use bytes::Bytes;
use http::StatusCode;
use jiff::Timestamp;
use serde::de::DeserializeOwned;

use crate::answer::Refusal;
use crate::behaviour::Behaviour;
use crate::blob::Blobs;
use crate::delays::Delays;
use crate::entropy::{BASE32, Entropy, hash, spell};
use crate::fault::Failure;
use crate::input::Input;
use crate::namespace::Namespace;
use crate::operation::Operation;
use crate::wording::{Wording, member_name, sentence};

/// One request to one operation.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) wording: &'static Wording,
    pub(crate) operation: &'static Operation,
    pub(crate) account: &'a str,
    pub(crate) region: &'a str,
    pub(crate) now: Timestamp,
    pub(crate) delays: &'a Delays,
    pub(crate) behaviour: &'a Behaviour,
    pub(crate) entropy: &'a Entropy,
    pub(crate) blobs: &'a Blobs,
    /// How the work that this request starts will fail, when a fault orders it.
    pub(crate) failure: Option<&'a Failure>,
    pub(crate) namespace: &'a Namespace,
    pub(crate) input: Input,
}

impl Call<'_> {
    /// Parses the JSON body into a struct with `deny_unknown_fields`.
    ///
    /// An unknown member is refused with 501 and its name, a missing one with the service's validation error. Members whose absence has
    /// an error of its own are `Option`s.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        let body = self.body();
        let text: &[u8] = if body.is_empty() { b"{}" } else { body };
        self.parsed(serde_json::from_slice(text))
    }

    /// Gives what was parsed, or refuses as [`Call::json`] does.
    pub(crate) fn parsed<T>(&self, outcome: serde_json::Result<T>) -> Result<T, Refusal> {
        outcome.map_err(|error| {
            // serde has both only in the text of the error.
            let text = error.to_string();
            if let Some(member) = quoted(&text, "unknown field `") {
                self.unknown_parameter(member)
            } else if let Some(member) = quoted(&text, "missing field `") {
                self.missing(&member_name(member))
            } else {
                Refusal::bad_request("SerializationException", text)
            }
        })
    }

    /// Gives the body.
    pub(crate) fn body(&self) -> &Bytes {
        self.input.body.read()
    }

    /// Gives a label of the path.
    pub(crate) fn path(&self, name: &str) -> &str {
        self.input
            .path
            .get(name)
            .expect("a handler asks for labels of its own path pattern")
    }

    /// Gives a header that carries input, named in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.input.headers.one(name)
    }

    /// Gives the type that the request says its body has.
    pub(crate) fn content_type(&self) -> Option<&str> {
        self.input.content_type.as_deref()
    }

    /// Gives the names and values of all input headers with a prefix, such as `x-amz-meta-`, without the prefix.
    pub(crate) fn headers_with_prefix(&self, prefix: &str) -> Vec<(&str, &str)> {
        self.input.headers.with_prefix(prefix)
    }

    /// Gives a form or URL parameter.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.input.fields.one(name)
    }

    /// Gives every value of a URL parameter that may be repeated.
    pub(crate) fn fields(&self, name: &str) -> Vec<&str> {
        self.input.fields.all(name)
    }

    /// Gives a form or URL parameter that must be there.
    pub(crate) fn required(&self, name: &str) -> Result<&str, Refusal> {
        self.field(name)
            .ok_or_else(|| self.missing(&member_name(name)))
    }

    /// Gives a form or URL parameter that is a number.
    pub(crate) fn integer(&self, name: &str) -> Result<Option<i64>, Refusal> {
        let parsed = self.field(name).map(str::parse).transpose();
        parsed.map_err(|_| {
            Refusal::bad_request("MalformedInput", format!("`{name}` is not an integer"))
        })
    }

    /// Gives a list of texts of awsQuery: `TagKeys.member.1` and so on.
    pub(crate) fn list(&self, name: &str) -> Vec<&str> {
        self.groups(name)
            .iter()
            .filter_map(|group| self.field(&group.prefix))
            .collect()
    }

    /// Gives a list of structures of awsQuery: `Tags.member.1.Key` and so on.
    pub(crate) fn groups(&self, name: &str) -> Vec<Group<'_>> {
        // An empty list is written as the bare name.
        let _empty = self.field(name);
        let prefixes = (1..).map(|number| format!("{name}.member.{number}"));
        prefixes
            .take_while(|prefix| self.input.fields.has_prefix(prefix))
            .map(|prefix| Group { call: self, prefix })
            .collect()
    }

    /// Refuses a required member that is missing.
    pub(crate) fn missing(&self, member: &str) -> Refusal {
        self.invalid(sentence(&[format!(
            "Value null at '{member}' failed to satisfy constraint: Member must not be null"
        )]))
    }

    /// Makes the service's validation error.
    pub(crate) fn invalid(&self, message: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::BAD_REQUEST, self.wording.invalid, message)
    }

    /// Makes the refusal of a parameter that is not built.
    pub(crate) fn unknown_parameter(&self, name: &str) -> Refusal {
        Refusal::not_built(format!(
            "parameter `{name}` of `{}` is not built",
            self.operation.name
        ))
    }

    /// Gives the partition of the region, as it stands in ARNs.
    pub(crate) fn partition(&self) -> &'static str {
        partition(self.region)
    }

    /// Gives the ARN of who asks: one IAM user per account.
    pub(crate) fn caller_arn(&self) -> String {
        caller_arn(self.region, self.account)
    }

    /// Gives the unique id of who asks.
    pub(crate) fn caller_id(&self) -> String {
        // IAM user guide, "Unique identifiers": users begin with AIDA.
        format!(
            "AIDA{}",
            spell(&hash(&[b"user", self.account.as_bytes()]), BASE32, 17)
        )
    }
}

/// One structure of a list of awsQuery.
#[derive(Debug)]
pub(crate) struct Group<'a> {
    call: &'a Call<'a>,
    prefix: String,
}

impl<'a> Group<'a> {
    pub(crate) fn field(&self, name: &str) -> Option<&'a str> {
        self.call.field(&format!("{}.{name}", self.prefix))
    }
}

/// Gives the ARN of who asks in an account.
pub(crate) fn caller_arn(region: &str, account: &str) -> String {
    format!("arn:{}:iam::{account}:user/developer", partition(region))
}

/// Gives the partition of a region.
pub(crate) fn partition(region: &str) -> &'static str {
    match region {
        region if region.starts_with("cn-") => "aws-cn",
        region if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

fn quoted<'a>(text: &'a str, before: &str) -> Option<&'a str> {
    text.split_once(before)?.1.split('`').next()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use bytes::Bytes;

    use crate::input::Body;
    use crate::service::Service;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Named {
        log_group_name: String,
        limit: Option<u8>,
    }

    static DESCRIBE: Operation = Operation::reading("Describe");

    fn named(call: &Call<'_>) -> Result<Named, Refusal> {
        call.json()
    }

    fn with_body<T>(body: &'static str, act: impl FnOnce(&Call<'_>) -> T) -> T {
        let entropy = Entropy::new(0, Timestamp::UNIX_EPOCH);
        act(&Call {
            wording: &Service::Kms.api().wording,
            operation: &DESCRIBE,
            account: "111122223333",
            region: "eu-west-1",
            now: Timestamp::UNIX_EPOCH,
            delays: &Delays::none(),
            behaviour: &Behaviour::default(),
            entropy: &entropy,
            failure: None,
            blobs: &Blobs::in_memory(),
            namespace: &Namespace::default(),
            input: Input {
                body: Body::new(Bytes::from_static(body.as_bytes())),
                ..Input::default()
            },
        })
    }

    #[test]
    fn a_json_member_that_is_unknown_missing_or_of_another_type_is_refused() {
        let refusal = |body| {
            let refusal = with_body(body, named).unwrap_err();
            (
                refusal.status.as_u16(),
                refusal.code.into_owned(),
                refusal.message,
            )
        };
        assert_eq!(
            refusal(r#"{"logGroupName": "a", "colour": 1}"#),
            (
                501,
                "NotImplemented".to_owned(),
                "parameter `colour` of `Describe` is not built".to_owned()
            )
        );
        let message = "1 validation error detected: Value null at 'logGroupName' failed to satisfy constraint: Member must not be null";
        assert_eq!(
            refusal(""),
            (400, "ValidationException".to_owned(), message.to_owned())
        );
        assert_eq!(
            refusal(r#"{"logGroupName": 1}"#).1,
            "SerializationException"
        );
        let parsed = with_body(r#"{"logGroupName": "a"}"#, named).unwrap();
        assert_eq!(
            parsed,
            Named {
                log_group_name: "a".to_owned(),
                limit: None
            }
        );
    }

    #[test]
    fn a_body_that_was_not_read_is_reported_unless_it_is_empty() {
        assert_eq!(
            with_body("{}", |call| call.input.unread().map(str::to_owned)),
            None
        );
        assert_eq!(
            with_body("x", |call| call.input.unread().map(str::to_owned)),
            Some("body".to_owned())
        );
        let read = |call: &Call<'_>| (call.body().len(), call.input.unread().map(str::to_owned));
        assert_eq!(with_body("x", read), (1, None));
    }
}
