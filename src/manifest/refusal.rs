//! Keys that are refused by name: because AWS does not have the feature, or because this version does not support it yet.

use super::decode::Document;
use super::error::ManifestError;
use super::node::{Item, Node, Path, Value};
use crate::code::Code;

/// What is refused.
enum Trigger {
    /// The key with any value.
    Present,
    /// The key with this text.
    Text(&'static str),
    /// The key with a map.
    Map,
}

struct Refusal {
    /// The key's path from the spec of an agent.
    key: &'static str,
    trigger: Trigger,
    code: Code,
    message: &'static str,
    hint: &'static str,
}

const fn unsupported(
    key: &'static str,
    trigger: Trigger,
    message: &'static str,
    hint: &'static str,
) -> Refusal {
    Refusal {
        key,
        trigger,
        code: Code::Unsupported,
        message,
        hint,
    }
}

const fn no_such_thing(key: &'static str, message: &'static str, hint: &'static str) -> Refusal {
    Refusal {
        key,
        trigger: Trigger::Present,
        code: Code::NoSuchThing,
        message,
        hint,
    }
}

const REMOVE_LINE: &str = "remove the line";
const NO_CAPACITY: &str = "sessions scale by themselves; remove the line";

const REFUSALS: &[Refusal] = &[
    unsupported(
        "encryption.key",
        Trigger::Text("project"),
        "`encryption.key: project` is not supported by this version of agentctl",
        "use `managed`, `aws` or the ARN of a key",
    ),
    unsupported(
        "invokers",
        Trigger::Present,
        "`invokers` is not supported by this version of agentctl",
        REMOVE_LINE,
    ),
    unsupported(
        "workflow",
        Trigger::Present,
        "`workflow` is not supported by this version of agentctl",
        REMOVE_LINE,
    ),
    unsupported(
        "removalPolicy",
        Trigger::Text("retain"),
        "`removalPolicy: retain` is not supported by this version of agentctl",
        "remove the line; `destroy` is the default",
    ),
    unsupported(
        "removalPolicy",
        Trigger::Map,
        "a `removalPolicy` per kind is not supported by this version of agentctl",
        "remove the line; `destroy` is the default",
    ),
    // Bedrock AgentCore control API, CreateAgentRuntime: it has no such members.
    no_such_thing(
        "agentcore.instanceType",
        "AgentCore runtimes take no `instanceType`",
        NO_CAPACITY,
    ),
    no_such_thing(
        "agentcore.minCapacity",
        "AgentCore runtimes take no `minCapacity`",
        NO_CAPACITY,
    ),
    no_such_thing(
        "agentcore.maxCapacity",
        "AgentCore runtimes take no `maxCapacity`",
        "sessions scale up to the quota of the account; bound them with `agentcore.lifecycle`",
    ),
    no_such_thing(
        "agentcore.memorySize",
        "AgentCore runtimes take no `memorySize`",
        "every session has up to 8 GB; `memorySize` belongs under `lambda`",
    ),
    no_such_thing(
        "agentcore.timeout",
        "AgentCore runtimes take no `timeout`",
        "bound sessions with `agentcore.lifecycle.maxLifetime`",
    ),
    no_such_thing(
        "agentcore.layers",
        "AgentCore runtimes take no `layers`",
        "put the libraries into the code; `layers` belongs under `lambda`",
    ),
    no_such_thing(
        "agentcore.foundationModel",
        "AgentCore runtimes take no `foundationModel`",
        "name the model in `definition.model.id`",
    ),
    no_such_thing(
        "agentcore.instruction",
        "AgentCore runtimes take no `instruction`",
        "put it into the file of `definition.systemPrompt`",
    ),
    no_such_thing(
        "lambda.instanceType",
        "Lambda functions take no `instanceType`",
        "processor and memory follow from `lambda.architecture` and `lambda.memorySize`",
    ),
    no_such_thing(
        "lambda.minCapacity",
        "Lambda functions take no `minCapacity`",
        "functions scale by themselves; remove the line",
    ),
    no_such_thing(
        "lambda.maxCapacity",
        "Lambda functions take no `maxCapacity`",
        "functions scale by themselves; remove the line",
    ),
    no_such_thing(
        "instanceType",
        "agents take no `instanceType`",
        "both runtimes scale by themselves; remove the line",
    ),
    no_such_thing(
        "minCapacity",
        "agents take no `minCapacity`",
        "both runtimes scale by themselves; remove the line",
    ),
    no_such_thing(
        "maxCapacity",
        "agents take no `maxCapacity`",
        "both runtimes scale by themselves; remove the line",
    ),
    no_such_thing(
        "foundationModel",
        "agents take no `foundationModel`",
        "name the model in `definition.model.id`",
    ),
    no_such_thing(
        "instruction",
        "agents take no `instruction`",
        "put it into the file of `definition.systemPrompt`",
    ),
];

/// Removes all refused keys from an agent spec at the given path, and reports each.
pub(super) fn refuse(document: &mut Document, spec: &Path, errors: &mut Vec<ManifestError>) {
    for refusal in REFUSALS {
        let mut path = spec.clone();
        path.0.extend(Path::of(refusal.key).0);
        let Some(node) = document.node.find(&path) else {
            continue;
        };
        let place = match &refusal.trigger {
            Trigger::Present => Some(document.node.key_place_of(&path)),
            Trigger::Text(text) => (node.as_text() == Some(text)).then_some(&node.place),
            Trigger::Map => matches!(node.value, Value::Map(_)).then_some(&node.place),
        };
        if let Some(place) = place {
            errors.push(
                ManifestError::new(refusal.code, refusal.message)
                    .at(place)
                    .hint(refusal.hint),
            );
            document.prune(path);
        }
    }
    refuse_image_tag(document, &spec.key("code").key("image"), errors);
    refuse_in_statements(document, spec, errors);
}

/// A tag can be moved to another image, and no read of the runtime would show that.
fn refuse_image_tag(document: &mut Document, path: &Path, errors: &mut Vec<ManifestError>) {
    let Some(node) = document.node.find(path) else {
        return;
    };
    let Some(image) = node.as_text() else { return };
    if image.contains('@') || !image.contains('/') {
        return;
    }
    if let Some(written) = document.node.written(path) {
        let message = format!(
            "`{path}` must name the image by its digest, but the value of `{written}` has none"
        );
        let error = ManifestError::new(Code::IllegalValue, message)
            .at(&node.place)
            .hint("set it to `<repository>@sha256:…`: a tag can be moved");
        errors.push(error);
        document.prune(path.clone());
        return;
    }
    let (repository, tag) = match image.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, tag),
        _ => (image, "latest"),
    };
    let hint = match repository.split_once('/') {
        Some((registry, name)) if registry.contains(".dkr.ecr.") => format!(
            "write `{repository}@` and what `aws ecr describe-images --repository-name {name} --image-ids imageTag={tag} \
             --query 'imageDetails[0].imageDigest' --output text` says"
        ),
        _ => format!("write `{repository}@sha256:` and the digest that the registry shows"),
    };
    errors.push(
        ManifestError::new(
            Code::IllegalValue,
            format!("`{path}` must name the image by its digest, not by the tag `{tag}`, which can be moved"),
        )
        .at(&node.place)
        .hint(hint),
    );
    document.prune(path.clone());
}

fn refuse_in_statements(document: &mut Document, spec: &Path, errors: &mut Vec<ManifestError>) {
    let statements = spec.key("definition").key("policyStatements");
    let Some(list) = document.node.find(&statements) else {
        return;
    };
    let mut refused = Vec::new();
    for Item {
        index,
        node: statement,
    } in list.items()
    {
        let path = statements.index(*index);
        for key in ["Principal", "NotPrincipal"] {
            if let Some(entry) = statement.entry(key) {
                errors.push(
                    ManifestError::new(
                        Code::NoSuchThing,
                        format!("statements of a role take no `{key}`"),
                    )
                    .at(&entry.key_place)
                    .hint("the role is the principal; remove the line"),
                );
                refused.push(path.key(key));
            }
        }
        find_reserved(statement, &path, &mut refused, errors);
    }
    for path in refused {
        document.prune(path);
    }
}

fn find_reserved(
    node: &Node,
    path: &Path,
    refused: &mut Vec<Path>,
    errors: &mut Vec<ManifestError>,
) {
    for entry in node.entries() {
        let path = path.key(&entry.key);
        if entry.key.starts_with('$') {
            errors.push(
                ManifestError::new(
                    Code::ReservedKey,
                    format!(
                        "`{}` is reserved: keys of statements must not start with `$`",
                        entry.key
                    ),
                )
                .at(&entry.key_place),
            );
            refused.push(path);
        } else {
            find_reserved(&entry.node, &path, refused, errors);
        }
    }
    for item in node.items() {
        find_reserved(&item.node, &path.index(item.index), refused, errors);
    }
}
