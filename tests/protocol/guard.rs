//! Clients of commands that only read.

use agentctl::aws::{Access, Clients, config};
use agentctl::resource::fault::FaultKind;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{ACCOUNT, REGION};

#[tokio::test]
async fn a_mutation_is_refused_before_it_is_sent_and_a_listed_read_goes_through() {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(200).set_body_string("{}"))
        .mount(&server)
        .await;
    let clients = Clients::new(&config::local(&server.uri(), REGION, ACCOUNT), Access::Read);

    let refused = clients
        .call("kms CreateKey", clients.kms.create_key().send())
        .await
        .unwrap_err();
    assert_eq!(refused.kind, FaultKind::Denied);
    assert!(
        refused
            .message
            .contains("`CreateKey` was refused before it was sent"),
        "{}",
        refused.message
    );
    // Not on the list, though its name begins like a read.
    clients
        .call(
            "kms GetPublicKey",
            clients.kms.get_public_key().key_id("k").send(),
        )
        .await
        .unwrap_err();
    assert_eq!(server.received_requests().await.unwrap().len(), 0);

    clients
        .call("kms ListKeys", clients.kms.list_keys().send())
        .await
        .unwrap();
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
    assert_eq!(clients.calls(), 1);
}
