//! The log groups that the service makes.

use super::*;

fn group(id: &str, endpoint: &str) -> String {
    format!("/aws/bedrock-agentcore/runtimes/{id}-{endpoint}")
}

impl Agents {
    async fn delete_log_group(&self, name: &str) {
        let input = json!({ "logGroupName": name });
        let reply = self.client.json(Service::Logs, "DeleteLogGroup", input);
        reply.await.ok();
    }
}

#[tokio::test(start_paused = true)]
async fn each_endpoint_gets_a_log_group_when_it_becomes_ready() {
    let delays = Delays::real();
    let agents = Agents::new(delays).await;
    let id = agents.made().await;
    advance(delays.agentcore_create).await;
    advance(delays.agentcore_endpoint.saturating_sub(INSTANT)).await;
    assert_eq!(agents.log_groups().await, Vec::<String>::new());
    advance(INSTANT).await;
    let reply = agents
        .client
        .json(Service::Logs, "DescribeLogGroups", json!({}));
    let name = group(&id, "DEFAULT");
    let arn = format!("arn:aws:logs:eu-west-1:111122223333:log-group:{name}");
    assert_eq!(
        reply.await.ok().value()["logGroups"],
        json!([{
            "logGroupName": name,
            "arn": format!("{arn}:*"),
            "logGroupArn": arn,
            "creationTime": 1_767_323_064_000_i64,
            "logGroupClass": "STANDARD",
            "metricFilterCount": 0,
            "storedBytes": 0,
            "deletionProtectionEnabled": false,
        }])
    );
    let input = json!({ "name": "live" });
    agents.create_endpoint(&id, input).await.ok();
    advance(delays.agentcore_endpoint).await;
    assert_eq!(
        agents.log_groups().await,
        [group(&id, "DEFAULT"), group(&id, "live")]
    );
}

#[tokio::test(start_paused = true)]
async fn a_log_group_that_is_there_is_left_as_it_is() {
    let delays = Delays::real();
    let agents = Agents::new(delays).await;
    let id = agents.made().await;
    let name = group(&id, "DEFAULT");
    for (operation, input) in [
        ("CreateLogGroup", json!({ "logGroupName": name })),
        (
            "PutRetentionPolicy",
            json!({ "logGroupName": name, "retentionInDays": 14 }),
        ),
    ] {
        agents
            .client
            .json(Service::Logs, operation, input)
            .await
            .ok();
    }
    advance(delays.agentcore_create + delays.agentcore_endpoint).await;
    let reply = agents
        .client
        .json(Service::Logs, "DescribeLogGroups", json!({}));
    let groups = reply.await.ok().value()["logGroups"].clone();
    assert_eq!(groups[0]["retentionInDays"], 14);
    assert_eq!(groups.as_array().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_log_group_outlives_its_runtime() {
    let agents = Agents::new(Delays::none()).await;
    let id = agents.made().await;
    agents.delete(&id).await.ok();
    assert_eq!(agents.list("").await, json!({ "agentRuntimes": [] }));
    assert_eq!(agents.log_groups().await, [group(&id, "DEFAULT")]);
}

#[tokio::test(start_paused = true)]
async fn a_deleted_log_group_stays_away_until_the_endpoint_moves() {
    let folder = tempfile::tempdir().unwrap();
    let start = || {
        let config = Config::in_folder(folder.path(), Delays::none());
        Agents {
            client: Client::new(&Endpoint::new(config).unwrap()),
        }
    };
    let agents = start();
    agents.set_up().await;
    let id = agents.made().await;
    let name = group(&id, "DEFAULT");
    agents.delete_log_group(&name).await;
    assert_eq!(agents.log_groups().await, Vec::<String>::new());
    drop(agents);
    let agents = start();
    assert_eq!(agents.log_groups().await, Vec::<String>::new());
    agents.update(&id, least_configuration()).await.ok();
    assert_eq!(agents.log_groups().await, [name]);
}
