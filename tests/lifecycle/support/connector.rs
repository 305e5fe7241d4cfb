//! Connects the SDK to an endpoint in the same process.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use localstack::Endpoint;
use serde_json::Value;

use super::process::Process;
use super::trail::{Follower, Moment};

/// How long a request takes each way. On virtual time it costs nothing, and requests can overlap.
const LATENCY: Duration = Duration::from_millis(10);

/// Sends requests to an endpoint in this process.
#[derive(Debug, Clone)]
pub(super) struct InProcess {
    pub(super) endpoint: Endpoint,
    /// The content of the account after each request, while it is watched.
    pub(super) seen: Watch,
    pub(super) follower: Follower,
    /// The process that sends the requests.
    pub(super) process: Process,
}

pub(super) type Watch = Arc<Mutex<Option<Vec<Value>>>>;

impl HttpClient for InProcess {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for InProcess {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Self {
            endpoint,
            seen,
            follower,
            process,
        } = self.clone();
        let follow = move |endpoint: &Endpoint, moment: Moment| {
            if let Some(trail) = follower.lock().unwrap().as_mut() {
                trail.note(endpoint, moment);
            }
        };
        HttpConnectorFuture::new(async move {
            tokio::time::sleep(LATENCY).await;
            let mut request = request
                .try_into_http1x()
                .map_err(|error| ConnectorError::user(error.into()))?;
            let body = std::mem::replace(request.body_mut(), SdkBody::empty());
            let body = ByteStream::new(body)
                .collect()
                .await
                .map_err(|error| ConnectorError::user(error.into()))?
                .into_bytes();
            let scope = request.headers().get("authorization");
            let scope = scope.and_then(|scope| scope.to_str().ok());
            let is_served = process.watches(request.method().as_str(), scope.unwrap_or_default());
            process.live().await;
            follow(&endpoint, Moment::Before);
            let answer = endpoint.handle(request.map(|_| body)).await;
            follow(&endpoint, Moment::After);
            process.passed(&endpoint, is_served, answer.is_err());
            process.live().await;
            if let Some(seen) = seen.lock().unwrap().as_mut() {
                seen.push(endpoint.dump().unwrap());
            }
            tokio::time::sleep(LATENCY).await;
            let answer = answer.map_err(|reset| ConnectorError::io(reset.into()))?;
            HttpResponse::try_from(answer.map(SdkBody::from))
                .map_err(|error| ConnectorError::user(error.into()))
        })
    }
}
