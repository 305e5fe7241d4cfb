//! Where the SDK's configuration comes from: the usual AWS places, or the local endpoint and nothing else.

use std::path::PathBuf;
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::{
    HttpConnectorSettings, SharedHttpClient, SharedHttpConnector, http_client_fn,
};

/// The account in which everything local lives.
pub const LOCAL_ACCOUNT: &str = "000000000000";

/// Where calls go and as whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// AWS, or an endpoint that stands for it, signed in as the environment and the shared files say.
    Aws {
        /// The profile, when one is named on the command line.
        profile: Option<String>,
        /// The endpoint of all services, when one is named on the command line.
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
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// It holds no certificates that can be used.
    #[error("could not use the certificates in `{}`, which `AWS_CA_BUNDLE` names: {reason}", .path.display())]
    Certificates {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
}

/// Loads the configuration for a target and, when one is wished for, a region.
pub async fn load(target: &Target, region: Option<&str>) -> Result<SdkConfig, ConfigError> {
    match target {
        Target::Aws {
            profile,
            endpoint_url,
        } => {
            let mut loader = aws_config::defaults(BehaviorVersion::latest());
            if let Some(path) = std::env::var_os("AWS_CA_BUNDLE").filter(|path| !path.is_empty()) {
                loader = loader.http_client(trusting(path.into())?);
            }
            if let Some(profile) = profile {
                loader = loader.profile_name(profile);
            }
            if let Some(url) = endpoint_url {
                loader = loader.endpoint_url(url);
            }
            if let Some(region) = region {
                loader = loader.region(Region::new(region.to_owned()));
            }
            Ok(loader.load().await)
        }
        Target::Local { endpoint_url } => Ok(local(
            endpoint_url,
            region.unwrap_or("us-east-1"),
            LOCAL_ACCOUNT,
        )),
    }
}

/// Makes a client that trusts the certificates of a bundle alone, as the AWS CLI does. The SDK does not read the variable itself.
fn trusting(path: PathBuf) -> Result<SharedHttpClient, ConfigError> {
    let bundle = match std::fs::read(&path) {
        Ok(bundle) => bundle,
        Err(source) => return Err(ConfigError::Bundle { path, source }),
    };
    // The SDK's parser would panic at the first call; a bundle without a certificate is told here.
    if !bundle
        .windows(CERTIFICATE.len())
        .any(|window| window == CERTIFICATE)
    {
        let reason = "it holds no PEM certificate".to_owned();
        return Err(ConfigError::Certificates { path, reason });
    }
    let store = TrustStore::empty().with_pem_certificate(bundle);
    match TlsContext::builder().with_trust_store(store).build() {
        Ok(context) => Ok(Builder::new()
            .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
            .tls_context(context)
            .build_https()),
        Err(error) => Err(ConfigError::Certificates {
            path,
            reason: error.to_string(),
        }),
    }
}

/// How a certificate in PEM form begins (RFC 7468).
const CERTIFICATE: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// Makes a configuration that no environment variable, profile, proxy or metadata service has a part in.
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

/// Makes a client that goes straight to where it is told; the SDK's own would take a proxy from the environment.
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
