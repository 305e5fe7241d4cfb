//! Where the SDK's configuration comes from: the usual AWS places, or the local endpoint and nothing else.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

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

/// Loads the configuration for a target and, when one is wished for, a region.
pub async fn load(target: &Target, region: Option<&str>) -> SdkConfig {
    match target {
        Target::Aws {
            profile,
            endpoint_url,
        } => {
            let mut loader = aws_config::defaults(BehaviorVersion::latest());
            if let Some(profile) = profile {
                loader = loader.profile_name(profile);
            }
            if let Some(url) = endpoint_url {
                loader = loader.endpoint_url(url);
            }
            if let Some(region) = region {
                loader = loader.region(Region::new(region.to_owned()));
            }
            loader.load().await
        }
        Target::Local { endpoint_url } => {
            local(endpoint_url, region.unwrap_or("us-east-1"), LOCAL_ACCOUNT)
        }
    }
}

/// Makes a configuration that no environment variable, profile or metadata service has a part in.
///
/// The local endpoint takes the account from the access key.
pub fn local(endpoint_url: &str, region: &str, account: &str) -> SdkConfig {
    let credentials = Credentials::new(account, "local", None, None, "agentctl local endpoint");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .endpoint_url(endpoint_url)
        .region(Region::new(region.to_owned()))
        .http_client(direct())
        .build()
}

/// Makes an HTTP client that goes through no proxy: the SDK's own would take one from `HTTP_PROXY` even on the way to this machine.
fn direct() -> SharedHttpClient {
    aws_smithy_http_client::Builder::new().build_with_connector_fn(|settings, components| {
        let mut builder = Connector::builder().proxy_config(ProxyConfig::disabled());
        builder.set_connector_settings(settings.cloned());
        builder.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        builder.build_http()
    })
}
