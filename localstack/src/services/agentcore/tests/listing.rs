//! Listings and their pages.

use std::collections::BTreeSet;

use super::*;

fn names(list: &Value, member: &str) -> BTreeSet<String> {
    let list = list.as_array().unwrap().iter();
    list.map(|item| item[member].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(start_paused = true)]
async fn runtimes_are_listed_in_pages_without_what_is_secret() {
    let agents = Agents::new(Delays::none()).await;
    let members = json!({ "description": "sorts mail", "environmentVariables": { "A": "b" } });
    let made = agents.create(with(least(), members)).await.ok().value();
    assert_eq!(
        agents.list("").await,
        json!({ "agentRuntimes": [{
            "agentRuntimeArn": made["agentRuntimeArn"],
            "agentRuntimeId": made["agentRuntimeId"],
            "agentRuntimeName": "triage",
            "agentRuntimeVersion": "1",
            "description": "sorts mail",
            "lastUpdatedAt": made["createdAt"],
            "status": "READY",
        }] })
    );
    for name in ["two", "three"] {
        let input = with(least(), json!({ "agentRuntimeName": name }));
        agents.create(input).await.ok();
    }
    let first = agents.list("?maxResults=2").await;
    assert_eq!(first["agentRuntimes"].as_array().unwrap().len(), 2);
    let token = first["nextToken"].as_str().unwrap();
    let second = agents
        .list(&format!("?maxResults=2&nextToken={token}"))
        .await;
    assert_eq!(second.get("nextToken"), None);
    let mut all = names(&first["agentRuntimes"], "agentRuntimeName");
    all.extend(names(&second["agentRuntimes"], "agentRuntimeName"));
    assert_eq!(
        all,
        BTreeSet::from(["three", "triage", "two"].map(str::to_owned))
    );
    let other = agents
        .ask("POST", "/runtimes/?nextToken=other", &Value::Null)
        .await;
    assert_eq!(other.refusal(), invalid("Invalid pagination token."));
    let large = agents
        .ask("POST", "/runtimes/?maxResults=101", &Value::Null)
        .await;
    assert_eq!(
        large.refusal(),
        violation(
            "Value '101' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 100"
        )
    );
}

#[tokio::test(start_paused = true)]
async fn versions_and_endpoints_of_a_runtime_are_listed() {
    let agents = Agents::new(Delays::none()).await;
    let id = agents.made().await;
    agents.update(&id, least_configuration()).await.ok();
    let input = json!({ "name": "live", "agentRuntimeVersion": "1" });
    agents.create_endpoint(&id, input).await.ok();
    let ask = async |what: &str| {
        let target = format!("/runtimes/{id}/{what}/");
        agents.ask("POST", &target, &Value::Null).await.ok().value()
    };
    let versions = ask("versions").await;
    assert_eq!(
        names(&versions["agentRuntimes"], "agentRuntimeVersion"),
        BTreeSet::from(["1", "2"].map(str::to_owned))
    );
    let endpoints = ask("runtime-endpoints").await["runtimeEndpoints"].clone();
    assert_eq!(
        names(&endpoints, "name"),
        BTreeSet::from(["DEFAULT", "live"].map(str::to_owned))
    );
    let mut endpoints = endpoints.as_array().unwrap().iter();
    let live = endpoints.find(|endpoint| endpoint["name"] == "live");
    assert_eq!(
        pick(live.unwrap(), &["status", "liveVersion", "targetVersion"]),
        json!({ "status": "READY", "liveVersion": "1", "targetVersion": "1" })
    );
}
