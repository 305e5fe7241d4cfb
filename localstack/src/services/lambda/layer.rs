//! Layers: publishing, reading and deleting their versions, and what a function may refer to.
//!
//! Nothing is unpacked beside a function; only what a layer is, and how large, is kept.

use http::StatusCode;
use serde::Serialize;

use super::arn::{self, layer_arn};
use super::check::{self, LayerVersion};
use super::code::{self, MOST_UNZIPPED};
use super::configuration::Configuration;
use super::lookup::{lambda, own_layer};
use super::refusal::invalid;
use super::rule::is_runtime;
use super::shape::PublishLayerVersion;
use super::state::{Code, PublishedLayer};
use super::view::lambda_time;
use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::validate::Checks;
use crate::world::World;

/// The accounts that publish AWS's layers for OpenTelemetry (`CloudWatch` user guide, "Enable your applications on Lambda": by region).
const OPEN_TELEMETRY: [&str; 19] = [
    "615299751070",
    "904233096616",
    "888577020596",
    "412664885777",
    "796973505492",
    "039612877180",
    "713881805771",
    "152034782359",
    "313828097273",
    "980416031188",
    "595944127152",
    "156041407956",
    "257394471194",
    "490004653786",
    "746669239226",
    "739275441131",
    "610118373846",
    "440179912924",
    "440180067931",
];

/// The account that publishes Powertools for AWS Lambda (its documentation, "Lambda Layer").
const POWERTOOLS: &str = "017000801446";

/// Returns whether AWS shares a layer with every account. Which versions exist is not known here; all are taken.
fn is_shared(account: &str, name: &str) -> bool {
    (OPEN_TELEMETRY.contains(&account) && name.starts_with("AWSOpenTelemetryDistro"))
        || (account == POWERTOOLS && name.starts_with("AWSLambdaPowertools"))
}

/// `GetLayerVersionResponse`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Version<'a> {
    content: Content<'a>,
    layer_arn: String,
    layer_version_arn: String,
    description: &'a str,
    created_date: String,
    #[serde(rename = "Version")]
    number: u64,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    compatible_runtimes: &'a [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    compatible_architectures: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    license_info: Option<&'a str>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Content<'a> {
    location: String,
    code_sha256: &'a str,
    code_size: usize,
}

pub(super) fn publish(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let name = arn::layer(call)?;
    let input: PublishLayerVersion = call.json()?;
    check(call, &input)?;
    let source = input.content.into();
    let code = code::packed(call, world, &source)?;
    let published = PublishedLayer {
        description: input.description.unwrap_or_default(),
        created: call.now,
        sha256: code.sha256,
        size: code.size,
        unzipped: code.unzipped,
        runtimes: input.compatible_runtimes.unwrap_or_default(),
        architectures: input.compatible_architectures.unwrap_or_default(),
        license: input.license_info,
        is_deleted: false,
    };
    let layers = &mut world.region_mut(call.region).lambda.layers;
    let versions = layers.entry(name.clone()).or_default();
    // Lambda developer guide, "Working with Lambda layers": version numbers are never reused for a layer name.
    versions.push(published);
    let version = versions.len();
    let found = lambda(call, world)
        .layer(&name, version)
        .expect("it was published just above");
    Ok(Answer::json(&view(call, &name, version, found)).status(StatusCode::CREATED))
}

pub(super) fn read(call: &Call<'_>, world: &World) -> Result<Answer, Refusal> {
    let name = arn::layer(call)?;
    let version = number(call.path("VersionNumber"))?;
    found(call, world, &name, version)
}

pub(super) fn read_by_arn(call: &Call<'_>, world: &World) -> Result<Answer, Refusal> {
    let _named = call.field("find");
    let text = call.required("Arn")?;
    let (name, version) = arn::layer_version(call, text)?;
    found(call, world, &name, number(&version)?)
}

pub(super) fn delete(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let name = arn::layer(call)?;
    let version = number(call.path("VersionNumber"))?;
    // Recorded: deleting what is not there is no error. Functions that use the version keep it.
    let layers = &mut world.region_mut(call.region).lambda.layers;
    if let Some(layer) = layers
        .get_mut(&name)
        .and_then(|versions| versions.get_mut(version.checked_sub(1)?))
    {
        layer.is_deleted = true;
    }
    Ok(Answer::empty().status(StatusCode::NO_CONTENT))
}

fn check(call: &Call<'_>, input: &PublishLayerVersion) -> Result<(), Refusal> {
    let mut checks = Checks::new();
    if let Some(description) = &input.description {
        checks.length("description", description, &(0..=256));
    }
    if let Some(license) = &input.license_info {
        checks.length("licenseInfo", license, &(0..=512));
    }
    let runtimes = input.compatible_runtimes.as_deref().unwrap_or_default();
    check::most(&mut checks, "compatibleRuntimes", runtimes, 15);
    if let Some(unknown) = runtimes.iter().find(|runtime| !is_runtime(runtime)) {
        // Guess: the sentence, after that for architectures.
        checks.violate(
            "compatibleRuntimes",
            format_args!("[{}]", runtimes.join(", ")),
            format_args!("Member must satisfy constraint: [`{unknown}` is not a runtime]"),
        );
    }
    let architectures = input
        .compatible_architectures
        .as_deref()
        .unwrap_or_default();
    check::most(&mut checks, "compatibleArchitectures", architectures, 2);
    check::architecture_names(&mut checks, "compatibleArchitectures", architectures);
    checks.finish(call)
}

/// Reads a version number. The sentence is recorded.
fn number(text: &str) -> Result<usize, Refusal> {
    text.parse()
        .ok()
        .filter(|number| *number > 0)
        .ok_or_else(|| invalid("Layer Version Cannot be less than 1."))
}

fn found(call: &Call<'_>, world: &World, name: &str, version: usize) -> Result<Answer, Refusal> {
    let layer = lambda(call, world)
        .layer(name, version)
        .filter(|layer| !layer.is_deleted)
        .ok_or_else(arn::layer_missing)?;
    Ok(Answer::json(&view(call, name, version, layer)))
}

fn view<'a>(call: &Call<'_>, name: &str, version: usize, layer: &'a PublishedLayer) -> Version<'a> {
    let layer_arn = layer_arn(call, name);
    Version {
        content: Content {
            location: location(call, name, &layer.sha256),
            code_sha256: &layer.sha256,
            code_size: layer.size,
        },
        layer_version_arn: format!("{layer_arn}:{version}"),
        layer_arn,
        description: &layer.description,
        created_date: lambda_time(layer.created),
        number: u64::try_from(version).unwrap_or(u64::MAX),
        compatible_runtimes: &layer.runtimes,
        compatible_architectures: &layer.architectures,
        license_info: layer.license.as_deref(),
    }
}

/// Writes the presigned URL of a layer; nothing is served there.
fn location(call: &Call<'_>, name: &str, sha256: &str) -> String {
    let id = hex::encode(crate::entropy::hash(&[name.as_bytes(), sha256.as_bytes()]));
    format!(
        "https://prod-04-2014-layers.s3.{region}.amazonaws.com/snapshots/{account}/{name}-{}?X-Amz-Algorithm=AWS4-HMAC-SHA256\
         &X-Amz-Date={}&X-Amz-SignedHeaders=host&X-Amz-Expires=600",
        &id[..36],
        call.now.strftime("%Y%m%dT%H%M%SZ"),
        region = call.region,
        account = call.account,
    )
}

/// Refuses layers that are not there, and code that is too large with its layers.
pub(super) fn check_use(
    call: &Call<'_>,
    world: &World,
    configuration: &Configuration,
    code: &Code,
) -> Result<(), Refusal> {
    for arn in &configuration.layers {
        check_layer(call, world, arn)?;
    }
    check_size(call, world, configuration, code)
}

/// Refuses code that is too large with the layers of its function.
pub(super) fn check_size(
    call: &Call<'_>,
    world: &World,
    configuration: &Configuration,
    code: &Code,
) -> Result<(), Refusal> {
    let layers = configuration.layers.iter();
    let sizes = layers.filter_map(|arn| own_layer(call, world, arn).map(|layer| layer.unzipped));
    check_sum(code.unzipped, sizes.sum())
}

fn check_sum(code: u64, layers: u64) -> Result<(), Refusal> {
    let size = code + layers;
    if layers > 0 && size > MOST_UNZIPPED {
        // Seen in many public issues.
        return Err(invalid(format!(
            "Function code combined with layers exceeds the maximum allowed size of {MOST_UNZIPPED} bytes. \
             The actual size is {size} bytes."
        )));
    }
    Ok(())
}

fn check_layer(call: &Call<'_>, world: &World, arn: &str) -> Result<(), Refusal> {
    let Some(parts) = LayerVersion::parts(arn) else {
        return Ok(());
    };
    if parts.account != call.account {
        return if is_shared(parts.account, parts.name) {
            Ok(())
        } else {
            Err(not_shared(call, arn))
        };
    }
    match own_layer(call, world, arn) {
        Some(layer) if !layer.is_deleted => Ok(()),
        // Recorded.
        _ => Err(invalid(format!("Layer version {arn} does not exist."))),
    }
}

/// Lambda developer guide, "Granting Lambda layer access to other accounts": the caller needs `lambda:GetLayerVersion`. The sentence is
/// that of the IAM user guide, "Troubleshoot access denied error messages".
fn not_shared(call: &Call<'_>, arn: &str) -> Refusal {
    let message = format!(
        "User: {} is not authorized to perform: lambda:GetLayerVersion on resource: {arn} \
         because no resource-based policy allows the lambda:GetLayerVersion action",
        call.caller_arn()
    );
    Refusal::new(StatusCode::FORBIDDEN, "AccessDeniedException", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_and_layers_together_are_refused_beyond_the_limit() {
        assert_eq!(
            check_sum(MOST_UNZIPPED - 1, 1).map_err(|it| it.message),
            Ok(())
        );
        assert_eq!(
            check_sum(MOST_UNZIPPED, 1).map_err(|it| it.message),
            Err("Function code combined with layers exceeds the maximum allowed size of 262144000 bytes. \
                 The actual size is 262144001 bytes."
                .to_owned())
        );
    }
}
