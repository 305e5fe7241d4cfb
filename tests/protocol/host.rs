//! The host of each service, by region, partition and kind of endpoint. Nothing leaves the process.

use std::sync::{Arc, Mutex};

use agentctl::aws::{Access, Clients};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;

/// Refuses every call, and remembers its host.
#[derive(Debug, Clone, Default)]
struct Hosts(Arc<Mutex<Vec<String>>>);

impl HttpClient for Hosts {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Hosts {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let uri = request.uri().trim_start_matches("https://");
        let host = uri.split('/').next().unwrap_or_default();
        self.0.lock().unwrap().push(host.to_owned());
        let refusal = HttpResponse::new(400.try_into().unwrap(), SdkBody::empty());
        HttpConnectorFuture::ready(Ok(refusal))
    }
}

/// Makes a call to each service, and returns the hosts.
async fn hosts(region: &str, is_fips: bool, is_dual_stack: bool) -> Vec<String> {
    let hosts = Hosts::default();
    let credentials = Credentials::new("111122223333", "secret", None, None, "test");
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(hosts.clone())
        .region(Region::new(region.to_owned()))
        .use_fips(is_fips)
        .use_dual_stack(is_dual_stack)
        .build();
    let clients = Clients::new(&config, Access::Read);
    let is_refused = [
        clients.sts.get_caller_identity().send().await.is_err(),
        clients.iam.list_roles().send().await.is_err(),
        clients.kms.list_keys().send().await.is_err(),
        clients.lambda.list_functions().send().await.is_err(),
        clients.logs.describe_log_groups().send().await.is_err(),
        clients
            .s3
            .head_bucket()
            .bucket("bucket")
            .send()
            .await
            .is_err(),
        clients.tagging.get_resources().send().await.is_err(),
        clients
            .agentcore
            .list_agent_runtimes()
            .send()
            .await
            .is_err(),
    ];
    assert_eq!(is_refused, [true; 8]);
    hosts.0.lock().unwrap().clone()
}

#[tokio::test]
async fn each_call_goes_to_the_host_of_its_region_and_partition() {
    assert_eq!(
        hosts("eu-central-1", false, false).await,
        [
            "sts.eu-central-1.amazonaws.com",
            "iam.amazonaws.com",
            "kms.eu-central-1.amazonaws.com",
            "lambda.eu-central-1.amazonaws.com",
            "logs.eu-central-1.amazonaws.com",
            "bucket.s3.eu-central-1.amazonaws.com",
            "tagging.eu-central-1.amazonaws.com",
            "bedrock-agentcore-control.eu-central-1.amazonaws.com",
        ]
    );
    assert_eq!(
        hosts("cn-north-1", false, false).await,
        [
            "sts.cn-north-1.amazonaws.com.cn",
            "iam.cn-north-1.amazonaws.com.cn",
            "kms.cn-north-1.amazonaws.com.cn",
            "lambda.cn-north-1.amazonaws.com.cn",
            "logs.cn-north-1.amazonaws.com.cn",
            "bucket.s3.cn-north-1.amazonaws.com.cn",
            "tagging.cn-north-1.amazonaws.com.cn",
            "bedrock-agentcore-control.cn-north-1.amazonaws.com.cn",
        ]
    );
    assert_eq!(
        hosts("us-gov-west-1", false, false).await,
        [
            "sts.us-gov-west-1.amazonaws.com",
            "iam.us-gov.amazonaws.com",
            "kms.us-gov-west-1.amazonaws.com",
            "lambda.us-gov-west-1.amazonaws.com",
            "logs.us-gov-west-1.amazonaws.com",
            "bucket.s3.us-gov-west-1.amazonaws.com",
            "tagging.us-gov-west-1.amazonaws.com",
            "bedrock-agentcore-control.us-gov-west-1.amazonaws.com",
        ]
    );
}

#[tokio::test]
async fn each_call_goes_to_the_fips_or_dual_stack_host_if_configured() {
    assert_eq!(
        hosts("us-east-1", true, false).await,
        [
            "sts-fips.us-east-1.amazonaws.com",
            "iam-fips.amazonaws.com",
            "kms-fips.us-east-1.amazonaws.com",
            "lambda-fips.us-east-1.amazonaws.com",
            "logs-fips.us-east-1.amazonaws.com",
            "bucket.s3-fips.us-east-1.amazonaws.com",
            "tagging-fips.us-east-1.amazonaws.com",
            "bedrock-agentcore-control-fips.us-east-1.amazonaws.com",
        ]
    );
    assert_eq!(
        hosts("us-east-1", false, true).await,
        [
            "sts.us-east-1.api.aws",
            "iam.global.api.aws",
            "kms.us-east-1.api.aws",
            "lambda.us-east-1.api.aws",
            "logs.us-east-1.api.aws",
            "bucket.s3.dualstack.us-east-1.amazonaws.com",
            "tagging.us-east-1.api.aws",
            "bedrock-agentcore-control.us-east-1.api.aws",
        ]
    );
}
