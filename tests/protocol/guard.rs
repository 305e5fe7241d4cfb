//! The calls that clients refuse to send.

use std::error::Error;

use agentctl::aws::{Clients, config};
use agentctl::resource::fault::{Fault, FaultKind};
use agentctl::resource::operation::{Access, kms};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{ACCOUNT, REGION};

async fn server() -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(200).set_body_string("{}"))
        .mount(&server)
        .await;
    server
}

fn clients(server: &MockServer, access: Access) -> Clients {
    Clients::new(&config::local(&server.uri(), REGION, ACCOUNT), access)
}

#[tokio::test]
async fn clients_for_reads_refuse_a_write_before_it_is_sent() {
    let server = server().await;
    let clients = clients(&server, Access::Read);
    let refused = clients.call(clients.kms.create_key().send()).await;
    let message = "`kms CreateKey` was refused before it was sent: this command only reads";
    let expected = Fault::new(FaultKind::Denied, kms::CREATE_KEY, message);
    assert_eq!(refused.unwrap_err(), expected);
    assert_eq!(server.received_requests().await.unwrap().len(), 0);

    clients.call(clients.kms.list_keys().send()).await.unwrap();
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
    assert_eq!(clients.calls(), 1);
}

#[tokio::test]
async fn clients_for_reads_refuse_an_operation_that_is_not_in_the_table() {
    let server = server().await;
    let clients = clients(&server, Access::Read);
    // `Clients::call` does not accept it: it has no operation.
    let refused = clients.kms.get_public_key().key_id("k").send().await;
    let refused = refused.unwrap_err();
    let expected =
        "`KMS GetPublicKey` was refused before it was sent: agentctl does not know this operation";
    let mut cause = refused.source();
    let mut causes = Vec::new();
    while let Some(error) = cause {
        causes.push(error.to_string());
        cause = error.source();
    }
    assert!(causes.iter().any(|cause| cause == expected), "{causes:?}");
    assert_eq!(server.received_requests().await.unwrap().len(), 0);
}
