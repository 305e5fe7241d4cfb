//! `UpdateFunctionConfiguration` and `UpdateFunctionCode`. Both change `$LATEST`, and take a while.

use super::arn::{self, LATEST};
use super::configuration::PackageType;
use super::lookup::{function_mut, lambda};
use super::refusal::{check_revision, invalid};
use super::shape::{FunctionCode, Settings, UpdateCode, UpdateConfiguration};
use super::state::{Grant, Moment, Release};
use super::view::{Detail, View};
use super::{check, code, environment, layer, network, role, rule, version};
use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::validate::Checks;
use crate::world::World;

/// Seen in public issues: a request of this size is refused.
const MOST_BYTES: usize = 69_905_067;

pub(super) fn configuration(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let name = arn::unqualified(call)?;
    let input: UpdateConfiguration = call.json()?;
    let settings: Settings = call.parsed(serde_json::from_value(input.settings.into()))?;
    check::finish(call, &settings, input.role.as_deref())?;
    let mut release = changeable(call, world, &name, input.revision_id.as_deref())?;
    let has_secrets = settings.environment.is_some() || settings.kms_key_arn.is_some();
    let is_role_sent = input.role.is_some();
    if let Some(role) = input.role {
        release.configuration.role = role;
    }
    let logging = settings.logging_config.clone();
    release.configuration.apply(settings);
    rule::check(call, &release.configuration)?;
    rule::check_levels(logging.as_ref(), &release.configuration)?;
    network::check(&release.configuration)?;
    // Guess: the role is tried again at every update, as is known of updates that name it.
    role::check(call, world, &release.configuration)?;
    // Guess: the key is not asked again when neither it nor what it encrypts for whom is set.
    if has_secrets || is_role_sent {
        environment::check_key(call, world, &release.configuration)?;
    }
    layer::check_use(call, world, &release.configuration, &release.code)?;
    release.begin_update(call);
    let before = &lambda(call, world).function(call, &name)?.grant;
    let configuration = &release.configuration;
    let grant = Grant::after(call, world, before.as_ref(), configuration, is_role_sent);
    let function = function_mut(call, world, &name)?;
    function.latest = release;
    function.grant = grant;
    answer(call, world, &name, LATEST.to_owned(), Moment::Begun)
}

pub(super) fn code(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    let name = arn::unqualified(call)?;
    code::check_request_size(call, MOST_BYTES)?;
    let input: UpdateCode = call.json()?;
    let source: FunctionCode = call.parsed(serde_json::from_value(input.code.into()))?;
    let mut checks = Checks::new();
    code::check(&mut checks, &source);
    if let Some(architectures) = &input.architectures {
        check::architectures(&mut checks, architectures);
    }
    checks.finish(call)?;
    let mut release = changeable(call, world, &name, input.revision_id.as_deref())?;
    let package_type = release.configuration.package_type;
    check_package(package_type, &source)?;
    release.code = code::fetch(call, world, package_type, &source)?;
    layer::check_size(call, world, &release.configuration, &release.code)?;
    if let Some(architecture) = input
        .architectures
        .and_then(|names| names.into_iter().next())
    {
        release.configuration.architecture = architecture;
    }
    if input.dry_run.unwrap_or(false) {
        return dry_run(call, world, &name, &release);
    }
    release.begin_update(call);
    let function = function_mut(call, world, &name)?;
    function.latest = release;
    let (version, moment) = if input.publish.unwrap_or(false) {
        version::release_unsettled(call, function)
    } else {
        (LATEST.to_owned(), Moment::Begun)
    };
    answer(call, world, &name, version, moment)
}

/// Gives `$LATEST` to change, if it can be changed now and is what the caller thinks it is.
fn changeable(
    call: &Call<'_>,
    world: &World,
    name: &str,
    revision: Option<&str>,
) -> Result<Release, Refusal> {
    let function = lambda(call, world).function(call, name)?;
    function.check_settled(call.now)?;
    check_revision(revision, function.latest.revision.id(Moment::At(call.now)))?;
    Ok(function.latest.clone())
}

fn check_package(package_type: PackageType, source: &FunctionCode) -> Result<(), Refusal> {
    let has_zip = source.zip_file.is_some() || source.s3_bucket.is_some();
    match package_type {
        // Recorded.
        PackageType::Image if has_zip => Err(invalid(
            "Please provide ImageUri when updating a function with packageType Image.",
        )),
        PackageType::Zip if source.image_uri.is_some() => Err(invalid(
            "Please don't provide ImageUri when updating a function with packageType Zip.",
        )),
        PackageType::Image | PackageType::Zip => Ok(()),
    }
}

/// Returns what the function would be with the new code. Guess: revision and times are those that it has.
fn dry_run(
    call: &Call<'_>,
    world: &World,
    name: &str,
    release: &Release,
) -> Result<Answer, Refusal> {
    let function = lambda(call, world).function(call, name)?;
    let view = View {
        function,
        release,
        version: LATEST.to_owned(),
        qualifier: None,
        moment: Moment::At(call.now),
        detail: Detail::Full,
    };
    Ok(Answer::json(&view.configuration(call, world)))
}

fn answer(
    call: &Call<'_>,
    world: &World,
    name: &str,
    version: String,
    moment: Moment,
) -> Result<Answer, Refusal> {
    let function = lambda(call, world).function(call, name)?;
    let view = View {
        function,
        release: function
            .release(&version)
            .expect("it is there or was made just above"),
        qualifier: (version != LATEST).then(|| version.clone()),
        version,
        moment,
        detail: Detail::Full,
    };
    Ok(Answer::json(&view.configuration(call, world)))
}
