//! `CreateFunction`.

use std::collections::BTreeMap;

use http::StatusCode;

use super::arn::{self, LATEST};
use super::configuration::{Configuration, PackageType};
use super::lookup::lambda;
use super::refusal::conflict;
use super::shape::{CreateFunction, FunctionCode, Settings};
use super::state::{Function, Grant, Moment, Release, Revision, Work};
use super::view::{Detail, View};
use super::{check, code, environment, layer, network, role, rule, tag, version};
use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::tag::Tags;
use crate::validate::Checks;
use crate::world::World;

/// Seen in public issues: a request of this size is refused.
const MOST_BYTES: usize = 70_167_211;

/// What a request asks to be made, checked as far as it can be without the world.
struct Plan {
    name: String,
    configuration: Configuration,
    code: FunctionCode,
    tags: Tags,
    publish: bool,
}

pub(super) fn create(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
    code::check_request_size(call, MOST_BYTES)?;
    let plan = plan(call)?;
    let name = plan.name;
    if lambda(call, world).functions.contains_key(&name) {
        // Recorded.
        return Err(conflict(format!("Function already exist: {name}")));
    }
    network::check(&plan.configuration)?;
    role::check(call, world, &plan.configuration)?;
    environment::check_key(call, world, &plan.configuration)?;
    let code = code::fetch(call, world, plan.configuration.package_type, &plan.code)?;
    layer::check_use(call, world, &plan.configuration, &code)?;
    let used = lambda(call, world).used_versions.get(&name);
    let used = used.copied().unwrap_or_default();
    let creation = Work::begin(call, call.delays.lambda_pending);
    let grant = Grant::after(call, world, None, &plan.configuration, true);
    let mut function = Function {
        arn: arn::function_arn(call, &name),
        name: name.clone(),
        latest: Release {
            configuration: plan.configuration,
            code,
            last_modified: call.now,
            revision: Revision::during(call, &creation),
            creation,
            update: None,
            updates: 0,
        },
        versions: BTreeMap::new(),
        next_version: used + 1,
        published: None,
        aliases: BTreeMap::new(),
        tags: plan.tags,
        grant,
    };
    let (version, moment) = if plan.publish {
        version::release_unsettled(call, &mut function)
    } else {
        (LATEST.to_owned(), Moment::Begun)
    };
    let functions = &mut world.region_mut(call.region).lambda.functions;
    functions.insert(name.clone(), function);
    let function = lambda(call, world).function(call, &name)?;
    let view = View {
        function,
        release: function.release(&version).expect("it was made just above"),
        version,
        // Recorded: the ARN is that of the function even when a version was published with it.
        qualifier: None,
        moment,
        detail: Detail::Full,
    };
    Ok(Answer::json(&view.configuration(call, world)).status(StatusCode::CREATED))
}

fn plan(call: &Call<'_>) -> Result<Plan, Refusal> {
    let input: CreateFunction = call.json()?;
    let settings: Settings = call.parsed(serde_json::from_value(input.settings.into()))?;
    let mut checks = Checks::new();
    check::role(&mut checks, &input.role);
    check::settings(&mut checks, &settings);
    code::check(&mut checks, &input.code);
    if let Some(architectures) = &input.architectures {
        check::architectures(&mut checks, architectures);
    }
    if let Some(package_type) = &input.package_type {
        checks.one_of("packageType", package_type, &["Zip", "Image"]);
    }
    if let Some(tags) = &input.tags {
        tag::check(&mut checks, tags);
    }
    checks.finish(call)?;
    let name = arn::to_create(call, &input.function_name)?;
    let package_type = match input.package_type.as_deref() {
        Some("Image") => PackageType::Image,
        _ => PackageType::Zip,
    };
    let mut architectures = input.architectures.unwrap_or_default();
    let architecture = architectures.pop().unwrap_or_else(|| "x86_64".to_owned());
    let mut configuration = Configuration::new(&name, package_type, architecture, input.role);
    let logging = settings.logging_config.clone();
    configuration.apply(settings);
    rule::check(call, &configuration)?;
    rule::check_levels(logging.as_ref(), &configuration)?;
    Ok(Plan {
        name,
        configuration,
        code: input.code,
        tags: tag::merge(&Tags::new(), input.tags.unwrap_or_default())?,
        publish: input.publish.unwrap_or(false),
    })
}
