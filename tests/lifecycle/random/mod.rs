//! Random lives: edits, other clients, runs that are killed, stopped or answered badly, in any order. Whatever happened, one apply
//! reaches what a new account would hold, and a destroy leaves nothing.
//!
//! `life` draws what happens, `edit` and `outside` do it, `model` says what must come of it, `account` what counts of an account.

mod account;
mod edit;
mod life;
mod model;
mod outside;

use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use self::edit::Edit;
use self::life::{Begin, Event, Life, Mishap, Theme, lives};
use self::model::live;
use self::outside::Outside;
use crate::support::Moment;

/// How long a change by another client is given to be seen everywhere.
const SETTLED: Duration = Duration::from_mins(6);

/// How many lives of each theme are lived.
const LIVES: u32 = 126;

/// The same lives in every run, so that a change is judged by what it changes. `PROPTEST_CASES` and `PROPTEST_RNG_SEED` ask for others.
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
    fn an_agent_whose_runs_end_in_any_way_ends_as_declared(life in lives(Theme::Mishaps)) {
        live(&life);
    }

    #[test]
    fn an_agent_to_which_anything_happens_ends_as_declared(life in lives(Theme::Everything)) {
        live(&life);
    }
}

/// Lives what once showed a defect.
fn live_again(begin: Begin, events: impl Into<Vec<Event>>) {
    let events = events.into();
    live(&Life { begin, events });
}

#[test]
fn an_apply_that_is_stopped_while_a_key_has_no_alias_leaves_no_second_key_to_the_next() {
    for after_writes in 1..=6 {
        let stopped = Event::Apply(Mishap::Stopped { after_writes });
        live_again(Begin::WithNothing, [stopped]);
    }
}

#[test]
fn one_apply_mends_a_disabled_key_and_all_that_it_hides() {
    let applied = Event::Apply(Mishap::Nothing);
    let events = [applied, Event::Outside(Outside::DisablesKey)];
    live_again(Begin::WithNothing, events);
}

#[test]
fn an_apply_after_half_a_destroy_counts_on_nothing_that_is_going_and_takes_its_log_groups_on() {
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
