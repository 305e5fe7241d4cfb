//! What people and programs see, with plans and events made by hand.

mod advice;
mod drift;
mod live;
mod markdown;
mod plan;
mod run;
mod safety;
mod survey;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;

use super::command::Invocation;
use super::{Effort, Heading};
use crate::plan::diff::{After, Author, FieldChange};
use crate::plan::kept::KeptReason;
use crate::plan::model::{Action, Note, Plan, PlannedStep, Reason, StepId};
use crate::resource::address::{Address, PhysicalName};
use crate::resource::fault::{Fault, FaultKind};
use crate::resource::operation::Operation;
use crate::resource::owner::Owner;
use crate::resource::reference::{Input, OutputField, Source};

fn heading() -> Heading {
    Heading {
        project: "claims".into(),
        account: "111122223333".into(),
        region: "us-east-1".into(),
        env: "default".into(),
        identity: Some("arn:aws:sts::111122223333:assumed-role/deployer/ci".into()),
        endpoint: None,
        sides: BTreeMap::from([("triage".into(), "lambda".into())]),
        effort: Some(Effort {
            calls: 11,
            elapsed: Duration::from_millis(310),
        }),
        invocation: Invocation {
            options: vec!["--env".into(), "default".into()],
            ..Invocation::default()
        },
    }
}

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

/// A step of the agent `triage`, whose physical name is the name in its address.
fn step(action: Action, text: &str, changes: Vec<FieldChange>) -> PlannedStep {
    let address = address(text);
    PlannedStep {
        owner: Some(Owner {
            project: "claims".into(),
            env: "default".into(),
            region: "us-east-1".into(),
            agent: "triage".into(),
        }),
        name: PhysicalName::new(address.name()).into(),
        id: StepId::whole(&address),
        action,
        desired: None,
        before: None,
        changes,
        notes: Vec::new(),
        needs: BTreeSet::new(),
        summary: String::new(),
    }
}

fn noted(step: PlannedStep, notes: Vec<Note>) -> PlannedStep {
    PlannedStep { notes, ..step }
}

fn summed(step: PlannedStep, summary: &str) -> PlannedStep {
    PlannedStep {
        summary: summary.into(),
        ..step
    }
}

fn shared(step: PlannedStep) -> PlannedStep {
    PlannedStep {
        owner: None,
        ..step
    }
}

fn plan_of(steps: Vec<PlannedStep>) -> Plan {
    Plan {
        steps,
        ..Plan::default()
    }
}

fn change(path: &str, before: Option<Value>, after: Option<Value>) -> FieldChange {
    FieldChange {
        path: path.into(),
        before,
        after: after.map_or(After::Absent, After::Value),
        author: None,
        replaces: false,
        sensitive: false,
    }
}

fn by(author: Author, change: FieldChange) -> FieldChange {
    FieldChange {
        author: Some(author),
        ..change
    }
}

fn secret(change: FieldChange) -> FieldChange {
    FieldChange {
        sensitive: true,
        ..change
    }
}

/// A change to a value that another resource has only after the apply.
fn awaiting(path: &str, before: Option<Value>, of: &str, value: Value) -> FieldChange {
    FieldChange {
        after: After::KnownAfterApply {
            source: Source {
                address: address(of),
                output: "arn".into(),
            },
            value,
        },
        ..change(path, before, None)
    }
}

const ARN: OutputField<String> = OutputField::new("arn");

fn arn_of(text: &str) -> Input<String> {
    ARN.of(&address(text))
}

fn forced(field: &str) -> Action {
    Action::Replace(Reason::Field(field.into()))
}

fn denied(operation: Operation, message: &str) -> Fault {
    Fault {
        code: Some("AccessDeniedException".into()),
        request_id: Some("0f1e2d3c".into()),
        ..Fault::new(FaultKind::Denied, operation, message)
    }
}
