//! The SDK's configuration: from the usual places of AWS tools, or for the local endpoint only.

use std::path::PathBuf;
use std::time::Duration;

use aws_config::identity::IdentityCache;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector, ConnectorBuilder};
use aws_smithy_runtime_api::client::http::{
    HttpConnectorSettings, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::identity::SharedIdentityCache;
use aws_smithy_types::retry::RetryConfig;
use aws_types::os_shim_internal::Env;

use super::credential::Checked;
use super::profile::{self, ProfileError};
use super::setting::{self, SettingError};

/// The account of everything local.
pub const LOCAL_ACCOUNT: &str = "000000000000";

/// Which endpoint calls go to, and with whose credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// AWS, or an endpoint in its place, with credentials from the environment and the shared files.
    Aws {
        /// The profile from the command line.
        profile: Option<String>,
        /// The endpoint of all services from the command line.
        endpoint_url: Option<String>,
    },
    /// The built-in endpoint at this URL.
    Local {
        /// The endpoint of all services.
        endpoint_url: String,
    },
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file that `AWS_CA_BUNDLE` names cannot be read.
    #[error("could not read `{}`, which `AWS_CA_BUNDLE` names", .path.display())]
    Bundle {
        /// The file.
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    /// The profile to sign in with cannot be used.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// A setting in a variable or profile cannot be used.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// The file has no certificates that can be used.
    #[error("could not use the certificates in `{}`, which `AWS_CA_BUNDLE` names: {reason}", .path.display())]
    Certificates { path: PathBuf, reason: String },
}

/// Loads the configuration for a target, with a region if one is given.
pub async fn load(target: &Target, region: Option<&str>) -> Result<SdkConfig, ConfigError> {
    match target {
        Target::Aws {
            profile,
            endpoint_url,
        } => {
            let env = Env::real();
            let profiles = profile::load(&env, profile.as_deref()).await;
            let selected = profiles.as_ref().ok().and_then(profile::selected);
            setting::check(&env, selected)?;
            let of_profile = selected.and_then(|(_, profile)| profile.get("region"));
            let of_profile = of_profile.map(str::to_owned);
            // Without a profile from the command line, credentials in the environment take precedence over profiles.
            if profile.is_some() || !profile::has_credentials_in_environment() {
                profile::check_chain(&profiles?)?;
            }
            let mut loader = aws_config::defaults(BehaviorVersion::latest())
                .retry_config(RetryConfig::standard())
                .identity_cache(patient());
            if let Some(path) = std::env::var_os("AWS_CA_BUNDLE").filter(|path| !path.is_empty()) {
                loader = loader.http_client(trusting(path.into())?);
            }
            if let Some(profile) = profile.as_deref().or(setting::default_profile(&env)) {
                loader = loader.profile_name(profile);
            }
            if let Some(url) = endpoint_url {
                loader = loader.endpoint_url(url);
            }
            if let Some(region) = region
                .map(str::to_owned)
                .or_else(|| setting::region(&env))
                .or(of_profile)
            {
                loader = loader.region(Region::new(region));
            }
            let config = match profile {
                Some(profile) => signed_in_with(profile, loader.no_credentials().load().await),
                None => loader.load().await,
            };
            Ok(match config.credentials_provider() {
                Some(source) => config
                    .into_builder()
                    .credentials_provider(SharedCredentialsProvider::new(Checked(source)))
                    .build(),
                None => config,
            })
        }
        Target::Local { endpoint_url } => Ok(local(
            endpoint_url,
            region.unwrap_or("us-east-1"),
            LOCAL_ACCOUNT,
        )),
    }
}

/// The longest time to get credentials: a program that a profile names may have to ask the user.
const CREDENTIALS: Duration = Duration::from_mins(1);

/// Limits the wait for credentials. By default the SDK waits as long as for all attempts at a call.
fn patient() -> SharedIdentityCache {
    IdentityCache::lazy().load_timeout(CREDENTIALS).build()
}

/// Takes the credentials from the given profile only, like the AWS CLI with `--profile`.
///
/// The SDK's own chain prefers keys in the environment, which can belong to another account.
fn signed_in_with(profile: &str, config: SdkConfig) -> SdkConfig {
    let mut provider = ProviderConfig::without_region()
        .with_region(config.region().cloned())
        .with_use_fips(config.use_fips())
        .with_use_dual_stack(config.use_dual_stack());
    if let Some(client) = config.http_client() {
        provider = provider.with_http_client(client);
    }
    let provider = ProfileFileCredentialsProvider::builder()
        .configure(&provider)
        .profile_name(profile)
        .build();
    config
        .into_builder()
        .credentials_provider(SharedCredentialsProvider::new(provider))
        .build()
}

/// Creates a client that trusts only the certificates of a bundle, as the AWS CLI does. The SDK itself does not read the variable.
///
/// Otherwise it is like the SDK's own client, which takes its proxy from the environment.
fn trusting(path: PathBuf) -> Result<SharedHttpClient, ConfigError> {
    let bundle = match std::fs::read(&path) {
        Ok(bundle) => bundle,
        Err(source) => return Err(ConfigError::Bundle { path, source }),
    };
    // The SDK's parser panics at the first call, so a bundle without a certificate is reported here.
    if !bundle
        .windows(CERTIFICATE.len())
        .any(|window| window == CERTIFICATE)
    {
        let reason = "it holds no PEM certificate".to_owned();
        return Err(ConfigError::Certificates { path, reason });
    }
    let store = TrustStore::empty().with_pem_certificate(bundle);
    match TlsContext::builder().with_trust_store(store).build() {
        Ok(context) => Ok(
            Builder::new().build_with_connector_fn(move |settings, components| {
                let mut connector = ConnectorBuilder::default()
                    .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
                    .tls_context(context.clone())
                    .proxy_config(ProxyConfig::from_env());
                connector.set_connector_settings(settings.cloned());
                if let Some(components) = components {
                    connector.set_sleep_impl(components.sleep_impl());
                }
                connector.build()
            }),
        ),
        Err(error) => Err(ConfigError::Certificates {
            path,
            reason: error.to_string(),
        }),
    }
}

/// The first line of a certificate in PEM form (RFC 7468).
const CERTIFICATE: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// Creates a configuration that uses no environment variable, profile, proxy or metadata service.
///
/// The local endpoint takes the account from the access key.
pub fn local(endpoint_url: &str, region: &str, account: &str) -> SdkConfig {
    let credentials = Credentials::new(account, "local", None, None, "agentctl local endpoint");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .endpoint_url(endpoint_url)
        .http_client(without_proxy())
        .region(Region::new(region.to_owned()))
        .build()
}

/// Creates a client that connects directly to the endpoint. The SDK's own client would take a proxy from the environment.
fn without_proxy() -> SharedHttpClient {
    let settings = HttpConnectorSettings::builder()
        .connect_timeout(Duration::from_secs(5))
        .build();
    let connector = Connector::builder()
        .connector_settings(settings)
        .proxy_config(ProxyConfig::disabled())
        .build_http();
    let connector = SharedHttpConnector::new(connector);
    http_client_fn(move |_, _| connector.clone())
}

#[cfg(test)]
mod tests {
    use aws_credential_types::provider::{ProvideCredentials, future};

    use super::*;
    use crate::aws::{Access, Clients};
    use crate::resource::fault::FaultKind;

    /// Credentials like those of a program that waits for input that never comes.
    #[derive(Debug)]
    struct Never;

    impl ProvideCredentials for Never {
        fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            future::ProvideCredentials::new(std::future::pending())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_wait_for_credentials_that_never_come_ends() {
        let config = local("http://127.0.0.1:9", "us-east-1", LOCAL_ACCOUNT)
            .into_builder()
            .credentials_provider(SharedCredentialsProvider::new(Never))
            .identity_cache(patient())
            .build();
        let began = tokio::time::Instant::now();
        let identity = Clients::new(&config, Access::Read).identity().await;
        let fault = identity.unwrap_err();
        assert_eq!(
            (fault.kind, fault.message.contains("timed out after 60s")),
            (FaultKind::Unreachable, true),
            "{fault}"
        );
        assert!(began.elapsed() <= 2 * CREDENTIALS, "{:?}", began.elapsed());
    }
}
