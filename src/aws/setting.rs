//! The settings of the AWS SDK in variables and profiles: what is malformed is refused before the first call.
//!
//! The SDK panics at some of them, uses others as they are, and ignores the rest.

use std::num::NonZeroU32;
use std::sync::LazyLock;

use aws_config::profile::Profile;
use aws_types::os_shim_internal::Env;
use regex::Regex;

use crate::manifest::RegionName;

/// A setting that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{origin} is not {expected}")]
pub struct SettingError {
    /// Where it is set.
    origin: String,
    /// What it should be.
    expected: &'static str,
}

/// The settings with a form: the variable, the key in profiles, and the form (AWS SDKs and Tools reference guide, "Settings reference").
const SETTINGS: [(&str, &str, Form); 7] = [
    ("AWS_REGION", "region", Form::Region),
    ("AWS_DEFAULT_REGION", "region", Form::Region),
    ("AWS_ENDPOINT_URL", "endpoint_url", Form::Url),
    ("AWS_MAX_ATTEMPTS", "max_attempts", Form::Count),
    ("AWS_RETRY_MODE", "retry_mode", Form::RetryMode),
    ("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint", Form::Flag),
    (
        "AWS_USE_DUALSTACK_ENDPOINT",
        "use_dualstack_endpoint",
        Form::Flag,
    ),
];

/// What the variables of endpoints for one service begin with.
const ENDPOINT_OF_SERVICE: &str = "AWS_ENDPOINT_URL_";

/// The form of a value.
#[derive(Debug, Clone, Copy)]
enum Form {
    Region,
    Url,
    Count,
    RetryMode,
    Flag,
}

impl Form {
    fn admits(self, value: &str) -> bool {
        match self {
            Self::Region => value.parse::<RegionName>().is_ok(),
            Self::Url => is_url(value),
            Self::Count => value.parse::<NonZeroU32>().is_ok(),
            // The SDK has one mode. The others are for other tools, which may share the profile.
            Self::RetryMode => ["standard", "adaptive", "legacy"].contains(&value),
            Self::Flag => ["true", "false"].contains(&value.to_ascii_lowercase().as_str()),
        }
    }

    /// Whether agentctl or the SDK takes an empty variable as one that is not set. The SDK panics at the empty URL.
    fn may_be_empty(self) -> bool {
        !matches!(self, Self::Url)
    }

    fn expected(self) -> &'static str {
        match self {
            Self::Region => "the name of a region",
            Self::Url => "a URL that begins with `http://` or `https://`",
            Self::Count => "a number from 1",
            Self::RetryMode => "`standard`, `adaptive` or `legacy`",
            Self::Flag => "`true` or `false`",
        }
    }
}

/// Returns whether a text is the URL of an endpoint.
pub fn is_url(text: &str) -> bool {
    static URL: LazyLock<Regex> = LazyLock::new(|| {
        // A constant pattern, which the tests compile.
        Regex::new(r"^https?://[A-Za-z0-9._\[\]:-]+(/[!-~]*)?$")
            .unwrap_or_else(|error| unreachable!("{error}"))
    });
    URL.is_match(text)
}

/// Returns a variable, unless it is empty: CI sets those to the empty text for which it has no value.
fn variable(env: &Env, name: &str) -> Option<String> {
    env.get(name).ok().filter(|value| !value.is_empty())
}

/// Returns the region of the variables. The SDK would take an empty one.
pub(super) fn region(env: &Env) -> Option<String> {
    variable(env, "AWS_REGION").or_else(|| variable(env, "AWS_DEFAULT_REGION"))
}

/// Returns the profile that is meant by an `AWS_PROFILE` without a value. The SDK would look for one without a name.
pub(super) fn default_profile(env: &Env) -> Option<&'static str> {
    let is_empty = |name| env.get(name).is_ok_and(|value| value.is_empty());
    is_empty("AWS_PROFILE").then_some("default")
}

/// Checks the settings in variables, and in a profile.
pub(super) fn check(env: &Env, profile: Option<(&str, &Profile)>) -> Result<(), SettingError> {
    for (name, key, form) in SETTINGS {
        if let Ok(value) = env.get(name)
            && !(value.is_empty() && form.may_be_empty())
        {
            demand(form, &value, || format!("the variable `{name}`"))?;
        }
        if let Some((name, profile)) = profile
            && let Some(value) = profile.get(key)
        {
            demand(form, value, || format!("`{key}` of profile `{name}`"))?;
        }
    }
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    for name in names.filter(|name| name.starts_with(ENDPOINT_OF_SERVICE)) {
        if let Ok(value) = env.get(&name) {
            demand(Form::Url, &value, || format!("the variable `{name}`"))?;
        }
    }
    Ok(())
}

fn demand(form: Form, value: &str, origin: impl Fn() -> String) -> Result<(), SettingError> {
    if form.admits(value) {
        Ok(())
    } else {
        Err(SettingError {
            origin: origin(),
            expected: form.expected(),
        })
    }
}

#[cfg(test)]
mod tests {
    use aws_config::profile;
    use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
    use aws_types::os_shim_internal::Fs;

    use super::*;

    #[test]
    fn each_form_admits_what_aws_documents_and_nothing_else() {
        let cases = [
            (
                Form::Region,
                &["us-east-1", "us-gov-west-1"][..],
                &["", " us-east-1", "us east", "us-east-1\n", "US-EAST-1"][..],
            ),
            (
                Form::Url,
                &[
                    "http://127.0.0.1:4566",
                    "https://kms.us-east-1.amazonaws.com/",
                    "http://[::1]:80/a?b",
                ],
                &[
                    "",
                    "localhost:1",
                    "http://",
                    "ftp://a",
                    "http://a b",
                    "https://a\n",
                    "http://user:pw@host",
                ],
            ),
            (Form::Count, &["1", "10"], &["", "0", "-1", "x", "1 "]),
            (
                Form::RetryMode,
                &["standard", "adaptive", "legacy"],
                &["", "zzz", "Standard "],
            ),
            (Form::Flag, &["true", "False"], &["", "1", "maybe", "true "]),
        ];
        for (form, good, bad) in cases {
            for value in good {
                assert!(form.admits(value), "{form:?} {value:?}");
            }
            for value in bad {
                assert!(!form.admits(value), "{form:?} {value:?}");
            }
        }
    }

    #[test]
    fn the_message_names_the_variable_and_not_its_value() {
        let env = Env::from_slice(&[("AWS_RETRY_MODE", "s3cret")]);
        assert_eq!(
            check(&env, None).unwrap_err().to_string(),
            "the variable `AWS_RETRY_MODE` is not `standard`, `adaptive` or `legacy`"
        );
    }

    #[tokio::test]
    async fn the_settings_of_a_profile_are_checked() {
        let config = "[profile p]\nregion = us east\n";
        let files = EnvConfigFiles::builder()
            .with_contents(EnvConfigFileKind::Config, config)
            .build();
        let (fs, env) = (Fs::from_slice(&[]), Env::from_slice(&[]));
        let set = profile::load(&fs, &env, &files, Some("p".into()))
            .await
            .unwrap();
        let error = check(&env, Some(("p", set.get_profile("p").unwrap()))).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`region` of profile `p` is not the name of a region"
        );
    }
}
