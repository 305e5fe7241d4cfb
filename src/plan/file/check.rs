//! Compares a saved plan with the declared and observed resources, and reports each field that changed since.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::content::{desired_digests, live, live_at, observed_digests, steps};
use super::digest::{Cover, Digester, Fields};
use super::error::PlanFileError;
use super::input::PlanFileInput;
use super::model::{ObservedDigests, PlanFile, SavedAction, Step};
use crate::plan::model::{Phase, Plan};
use crate::plan::observation::Observations;
use crate::plan::record::Seal;
use crate::resource::address::Address;
use crate::resource::desired::DesiredResource;
use crate::resource::provider::Live;
use crate::resource::registry::Registry;

/// One difference from the saved plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Discrepancy {
    /// The resource.
    pub address: Address,
    /// The difference.
    pub difference: Difference,
}

/// A difference from the saved plan.
#[derive(Debug, Clone, PartialEq)]
pub enum Difference {
    /// The resource is declared now and was not then.
    Declared,
    /// The resource is no longer declared.
    Undeclared,
    /// The declared name or owner changed.
    Renamed,
    /// The declared value of a field changed.
    Desired {
        /// A JSON pointer into the spec.
        path: String,
        /// The declared value; `None` if there is none now.
        now: Option<Value>,
    },
    /// The resource exists now and did not exist then.
    Appeared,
    /// The resource no longer exists.
    Gone,
    /// The live value of a field changed.
    Observed {
        /// A JSON pointer into the spec.
        path: String,
        /// The live value; `None` if the field is not set now.
        now: Option<Value>,
    },
    /// An output changed, such as the id of a resource that was created again.
    Output {
        /// The output's name.
        output: String,
    },
    /// The action for the resource changed.
    Action {
        /// The action in the saved plan; `None` for none.
        planned: Option<SavedAction>,
        /// The action now; `None` for none.
        now: Option<SavedAction>,
    },
}

/// A saved plan that was made with the project's key, or without one if the project has none.
pub struct OpenPlan<'a> {
    file: &'a PlanFile,
    digester: Digester<'a>,
}

impl PlanFile {
    /// Opens the plan with the project's key, if there is one. Refuses a plan that was not made with it.
    pub fn open<'a>(
        &'a self,
        registry: &'a Registry,
        seal: Option<&Seal>,
    ) -> Result<OpenPlan<'a>, PlanFileError> {
        let cover = Cover::of(seal);
        match (&self.seal, cover.key_id()) {
            (None, None) => {}
            // Anybody can make a plan without a key. It is accepted only while the project has none.
            (None, Some(_)) => {
                return Err(PlanFileError::OtherKey("the project had none then"));
            }
            (Some(_), None) => return Err(PlanFileError::OtherKey("the project has none now")),
            (Some(mark), Some(key)) if mark.key != key => {
                return Err(PlanFileError::OtherKey("the project has a new one"));
            }
            (Some(mark), Some(_)) => {
                if cover.tag(&self.content()).as_ref() != Some(&mark.tag) {
                    return Err(PlanFileError::Forged);
                }
            }
        }
        Ok(OpenPlan {
            file: self,
            digester: Digester { registry, cover },
        })
    }
}

impl OpenPlan<'_> {
    /// Lists the differences of the declared resources.
    pub fn compare_declared(&self, desired: &[DesiredResource]) -> Vec<Discrepancy> {
        let planned = &self.file.plan.resources;
        let declared: BTreeMap<&Address, &DesiredResource> = desired
            .iter()
            .map(|resource| (&resource.address, resource))
            .collect();
        let mut all = Vec::new();
        for address in addresses(planned.keys(), declared.keys().copied()) {
            let differences = match (planned.get(address), declared.get(address)) {
                (None, _) => vec![Difference::Declared],
                (_, None) => vec![Difference::Undeclared],
                (Some(planned), Some(desired)) => {
                    let now = desired_digests(&self.digester, desired);
                    let mut differences: Vec<Difference> =
                        moved(&planned.desired.fields, &now.fields)
                            .map(|path| Difference::Desired {
                                now: value_at(&desired.spec, &path),
                                path,
                            })
                            .collect();
                    if planned.desired.name != now.name {
                        differences.push(Difference::Renamed);
                    }
                    differences
                }
            };
            all.extend(of(address, differences));
        }
        all
    }

    /// Lists the differences of the observed resources; or those of the steps, if all values are the same.
    pub fn compare_observed(&self, input: &PlanFileInput<'_>) -> Vec<Discrepancy> {
        let mut all = self.compare_readings(input.observed);
        all.extend(self.compare_strays(input.observed));
        if all.is_empty() {
            all = self.compare_steps(input.plan);
        }
        all
    }

    /// Lists the steps that changed. They can change although all values are the same, for example if the service reports a failure.
    fn compare_steps(&self, plan: &Plan) -> Vec<Discrepancy> {
        let now = steps(plan);
        let (planned, now) = (by_step(&self.file.plan.steps), by_step(&now));
        let ids: BTreeSet<_> = planned.keys().chain(now.keys()).collect();
        ids.into_iter()
            .filter(|id| planned.get(id) != now.get(id))
            .map(|id| Discrepancy {
                address: id.0.clone(),
                difference: Difference::Action {
                    planned: planned.get(id).map(|step| step.action),
                    now: now.get(id).map(|step| step.action),
                },
            })
            .collect()
    }

    fn compare_readings(&self, observed: &Observations) -> Vec<Discrepancy> {
        let mut all = Vec::new();
        for (address, resource) in &self.file.plan.resources {
            let live = live_at(address, observed);
            all.extend(self.compare_live(address, resource.observed.as_ref(), live));
        }
        all
    }

    fn compare_strays(&self, observed: &Observations) -> Vec<Discrepancy> {
        let planned = &self.file.plan.strays;
        let now: BTreeMap<&Address, &Live> = observed
            .strays
            .iter()
            .chain(&observed.others)
            .filter_map(|stray| Some((&stray.address, live(&stray.reading)?)))
            .collect();
        let mut all = Vec::new();
        for address in addresses(planned.keys(), now.keys().copied()) {
            all.extend(self.compare_live(address, planned.get(address), now.get(address).copied()));
        }
        all
    }

    fn compare_live(
        &self,
        address: &Address,
        planned: Option<&ObservedDigests>,
        live: Option<&Live>,
    ) -> Vec<Discrepancy> {
        let differences = match (planned, live) {
            (None, None) => Vec::new(),
            (None, Some(_)) => vec![Difference::Appeared],
            (Some(_), None) => vec![Difference::Gone],
            (Some(planned), Some(live)) => {
                let now = observed_digests(&self.digester, address, live);
                let fields: Vec<Difference> = moved(&planned.fields, &now.fields)
                    .map(|path| Difference::Observed {
                        now: value_at(&live.spec, &path),
                        path,
                    })
                    .collect();
                // An output changes with the fields that it depends on. It changes alone if a resource was created again with the same spec.
                if fields.is_empty() {
                    moved(&planned.outputs, &now.outputs)
                        .map(|output| Difference::Output { output })
                        .collect()
                } else {
                    fields
                }
            }
        };
        of(address, differences)
    }
}

fn of(address: &Address, differences: Vec<Difference>) -> Vec<Discrepancy> {
    differences
        .into_iter()
        .map(|difference| Discrepancy {
            address: address.clone(),
            difference,
        })
        .collect()
}

fn addresses<'a>(
    planned: impl Iterator<Item = &'a Address>,
    now: impl Iterator<Item = &'a Address>,
) -> BTreeSet<&'a Address> {
    planned.chain(now).collect()
}

/// Lists the fields whose digests differ. A map that is or was empty is reported only by its entries.
fn moved(planned: &Fields, now: &Fields) -> impl Iterator<Item = String> {
    let paths: BTreeSet<&String> = planned.keys().chain(now.keys()).collect();
    let moved: BTreeSet<String> = paths
        .into_iter()
        .filter(|path| planned.get(*path) != now.get(*path))
        .cloned()
        .collect();
    let is_named_below = |path: &String| {
        let below = format!("{path}/");
        moved.iter().any(|other| other.starts_with(&below))
    };
    let answer: Vec<String> = moved
        .iter()
        .filter(|path| !is_named_below(path))
        .cloned()
        .collect();
    answer.into_iter()
}

fn value_at(spec: &Value, path: &str) -> Option<Value> {
    spec.pointer(path).filter(|value| !value.is_null()).cloned()
}

fn by_step(steps: &[Step]) -> BTreeMap<(&Address, Phase), &Step> {
    steps
        .iter()
        .map(|step| ((&step.address, step.phase), step))
        .collect()
}
