//! Clients whose calls all go to one mock server.

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

/// Creates clients that can write and call only the server.
pub(crate) fn clients(server: &MockServer) -> Arc<Clients> {
    Arc::new(Clients::new(
        &config::local(&server.uri(), REGION, ACCOUNT),
        Access::Write,
    ))
}

/// Returns the site of the clients.
pub(crate) fn site() -> Site {
    Site {
        partition: "aws".into(),
        account: ACCOUNT.into(),
        region: REGION.into(),
    }
}

/// Returns the names that a reader finds for one filter.
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

/// Returns the only request to the server.
pub(crate) async fn only_request(server: &MockServer) -> Request {
    let mut requests = server.received_requests().await.unwrap();
    assert_eq!(requests.len(), 1, "{requests:#?}");
    requests.remove(0)
}

/// Returns method, path and query of every request to the server, in their order.
pub(crate) async fn request_lines(server: &MockServer) -> Vec<String> {
    server
        .received_requests()
        .await
        .unwrap()
        .iter()
        .map(request_line)
        .collect()
}

/// Returns method, path and query of a request, without the parameter in which the SDK repeats the operation's name.
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

/// Returns a header of a request as text; empty if the request does not have it.
pub(crate) fn header<'a>(request: &'a Request, name: &str) -> &'a str {
    request
        .headers
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

/// Returns the body of a request as text.
pub(crate) fn body(request: &Request) -> String {
    String::from_utf8(request.body.clone()).unwrap()
}
