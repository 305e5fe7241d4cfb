//! What the Resource Groups Tagging API knows: an index over the tags of all services that lags behind them.
//!
//! Only what the index does not show yet is kept here: for each resource what it showed before a change, until when. The rest is read
//! from the services. What ends by itself, such as a key whose waiting period is over, leaves the index at once: a guess.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::kept;
use crate::service::Service;
use crate::tag::Tags;

/// How the index differs from the services.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    /// By ARN.
    behind: BTreeMap<String, Behind>,
    /// ARNs of resources that had tags and have none: they stay in the index (`GetResources`, `TagFilters`).
    emptied: BTreeSet<String>,
}

/// A resource whose changes the index does not show yet.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Behind {
    region: String,
    /// Oldest first.
    shown: Vec<Shown>,
}

/// What the index showed of a resource before a change.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Shown {
    until: Timestamp,
    /// Absent when the resource was not in the index.
    tags: Option<Tags>,
}

/// A change of a resource's tags; absent are those of a resource that is not there.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) arn: String,
    pub(crate) region: String,
    pub(crate) before: Option<Tags>,
    pub(crate) after: Option<Tags>,
}

impl State {
    /// Notes a change that the index shows from a deadline on.
    pub(crate) fn note(&mut self, change: Change, now: Timestamp, deadline: Timestamp) {
        let shown = change
            .before
            .filter(|tags| !tags.is_empty() || self.emptied.contains(&change.arn));
        let was_tagged = shown.is_some();
        if deadline > now {
            let behind = self
                .behind
                .entry(change.arn.clone())
                .or_insert_with(|| Behind {
                    region: change.region,
                    shown: Vec::new(),
                });
            behind.shown.push(Shown {
                until: deadline,
                tags: shown,
            });
        }
        if was_tagged && change.after.is_some_and(|tags| tags.is_empty()) {
            self.emptied.insert(change.arn);
        } else {
            self.emptied.remove(&change.arn);
        }
    }

    /// Gives what the index shows of a region, from what the services have there.
    pub(crate) fn view(
        &self,
        region: &str,
        current: Vec<(String, &Tags)>,
        now: Timestamp,
    ) -> BTreeMap<String, Tags> {
        let mut view: BTreeMap<_, _> = current
            .into_iter()
            .filter(|(arn, tags)| !tags.is_empty() || self.emptied.contains(arn))
            .map(|(arn, tags)| (arn, tags.clone()))
            .collect();
        for (arn, behind) in self
            .behind
            .iter()
            .filter(|(_, behind)| behind.region == region)
        {
            match behind.shown.iter().find(|shown| shown.until > now) {
                None => {}
                Some(Shown {
                    tags: Some(tags), ..
                }) => {
                    view.insert(arn.clone(), tags.clone());
                }
                Some(Shown { tags: None, .. }) => {
                    view.remove(arn);
                }
            }
        }
        view
    }
}

impl kept::State for State {
    const SERVICE: Service = Service::Tagging;

    fn tagged(&self) -> Vec<(String, &Tags)> {
        Vec::new()
    }

    fn has_ended(&self, now: Timestamp) -> bool {
        self.behind
            .values()
            .any(|behind| behind.shown.iter().any(|shown| shown.until <= now))
    }

    fn end(&mut self, now: Timestamp) {
        self.behind.retain(|_, behind| {
            behind.shown.retain(|shown| shown.until > now);
            !behind.shown.is_empty()
        });
    }
}
