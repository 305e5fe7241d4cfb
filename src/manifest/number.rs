//! Numbers with a unit and limits.

use std::fmt;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::text::ValueError;

/// A time of `MIN` to `MAX` seconds: `90s`, `10m`, `8h`, or whole seconds, as a number or as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seconds<const MIN: u32, const MAX: u32>(u32);

impl<const MIN: u32, const MAX: u32> Seconds<MIN, MAX> {
    /// Returns the time in whole seconds.
    pub fn get(self) -> u32 {
        self.0
    }

    /// Returns the time.
    pub fn duration(self) -> Duration {
        Duration::from_secs(u64::from(self.0))
    }

    pub(super) const fn of(seconds: u32) -> Self {
        assert!(MIN <= seconds && seconds <= MAX);
        Self(seconds)
    }

    fn rule() -> String {
        format!("{MIN} to {MAX} seconds, written like `90s` or `10m` or as a number")
    }
}

impl<const MIN: u32, const MAX: u32> TryFrom<u64> for Seconds<MIN, MAX> {
    type Error = ValueError;

    fn try_from(seconds: u64) -> Result<Self, ValueError> {
        within(seconds, MIN, MAX)
            .map(Self)
            .ok_or_else(|| refusal(&Self::rule(), &seconds))
    }
}

/// Uses the largest unit that gives a whole number.
impl<const MIN: u32, const MAX: u32> fmt::Display for Seconds<MIN, MAX> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            hours if hours % 3600 == 0 => write!(formatter, "{}h", hours / 3600),
            minutes if minutes % 60 == 0 => write!(formatter, "{}m", minutes / 60),
            seconds => write!(formatter, "{seconds}s"),
        }
    }
}

impl<const MIN: u32, const MAX: u32> Serialize for Seconds<MIN, MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

fn seconds_in(text: &str) -> Option<u64> {
    let (digits, factor) = match text.chars().last()? {
        's' => (&text[..text.len() - 1], 1),
        'm' => (&text[..text.len() - 1], 60),
        'h' => (&text[..text.len() - 1], 3600),
        _ => (text, 1),
    };
    // `parse` alone would accept a leading `+`.
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse::<u64>().ok()?.checked_mul(factor)
}

impl<'de, const MIN: u32, const MAX: u32> Deserialize<'de> for Seconds<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct SecondsVisitor<const MIN: u32, const MAX: u32>;

        impl<const MIN: u32, const MAX: u32> Visitor<'_> for SecondsVisitor<MIN, MAX> {
            type Value = Seconds<MIN, MAX>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&Seconds::<MIN, MAX>::rule())
            }

            fn visit_u64<E: de::Error>(self, seconds: u64) -> Result<Self::Value, E> {
                Seconds::try_from(seconds).map_err(E::custom)
            }

            fn visit_i64<E: de::Error>(self, seconds: i64) -> Result<Self::Value, E> {
                Err(E::custom(refusal(&Seconds::<MIN, MAX>::rule(), &seconds)))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                // The user knows the text, not its seconds.
                seconds_in(text)
                    .and_then(|seconds| Seconds::try_from(seconds).ok())
                    .ok_or_else(|| E::custom(ValueError::form(&Seconds::<MIN, MAX>::rule(), text)))
            }
        }

        deserializer.deserialize_any(SecondsVisitor::<MIN, MAX>)
    }
}

impl<const MIN: u32, const MAX: u32> JsonSchema for Seconds<MIN, MAX> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("Seconds{MIN}To{MAX}").into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "oneOf": [
                { "type": "integer", "minimum": MIN, "maximum": MAX, "description": "Whole seconds." },
                { "type": "string", "pattern": "^[0-9]+[smh]?$", "description": Self::rule() },
            ],
        })
    }
}

/// A size of `MIN` to `MAX` megabytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Megabytes<const MIN: u32, const MAX: u32>(u32);

impl<const MIN: u32, const MAX: u32> Megabytes<MIN, MAX> {
    /// Returns the size in megabytes.
    pub fn get(self) -> u32 {
        self.0
    }

    pub(super) const fn of(megabytes: u32) -> Self {
        assert!(MIN <= megabytes && megabytes <= MAX);
        Self(megabytes)
    }

    fn rule() -> String {
        format!("a number of megabytes from {MIN} to {MAX}")
    }
}

impl<'de, const MIN: u32, const MAX: u32> Deserialize<'de> for Megabytes<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = whole_number(deserializer, Self::rule())?;
        Self::try_from(number).map_err(de::Error::custom)
    }
}

impl<const MIN: u32, const MAX: u32> TryFrom<u64> for Megabytes<MIN, MAX> {
    type Error = ValueError;

    fn try_from(megabytes: u64) -> Result<Self, ValueError> {
        within(megabytes, MIN, MAX)
            .map(Self)
            .ok_or_else(|| refusal(&Self::rule(), &megabytes))
    }
}

impl<const MIN: u32, const MAX: u32> JsonSchema for Megabytes<MIN, MAX> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("Megabytes{MIN}To{MAX}").into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": MIN, "maximum": MAX })
    }
}

/// For how many days logs are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct RetentionDays(u16);

// CloudWatch Logs API, PutRetentionPolicy: retentionInDays.
const RETENTION_DAYS: [u16; 22] = [
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
];

impl RetentionDays {
    pub(super) const WEEK: Self = Self(7);

    /// Returns the number of days.
    pub fn get(self) -> u16 {
        self.0
    }

    fn rule() -> String {
        let days: Vec<_> = RETENTION_DAYS.iter().map(u16::to_string).collect();
        format!("a number of days out of {}", days.join(", "))
    }
}

impl<'de> Deserialize<'de> for RetentionDays {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = whole_number(deserializer, Self::rule())?;
        Self::try_from(number).map_err(de::Error::custom)
    }
}

impl TryFrom<u64> for RetentionDays {
    type Error = ValueError;

    fn try_from(days: u64) -> Result<Self, ValueError> {
        RETENTION_DAYS
            .into_iter()
            .find(|known| u64::from(*known) == days)
            .map(Self)
            .ok_or_else(|| refusal(&Self::rule(), &days))
    }
}

impl JsonSchema for RetentionDays {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "RetentionDays".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "enum": RETENTION_DAYS })
    }
}

/// A port that an agent on `AgentCore` can be reached on. `AgentCore` control API: `ProtocolConfiguration`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServerPort(u16);

const FIRST_PORT: u16 = 8000;
const LAST_PORT: u16 = 12_000;
/// The port that the service keeps for itself.
const RESERVED_PORT: u16 = 8443;

impl ServerPort {
    /// Returns the port's number.
    pub fn get(self) -> u16 {
        self.0
    }

    fn rule() -> String {
        format!("a port from {FIRST_PORT} to {LAST_PORT} other than {RESERVED_PORT}")
    }
}

impl TryFrom<u64> for ServerPort {
    type Error = ValueError;

    fn try_from(number: u64) -> Result<Self, ValueError> {
        port_in_range(number)
            .filter(|port| *port != RESERVED_PORT)
            .map(Self)
            .ok_or_else(|| refusal(&Self::rule(), &number))
    }
}

impl<'de> Deserialize<'de> for ServerPort {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = whole_number(deserializer, Self::rule())?;
        Self::try_from(number).map_err(de::Error::custom)
    }
}

impl JsonSchema for ServerPort {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ServerPort".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "integer",
            "minimum": FIRST_PORT,
            "maximum": LAST_PORT,
            "not": { "const": RESERVED_PORT },
        })
    }
}

/// Ports from one to another: `9000`, or `9000-9010`. `AgentCore` control API: `AllowedPort`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PortRange {
    first: u16,
    last: u16,
}

impl PortRange {
    /// Returns the first port.
    pub fn first(self) -> u16 {
        self.first
    }

    /// Returns the last port, which can equal the first.
    pub fn last(self) -> u16 {
        self.last
    }

    fn rule() -> String {
        format!(
            "a port from {FIRST_PORT} to {LAST_PORT}, or a range of ports written like `9000-9010`"
        )
    }

    fn of(first: u64, last: u64) -> Option<Self> {
        let (first, last) = (port_in_range(first)?, port_in_range(last)?);
        (first <= last).then_some(Self { first, last })
    }
}

impl fmt::Display for PortRange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            return write!(formatter, "{}", self.first);
        }
        write!(formatter, "{}-{}", self.first, self.last)
    }
}

impl<'de> Deserialize<'de> for PortRange {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RangeVisitor;

        impl Visitor<'_> for RangeVisitor {
            type Value = PortRange;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&PortRange::rule())
            }

            fn visit_u64<E: de::Error>(self, port: u64) -> Result<PortRange, E> {
                PortRange::of(port, port)
                    .ok_or_else(|| E::custom(refusal(&PortRange::rule(), &port)))
            }

            fn visit_i64<E: de::Error>(self, port: i64) -> Result<PortRange, E> {
                Err(E::custom(refusal(&PortRange::rule(), &port)))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<PortRange, E> {
                // `parse` alone would accept a leading `+`.
                let number = |digits: &str| {
                    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
                    is_number.then(|| digits.parse().ok()).flatten()
                };
                text.split_once('-')
                    .and_then(|(first, last)| PortRange::of(number(first)?, number(last)?))
                    .ok_or_else(|| E::custom(ValueError::form(&PortRange::rule(), text)))
            }
        }

        deserializer.deserialize_any(RangeVisitor)
    }
}

impl JsonSchema for PortRange {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "PortRange".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "oneOf": [
                { "type": "integer", "minimum": FIRST_PORT, "maximum": LAST_PORT },
                { "type": "string", "pattern": "^[0-9]+-[0-9]+$", "description": Self::rule() },
            ],
        })
    }
}

fn port_in_range(number: u64) -> Option<u16> {
    u16::try_from(number)
        .ok()
        .filter(|port| (FIRST_PORT..=LAST_PORT).contains(port))
}

fn within(number: u64, min: u32, max: u32) -> Option<u32> {
    u32::try_from(number)
        .ok()
        .filter(|number| (min..=max).contains(number))
}

fn refusal(rule: &str, found: &dyn fmt::Display) -> ValueError {
    ValueError::form(rule, &found.to_string())
}

fn whole_number<'de, D: Deserializer<'de>>(deserializer: D, rule: String) -> Result<u64, D::Error> {
    struct NumberVisitor(String);

    impl Visitor<'_> for NumberVisitor {
        type Value = u64;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str(&self.0)
        }

        fn visit_u64<E: de::Error>(self, number: u64) -> Result<u64, E> {
            Ok(number)
        }

        fn visit_i64<E: de::Error>(self, number: i64) -> Result<u64, E> {
            u64::try_from(number).map_err(|_| E::custom(refusal(&self.0, &number)))
        }
    }

    deserializer.deserialize_u64(NumberVisitor(rule))
}
