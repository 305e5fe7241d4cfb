//! How calls report that something is not there.

use super::*;
use crate::Missing;

const GONE: &str = "triage-0123456789";

/// Asks everything of a runtime that is not there, and gives the code of each refusal.
async fn codes(agents: &Agents) -> Vec<(&'static str, u16, String)> {
    let runtime = format!("/runtimes/{GONE}/");
    let endpoints = format!("{runtime}runtime-endpoints/");
    let endpoint = format!("{endpoints}live/");
    let mut codes = Vec::new();
    for (name, method, target, body) in [
        ("get", "GET", &runtime, Value::Null),
        ("update", "PUT", &runtime, least_configuration()),
        ("delete", "DELETE", &runtime, Value::Null),
        (
            "versions",
            "POST",
            &format!("{runtime}versions/"),
            Value::Null,
        ),
        ("endpoints", "POST", &endpoints, Value::Null),
        (
            "create endpoint",
            "PUT",
            &endpoints,
            json!({ "name": "live" }),
        ),
        ("get endpoint", "GET", &endpoint, Value::Null),
        ("update endpoint", "PUT", &endpoint, json!({})),
        ("delete endpoint", "DELETE", &endpoint, Value::Null),
    ] {
        let (status, code, _) = agents.ask(method, target, &body).await.refusal();
        codes.push((name, status, code));
    }
    codes
}

fn expected(
    denied: &[&str],
    codes: &[(&'static str, u16, String)],
) -> Vec<(&'static str, u16, String)> {
    codes
        .iter()
        .map(|(name, ..)| {
            let (status, code) = if denied.contains(name) {
                (403, "AccessDeniedException")
            } else {
                (404, "ResourceNotFoundException")
            };
            (*name, status, code.to_owned())
        })
        .collect()
}

#[tokio::test(start_paused = true)]
async fn deletions_and_endpoints_are_reported_as_denied() {
    let agents = Agents::new(Delays::none()).await;
    let found = codes(&agents).await;
    let denied = [
        "delete",
        "endpoints",
        "create endpoint",
        "get endpoint",
        "update endpoint",
        "delete endpoint",
    ];
    assert_eq!(found, expected(&denied, &found));
    assert_eq!(
        agents.delete(GONE).await.refusal().2,
        "User: arn:aws:iam::111122223333:user/developer is not authorized to perform: bedrock-agentcore:DeleteAgentRuntime \
         because no identity-based policy allows the bedrock-agentcore:DeleteAgentRuntime action"
    );
    let id = agents.made().await;
    let message = format!("Resource {}/runtime-endpoint/live was not found.", arn(&id));
    let live = agents.of_endpoint("GET", &id, "live", Value::Null).await;
    assert_eq!(
        live.refusal(),
        answer(403, "AccessDeniedException", &message)
    );
}

#[tokio::test(start_paused = true)]
async fn all_but_the_listing_of_endpoints_can_be_reported_as_not_found() {
    let behaviour = Behaviour {
        missing: Missing::NotFound,
        ..Behaviour::default()
    };
    let agents = Agents::behaving(Delays::none(), behaviour).await;
    let found = codes(&agents).await;
    assert_eq!(found, expected(&["endpoints"], &found));
}
