//! Clients whose every call goes to one mock server.

use std::sync::Arc;

use agentctl::aws::{Access, Clients, config};
use agentctl::resource::address::PhysicalName;
use agentctl::resource::fault::Fault;
use agentctl::resource::kind::Kind;
use agentctl::resource::owner::OwnerFilter;
use agentctl::resource::provider::Reader;
use agentctl::resource::site::Site;
use wiremock::{MockServer, Request};

pub(crate) const ACCOUNT: &str = "111122223333";
pub(crate) const REGION: &str = "us-east-1";

/// Makes clients that may write and talk to the server only.
pub(crate) fn clients(server: &MockServer) -> Arc<Clients> {
    Arc::new(Clients::new(
        &config::local(&server.uri(), REGION, ACCOUNT),
        Access::Write,
    ))
}

/// The place that the clients act in.
pub(crate) fn site() -> Site {
    Site {
        partition: "aws".into(),
        account: ACCOUNT.into(),
        region: REGION.into(),
    }
}

/// The names that a reader finds for one filter.
pub(crate) async fn owned<K: Kind>(
    reader: &impl Reader<K>,
    filter: &OwnerFilter,
) -> Result<Vec<PhysicalName>, Fault> {
    let candidates = reader.owned(std::slice::from_ref(filter)).await?;
    Ok(candidates
        .into_iter()
        .map(|candidate| candidate.name)
        .collect())
}

/// The one request that the server got.
pub(crate) async fn only_request(server: &MockServer) -> Request {
    let mut requests = server.received_requests().await.unwrap();
    assert_eq!(requests.len(), 1, "{requests:#?}");
    requests.remove(0)
}

/// Method, path and query of every request that the server got, in the order in which they came.
pub(crate) async fn request_lines(server: &MockServer) -> Vec<String> {
    server
        .received_requests()
        .await
        .unwrap()
        .iter()
        .map(request_line)
        .collect()
}

/// Method, path and query of a request, without the parameter in which the SDK names the operation again.
pub(crate) fn request_line(request: &Request) -> String {
    let query: Vec<&str> = request
        .url
        .query()
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with("x-id="))
        .collect();
    let mark = if query.is_empty() { "" } else { "?" };
    format!(
        "{} {}{mark}{}",
        request.method,
        request.url.path(),
        query.join("&")
    )
}

/// A header of a request as text, empty when it is not there.
pub(crate) fn header<'a>(request: &'a Request, name: &str) -> &'a str {
    request
        .headers
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

/// The body of a request as text.
pub(crate) fn body(request: &Request) -> String {
    String::from_utf8(request.body.clone()).unwrap()
}
