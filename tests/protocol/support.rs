//! Clients whose every call goes to one mock server.

use std::sync::Arc;

use agentctl::aws::{Access, Clients, config};
use wiremock::MockServer;

pub(crate) const ACCOUNT: &str = "111122223333";
pub(crate) const REGION: &str = "us-east-1";

/// Makes clients that may write and talk to the server only.
pub(crate) fn clients(server: &MockServer) -> Arc<Clients> {
    Arc::new(Clients::new(
        &config::local(&server.uri(), REGION, ACCOUNT),
        Access::Write,
    ))
}
