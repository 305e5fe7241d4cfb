//! The clients of all services, and the one function that makes a call.

use std::future::Future;
use std::sync::Mutex;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, SdkConfig};
use aws_sdk_sts::config::retry::{RetryPartition, TokenBucket};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;

use super::fault::fault_of;
use super::guard::Guard;
use super::operation::OperationError;
use super::quota::QuotaIsFinal;
use super::rate::Rates;
use crate::resource::fault::Fault;
use crate::resource::operation::{Access, Operation};
use crate::resource::provider::Mutation;

/// One client for each service, all of one account and region.
#[derive(Debug)]
pub struct Clients {
    /// Bedrock `AgentCore`, its control API.
    pub agentcore: aws_sdk_bedrockagentcorecontrol::Client,
    /// Identity and Access Management.
    pub iam: aws_sdk_iam::Client,
    /// Key Management Service.
    pub kms: aws_sdk_kms::Client,
    pub lambda: aws_sdk_lambda::Client,
    /// CloudWatch Logs.
    pub logs: aws_sdk_cloudwatchlogs::Client,
    /// Simple Storage Service.
    pub s3: aws_sdk_s3::Client,
    /// Security Token Service.
    pub sts: aws_sdk_sts::Client,
    /// Resource Groups Tagging API.
    pub tagging: aws_sdk_resourcegroupstagging::Client,
    guard: Guard,
    rates: Mutex<Rates>,
}

/// The SDK's attempts at a call that was throttled, not transmitted, or failed within the service.
const ATTEMPTS: u32 = 10;

/// The longest time for all attempts at a call together.
const LONGEST: Duration = Duration::from_mins(10);

macro_rules! client {
    ($crate_name:ident, $config:expr, $guard:expr) => {
        $crate_name::Client::from_conf(
            $crate_name::config::Builder::from($config)
                .retry_config(
                    RetryConfig::standard()
                        .with_max_attempts(ATTEMPTS)
                        .with_initial_backoff(Duration::from_millis(500)),
                )
                .retry_partition(
                    // By default, all clients of a service in one process share one quota of retries: failures of other clients would use
                    // up the retries of these.
                    RetryPartition::custom("agentctl")
                        .token_bucket(TokenBucket::default())
                        .build(),
                )
                .timeout_config(timeouts())
                .app_name(AppName::new("agentctl").expect("the name is made of letters"))
                .retry_classifier(QuotaIsFinal)
                .interceptor($guard.clone())
                .build(),
        )
    };
}

impl Clients {
    /// Creates the clients from a loaded configuration.
    pub fn new(config: &SdkConfig, access: Access) -> Self {
        let guard = Guard::new(access);
        Self {
            agentcore: client!(aws_sdk_bedrockagentcorecontrol, config, guard),
            iam: client!(aws_sdk_iam, config, guard),
            kms: client!(aws_sdk_kms, config, guard),
            lambda: client!(aws_sdk_lambda, config, guard),
            logs: client!(aws_sdk_cloudwatchlogs, config, guard),
            s3: bucket_in_path(client!(aws_sdk_s3, config, guard), config),
            sts: client!(aws_sdk_sts, config, guard),
            tagging: client!(aws_sdk_resourcegroupstagging, config, guard),
            guard,
            rates: Mutex::default(),
        }
    }

    /// Makes a call: waits for its operation's turn, sends it, and turns a failure into a fault.
    pub fn call<T, E: OperationError>(
        &self,
        send: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    ) -> impl Future<Output = Result<T, Fault>> {
        // The SDK's futures have tens of kilobytes, which would add up in the futures of callers with several calls.
        let send = Box::pin(send);
        async move {
            let wait = self.turn(E::OPERATION);
            if !wait.is_zero() {
                tokio::time::sleep(wait).await;
            }
            let answer = send.await.map_err(|error| fault_of(&error));
            // Not the message: Lambda and others repeat in it what was sent.
            let fault = answer.as_ref().err();
            let code = fault.and_then(|fault| fault.code.as_deref());
            let request_id = fault.and_then(|fault| fault.request_id.as_deref());
            tracing::debug!(operation = %E::OPERATION, kind = ?fault.map(|fault| fault.kind), code, request_id, "called");
            answer
        }
    }

    /// Makes a call that changes something, and whose answer is not needed.
    pub async fn mutate<T, E: OperationError>(
        &self,
        send: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    ) -> Result<Mutation, Fault> {
        self.call(send).await?;
        Ok(Mutation(E::OPERATION))
    }

    /// Queues a call of an operation, and returns how long it waits for its turn.
    fn turn(&self, operation: Operation) -> Duration {
        let mut rates = self
            .rates
            .lock()
            .expect("nothing panics while it holds this lock");
        // Tokio's clock, so that a test with a paused clock need not wait.
        rates.take(operation, tokio::time::Instant::now().into_std())
    }

    /// Returns how many requests were sent so far, including retries.
    pub fn calls(&self) -> u64 {
        self.guard.calls()
    }
}

/// An endpoint with a custom URL has no host name for each bucket, so the bucket is a part of the path there.
fn bucket_in_path(client: aws_sdk_s3::Client, config: &SdkConfig) -> aws_sdk_s3::Client {
    if config.endpoint_url().is_none() {
        return client;
    }
    aws_sdk_s3::Client::from_conf(client.config().to_builder().force_path_style(true).build())
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .operation_attempt_timeout(Duration::from_mins(2))
        .operation_timeout(LONGEST)
        .build()
}
