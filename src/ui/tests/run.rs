//! How a run is shown while it goes on, and at its end.

use insta::assert_snapshot;

use super::*;
use crate::event::Event;
use crate::outcome::{Outcome, Outcomes, StepError};
use crate::resource::operation::{kms, lambda};
use crate::resource::owner::Owner;
use crate::ui::plain::{Loudness, Plain};
use crate::ui::{Style, Undertaking, json, ledger};

fn done() -> Outcome {
    Outcome::Done { remains: None }
}

fn finished(step: &StepId, action: Action, outcome: Outcome, elapsed_ms: u64) -> Event {
    Event::Finished {
        step: step.clone(),
        action,
        outcome,
        elapsed_ms,
    }
}

fn started(step: &StepId, action: Action) -> Event {
    Event::Started {
        step: step.clone(),
        action,
    }
}

fn called(step: &StepId, operation: &str) -> Event {
    Event::Called {
        step: step.clone(),
        operation: operation.into(),
    }
}

/// A run with every event that is shown.
fn events() -> Vec<Event> {
    let [role, function, alias, key] = [
        "iam-role/triage.lambda",
        "lambda-function/triage",
        "lambda-alias/triage.live",
        "kms-key/old",
    ]
    .map(|text| StepId::whole(&address(text)));
    let widen = StepId::widen(&role.address);
    let not_visible = Fault {
        code: Some("InvalidParameterValueException".into()),
        ..Fault::new(
            FaultKind::NotYetConsistent,
            lambda::CREATE_FUNCTION,
            "The role defined for the function cannot be assumed by Lambda.",
        )
    };
    let remains = Outcome::Done {
        remains: Some("deletion on 2030-01-08".into()),
    };
    vec![
        Event::Listing {
            scope: "all agents of project `claims` (env default, us-east-1)".into(),
        },
        Event::Reading { resources: 12 },
        started(&role, Action::Create),
        called(&role, "CreateRole"),
        called(&role, "PutRolePolicy"),
        called(&role, "PutRolePolicy"),
        finished(&role, Action::Create, done(), 1_240),
        started(&widen, Action::Update),
        finished(&widen, Action::Update, done(), 90),
        started(&function, Action::Create),
        Event::Waiting {
            step: function.clone(),
            fault: not_visible,
            delay_ms: 2_000,
        },
        called(&function, "CreateFunction"),
        Event::Settling {
            step: function.clone(),
            status: "Pending".into(),
        },
        finished(
            &function,
            Action::Create,
            Outcome::Failed(StepError::ServiceFailed("InternalError".into())),
            61_000,
        ),
        finished(
            &alias,
            Action::Update,
            Outcome::Skipped {
                because_of: function,
            },
            0,
        ),
        started(&key, Action::Delete),
        finished(&key, Action::Delete, remains, 400),
        Event::Warning {
            message: "the journal could not be written: disk full".into(),
        },
    ]
}

fn answer(loudness: Loudness) -> String {
    let mut plain = Plain::new(Style::Plain, loudness);
    let mut out = Vec::new();
    for event in events() {
        plain.event(&event, &mut out).unwrap();
    }
    String::from_utf8(out).unwrap()
}

#[test]
fn each_event_is_a_line_that_names_its_resource() {
    assert_snapshot!(answer(Loudness::Normal), @"
    listing the resources of all agents of project `claims` (env default, us-east-1)
    reading 12 resources
      + creating    iam-role triage.lambda
        created     iam-role triage.lambda  1.2 s  (CreateRole, PutRolePolicy ×2)
      ~ widening    iam-role triage.lambda
        widened     iam-role triage.lambda  0.09 s
      + creating    lambda-function triage
        waiting     lambda-function triage  role or grant not visible to Lambda yet (InvalidParameterValueException), again in 2.0 s
        settling    lambda-function triage  Pending
      ! failed      lambda-function triage  1 min 01 s  AWS reports a failure: InternalError
        skipped     lambda-alias triage.live  because of lambda-function/triage
      - deleting    kms-key old
        deleted     kms-key old  0.40 s  remains: deletion on 2030-01-08
    warning: the journal could not be written: disk full
    ");
}

#[test]
fn a_quiet_run_shows_only_failures_and_warnings() {
    assert_snapshot!(answer(Loudness::Quiet), @"
      ! failed      lambda-function triage  1 min 01 s  AWS reports a failure: InternalError
    warning: the journal could not be written: disk full
    ");
}

/// A plan whose steps each ended differently.
fn run() -> (Plan, Outcomes) {
    let role = step(Action::Update, "iam-role/triage.lambda", Vec::new());
    let widen = PlannedStep {
        id: StepId::widen(&role.id.address),
        ..role.clone()
    };
    let function = step(Action::Create, "lambda-function/triage", Vec::new());
    let fault = denied(
        lambda::CREATE_FUNCTION,
        "User: arn:aws:sts::1:assumed-role/deployer/ci is not authorized to perform: iam:PassRole on resource: arn:aws:iam::1:role/x because no identity-based policy allows the iam:PassRole action",
    );
    let because_of = function.id.clone();
    let ended = [
        (
            step(Action::Create, "kms-key/triage", Vec::new()),
            Some(done()),
        ),
        (
            step(Action::Create, "s3-object/triage.prompt", Vec::new()),
            Some(done()),
        ),
        (widen, Some(done())),
        (
            role,
            Some(Outcome::Skipped {
                because_of: because_of.clone(),
            }),
        ),
        (function, Some(Outcome::Failed(StepError::Fault(fault)))),
        (
            step(forced("/function"), "lambda-alias/triage.live", Vec::new()),
            Some(Outcome::Skipped { because_of }),
        ),
        (
            step(Action::Delete, "kms-key/old", Vec::new()),
            Some(Outcome::Done {
                remains: Some("deletion on 2030-01-08".into()),
            }),
        ),
        (
            step(Action::Update, "log-group/triage", Vec::new()),
            Some(Outcome::Interrupted {
                doing: "accepted, still Pending".into(),
            }),
        ),
        (step(Action::Delete, "log-group/old", Vec::new()), None),
    ];
    let mut outcomes = Outcomes::default();
    let mut plan = Plan {
        unchanged: vec![(address("artifacts-bucket/artifacts"), None)],
        unreadable: vec![(
            address("kms-key/scan"),
            Fault::new(FaultKind::Unreachable, kms::LIST_KEYS, "timed out"),
        )],
        kept: vec![(
            address("kms-key/alias/scan"),
            KeptReason::Leaving("what still serves may need it".into()),
        )],
        ..Plan::default()
    };
    for (step, outcome) in ended {
        if let Some(outcome) = outcome {
            outcomes.steps.insert(step.id.clone(), outcome);
        }
        plan.steps.push(step);
    }
    (plan, outcomes)
}

#[test]
fn the_ledger_shows_how_every_resource_ended_and_what_to_do() {
    let (plan, outcomes) = run();
    assert_snapshot!(ledger(&outcomes, &plan, Undertaking::Apply, &heading().invocation, Style::Plain), @"
    created 2
      kms-key/triage
      s3-object/triage.prompt
    deleted 1
      kms-key/old
        remains: deletion on 2030-01-08
    unchanged 1
    widened, not yet narrowed 1
      iam-role/triage.lambda
        has the old and the new permissions
    failed 1
      lambda-function/triage
        lambda CreateFunction: AccessDeniedException: User: arn:aws:sts::1:assumed-role/deployer/ci is not authorized to perform: iam:PassRole on resource: arn:aws:iam::1:role/x because no identity-based policy allows the iam:PassRole action
        request id: 0f1e2d3c
        hint: allow `iam:PassRole` on `arn:aws:iam::1:role/x` in an identity-based policy
    skipped 2
      iam-role/triage.lambda
        because of lambda-function/triage
      lambda-alias/triage.live
        because of lambda-function/triage
    interrupted 1
      log-group/triage
        accepted, still Pending
    not started 1
      log-group/old
    could not be read 1
      kms-key/scan
        kms ListKeys: timed out
        hint: check the network, `HTTPS_PROXY` and `NO_PROXY`, and `AWS_ENDPOINT_URL` if it is set
    kept 1
      kms-key/alias/scan
        what still serves may need it
    Applied in part: 3 of 8 resources done, 1 failed, 2 skipped, 1 interrupted, 1 not started. To continue, run `agentctl apply --env default` again
    ");
}

#[test]
fn a_run_that_did_all_it_planned_says_so() {
    let plan = plan_of(vec![step(Action::Delete, "kms-key/old", Vec::new())]);
    let outcomes = Outcomes {
        steps: [(plan.steps[0].id.clone(), done())].into(),
        ..Outcomes::default()
    };
    assert_snapshot!(ledger(&outcomes, &plan, Undertaking::Destroy, &heading().invocation, Style::Plain), @"
    deleted 1
      kms-key/old
    Done: 1 resource as planned.
    ");
}

#[test]
fn a_lock_that_could_not_be_released_is_named_with_the_command_that_removes_it() {
    let owner = Owner {
        project: "claims".into(),
        env: "default".into(),
        region: "us-east-1".into(),
        agent: "triage".into(),
    };
    let outcomes = Outcomes {
        locks_left: [owner].into(),
        ..Outcomes::default()
    };
    let text = ledger(
        &outcomes,
        &plan_of(Vec::new()),
        Undertaking::Apply,
        &heading().invocation,
        Style::Plain,
    );
    assert!(
        text.contains("lock left behind 1\n  triage\n    the next run on this machine takes it over at once, others after five minutes; `agentctl unlock triage"),
        "{text}"
    );
}

#[test]
fn what_is_in_use_again_is_kept_and_counts_as_done() {
    let plan = plan_of(vec![
        step(Action::Delete, "kms-key/old", Vec::new()),
        step(Action::Delete, "lambda-old-version/triage.1", Vec::new()),
    ]);
    let kept = Outcome::Kept {
        reason: "`triage:live` names it".into(),
    };
    let outcomes = Outcomes {
        steps: [
            (plan.steps[0].id.clone(), done()),
            (plan.steps[1].id.clone(), kept),
        ]
        .into(),
        ..Outcomes::default()
    };
    assert!(outcomes.all_done());
    assert_snapshot!(ledger(&outcomes, &plan, Undertaking::Apply, &heading().invocation, Style::Plain), @"
    deleted 1
      kms-key/old
    kept, because it is in use again 1
      lambda-old-version/triage.1
        `triage:live` names it
    Done: 1 resource as planned; 1 kept.
    ");
}

#[test]
fn a_run_without_steps_is_only_called_complete_when_all_was_read() {
    let (unread, _) = run();
    let unread = unread.only(|_| false);
    let last = |plan: &Plan| {
        let text = ledger(
            &Outcomes::default(),
            plan,
            Undertaking::Destroy,
            &heading().invocation,
            Style::Plain,
        );
        text.lines().last().unwrap().to_owned()
    };
    assert_snapshot!(last(&Plan::default()), @"Nothing to do.");
    assert_snapshot!(last(&unread), @"Incomplete: 0 resources done, but not everything could be read. Run `agentctl destroy --env default` again when it can be read");
}

#[test]
fn events_for_programs_are_versioned_lines_with_a_summary_at_the_end() {
    let (plan, outcomes) = run();
    let mut out = Vec::new();
    json::opening(Some(&heading()), &mut out).unwrap();
    for event in events() {
        json::event(&event, &heading().invocation, &mut out).unwrap();
    }
    json::summary(&outcomes, &plan, &[], &heading().invocation, &mut out).unwrap();
    insta::with_settings!({ filters => vec![(env!("CARGO_PKG_VERSION"), "[version]")] }, {
        assert_snapshot!(String::from_utf8(out).unwrap(), @r#"
        {"agentctl":"[version]","format":"agentctl/events/1","heading":{"account":"111122223333","calls":11,"elapsed_ms":310,"endpoint":null,"env":"default","identity":"arn:aws:sts::111122223333:assumed-role/deployer/ci","project":"claims","region":"us-east-1","sides":{"triage":"lambda"}}}
        {"event":"listing","scope":"all agents of project `claims` (env default, us-east-1)"}
        {"event":"reading","resources":12}
        {"action":"create","address":"iam-role/triage.lambda","event":"started","phase":"whole","reason":null}
        {"address":"iam-role/triage.lambda","event":"called","operation":"CreateRole","phase":"whole"}
        {"address":"iam-role/triage.lambda","event":"called","operation":"PutRolePolicy","phase":"whole"}
        {"address":"iam-role/triage.lambda","event":"called","operation":"PutRolePolicy","phase":"whole"}
        {"action":"create","address":"iam-role/triage.lambda","elapsed_ms":1240,"event":"finished","outcome":"done","phase":"whole","reason":null,"remains":null}
        {"action":"update","address":"iam-role/triage.lambda","event":"started","phase":"widen","reason":null}
        {"action":"update","address":"iam-role/triage.lambda","elapsed_ms":90,"event":"finished","outcome":"done","phase":"widen","reason":null,"remains":null}
        {"action":"create","address":"lambda-function/triage","event":"started","phase":"whole","reason":null}
        {"address":"lambda-function/triage","delay_ms":2000,"event":"waiting","fault":{"code":"InvalidParameterValueException","kind":"not_yet_consistent","message":"The role defined for the function cannot be assumed by Lambda.","operation":"lambda CreateFunction","request_id":null},"phase":"whole"}
        {"address":"lambda-function/triage","event":"called","operation":"CreateFunction","phase":"whole"}
        {"address":"lambda-function/triage","event":"settling","phase":"whole","status":"Pending"}
        {"action":"create","address":"lambda-function/triage","elapsed_ms":61000,"error":{"hint":null,"kind":"service_failed","message":"AWS reports a failure: InternalError"},"event":"finished","outcome":"failed","phase":"whole","reason":null}
        {"action":"update","address":"lambda-alias/triage.live","because_of":{"address":"lambda-function/triage","phase":"whole"},"elapsed_ms":0,"event":"finished","outcome":"skipped","phase":"whole","reason":null}
        {"action":"delete","address":"kms-key/old","event":"started","phase":"whole","reason":null}
        {"action":"delete","address":"kms-key/old","elapsed_ms":400,"event":"finished","outcome":"done","phase":"whole","reason":null,"remains":"deletion on 2030-01-08"}
        {"event":"warning","message":"the journal could not be written: disk full"}
        {"complete":false,"done":false,"event":"summary","kept":[{"address":"kms-key/alias/scan","reason":"what still serves may need it"}],"steps":[{"action":"create","address":"kms-key/triage","outcome":"done","phase":"whole","reason":null,"remains":null},{"action":"create","address":"s3-object/triage.prompt","outcome":"done","phase":"whole","reason":null,"remains":null},{"action":"update","address":"iam-role/triage.lambda","outcome":"done","phase":"widen","reason":null,"remains":null},{"action":"update","address":"iam-role/triage.lambda","because_of":{"address":"lambda-function/triage","phase":"whole"},"outcome":"skipped","phase":"whole","reason":null},{"action":"create","address":"lambda-function/triage","error":{"fault":{"code":"AccessDeniedException","kind":"denied","message":"User: arn:aws:sts::1:assumed-role/deployer/ci is not authorized to perform: iam:PassRole on resource: arn:aws:iam::1:role/x because no identity-based policy allows the iam:PassRole action","operation":"lambda CreateFunction","request_id":"0f1e2d3c"},"hint":"allow `iam:PassRole` on `arn:aws:iam::1:role/x` in an identity-based policy","kind":"fault","message":"lambda CreateFunction: AccessDeniedException: User: arn:aws:sts::1:assumed-role/deployer/ci is not authorized to perform: iam:PassRole on resource: arn:aws:iam::1:role/x because no identity-based policy allows the iam:PassRole action (request id 0f1e2d3c)"},"outcome":"failed","phase":"whole","reason":null},{"action":"replace","address":"lambda-alias/triage.live","because_of":{"address":"lambda-function/triage","phase":"whole"},"outcome":"skipped","phase":"whole","reason":{"field":"/function"}},{"action":"delete","address":"kms-key/old","outcome":"done","phase":"whole","reason":null,"remains":"deletion on 2030-01-08"},{"action":"update","address":"log-group/triage","doing":"accepted, still Pending","outcome":"interrupted","phase":"whole","reason":null},{"action":"delete","address":"log-group/old","outcome":"not_started","phase":"whole","reason":null}],"unchanged":1,"unreadable":[{"address":"kms-key/scan","fault":{"code":null,"kind":"unreachable","message":"timed out","operation":"kms ListKeys","request_id":null},"hint":"check the network, `HTTPS_PROXY` and `NO_PROXY`, and `AWS_ENDPOINT_URL` if it is set"}]}
        "#);
    });
}
