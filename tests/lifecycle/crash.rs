//! The process is killed at every one of its calls, before and after the call takes effect. The next run finishes; nothing is created
//! twice and nothing is left over.

use localstack::Entry;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::support::{ABANDONED, Journal, Project, Remains, World, assert_same, release, steps};

/// The command of the run that is killed, and of the next.
#[derive(Debug, Clone, Copy)]
enum Verb {
    Apply,
    Destroy,
}

/// What was applied before the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Begin {
    WithNothing,
    Applied,
}

/// A situation and a command.
struct Scenario {
    name: &'static str,
    /// The side that is declared at first.
    side: &'static str,
    begin: Begin,
    /// Changes the manifest before the run.
    edit: fn(&mut Project),
    verb: Verb,
}

impl Scenario {
    /// Runs the command once without interruption. Then kills the process before and after the effect of each call, and finishes from
    /// what is left.
    async fn sweep(&self) {
        let world = World::new();
        let mut project = world.triage();
        project.set("/runtime", json!(self.side));
        if self.begin == Begin::Applied {
            project.apply().await;
        }
        (self.edit)(&mut project);

        world.endpoint.log().clear();
        world.follow(&project);
        match self.verb {
            Verb::Apply => drop(project.apply().await),
            Verb::Destroy => drop(project.destroy().await),
        }
        let (trail, calls, good) = (world.trail(), world.log(), world.skeleton());

        let moments = 2 * calls.len();
        assert_eq!(trail.moments, moments, "{}", self.name);
        let mut last: Option<&Remains> = None;
        for remains in &trail.remains {
            let when = self.describe(remains, &calls);
            self.finish(&mut project, remains, &remains.journal, &good, &when)
                .await;
            // If only the journal has grown, its loss leaves the same as before.
            if last.is_none_or(|last| last.account != remains.account) {
                let when = format!("{when}, its journal lost");
                self.finish(&mut project, remains, &Journal::new(), &good, &when)
                    .await;
            }
            last = Some(remains);
        }
    }

    fn describe(&self, remains: &Remains, calls: &[Entry]) -> String {
        let (call, moment) = remains.killed;
        let operation = calls[call - 1].operation.unwrap_or("unknown");
        format!("{}, killed {moment:?} call {call}, {operation}", self.name)
    }

    /// Finishes in another process from what is left.
    async fn finish(
        &self,
        project: &mut Project,
        remains: &Remains,
        journal: &Journal,
        good: &Value,
        when: &str,
    ) {
        let world = World::from(&remains.snapshot);
        project.go_on_in(&world, journal);
        tokio::time::sleep(ABANDONED).await;
        match self.verb {
            Verb::Apply => {
                let answer = project.try_apply(CancellationToken::new()).await;
                let answer = answer.unwrap_or_else(|error| panic!("{when}: {error}"));
                answer.assert_done();
                assert_deletes_last(&world, when);
                assert_eq!(steps(&project.diff().await), [], "{when}");
                let mut found = world.skeleton();
                if answer.outcomes().steps.is_empty() && release(&mut found) {
                    // The process had done everything except release its lock. A run without anything to do takes no lock, so it takes
                    // none over: the next run with something to do does that.
                    project.destroy().await;
                    assert!(!release(&mut world.skeleton()), "{when}");
                }
                assert_same(&found, good, when);
            }
            Verb::Destroy => {
                project.destroy().await;
                let plan = project.plan_to_destroy().await;
                assert_eq!(steps(&plan), [], "{when}");
                assert_same(&world.skeleton(), good, when);
            }
        }
    }
}

/// Fails unless everything that serves from now on existed before anything was deleted.
#[track_caller]
fn assert_deletes_last(world: &World, when: &str) {
    let is_delete = |operation: &&str| operation.starts_with("Delete");
    let mutations = world.mutations();
    let first = mutations.iter().position(is_delete);
    let since = &mutations[first.unwrap_or(mutations.len())..];
    assert!(since.iter().all(is_delete), "{when}: {since:?}");
}

fn nothing(_: &mut Project) {}

#[tokio::test(start_paused = true)]
async fn the_next_run_finishes_an_apply_from_nothing_that_was_killed_at_any_call() {
    let scenario = Scenario {
        name: "apply from nothing",
        side: "lambda",
        begin: Begin::WithNothing,
        edit: nothing,
        verb: Verb::Apply,
    };
    scenario.sweep().await;
}

#[tokio::test(start_paused = true)]
async fn the_next_run_finishes_an_update_of_every_kind_that_was_killed_at_any_call() {
    let scenario = Scenario {
        name: "update",
        side: "lambda",
        begin: Begin::Applied,
        edit: |project| {
            project.edit();
            project.set("/lambda/memorySize", json!(1024));
            let code = "def handler(event, context):\n    return {}\n";
            project.write("deploy-plans/agent/batch.py", code);
        },
        verb: Verb::Apply,
    };
    scenario.sweep().await;
}

#[tokio::test(start_paused = true)]
async fn the_next_run_finishes_a_destroy_that_was_killed_at_any_call() {
    let scenario = Scenario {
        name: "destroy",
        side: "lambda",
        begin: Begin::Applied,
        edit: nothing,
        verb: Verb::Destroy,
    };
    scenario.sweep().await;
}

#[tokio::test(start_paused = true)]
async fn the_next_run_finishes_an_apply_to_agentcore_that_was_killed_at_any_call() {
    let scenario = Scenario {
        name: "apply to AgentCore",
        side: "agentcore",
        begin: Begin::WithNothing,
        edit: nothing,
        verb: Verb::Apply,
    };
    scenario.sweep().await;
}

#[tokio::test(start_paused = true)]
async fn the_next_run_finishes_an_update_on_agentcore_that_was_killed_at_any_call() {
    let scenario = Scenario {
        name: "update on AgentCore",
        side: "agentcore",
        begin: Begin::Applied,
        edit: |project| {
            project.edit();
            project.write("deploy-plans/agent/main.py", "print('serving')\n");
        },
        verb: Verb::Apply,
    };
    scenario.sweep().await;
}

#[tokio::test(start_paused = true)]
async fn the_next_run_finishes_a_destroy_on_agentcore_that_was_killed_at_any_call() {
    let scenario = Scenario {
        name: "destroy on AgentCore",
        side: "agentcore",
        begin: Begin::Applied,
        edit: nothing,
        verb: Verb::Destroy,
    };
    scenario.sweep().await;
}

#[tokio::test(start_paused = true)]
async fn the_next_run_finishes_a_switch_to_agentcore_that_was_killed_at_any_call() {
    let scenario = Scenario {
        name: "switch to AgentCore",
        side: "lambda",
        begin: Begin::Applied,
        edit: |project| project.set("/runtime", json!("agentcore")),
        verb: Verb::Apply,
    };
    scenario.sweep().await;
}

#[tokio::test(start_paused = true)]
async fn the_next_run_finishes_a_switch_to_lambda_that_was_killed_at_any_call() {
    let scenario = Scenario {
        name: "switch to Lambda",
        side: "agentcore",
        begin: Begin::Applied,
        edit: |project| project.set("/runtime", json!("lambda")),
        verb: Verb::Apply,
    };
    scenario.sweep().await;
}
