//! What the tagging index promises, asked through the endpoint.

use serde_json::{Value, json};

use crate::testing::{Client, endpoint};
use crate::{Config, Delays, Endpoint, Service};

impl Client {
    async fn index(&self, operation: &str, input: Value) -> crate::testing::Reply {
        self.json(Service::Tagging, operation, input).await
    }

    /// Lists the names of the buckets in the index.
    async fn indexed(&self, input: Value) -> Vec<String> {
        let reply = self.index("GetResources", input).await.ok().value();
        let found = reply["ResourceTagMappingList"].as_array().unwrap().iter();
        found
            .map(|mapping| {
                let arn = mapping["ResourceARN"].as_str().unwrap();
                arn.rsplit(':').next().unwrap().to_owned()
            })
            .collect()
    }

    async fn make_bucket(&self, name: &str, tags: &[(&str, &str)]) {
        let configuration = format!(
            "<CreateBucketConfiguration><LocationConstraint>{}</LocationConstraint><Tags>{}</Tags></CreateBucketConfiguration>",
            self.region,
            tags_xml(tags)
        );
        self.rest(Service::S3, "PUT", &format!("/{name}"), &[], configuration)
            .await
            .ok();
    }

    async fn tag_bucket(&self, name: &str, tags: &[(&str, &str)]) {
        let document = format!("<Tagging><TagSet>{}</TagSet></Tagging>", tags_xml(tags));
        self.rest(
            Service::S3,
            "PUT",
            &format!("/{name}?tagging"),
            &[],
            document,
        )
        .await
        .ok();
    }
}

fn tags_xml(tags: &[(&str, &str)]) -> String {
    let tag =
        |(key, value): &(&str, &str)| format!("<Tag><Key>{key}</Key><Value>{value}</Value></Tag>");
    tags.iter().map(tag).collect::<Vec<_>>().concat()
}

async fn with_buckets() -> Client {
    let client = Client::of_new_endpoint();
    client
        .make_bucket("both", &[("team", "a"), ("stage", "dev")])
        .await;
    client.make_bucket("one", &[("team", "b")]).await;
    client.make_bucket("none", &[]).await;
    client
        .in_region("eu-central-1")
        .make_bucket("elsewhere", &[("team", "a"), ("far", "")])
        .await;
    client
}

#[tokio::test]
async fn resources_are_found_by_tags_in_their_region() {
    let client = with_buckets().await;
    let filters = |filters: Value| json!({ "TagFilters": filters });
    assert_eq!(client.indexed(json!({})).await, ["both", "one"]);
    assert_eq!(
        client.indexed(filters(json!([{ "Key": "team" }]))).await,
        ["both", "one"]
    );
    assert_eq!(
        client
            .indexed(filters(json!([{ "Key": "team", "Values": ["b", "c"] }])))
            .await,
        ["one"]
    );
    let both = json!([{ "Key": "team", "Values": ["a", "b"] }, { "Key": "stage" }]);
    assert_eq!(client.indexed(filters(both)).await, ["both"]);
    let reply = client
        .index(
            "GetResources",
            json!({ "ResourceARNList": ["arn:aws:s3:::both", "arn:aws:s3:::gone"] }),
        )
        .await;
    assert_eq!(
        reply.ok().value(),
        json!({
            "PaginationToken": "",
            "ResourceTagMappingList": [{
                "ResourceARN": "arn:aws:s3:::both",
                "Tags": [{ "Key": "stage", "Value": "dev" }, { "Key": "team", "Value": "a" }],
            }],
        })
    );
}

#[tokio::test]
async fn resource_types_are_the_words_of_arns() {
    let client = with_buckets().await;
    let of = async |kind: &str| {
        client
            .indexed(json!({ "ResourceTypeFilters": [kind] }))
            .await
            .len()
    };
    assert_eq!(
        (
            of("s3").await,
            of("s3:bucket").await,
            of("s3:object").await,
            of("kms").await
        ),
        (2, 2, 0, 0)
    );
}

#[tokio::test]
async fn roles_are_not_in_the_index() {
    let client = Client::of_new_endpoint();
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    let role = [
        ("RoleName", "exec"),
        ("AssumeRolePolicyDocument", trust),
        ("Tags.member.1.Key", "team"),
        ("Tags.member.1.Value", "a"),
    ];
    client.query(Service::Iam, "CreateRole", &role).await.ok();
    for region in ["eu-west-1", "us-east-1"] {
        assert_eq!(
            client.in_region(region).indexed(json!({})).await,
            Vec::<String>::new()
        );
    }
}

#[tokio::test]
async fn pages_go_on_until_the_token_is_empty_or_too_old() {
    let client = with_buckets().await;
    let first = client
        .index("GetResources", json!({ "ResourcesPerPage": 1 }))
        .await
        .ok()
        .value();
    let token = first["PaginationToken"].as_str().unwrap();
    assert!(!token.is_empty());
    let next = json!({ "ResourcesPerPage": 1, "PaginationToken": token });
    assert_eq!(client.indexed(next.clone()).await, ["one"]);
    let other = json!({ "TagFilters": [{ "Key": "team" }], "PaginationToken": token });
    assert_eq!(
        client.index("GetResources", other).await.refusal().1,
        "InvalidParameterException"
    );
}

#[tokio::test(start_paused = true)]
async fn a_token_expires_after_a_quarter_of_an_hour() {
    let client = with_buckets().await;
    let first = client
        .index("GetResources", json!({ "ResourcesPerPage": 1 }))
        .await
        .ok()
        .value();
    let next = json!({ "PaginationToken": first["PaginationToken"] });
    tokio::time::advance(std::time::Duration::from_mins(15)).await;
    assert_eq!(client.indexed(next.clone()).await, ["one"]);
    tokio::time::advance(std::time::Duration::from_secs(1)).await;
    assert_eq!(
        client.index("GetResources", next).await.refusal().1,
        "PaginationTokenExpiredException"
    );
}

#[tokio::test]
async fn what_may_not_stand_together_or_is_not_built_is_refused() {
    let client = Client::of_new_endpoint();
    let refusal = async |input: Value| {
        let (status, code, _) = client.index("GetResources", input).await.refusal();
        (status, code)
    };
    let invalid = || (400, "InvalidParameterException".to_owned());
    for input in [
        json!({ "ResourceARNList": ["arn:aws:s3:::a"], "TagFilters": [{ "Key": "a" }] }),
        json!({ "ResourceARNList": ["arn:aws:s3:::a"], "ResourcesPerPage": 1 }),
        json!({ "ResourceARNList": [] }),
        json!({ "ResourceARNList": ["arn:aws-cn:s3:::a"] }),
        json!({ "ResourcesPerPage": 0 }),
        json!({ "ResourcesPerPage": 101 }),
        json!({ "TagFilters": [{ "Values": ["a"] }] }),
        json!({ "PaginationToken": "x" }),
    ] {
        assert_eq!(refusal(input).await, invalid());
    }
    let not_built = (501, "NotImplemented".to_owned());
    assert_eq!(refusal(json!({ "TagsPerPage": 100 })).await, not_built);
}

#[tokio::test]
async fn keys_and_values_are_those_in_use_in_the_region() {
    let client = with_buckets().await;
    let keys = client.index("GetTagKeys", json!({})).await.ok().value();
    assert_eq!(
        keys,
        json!({ "PaginationToken": "", "TagKeys": ["stage", "team"] })
    );
    let values = client
        .index("GetTagValues", json!({ "Key": "team" }))
        .await
        .ok()
        .value();
    assert_eq!(
        values,
        json!({ "PaginationToken": "", "TagValues": ["a", "b"] })
    );
    let missing = client.index("GetTagValues", json!({})).await.refusal();
    assert_eq!(missing.1, "InvalidParameterException");
}

#[tokio::test(start_paused = true)]
async fn the_index_shows_every_change_only_after_its_delay() {
    let client = Client::new(&endpoint(Delays::real()));
    let (half, whole) = (Delays::real().tag_index / 2, Delays::real().tag_index);
    let values = async || {
        let reply = client
            .index("GetTagValues", json!({ "Key": "team" }))
            .await
            .ok();
        reply.value()["TagValues"].take()
    };
    client.make_bucket("code", &[("team", "a")]).await;
    assert_eq!(values().await, json!([]));
    tokio::time::advance(half).await;
    client.tag_bucket("code", &[("team", "b")]).await;
    tokio::time::advance(half).await;
    assert_eq!(values().await, json!(["a"]));
    tokio::time::advance(half).await;
    assert_eq!(values().await, json!(["b"]));
    client
        .rest(Service::S3, "DELETE", "/code", &[], "")
        .await
        .ok();
    assert_eq!(values().await, json!(["b"]));
    tokio::time::advance(whole).await;
    assert_eq!(values().await, json!([]));
}

#[tokio::test]
async fn a_resource_that_lost_its_tags_stays_until_it_is_deleted() {
    let client = with_buckets().await;
    client
        .rest(Service::S3, "DELETE", "/one?tagging", &[], "")
        .await
        .ok();
    assert_eq!(client.indexed(json!({})).await, ["both", "one"]);
    client
        .rest(Service::S3, "DELETE", "/one", &[], "")
        .await
        .ok();
    assert_eq!(client.indexed(json!({})).await, ["both"]);
    client.make_bucket("one", &[]).await;
    assert_eq!(client.indexed(json!({})).await, ["both"]);
}

#[tokio::test(start_paused = true)]
async fn what_the_index_does_not_know_yet_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let start = crate::testing::START.parse().unwrap();
    let config = || Config::in_folder(folder.path(), Delays::real()).start(start);
    let client = Client::new(&Endpoint::new(config()).unwrap());
    client.make_bucket("code", &[("team", "a")]).await;
    let again = Client::new(&Endpoint::new(config()).unwrap());
    assert_eq!(again.indexed(json!({})).await, Vec::<String>::new());
    tokio::time::advance(Delays::real().tag_index).await;
    assert_eq!(again.indexed(json!({})).await, ["code"]);
}

#[tokio::test]
async fn the_index_is_no_part_of_the_dump() {
    let client = Client::new(&endpoint(Delays::real()));
    client.make_bucket("code", &[("team", "a")]).await;
    client
        .rest(Service::S3, "DELETE", "/code", &[], "")
        .await
        .ok();
    let dump = client.endpoint.dump().unwrap();
    assert!(!dump.to_string().contains("code"), "{dump}");
}
