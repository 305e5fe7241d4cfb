//! Credentials that are checked before they sign anything, wherever they come from: environment, profile or process.

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};

/// Why credentials cannot be used. It never shows their values.
#[derive(Debug, thiserror::Error)]
#[error("loading credentials: {part} is {flaw}")]
pub(super) struct Malformed {
    part: &'static str,
    flaw: &'static str,
}

/// Refuses malformed credentials of another source.
#[derive(Debug)]
pub(super) struct Checked(pub(super) SharedCredentialsProvider);

impl ProvideCredentials for Checked {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            let credentials = self.0.provide_credentials().await?;
            match check(&credentials) {
                Ok(()) => Ok(credentials),
                Err(malformed) => Err(CredentialsError::invalid_configuration(malformed)),
            }
        })
    }
}

/// The id and the token become headers of requests, which take no line ends; the rest of a header could be another header.
fn check(credentials: &Credentials) -> Result<(), Malformed> {
    let parts = [
        ("the access key id", Some(credentials.access_key_id())),
        (
            "the secret access key",
            Some(credentials.secret_access_key()),
        ),
        ("the session token", credentials.session_token()),
    ];
    for (part, text) in parts {
        let Some(text) = text else { continue };
        let flaw = if text.trim().is_empty() {
            "empty"
        } else if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            "malformed: it holds a blank, the end of a line or another character that none has"
        } else {
            continue;
        };
        return Err(Malformed { part, flaw });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn malformed_credentials_are_refused_without_their_values() {
        let checked = |id: &str, secret: &str, token: Option<&str>| {
            let credentials = Credentials::new(id, secret, token.map(str::to_owned), None, "test");
            check(&credentials).map_err(|malformed| malformed.to_string())
        };
        let malformed = |part: &str| {
            Err(format!(
                "loading credentials: {part} is malformed: it holds a blank, the end of a line or another character that none has"
            ))
        };
        assert_eq!(checked("AKIA", "a/b+c=", Some("t==")), Ok(()));
        assert_eq!(
            checked("AKIA\n", "secret", None),
            malformed("the access key id")
        );
        assert_eq!(
            checked("AKIA", "sec ret", None),
            malformed("the secret access key")
        );
        assert_eq!(
            checked("AKIA", "secret", Some("tok\r\nen")),
            malformed("the session token")
        );
        assert_eq!(
            checked(" ", "secret", None),
            Err("loading credentials: the access key id is empty".to_owned())
        );
    }
}
