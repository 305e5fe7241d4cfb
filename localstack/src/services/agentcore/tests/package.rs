//! What is wrong with the code, and languages that are too old.

use super::*;
use crate::Inspection;

const NO_ENTRY: &str = "The specified entrypoint could not be found or accessed in your artifact.";

fn starting(entry: &str) -> Value {
    let mut artifact = artifact("agent.zip");
    artifact["codeConfiguration"]["entryPoint"] = json!([entry]);
    json!({ "agentRuntimeArtifact": artifact })
}

#[tokio::test(start_paused = true)]
async fn a_runtime_whose_code_lacks_its_entry_fails_with_the_reason() {
    let delays = Delays::real();
    let agents = Agents::new(delays).await;
    let made = agents.create(with(least(), starting("agent.py"))).await;
    let made = made.ok().value();
    assert_eq!(made["status"], "CREATING");
    advance(delays.agentcore_create).await;
    let id = made["agentRuntimeId"].as_str().unwrap();
    assert_eq!(
        pick(&agents.get(id).await, &["status", "failureReason"]),
        json!({ "status": "CREATE_FAILED", "failureReason": NO_ENTRY })
    );
}

#[tokio::test(start_paused = true)]
async fn an_update_to_code_that_lacks_its_entry_fails_and_moves_nothing() {
    let agents = Agents::new(Delays::none()).await;
    let id = agents.made().await;
    let input = with(least_configuration(), starting("agent.py"));
    agents.update(&id, input).await.ok();
    assert_eq!(
        pick(&agents.get(&id).await, &["status", "failureReason"]),
        json!({ "status": "UPDATE_FAILED", "failureReason": NO_ENTRY })
    );
    assert_eq!(
        agents.standing(&id, "DEFAULT").await,
        json!(["READY", "1", "1"])
    );
    agents.update(&id, least_configuration()).await.ok();
    assert_eq!(
        agents.standing(&id, "DEFAULT").await,
        json!(["READY", "3", "3"])
    );
}

#[tokio::test(start_paused = true)]
async fn a_call_can_be_refused_for_its_code() {
    let behaviour = Behaviour {
        inspection: Inspection::AtOnce,
        ..Behaviour::default()
    };
    let agents = Agents::behaving(Delays::none(), behaviour).await;
    assert_eq!(
        agents
            .create(with(least(), starting("agent.py")))
            .await
            .refusal(),
        invalid(NO_ENTRY)
    );
}

#[tokio::test(start_paused = true)]
async fn languages_are_refused_from_the_day_on_which_aws_blocks_them() {
    for (start, blocked) in [
        ("2026-08-30T12:00:00Z", false),
        ("2026-08-31T12:00:00Z", true),
    ] {
        let agents = Agents::from(start, Delays::none(), Behaviour::default()).await;
        let id = agents.made().await;
        for runtime in ["PYTHON_3_10", "PYTHON_3_11"] {
            let mut artifact = artifact("agent.zip");
            artifact["codeConfiguration"]["runtime"] = runtime.into();
            let change = json!({ "agentRuntimeArtifact": artifact });
            let reply = agents
                .update(&id, with(least_configuration(), change))
                .await;
            if blocked {
                let message = format!(
                    "The runtime {runtime} is no longer supported for creating or updating agent runtimes."
                );
                assert_eq!(reply.refusal(), invalid(&message), "{start}");
            } else {
                reply.ok();
            }
        }
    }
}
