//! The process is killed at every one of its calls, before and after the call takes effect: the next run finishes, nothing is doubled
//! and nothing is left behind.

use std::time::Duration;

use localstack::Entry;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::support::{Fate, Moment, Project, World, assert_same, steps};

/// After what time a lock without a heartbeat is taken over.
const ABANDONED: Duration = Duration::from_mins(6);

/// What is done in the run that is killed, and again in the next.
#[derive(Debug, Clone, Copy)]
enum Verb {
    Apply,
    Destroy,
}

/// A situation, and what is done in it.
struct Scenario {
    name: &'static str,
    /// Brings the account to where the run begins.
    prepare: fn(&mut Project),
    /// Whether the project is applied before the manifest changes.
    begins_applied: bool,
    verb: Verb,
}

impl Scenario {
    /// Makes the world in which the run begins.
    async fn begin(&self) -> (World, Project) {
        let world = World::new();
        let mut project = world.triage();
        if self.begins_applied {
            project.apply().await;
        }
        (self.prepare)(&mut project);
        (world, project)
    }

    async fn run(&self, project: &Project) {
        match self.verb {
            Verb::Apply => drop(project.try_apply(CancellationToken::new()).await),
            Verb::Destroy => drop(project.destroy().await),
        }
    }

    /// The calls of a run that nobody kills, and what it leaves.
    async fn undisturbed(&self) -> (Vec<Entry>, Value) {
        let (world, project) = self.begin().await;
        let before = world.log().len();
        self.run(&project).await;
        (world.log().split_off(before), world.skeleton())
    }

    /// Kills the process at a call and lets another finish; tells whether it came to that call.
    async fn survive(&self, call: u64, moment: Moment, journal: Journal, good: &Value) -> bool {
        let (world, mut project) = self.begin().await;
        let fate = Fate::at(call, moment);
        world.doom(&mut project, &fate);
        tokio::select! {
            () = self.run(&project) => {}
            () = fate.killed() => {}
        }
        if !fate.is_killed() {
            return false;
        }
        if let Journal::Lost = journal {
            project.lose_journals();
        }
        tokio::time::sleep(ABANDONED).await;
        world.revive(&mut project);
        let when = format!("{}, killed {moment:?} call {call}", self.name);
        match self.verb {
            Verb::Apply => {
                let told = project.try_apply(CancellationToken::new()).await;
                told.unwrap_or_else(|error| panic!("{when}: {error}"))
                    .assert_done();
                assert_eq!(steps(&project.diff().await), [], "{when}");
            }
            Verb::Destroy => {
                project.destroy().await;
                let (_, seen) = project.look_to_destroy().await;
                assert_eq!(steps(&seen.plan), [], "{when}");
            }
        }
        assert_same(&world.skeleton(), good, &when);
        true
    }

    /// Kills the process at every call. A call that only reads has no effect to be killed before or after.
    async fn sweep(&self) {
        let (calls, good) = self.undisturbed().await;
        let (mut visited, mut call) = (0, 0);
        'calls: loop {
            call += 1;
            let writes = usize::try_from(call - 1)
                .ok()
                .and_then(|place| calls.get(place))
                .is_none_or(|entry| entry.write);
            for journal in [Journal::Kept, Journal::Lost] {
                for moment in [Moment::Before, Moment::After] {
                    if moment == Moment::After && !writes {
                        continue;
                    }
                    if !self.survive(call, moment, journal, &good).await {
                        break 'calls;
                    }
                }
            }
            visited += 1;
        }
        assert!(
            visited >= calls.len(),
            "{}: {visited} points were visited of {}",
            self.name,
            calls.len()
        );
    }
}

/// What becomes of the journal of the run that was killed.
#[derive(Debug, Clone, Copy)]
enum Journal {
    Kept,
    Lost,
}

#[tokio::test(start_paused = true)]
async fn an_apply_from_nothing_that_is_killed_at_any_call_is_finished_by_the_next() {
    let scenario = Scenario {
        name: "apply from nothing",
        prepare: |_| {},
        begins_applied: false,
        verb: Verb::Apply,
    };
    scenario.sweep().await;
}

#[tokio::test(start_paused = true)]
async fn an_update_of_every_kind_that_is_killed_at_any_call_is_finished_by_the_next() {
    let scenario = Scenario {
        name: "update",
        prepare: |project| {
            project.set("/prompt", json!("Check this invoice twice."));
            project.set("/lambda/memorySize", json!(1024));
            project.set("/observability/retentionDays", json!(30));
            project.set("/dataProtection/identifiers", json!(["EmailAddress"]));
            project.set("/definition/model/crossRegion", json!("eu"));
            project.write(
                "deploy-plans/agent/batch.py",
                "def handler(event, context):\n    return {}\n",
            );
            project.write(
                "deploy-plans/prompts/system.md",
                "You check invoices twice.\n",
            );
        },
        begins_applied: true,
        verb: Verb::Apply,
    };
    scenario.sweep().await;
}

#[tokio::test(start_paused = true)]
async fn a_destroy_that_is_killed_at_any_call_is_finished_by_the_next() {
    let scenario = Scenario {
        name: "destroy",
        prepare: |_| {},
        begins_applied: true,
        verb: Verb::Destroy,
    };
    scenario.sweep().await;
}
