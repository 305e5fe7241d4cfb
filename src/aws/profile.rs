//! Checks the profile that a run signs in with. Settings that the SDK would ignore, or could not use, are refused in advance.
//!
//! The SDK's own loader finds and parses the files.

use std::error::Error;

use aws_config::profile::{self, Profile, ProfileFileLoadError, ProfileSet};
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_types::os_shim_internal::{Env, Fs};

use super::setting;

/// Why a profile cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// The configuration files cannot be read.
    #[error("the AWS configuration could not be read: {reason}")]
    Unreadable {
        /// The reason, in one line.
        reason: String,
    },
    /// No file has the profile.
    #[error("there is no profile `{0}` in the AWS configuration")]
    Missing(String),
    /// A role needs a code of an MFA device, which only a person can enter.
    #[error(
        "profile `{profile}` needs a code of the MFA device `{device}`, which the AWS SDK does not ask for"
    )]
    Mfa {
        /// The profile with the role.
        profile: String,
        /// The profile that was chosen, which may lead to it.
        chosen: String,
        device: String,
    },
    /// The session is from `aws login`.
    #[error("profile `{profile}` signs in with `aws login`, whose sessions agentctl cannot read")]
    Login {
        /// The profile with the session.
        profile: String,
        /// The profile that was chosen, which may lead to it.
        chosen: String,
    },
}

/// Reads the profiles. The selected one is the given one, or else the one in `AWS_PROFILE`.
pub(super) async fn load(env: &Env, named: Option<&str>) -> Result<ProfileSet, ProfileError> {
    let files = EnvConfigFiles::default();
    let selected = named
        .or(setting::default_profile(env))
        .map(|name| name.to_owned().into());
    profile::load(&Fs::real(), env, &files, selected)
        .await
        .map_err(|error| unreadable(&error))
}

/// Returns the selected profile with its name, if it exists.
pub(super) fn selected(set: &ProfileSet) -> Option<(&str, &Profile)> {
    let name = set.selected_profile();
    Some((name, set.get_profile(name)?))
}

/// Joins the loader's error, which has two lines, into one.
fn unreadable(error: &ProfileFileLoadError) -> ProfileError {
    let mut reason = String::new();
    let mut next: Option<&dyn Error> = Some(error);
    while let Some(cause) = next {
        for word in cause.to_string().split_whitespace() {
            reason.push_str(if reason.is_empty() { "" } else { " " });
            reason.push_str(word);
        }
        next = cause.source();
        if next.is_some() {
            reason.push(':');
        }
    }
    ProfileError::Unreadable { reason }
}

/// Returns whether the environment has an access key. The run then signs in with it.
pub fn has_credentials_in_environment() -> bool {
    ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]
        .iter()
        .all(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

/// The profile of a user who chose none (AWS SDKs and Tools reference guide, "Shared config and credentials files").
const DEFAULT: &str = "default";

/// Checks that the SDK can sign in with the selected profile as its owner intends, and with those that it takes its credentials from.
pub(super) fn check_chain(set: &ProfileSet) -> Result<(), ProfileError> {
    let chosen = set.selected_profile();
    let mut name = chosen;
    let mut visited = Vec::new();
    // The SDK itself reports a circle.
    while !visited.contains(&name) {
        let Some(profile) = set.get_profile(name) else {
            return if name == DEFAULT {
                Ok(())
            } else {
                Err(ProfileError::Missing(name.to_owned()))
            };
        };
        // In a profile that another one refers to, keys take precedence over all else.
        let has_keys = !visited.is_empty() && profile.get("aws_access_key_id").is_some();
        if has_keys {
            return Ok(());
        }
        visited.push(name);
        match step(profile) {
            Step::Role {
                mfa: Some(device), ..
            } => {
                return Err(ProfileError::Mfa {
                    profile: name.to_owned(),
                    chosen: chosen.to_owned(),
                    device: device.to_owned(),
                });
            }
            Step::Role {
                source: Some(source),
                ..
            } => name = source,
            Step::Login => {
                return Err(ProfileError::Login {
                    profile: name.to_owned(),
                    chosen: chosen.to_owned(),
                });
            }
            Step::Role { .. } | Step::End => return Ok(()),
        }
    }
    Ok(())
}

/// How a profile gets its credentials.
enum Step<'a> {
    /// It assumes a role, with the credentials of another profile if it names one.
    Role {
        source: Option<&'a str>,
        mfa: Option<&'a str>,
    },
    /// It uses the session of `aws login`.
    Login,
    /// It needs no other profile, and the SDK supports it.
    End,
}

fn step(profile: &Profile) -> Step<'_> {
    let has = |key: &str| profile.get(key).is_some();
    // In the order of the SDK. A web identity needs no other credentials, and no device.
    if has("web_identity_token_file") {
        Step::End
    } else if has("role_arn") {
        Step::Role {
            source: profile.get("source_profile"),
            mfa: profile.get("mfa_serial"),
        }
    } else if has("login_session")
        && !["credential_source", "sso_session", "sso_start_url"]
            .iter()
            .any(|key| has(key))
    {
        Step::Login
    } else {
        Step::End
    }
}

#[cfg(test)]
mod tests {
    use aws_runtime::env_config::file::EnvConfigFileKind;

    use super::*;

    async fn checked(config: &str, chosen: &str) -> Result<(), String> {
        let files = EnvConfigFiles::builder()
            .with_contents(EnvConfigFileKind::Config, config)
            .build();
        let (fs, env) = (Fs::from_slice(&[]), Env::from_slice(&[]));
        let set = profile::load(&fs, &env, &files, Some(chosen.to_owned().into()))
            .await
            .unwrap();
        check_chain(&set).map_err(|error| error.to_string())
    }

    const MFA: &str = "
[profile keys]
aws_access_key_id = AKIA
aws_secret_access_key = secret
[profile admin]
role_arn = arn:aws:iam::111122223333:role/admin
source_profile = keys
mfa_serial = arn:aws:iam::111122223333:mfa/dev
[profile deploy]
role_arn = arn:aws:iam::444455556666:role/deploy
source_profile = admin
";

    #[tokio::test]
    async fn an_mfa_device_is_found_in_every_profile_of_the_chain() {
        let refusal = "profile `admin` needs a code of the MFA device `arn:aws:iam::111122223333:mfa/dev`, which the AWS SDK does not ask for";
        assert_eq!(checked(MFA, "admin").await, Err(refusal.to_owned()));
        assert_eq!(checked(MFA, "deploy").await, Err(refusal.to_owned()));
        assert_eq!(checked(MFA, "keys").await, Ok(()));
    }

    #[tokio::test]
    async fn an_mfa_device_that_no_role_needs_is_ignored() {
        let config = "
[profile keys]
aws_access_key_id = AKIA
aws_secret_access_key = secret
mfa_serial = arn:aws:iam::111122223333:mfa/dev
[profile ci]
role_arn = arn:aws:iam::111122223333:role/ci
web_identity_token_file = /token
mfa_serial = arn:aws:iam::111122223333:mfa/dev
[profile over]
role_arn = arn:aws:iam::111122223333:role/over
source_profile = both
[profile both]
aws_access_key_id = AKIA
aws_secret_access_key = secret
role_arn = arn:aws:iam::111122223333:role/unused
source_profile = both
mfa_serial = arn:aws:iam::111122223333:mfa/dev
";
        for profile in ["keys", "ci", "over"] {
            assert_eq!(checked(config, profile).await, Ok(()), "{profile}");
        }
    }

    #[tokio::test]
    async fn a_session_of_aws_login_is_refused_also_as_the_source_of_a_role() {
        let config = "
[profile console]
login_session = arn:aws:iam::111122223333:user/dev
[profile deploy]
role_arn = arn:aws:iam::111122223333:role/deploy
source_profile = console
";
        let refusal =
            "profile `console` signs in with `aws login`, whose sessions agentctl cannot read";
        for profile in ["console", "deploy"] {
            assert_eq!(
                checked(config, profile).await,
                Err(refusal.to_owned()),
                "{profile}"
            );
        }
    }

    #[tokio::test]
    async fn a_missing_profile_is_refused_unless_it_is_the_default() {
        assert_eq!(
            checked(MFA, "nobody").await,
            Err("there is no profile `nobody` in the AWS configuration".to_owned())
        );
        assert_eq!(checked(MFA, "default").await, Ok(()));
    }

    #[tokio::test]
    async fn a_circle_of_profiles_is_left_to_the_sdk() {
        let config = "
[profile a]
role_arn = arn:aws:iam::111122223333:role/a
source_profile = b
[profile b]
role_arn = arn:aws:iam::111122223333:role/b
source_profile = a
";
        assert_eq!(checked(config, "a").await, Ok(()));
    }
}
