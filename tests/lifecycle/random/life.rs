//! The events in the life of an agent, as plain data: drawn in advance, printed when a life fails, and shortened.

use std::fmt;

use proptest::prelude::*;
use proptest::sample::select;

use super::edit::{Edit, edit};
use super::outside::Outside;
use crate::support::Moment;

/// A life: its beginning, and the events after it. An event that is not possible when its turn comes is skipped.
#[derive(Clone)]
pub(super) struct Life {
    pub(super) begin: Begin,
    pub(super) events: Vec<Event>,
}

/// What exists when a life begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Begin {
    WithNothing,
    OnLambda,
    OnAgentCore,
}

impl Begin {
    pub(super) const ALL: [Self; 3] = [Self::WithNothing, Self::OnLambda, Self::OnAgentCore];

    /// Returns the declared side.
    pub(super) fn side(self) -> &'static str {
        match self {
            Self::WithNothing | Self::OnLambda => "lambda",
            Self::OnAgentCore => "agentcore",
        }
    }
}

/// An event.
#[derive(Debug, Clone)]
pub(super) enum Event {
    /// The user edits the manifest or a file.
    Edit(Edit),
    /// Another client changes something.
    Outside(Outside),
    /// `agentctl apply`.
    Apply(Mishap),
    /// `agentctl drift`.
    Drift,
    /// `agentctl diff --out` and `agentctl apply --plan`, and what another client does in between.
    SavedPlan(Option<Outside>),
    /// `agentctl rollback`.
    Rollback,
    /// `agentctl promote`.
    Promote,
    /// Time passes.
    Wait { minutes: u64 },
    /// `agentctl destroy`.
    Destroy(Mishap),
}

/// What happens to a run. Writes are counted from 1, including those for locks and records. A write that the run does not reach has no
/// effect.
#[derive(Debug, Clone)]
pub(super) enum Mishap {
    Nothing,
    /// The process is killed before or after the effect of a write.
    Killed {
        at_write: u64,
        moment: Moment,
        journal_is_lost: bool,
    },
    /// The user stops it after so many writes.
    Stopped {
        after_writes: u64,
    },
    /// One call gets this answer, once.
    Fault {
        trouble: Trouble,
        at_call: u64,
        writes_only: bool,
    },
}

/// How a call can go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    Throttle,
    ServerError,
    ResetBefore,
    ResetAfter,
    Denied,
    StaleRead,
}

/// The main subject of a life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Theme {
    Edits,
    OtherClients,
    Mishaps,
    Everything,
}

/// The most events in a life.
const MOST: usize = 4;

impl fmt::Debug for Life {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a life that begins {:?}", self.begin)?;
        for (number, event) in (1..).zip(&self.events) {
            write!(f, "\n  {number}. {event:?}")?;
        }
        Ok(())
    }
}

/// Draws lives.
pub(super) fn lives(theme: Theme) -> impl Strategy<Value = Life> {
    let events = prop::collection::vec(event(theme), 1..=MOST);
    (select(&Begin::ALL), events).prop_map(|(begin, events)| Life { begin, events })
}

/// Draws lives with two changes by other clients, one right after the other.
pub(super) fn pairs() -> impl Strategy<Value = Life> {
    let begin = select(&[Begin::OnLambda, Begin::OnAgentCore]);
    let pair = (select(Outside::ALL), select(Outside::ALL));
    (begin, pair).prop_map(|(begin, (one, other))| Life {
        begin,
        events: vec![Event::Outside(one), Event::Outside(other)],
    })
}

fn event(theme: Theme) -> BoxedStrategy<Event> {
    let outside = || select(Outside::ALL);
    let meanwhile = prop::option::weighted(0.6, outside());
    let [
        edits,
        outsides,
        bare,
        mishaps,
        drifts,
        saved,
        pointer,
        waits,
        destroys,
    ] = match theme {
        Theme::Edits => [10, 0, 4, 0, 1, 2, 2, 1, 0],
        Theme::OtherClients => [3, 10, 3, 0, 5, 3, 0, 1, 0],
        Theme::Mishaps => [8, 0, 0, 10, 0, 0, 0, 1, 2],
        Theme::Everything => [6, 5, 3, 4, 2, 1, 2, 2, 2],
    };
    prop_oneof![
        edits => edit().prop_map(Event::Edit),
        outsides => outside().prop_map(Event::Outside),
        bare => Just(Event::Apply(Mishap::Nothing)),
        mishaps => mishap().prop_map(Event::Apply),
        drifts => Just(Event::Drift),
        saved => meanwhile.prop_map(Event::SavedPlan),
        pointer => prop_oneof![Just(Event::Rollback), Just(Event::Promote)],
        waits => select(&[1_u64, 30, 24 * 60, 40 * 24 * 60][..]).prop_map(|minutes| Event::Wait { minutes }),
        destroys => prop_oneof![Just(Mishap::Nothing), mishap()].prop_map(Event::Destroy),
    ]
    .boxed()
}

/// A run may fail because of a refusal, so refusals are more frequent.
const TROUBLES: &[Trouble] = &[
    Trouble::Throttle,
    Trouble::ServerError,
    Trouble::ResetBefore,
    Trouble::ResetAfter,
    Trouble::Denied,
    Trouble::Denied,
    Trouble::StaleRead,
];

fn mishap() -> impl Strategy<Value = Mishap> {
    let moment = prop_oneof![Just(Moment::Before), Just(Moment::After)];
    prop_oneof![
        3 => (1..16_u64, moment, any::<bool>()).prop_map(|(at_write, moment, journal_is_lost)| {
            Mishap::Killed { at_write, moment, journal_is_lost }
        }),
        1 => (1..16_u64).prop_map(|after_writes| Mishap::Stopped { after_writes }),
        2 => (select(TROUBLES), 1..16_u64, any::<bool>()).prop_map(|(trouble, at_call, writes)| {
            Mishap::Fault {
                trouble,
                at_call,
                // Only reads can be stale.
                writes_only: writes && trouble != Trouble::StaleRead,
            }
        }),
    ]
}
