//! Random lives: edits, other clients, and runs that are killed, stopped or answered with faults, in any order. After all of that, one
//! apply gives the same account as an apply to a new account, and a destroy leaves nothing.
//!
//! `life` draws the events, `edit` and `outside` make them happen, `model` checks the results, and `account` compares accounts.

mod account;
mod edit;
mod life;
mod model;
mod outside;

use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use self::edit::Edit;
use self::life::{Begin, Event, Life, Mishap, Theme, lives, pairs};
use self::model::live;
use self::outside::Outside;
use crate::support::Moment;

/// The time after which a change by another client is visible everywhere.
const SETTLED: Duration = Duration::from_mins(6);

/// How many lives of each theme are tested.
const LIVES: u32 = 126;

/// The same lives in every run, so that a failure shows the effect of a change. `PROPTEST_CASES` and `PROPTEST_RNG_SEED` select others.
fn config() -> ProptestConfig {
    let mut config = ProptestConfig::default();
    let is_set = |name: &str| std::env::var_os(name).is_some();
    if !is_set("PROPTEST_CASES") {
        config.cases = LIVES;
    }
    if !is_set("PROPTEST_RNG_SEED") {
        config.rng_seed = RngSeed::Fixed(0);
    }
    config.max_shrink_iters = 100;
    config
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn an_agent_that_is_edited_in_any_way_ends_as_declared(life in lives(Theme::Edits)) {
        live(&life);
    }

    #[test]
    fn an_agent_that_other_clients_change_in_any_way_ends_as_declared(life in lives(Theme::OtherClients)) {
        live(&life);
    }

    #[test]
    fn an_agent_that_two_changes_of_other_clients_meet_ends_as_declared(life in pairs()) {
        live(&life);
    }

    #[test]
    fn an_agent_whose_runs_end_in_any_way_ends_as_declared(life in lives(Theme::Mishaps)) {
        live(&life);
    }

    #[test]
    fn an_agent_to_which_anything_happens_ends_as_declared(life in lives(Theme::Everything)) {
        live(&life);
    }
}

/// Repeats a life that once showed a defect.
fn live_again(begin: Begin, events: impl Into<Vec<Event>>) {
    let events = events.into();
    live(&Life { begin, events });
}

#[test]
fn after_a_stop_while_a_key_has_no_alias_the_next_apply_creates_no_second_key() {
    for after_writes in 1..=6 {
        let stopped = Event::Apply(Mishap::Stopped { after_writes });
        live_again(Begin::WithNothing, [stopped]);
    }
}

#[test]
fn one_apply_fixes_a_disabled_key_and_everything_that_it_hides() {
    let applied = Event::Apply(Mishap::Nothing);
    let events = [applied, Event::Outside(Outside::DisablesKey)];
    live_again(Begin::WithNothing, events);
}

#[test]
fn an_apply_after_half_a_destroy_relies_on_nothing_that_aws_deletes_and_uses_its_log_groups_again()
{
    for write in 2..=8 {
        let halves = [
            Mishap::Stopped {
                after_writes: write,
            },
            Mishap::Killed {
                at_write: write,
                moment: Moment::Before,
                journal_is_lost: true,
            },
        ];
        for half in halves {
            let retention = Edit::of("/observability/retentionDays", "30");
            let events = [Event::Edit(retention), Event::Destroy(half)];
            live_again(Begin::OnAgentCore, events);
        }
    }
}

#[test]
fn one_apply_brings_back_a_key_that_lost_its_alias_and_cannot_be_used() {
    let without_alias = Event::Outside(Outside::DeletesKeyAlias);
    for unusable in [Outside::DisablesKey, Outside::SchedulesKeyDeletion] {
        let unusable = Event::Outside(unusable);
        for begin in [Begin::OnLambda, Begin::OnAgentCore] {
            live_again(begin, [unusable.clone(), without_alias.clone()]);
            live_again(begin, [without_alias.clone(), unusable.clone()]);
        }
    }
}

#[test]
fn one_apply_encrypts_everything_again_after_the_key_is_gone_for_ever() {
    let scheduled = Event::Outside(Outside::SchedulesKeyDeletion);
    // KMS deletes a key after 30 days.
    let gone = Event::Wait {
        minutes: 31 * 24 * 60,
    };
    for begin in [Begin::OnLambda, Begin::OnAgentCore] {
        live_again(begin, [scheduled.clone(), gone.clone()]);
    }
}
