//! A client for tests: requests that look signed, answers taken apart.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::protocol::kind::Protocol;
use crate::{Config, Delays, Endpoint, Reset, Service};

/// When the time of test endpoints begins.
pub(crate) const START: &str = "2026-01-02T03:04:05Z";

/// Makes an endpoint in memory whose ids and times are the same in every run.
pub(crate) fn endpoint(delays: Delays) -> Endpoint {
    Endpoint::new(
        Config::in_memory(delays)
            .seed(7)
            .start(START.parse().unwrap()),
    )
    .unwrap()
}

/// Makes a zip of these files.
pub(crate) fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        writer
            .start_file(*name, SimpleFileOptions::default())
            .unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Asks an endpoint as one account in one region.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    pub(crate) endpoint: Endpoint,
    pub(crate) account: String,
    pub(crate) region: String,
}

/// An answer.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Client {
    pub(crate) fn new(endpoint: &Endpoint) -> Self {
        Self {
            endpoint: endpoint.clone(),
            account: "111122223333".to_owned(),
            region: "eu-west-1".to_owned(),
        }
    }

    /// Makes a client of a new endpoint without delays.
    pub(crate) fn of_new_endpoint() -> Self {
        Self::new(&endpoint(Delays::none()))
    }

    pub(crate) fn in_account(&self, account: &str) -> Self {
        Self {
            account: account.to_owned(),
            ..self.clone()
        }
    }

    pub(crate) fn in_region(&self, region: &str) -> Self {
        Self {
            region: region.to_owned(),
            ..self.clone()
        }
    }

    /// Calls an operation of an awsQuery service.
    pub(crate) async fn query(
        &self,
        service: Service,
        action: &str,
        parameters: &[(&str, &str)],
    ) -> Reply {
        self.try_query(service, action, parameters).await.unwrap()
    }

    pub(crate) async fn try_query(
        &self,
        service: Service,
        action: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Reply, Reset> {
        let Protocol::Query { version, .. } = service.api().protocol else {
            panic!("{service} does not speak awsQuery")
        };
        let mut form = format!("Action={action}&Version={version}");
        for (name, value) in parameters {
            write!(
                form,
                "&{name}={}",
                utf8_percent_encode(value, NON_ALPHANUMERIC)
            )
            .unwrap();
        }
        self.send(
            service,
            "POST",
            "/",
            &[("content-type", "application/x-www-form-urlencoded")],
            form,
        )
        .await
    }

    /// Calls an operation of an awsJson service.
    pub(crate) async fn json(&self, service: Service, operation: &str, input: Value) -> Reply {
        let Protocol::Json { target } = service.api().protocol else {
            panic!("{service} does not speak awsJson")
        };
        let target = format!("{target}.{operation}");
        let headers = [
            ("content-type", "application/x-amz-json-1.1"),
            ("x-amz-target", target.as_str()),
        ];
        self.send(service, "POST", "/", &headers, input.to_string())
            .await
            .unwrap()
    }

    /// Calls a REST service.
    pub(crate) async fn rest(
        &self,
        service: Service,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Reply {
        self.send(service, method, target, headers, body)
            .await
            .unwrap()
    }

    /// Sends a request that is signed for a service.
    pub(crate) async fn send(
        &self,
        service: Service,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Result<Reply, Reset> {
        let scope = format!(
            "{}/20260102/{}/{service}/aws4_request",
            self.account, self.region
        );
        let signature = format!(
            "AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature=00"
        );
        let mut all = vec![("authorization", signature.as_str())];
        all.extend_from_slice(headers);
        self.send_raw(method, target, &all, body).await
    }

    /// Sends a request as it is.
    pub(crate) async fn send_raw(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Result<Reply, Reset> {
        let mut request = Request::builder().method(method).uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self
            .endpoint
            .handle(request.body(body.into()).unwrap())
            .await?;
        let (parts, body) = response.into_parts();
        Ok(Reply {
            status: parts.status,
            headers: parts.headers,
            body,
        })
    }
}

impl Reply {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// Parses the body as JSON.
    pub(crate) fn value(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Gives the text of every XML element with a name, entities resolved.
    pub(crate) fn all(&self, element: &str) -> Vec<String> {
        let (open, close) = (format!("<{element}>"), format!("</{element}>"));
        let pieces = self.text().split(open.as_str()).skip(1);
        pieces
            .map(|piece| {
                quick_xml::escape::unescape(piece.split(close.as_str()).next().unwrap())
                    .unwrap()
                    .into_owned()
            })
            .collect()
    }

    /// Gives the text of the only XML element with a name.
    pub(crate) fn one(&self, element: &str) -> String {
        let all = self.all(element);
        assert_eq!(all.len(), 1, "`{element}` in {}", self.text());
        all.into_iter().next().unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Demands success.
    pub(crate) fn ok(self) -> Self {
        assert!(self.status.is_success(), "{} {}", self.status, self.text());
        self
    }

    /// Gives status, code and message of a refusal, in whichever shape it came.
    pub(crate) fn refusal(&self) -> (u16, String, String) {
        let (code, message) = if self.body.starts_with(b"{") {
            let body = self.value();
            let message = body.get("message").or_else(|| body.get("Message")).unwrap();
            (
                self.header("x-amzn-errortype").unwrap().to_owned(),
                message.as_str().unwrap().to_owned(),
            )
        } else {
            (self.one("Code"), self.one("Message"))
        };
        (self.status.as_u16(), code, message)
    }
}
