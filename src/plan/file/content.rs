//! Makes a saved plan from resources and steps.

use std::collections::BTreeMap;

use serde_json::json;

use super::digest::{Aspect, Cover, Digester};
use super::input::PlanFileInput;
use super::model::{
    Agents, Body, DesiredDigests, FORMAT, Made, Mark, ObservedDigests, PlanFile, PlanTarget,
    Resource, SavedAction, Step,
};
use crate::plan::model::{Plan, StepId};
use crate::plan::observation::Observations;
use crate::resource::address::Address;
use crate::resource::desired::DesiredResource;
use crate::resource::provider::{Live, Reading};

impl PlanFile {
    /// Makes a saved plan of what was read and planned. The plan must be complete.
    pub fn new(made: Made, target: PlanTarget, agents: Agents, input: &PlanFileInput<'_>) -> Self {
        let cover = Cover::of(input.seal);
        let digester = Digester {
            registry: input.registry,
            cover: cover.clone(),
        };
        let plan = Body {
            made,
            target,
            agents,
            resources: resources(&digester, input),
            strays: strays(&digester, input.observed),
            steps: steps(input.plan),
        };
        let mut file = Self {
            format: FORMAT.to_owned(),
            agentctl: env!("CARGO_PKG_VERSION").to_owned(),
            plan,
            seal: None,
            checksum: String::new(),
        };
        let content = file.content();
        file.seal = cover
            .key_id()
            .zip(cover.tag(&content))
            .map(|(key, tag)| Mark { key, tag });
        file.checksum = file.sum();
        file
    }
}

fn resources(digester: &Digester<'_>, input: &PlanFileInput<'_>) -> BTreeMap<Address, Resource> {
    input
        .desired
        .iter()
        .map(|desired| {
            let resource = Resource {
                desired: desired_digests(digester, desired),
                observed: live_at(&desired.address, input.observed)
                    .map(|live| observed_digests(digester, &desired.address, live)),
            };
            (desired.address.clone(), resource)
        })
        .collect()
}

/// Returns the live resource for a desired one, if it exists. In a complete plan everything was read.
pub(super) fn live_at<'a>(address: &Address, observed: &'a Observations) -> Option<&'a Live> {
    observed.readings.get(address).and_then(live)
}

pub(super) fn live(reading: &Reading<Live>) -> Option<&Live> {
    match reading {
        // A stray that is partly readable is deleted. In a complete plan, no desired resource is partly readable.
        Reading::Found(live) | Reading::Obscured(live, _) => Some(live),
        Reading::Absent | Reading::Unreadable(_) => None,
    }
}

pub(super) fn desired_digests(
    digester: &Digester<'_>,
    desired: &DesiredResource,
) -> DesiredDigests {
    let address = &desired.address;
    let name = json!([desired.name, desired.known, desired.owner]);
    DesiredDigests {
        name: digester.value(Aspect::Desired, address, "", name),
        fields: digester.fields(Aspect::Desired, address, &desired.spec),
    }
}

pub(super) fn observed_digests(
    digester: &Digester<'_>,
    address: &Address,
    live: &Live,
) -> ObservedDigests {
    ObservedDigests {
        fields: digester.fields(Aspect::Observed, address, &live.spec),
        outputs: digester.outputs(address, &live.outputs),
    }
}

fn strays(digester: &Digester<'_>, observed: &Observations) -> BTreeMap<Address, ObservedDigests> {
    observed
        .strays
        .iter()
        .chain(&observed.others)
        .filter_map(|stray| {
            let live = live(&stray.reading)?;
            Some((
                stray.address.clone(),
                observed_digests(digester, &stray.address, live),
            ))
        })
        .collect()
}

/// Lists the steps in an order that does not depend on the order of listings.
pub(super) fn steps(plan: &Plan) -> Vec<Step> {
    let mut steps: Vec<Step> = plan
        .steps
        .iter()
        .map(|step| {
            let StepId { address, phase } = step.id.clone();
            Step {
                address,
                phase,
                action: SavedAction::from(&step.action),
                fields: step
                    .changes
                    .iter()
                    .map(|change| change.path.clone())
                    .collect(),
            }
        })
        .collect();
    steps.sort();
    steps
}
