//! Tags, resource policies, and the tagging index.

use super::*;
use crate::NoPolicy;

#[tokio::test(start_paused = true)]
async fn runtimes_and_endpoints_have_tags() {
    let agents = Agents::new(Delays::none()).await;
    let tags = json!({ "tags": { "agentctl:project": "mail", "team": "a" } });
    let made = agents.create(with(least(), tags)).await.ok().value();
    let id = made["agentRuntimeId"].as_str().unwrap();
    let input = json!({ "name": "live", "tags": { "stage": "prod" } });
    agents.create_endpoint(id, input).await.ok();
    let runtime = arn(id);
    let list = async |arn: &str| {
        let reply = agents.of_resource("GET", "tags", arn, Value::Null).await;
        reply.ok().value()["tags"].clone()
    };
    let endpoint = format!("{runtime}/runtime-endpoint/live");
    assert_eq!(list(&endpoint).await, json!({ "stage": "prod" }));
    let added = agents.of_resource(
        "POST",
        "tags",
        &runtime,
        json!({ "tags": { "team": "b", "new": "" } }),
    );
    assert_eq!(added.await.status, 204);
    let removed = agents
        .ask(
            "DELETE",
            &format!(
                "/tags/{}?tagKeys=new&tagKeys=absent",
                utf8_percent_encode(&runtime, NON_ALPHANUMERIC)
            ),
            &Value::Null,
        )
        .await;
    assert_eq!(removed.status, 204);
    assert_eq!(
        list(&runtime).await,
        json!({ "agentctl:project": "mail", "team": "b" })
    );
}

#[tokio::test(start_paused = true)]
async fn tags_obey_the_rules_of_the_service() {
    let agents = Agents::new(Delays::none()).await;
    let id = agents.made().await;
    let add = async |arn: &str, tags: Value| {
        let input = json!({ "tags": tags });
        let reply = agents.of_resource("POST", "tags", arn, input).await;
        reply.refusal()
    };
    assert_eq!(
        add(&arn(&id), json!({ "ü": "1" })).await,
        violation(
            "Value '{ü=1}' at 'tags' failed to satisfy constraint: Map keys must satisfy constraint: \
             [Member must have length less than or equal to 128, Member must have length greater than or equal to 1, \
             Member must satisfy regular expression pattern: [a-zA-Z0-9\\s._:/=+@-]*, Member must not be null]"
        )
    );
    assert_eq!(
        add(&arn(&id), json!({ "aws:mine": "1" })).await.1,
        "ValidationException"
    );
    let fifty: Value = (0..50)
        .map(|number| (format!("k{number}"), json!("")))
        .collect();
    let full = json!({ "tags": fifty });
    let tagged = agents.of_resource("POST", "tags", &arn(&id), full).await;
    assert_eq!(tagged.status, 204);
    let (status, code, _) = add(&arn(&id), json!({ "one": "more" })).await;
    assert_eq!(
        (status, code.as_str()),
        (402, "ServiceQuotaExceededException")
    );
    let gone = arn("triage-0123456789");
    assert_eq!(
        add(&gone, json!({ "a": "b" })).await,
        answer(
            404,
            "ResourceNotFoundException",
            &format!("Resource with ARN {gone} was not found.")
        )
    );
}

#[tokio::test(start_paused = true)]
async fn the_tagging_index_finds_runtimes_when_it_has_caught_up() {
    let delays = Delays::real();
    let agents = Agents::new(delays).await;
    let tags = json!({ "tags": { "team": "a" } });
    let made = agents.create(with(least(), tags)).await.ok().value();
    let find = async || {
        let input = json!({
            "ResourceTypeFilters": ["bedrock-agentcore:runtime"],
            "TagFilters": [{ "Key": "team", "Values": ["a"] }],
        });
        let reply = agents.client.json(Service::Tagging, "GetResources", input);
        reply.await.ok().value()["ResourceTagMappingList"].clone()
    };
    assert_eq!(find().await, json!([]));
    advance(delays.tag_index).await;
    assert_eq!(
        find().await,
        json!([{
            "ResourceARN": made["agentRuntimeArn"],
            "Tags": [{ "Key": "team", "Value": "a" }],
        }])
    );
}

#[tokio::test(start_paused = true)]
async fn a_resource_policy_is_put_read_and_deleted() {
    let agents = Agents::new(Delays::none()).await;
    let arn = arn(&agents.made().await);
    let ask = async |method: &str, input: Value| {
        agents
            .of_resource(method, "resourcepolicy", &arn, input)
            .await
    };
    let none = answer(
        404,
        "ResourceNotFoundException",
        &format!("No resource policy was found for {arn}."),
    );
    assert_eq!(ask("GET", Value::Null).await.ok().value(), json!({}));
    let naming = |resource: &str| {
        let statement = json!({
            "Effect": "Allow",
            "Principal": { "AWS": "arn:aws:iam::444455556666:root" },
            "Action": "bedrock-agentcore:InvokeAgentRuntime",
            "Resource": resource,
        });
        json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string()
    };
    let text = naming(&arn);
    let put = ask("PUT", json!({ "policy": text })).await;
    assert_eq!(
        (put.status.as_u16(), put.value()),
        (201, json!({ "policy": text }))
    );
    assert_eq!(
        ask("GET", Value::Null).await.value(),
        json!({ "policy": text })
    );
    assert_eq!(
        ask("PUT", json!({ "policy": "{}" })).await.refusal(),
        invalid("The resource policy is not a valid policy document.")
    );
    let exact = format!("The Resource of each statement of the resource policy must be {arn}.");
    for resource in ["*", &format!("{arn}/runtime-endpoint/DEFAULT")] {
        let refusal = ask("PUT", json!({ "policy": naming(resource) }))
            .await
            .refusal();
        assert_eq!(refusal, invalid(&exact), "{resource}");
    }
    assert_eq!(ask("DELETE", Value::Null).await.status, 204);
    assert_eq!(ask("DELETE", Value::Null).await.refusal(), none);
}

#[tokio::test(start_paused = true)]
async fn a_resource_without_a_policy_can_be_reported_as_missing() {
    let behaviour = Behaviour {
        no_policy: NoPolicy::NotFound,
        ..Behaviour::default()
    };
    let agents = Agents::behaving(Delays::none(), behaviour).await;
    let arn = arn(&agents.made().await);
    let read = agents.of_resource("GET", "resourcepolicy", &arn, Value::Null);
    assert_eq!(
        read.await.refusal(),
        answer(
            404,
            "ResourceNotFoundException",
            &format!("No resource policy was found for {arn}."),
        )
    );
}
