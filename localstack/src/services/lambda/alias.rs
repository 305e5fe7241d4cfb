//! Aliases: names for versions, of which one may share its calls with a second version.

use http::StatusCode;
use serde::Serialize;

use super::arn::{self, LATEST};
use super::lookup::{function_mut, lambda};
use super::page::paged;
use super::refusal::{check_revision, conflict, function_not_found, invalid, not_found};
use super::shape::{CreateAlias, RoutingConfig, UpdateAlias};
use super::state::{Alias, Function};
use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::entropy::hash;
use crate::pattern::Pattern;
use crate::validate::{Checks, constraint};
use crate::world::World;

static NAME: Pattern = Pattern::new("(?!^[0-9]+$)([a-zA-Z0-9-_]+)");

static ADDITIONAL_VERSION: Pattern = Pattern::new("[0-9]+");

static VERSION: Pattern = Pattern::new(r"(\$LATEST(\.PUBLISHED)?|[0-9]+)");

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct AliasConfiguration<'a> {
    alias_arn: String,
    name: &'a str,
    function_version: &'a str,
    description: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    routing_config: Option<&'a RoutingConfig>,
    revision_id: &'a str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Aliases<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
    aliases: Vec<AliasConfiguration<'a>>,
}

pub(super) fn create(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let function_name = arn::unqualified(call)?;
    let input: CreateAlias = call.json()?;
    let mut checks = Checks::new();
    checks
        .length("name", &input.name, &(1..=128))
        .pattern("name", &input.name, &NAME);
    check(
        &mut checks,
        Some(&input.function_version),
        input.description.as_deref(),
        input.routing_config.as_ref(),
    );
    checks.finish(call)?;
    let Some(function) = lambda(call, world).functions.get(&function_name) else {
        // Recorded: it is the version that is not found.
        let arn = arn::function_arn(call, &function_name);
        return Err(function_not_found(&format!(
            "{arn}:{}",
            input.function_version
        )));
    };
    check_exists(function, &input.function_version)?;
    if function.aliases.contains_key(&input.name) {
        // Recorded.
        return Err(conflict(format!(
            "Alias already exists: {}:{}",
            function.arn, input.name
        )));
    }
    let alias = Alias {
        routing: routing(function, &input.function_version, input.routing_config)?,
        version: input.function_version,
        description: input.description.unwrap_or_default(),
        revision: call.entropy.uuid(),
    };
    let function = function_mut(call, world, &function_name)?;
    let answer = Answer::json(&view(function, &input.name, &alias)).status(StatusCode::CREATED);
    function.aliases.insert(input.name, alias);
    Ok(answer)
}

pub(super) fn read(call: &Call<'_>, world: &World) -> Result<Answer, Refusal> {
    let function_name = arn::unqualified(call)?;
    let name = asked_name(call)?;
    let function = lambda(call, world).function(call, &function_name)?;
    let alias = find(function, name)?;
    Ok(Answer::json(&view(function, name, alias)))
}

pub(super) fn update(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let function_name = arn::unqualified(call)?;
    let name = asked_name(call)?;
    let input: UpdateAlias = call.json()?;
    let mut checks = Checks::new();
    check(
        &mut checks,
        input.function_version.as_deref(),
        input.description.as_deref(),
        input.routing_config.as_ref(),
    );
    checks.finish(call)?;
    let function = lambda(call, world).function(call, &function_name)?;
    let mut alias = find(function, name)?.clone();
    check_revision(input.revision_id.as_deref(), &alias.revision)?;
    if let Some(version) = input.function_version {
        check_exists(function, &version)?;
        alias.version = version;
    }
    if let Some(description) = input.description {
        alias.description = description;
    }
    // Without one the routing is kept, and must go with the version as well.
    let wanted = input.routing_config.or(alias.routing.take());
    alias.routing = routing(function, &alias.version, wanted)?;
    alias.revision = call.entropy.uuid();
    let answer = Answer::json(&view(function, name, &alias));
    function_mut(call, world, &function_name)?
        .aliases
        .insert(name.to_owned(), alias);
    Ok(answer)
}

pub(super) fn delete(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let function_name = arn::unqualified(call)?;
    let name = asked_name(call)?;
    // Guess: deleting an alias that is not there is no error.
    function_mut(call, world, &function_name)?
        .aliases
        .remove(name);
    Ok(Answer::empty().status(StatusCode::NO_CONTENT))
}

pub(super) fn list(call: &Call<'_>, world: &World) -> Result<Answer, Refusal> {
    let function_name = arn::unqualified(call)?;
    let version = call.field("FunctionVersion");
    if let Some(version) = version {
        let mut checks = Checks::new();
        check(&mut checks, Some(version), None, None);
        checks.finish(call)?;
    }
    let function = lambda(call, world).function(call, &function_name)?;
    let mut aliases: Vec<_> = function
        .aliases
        .iter()
        .filter(|(_, alias)| version.is_none_or(|version| alias.version == version))
        .map(|(name, alias)| {
            // No order is promised, so none is kept that a client could come to rely on.
            let place = hex::encode(&hash(&[b"place", name.as_bytes()])[..8]);
            (format!("{place} {name}"), view(function, name, alias))
        })
        .collect();
    aliases.sort_by(|(one, _), (other, _)| one.cmp(other));
    let listing = format!(
        "aliases of {function_name} for {}",
        version.unwrap_or_default()
    );
    let (aliases, next_marker) = paged(call, &listing, aliases)?;
    Ok(Answer::json(&Aliases {
        next_marker,
        aliases,
    }))
}

fn asked_name<'a>(call: &'a Call<'_>) -> Result<&'a str, Refusal> {
    let name = call.path("Name");
    Checks::new()
        .length("name", name, &(1..=128))
        .pattern("name", name, &NAME)
        .finish(call)?;
    Ok(name)
}

fn find<'f>(function: &'f Function, name: &str) -> Result<&'f Alias, Refusal> {
    // Recorded.
    function
        .aliases
        .get(name)
        .ok_or_else(|| not_found(format!("Cannot find alias arn: {}:{name}", function.arn)))
}

/// Checks what the service model says of an alias.
fn check(
    checks: &mut Checks,
    version: Option<&str>,
    description: Option<&str>,
    routing: Option<&RoutingConfig>,
) {
    if let Some(version) = version {
        checks
            .length("functionVersion", version, &(1..=1024))
            .pattern("functionVersion", version, &VERSION);
    }
    if let Some(description) = description {
        checks.length("description", description, &(0..=256));
    }
    if let Some(routing) = routing {
        check_weights(checks, routing);
    }
}

fn check_weights(checks: &mut Checks, routing: &RoutingConfig) {
    const MEMBER: &str = "routingConfig.additionalVersionWeights";
    let weights = &routing.additional_version_weights;
    let entries: Vec<String> = weights
        .iter()
        .map(|(version, weight)| format!("{version}={weight:?}"))
        .collect();
    let map = format!("{{{}}}", entries.join(", "));
    // Both recorded.
    if !weights
        .keys()
        .all(|version| ADDITIONAL_VERSION.matches(version) && version.len() <= 1024)
    {
        checks.violate(
            MEMBER,
            &map,
            format_args!(
                "Map keys must satisfy constraint: [Member must have length less than or equal to 1024, \
                 Member must have length greater than or equal to 1, {}, Member must not be null]",
                constraint(&ADDITIONAL_VERSION)
            ),
        );
    }
    if !weights.values().all(|weight| (0.0..=1.0).contains(weight)) {
        checks.violate(
            MEMBER,
            &map,
            "Map value must satisfy constraint: [Member must have value less than or equal to 1.0, \
             Member must have value greater than or equal to 0.0, Member must not be null]",
        );
    }
}

/// Checks where an alias routes beside its version; an empty routing is none.
fn routing(
    function: &Function,
    version: &str,
    wanted: Option<RoutingConfig>,
) -> Result<Option<RoutingConfig>, Refusal> {
    let Some(wanted) = wanted.filter(|wanted| !wanted.additional_version_weights.is_empty()) else {
        return Ok(None);
    };
    // The sentences are recorded.
    if wanted.additional_version_weights.len() > 1 {
        return Err(invalid(
            "Number of items in AdditionalVersionWeights cannot be greater than 1",
        ));
    }
    for other in wanted.additional_version_weights.keys() {
        if other == version {
            return Err(invalid(format!(
                "Invalid function version {version}. Function version {version} is already included in routing configuration."
            )));
        }
        if version == LATEST {
            return Err(invalid(
                "$LATEST is not supported for an alias pointing to more than 1 version",
            ));
        }
        check_exists(function, other)?;
    }
    Ok(Some(wanted))
}

fn check_exists(function: &Function, version: &str) -> Result<(), Refusal> {
    match function.release(version) {
        Some(_) => Ok(()),
        None => Err(function_not_found(&format!("{}:{version}", function.arn))),
    }
}

fn view<'a>(function: &Function, name: &'a str, alias: &'a Alias) -> AliasConfiguration<'a> {
    AliasConfiguration {
        alias_arn: format!("{}:{name}", function.arn),
        name,
        function_version: &alias.version,
        description: &alias.description,
        routing_config: alias.routing.as_ref(),
        revision_id: &alias.revision,
    }
}
