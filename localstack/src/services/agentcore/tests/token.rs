//! Client tokens.

use super::*;

const TOKEN: &str = "0123456789abcdef0123456789abcdef01234567";

#[tokio::test(start_paused = true)]
async fn a_request_with_the_same_token_is_done_once_and_answered_alike() {
    let agents = Agents::new(Delays::none()).await;
    let token = json!({ "clientToken": TOKEN });
    let create = with(least(), token.clone());
    let made = agents.create(create.clone()).await.ok().value();
    assert_eq!(agents.create(create).await.ok().value(), made);
    let id = made["agentRuntimeId"].as_str().unwrap();
    let update = with(least_configuration(), token.clone());
    let updated = agents.update(id, update.clone()).await.ok().value();
    assert_eq!(agents.update(id, update).await.ok().value(), updated);
    assert_eq!(agents.get(id).await["agentRuntimeVersion"], "2");
    let input = with(json!({ "name": "live" }), token);
    let made = agents.create_endpoint(id, input.clone()).await.ok().value();
    let again = agents.create_endpoint(id, input).await.ok().value();
    assert_eq!(again, made);
}

#[tokio::test(start_paused = true)]
async fn a_token_does_not_fit_another_request() {
    let agents = Agents::new(Delays::none()).await;
    let token = json!({ "clientToken": TOKEN });
    agents.create(with(least(), token.clone())).await.ok();
    let other = with(least(), json!({ "description": "other" }));
    let refused = agents.create(with(other, token)).await;
    assert_eq!(refused.status, 400);
    assert_eq!(
        refused.value(),
        json!({
            "message": "The client token was used before with other parameters.",
            "reason": "IdempotentParameterMismatchException",
        })
    );
}

#[tokio::test(start_paused = true)]
async fn a_token_is_forgotten_with_what_it_made() {
    let agents = Agents::new(Delays::none()).await;
    let create = with(least(), json!({ "clientToken": TOKEN }));
    let made = agents.create(create.clone()).await.ok().value();
    let id = made["agentRuntimeId"].as_str().unwrap();
    agents.delete(id).await.ok();
    let again = agents.create(create).await.ok().value();
    assert_ne!(again["agentRuntimeId"], made["agentRuntimeId"]);
}

#[tokio::test(start_paused = true)]
async fn a_deletion_that_comes_again_with_its_token_is_no_conflict() {
    let delays = Delays::real();
    let agents = Agents::new(delays).await;
    let id = agents.made().await;
    advance(delays.agentcore_create).await;
    let target = format!("/runtimes/{id}/?clientToken={TOKEN}");
    for _ in 0..2 {
        let deleted = agents.ask("DELETE", &target, &Value::Null).await;
        assert_eq!(deleted.ok().value()["status"], "DELETING");
    }
}
