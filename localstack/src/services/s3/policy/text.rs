//! The text of a policy as S3 gives it back: in one line, in the order in which it was written.

use std::fmt;

use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// JSON that keeps the order of members.
#[derive(Debug, Clone, PartialEq)]
enum Json {
    Plain(Value),
    List(Vec<Json>),
    Members(Vec<(String, Json)>),
}

/// Writes a policy as it is read back; `None` when it is not JSON.
///
/// Guess, from answers seen: white space goes, a list of one becomes its item, and an account's number becomes the ARN of its root.
pub(super) fn normal(text: &str, partition: &str) -> Option<String> {
    let mut json: Json = serde_json::from_str(text).ok()?;
    normalize(&mut json, partition, Place::Anywhere);
    serde_json::to_string(&json).ok()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Anywhere,
    /// Inside `Principal` or `NotPrincipal`.
    Principals,
    /// The values of `AWS` in there.
    Accounts,
    /// The list of statements, which stays a list.
    Statements,
}

fn normalize(json: &mut Json, partition: &str, place: Place) {
    match json {
        Json::Members(members) => {
            for (name, value) in members {
                let inner = match name.as_str() {
                    "Principal" | "NotPrincipal" => Place::Principals,
                    "AWS" if place == Place::Principals => Place::Accounts,
                    "Statement" => Place::Statements,
                    _ => Place::Anywhere,
                };
                normalize(value, partition, inner);
            }
        }
        Json::List(items) => {
            let inner = match place {
                Place::Accounts => Place::Accounts,
                _ => Place::Anywhere,
            };
            for item in items.iter_mut() {
                normalize(item, partition, inner);
            }
            if let ([_], true) = (items.as_slice(), place != Place::Statements)
                && let Some(only) = items.pop()
            {
                *json = only;
            }
        }
        Json::Plain(Value::String(text)) => {
            let is_account = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
            if place == Place::Accounts && is_account {
                *text = format!("arn:{partition}:iam::{text}:root");
            }
        }
        Json::Plain(_) => {}
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Plain(value) => value.serialize(serializer),
            Self::List(items) => items.serialize(serializer),
            Self::Members(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (name, value) in members {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyJson;

        impl<'de> Visitor<'de> for AnyJson {
            type Value = Json;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("JSON")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Json::Members(members))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = list.next_element()? {
                    items.push(item);
                }
                Ok(Json::List(items))
            }

            fn visit_str<E>(self, text: &str) -> Result<Json, E> {
                Ok(Json::Plain(Value::from(text)))
            }

            fn visit_bool<E>(self, flag: bool) -> Result<Json, E> {
                Ok(Json::Plain(Value::from(flag)))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Json, E> {
                Ok(Json::Plain(Value::from(number)))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Json, E> {
                Ok(Json::Plain(Value::from(number)))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Json, E> {
                Ok(Json::Plain(Value::from(number)))
            }

            fn visit_unit<E>(self) -> Result<Json, E> {
                Ok(Json::Plain(Value::Null))
            }
        }

        deserializer.deserialize_any(AnyJson)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_keeps_its_order_and_loses_white_space_and_lists_of_one() {
        let written = r#"{
            "Version": "2012-10-17",
            "Statement": [{
                "Sid": "a b", "Effect": "Deny",
                "Principal": {"AWS": ["111122223333"]},
                "Action": ["s3:GetObject"], "Resource": ["x", "y"],
                "Condition": {"NumericLessThan": {"s3:max-keys": [10]}, "StringEquals": {"aws:SourceAccount": "111122223333"}}
            }]
        }"#;
        let read_back = r#"{"Version":"2012-10-17","Statement":[{"Sid":"a b","Effect":"Deny","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"s3:GetObject","Resource":["x","y"],"Condition":{"NumericLessThan":{"s3:max-keys":10},"StringEquals":{"aws:SourceAccount":"111122223333"}}}]}"#;
        assert_eq!(normal(written, "aws").as_deref(), Some(read_back));
        assert_eq!(normal(read_back, "aws").as_deref(), Some(read_back));
    }
}
