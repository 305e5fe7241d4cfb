//! The calls with which another client changes an alias, and why no call changes a version.

use std::collections::HashMap;

use aws_sdk_lambda::types::AliasRoutingConfiguration;

use super::{Change, Leaf};

pub(super) async fn change_alias(leaf: &Leaf<'_>) -> Change {
    let clients = leaf.world.clients();
    let request = clients.lambda.update_alias();
    let request = request.function_name("triage").name("live");
    let request = match leaf.path[..] {
        ["function"] => return Change::Cannot("an alias of another function is another alias"),
        ["version"] => request.function_version("$LATEST"),
        ["description"] => request.description("by hand"),
        ["routing"] => {
            other_version(leaf).await;
            let weights = HashMap::from([("2".to_owned(), 0.25)]);
            let routing = AliasRoutingConfiguration::builder()
                .set_additional_version_weights(Some(weights))
                .build();
            request.routing_config(routing)
        }
        _ => panic!("no call is known that changes {:?} of an alias", leaf.path),
    };
    request.send().await.unwrap();
    match leaf.path[..] {
        ["routing"] => Change::Entered("/routing/2"),
        _ => Change::Made,
    }
}

/// Publishes a version that differs only in its description, and restores the function.
async fn other_version(leaf: &Leaf<'_>) {
    let clients = leaf.world.clients();
    let lambda = &clients.lambda;
    let before = lambda.get_function_configuration().function_name("triage");
    let before = before.send().await.unwrap().description.unwrap();
    for description in ["another", &before] {
        let request = lambda.update_function_configuration();
        let request = request.function_name("triage").description(description);
        request.send().await.unwrap();
        tokio::time::sleep(super::SETTLED).await;
        if description == "another" {
            let request = lambda.publish_version().function_name("triage");
            request.send().await.unwrap();
            tokio::time::sleep(super::SETTLED).await;
        }
    }
}

pub(super) fn change_version(leaf: &Leaf<'_>) -> Change {
    match leaf.path[..] {
        ["function"] => Change::Cannot("a version of another function is another version"),
        ["content"] => Change::Cannot("a published version is never changed"),
        _ => panic!("no call is known that changes {:?} of a version", leaf.path),
    }
}
