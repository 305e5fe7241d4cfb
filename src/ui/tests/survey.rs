//! Status, outputs and graph.

use std::collections::BTreeMap;

use insta::assert_snapshot;
use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::executor::agent_status::{AgentStatus, LastApply};
use crate::executor::lock::{Etag, FoundHolder, FoundLock, Holder};
use crate::observe::survey::{Condition, Surveyed};
use crate::plan::pin::{AgentPins, Pin};
use crate::resource::operation::{iam, s3};
use crate::ui::{Style, graph, outputs, status};

fn surveyed(text: &str, condition: Condition) -> Surveyed {
    let address = address(text);
    Surveyed {
        agent: Some("triage".into()),
        name: Some(PhysicalName::new(address.name())),
        address,
        condition,
        is_pointer: false,
        serves: None,
        outputs: BTreeMap::new(),
    }
}

fn with_outputs(one: Surveyed, outputs: &[(&str, &str)]) -> Surveyed {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Surveyed {
        outputs: outputs.iter().map(owned).collect(),
        ..one
    }
}

fn pointer() -> Surveyed {
    Surveyed {
        is_pointer: true,
        serves: Some("3".into()),
        ..with_outputs(
            surveyed("lambda-alias/triage.live", Condition::Ready),
            &[
                (
                    "arn",
                    "arn:aws:lambda:us-east-1:111122223333:function:triage:live",
                ),
                ("name", "live"),
            ],
        )
    }
}

fn all() -> Vec<Surveyed> {
    let fault = denied(iam::GET_ROLE, "not authorized to perform: iam:GetRole");
    vec![
        Surveyed {
            agent: None,
            ..surveyed("artifacts-bucket/shared", Condition::Ready)
        },
        surveyed(
            "kms-key/triage",
            Condition::Leaving("deleted on 1 May\u{1b}[2J".into()),
        ),
        Surveyed {
            name: None,
            ..surveyed("log-group/triage", Condition::Absent)
        },
        surveyed("iam-role/triage.lambda", Condition::Unreadable(fault)),
        surveyed(
            "lambda-function/triage",
            Condition::Settling("InProgress".into()),
        ),
        surveyed("lambda-version/triage", Condition::Failed("no room".into())),
        surveyed("s3-object/triage.code", Condition::Foreign),
        pointer(),
    ]
}

fn at(minutes: i64) -> Timestamp {
    let start: Timestamp = "2026-05-01T12:00:00Z".parse().unwrap();
    start + SignedDuration::from_mins(minutes)
}

fn pin(version: u64) -> Pin {
    Pin {
        version,
        by: "arn:aws:iam::1:user/ada".into(),
        since: "2026-05-01T11:00:00Z".into(),
        reason: None,
        moved_from: None,
    }
}

fn kept(seen: i64) -> BTreeMap<String, AgentStatus> {
    let holder = Holder {
        pid: 7,
        process: None,
        ..Holder::new("ci@runner-7", "apply", at(1))
    };
    let found = FoundLock {
        holder: FoundHolder::Named(holder),
        etag: Etag::new("e"),
        modified: at(2),
        seen: at(seen),
    };
    let applied = LastApply {
        at: at(0),
        agentctl: "0.1.0".into(),
    };
    let kept = AgentStatus {
        applied: Ok(Some(applied)),
        pins: Ok([(address("lambda-alias/triage.live"), Ok(pin(3)))].into()),
        lock: Ok(Some(found)),
    };
    BTreeMap::from([("triage".to_owned(), kept)])
}

#[test]
fn a_status_shows_the_condition_of_each_resource_and_the_lock_of_each_agent() {
    assert_snapshot!(status::text(&all(), &kept(3), &heading(), Style::Plain), @r"
    claims · account 111122223333 · us-east-1 · default
    as arn:aws:sts::111122223333:assumed-role/deployer/ci
    shared
      ready       artifacts-bucket  shared
    triage  (lambda)
      leaving     kms-key           triage         deleted on 1 May\u{1b}[2J
      absent      log-group
      unreadable  iam-role          triage.lambda  iam GetRole: AccessDeniedException: not authorized to perform: iam:GetRole (request id 0f1e2d3c)
                  hint: allow `iam:GetRole` for the identity that calls
      settling    lambda-function   triage         InProgress
      failed      lambda-version    triage         no room
      foreign     s3-object         triage.code
      ready       lambda-alias      triage.live    serves version 3, pinned to version 3 by arn:aws:iam::1:user/ada since 2026-05-01T11:00:00Z
      last applied 2026-05-01T12:00:00Z by agentctl 0.1.0
      locked by ci@runner-7 (`apply`, pid 7) since 2026-05-01T12:01:00Z, last heartbeat 2026-05-01T12:01:00Z
    ");
}

#[test]
fn a_status_for_programs_has_the_same_content() {
    let few: Vec<Surveyed> = all()
        .into_iter()
        .filter(|one| one.agent.is_none() || one.is_pointer || one.name.is_none())
        .collect();
    assert_snapshot!(format!("{:#}", status::json(&few, &kept(3), &heading())), @r#"
    {
      "agentctl": "0.1.0",
      "agents": [
        {
          "agent": "triage",
          "kept": {
            "applied": {
              "agentctl": "0.1.0",
              "at": "2026-05-01T12:00:00Z"
            },
            "applied_unreadable": null,
            "lock": {
              "abandoned": false,
              "command": "apply",
              "heartbeat": "2026-05-01T12:01:00Z",
              "pid": 7,
              "since": "2026-05-01T12:01:00Z",
              "who": "ci@runner-7"
            },
            "lock_unreadable": null,
            "pins_unreadable": null
          },
          "resources": [
            {
              "address": "log-group/triage",
              "condition": "absent",
              "detail": null,
              "kind": "log-group",
              "name": null,
              "pin": null,
              "pin_unreadable": null,
              "serves": null
            },
            {
              "address": "lambda-alias/triage.live",
              "condition": "ready",
              "detail": null,
              "kind": "lambda-alias",
              "name": "triage.live",
              "pin": {
                "by": "arn:aws:iam::1:user/ada",
                "reason": null,
                "since": "2026-05-01T11:00:00Z",
                "version": "3"
              },
              "pin_unreadable": null,
              "serves": "3"
            }
          ]
        }
      ],
      "complete": true,
      "format": "agentctl/status/1",
      "heading": {
        "account": "111122223333",
        "calls": 11,
        "elapsed_ms": 310,
        "endpoint": null,
        "env": "default",
        "identity": "arn:aws:sts::111122223333:assumed-role/deployer/ci",
        "project": "claims",
        "region": "us-east-1",
        "sides": {
          "triage": "lambda"
        }
      },
      "shared": [
        {
          "address": "artifacts-bucket/shared",
          "condition": "ready",
          "detail": null,
          "kind": "artifacts-bucket",
          "name": "shared",
          "pin": null,
          "pin_unreadable": null,
          "serves": null
        }
      ]
    }
    "#);
}

#[test]
fn locks_and_records_may_be_abandoned_absent_or_unreadable() {
    let one = [pointer()];
    let last_lines = |kept: &BTreeMap<String, AgentStatus>| {
        let text = status::text(&one, kept, &heading(), Style::Plain);
        let lines: Vec<&str> = text.lines().skip(4).collect();
        lines.join("\n")
    };
    assert_snapshot!(last_lines(&kept(30)), @"
    last applied 2026-05-01T12:00:00Z by agentctl 0.1.0
    lock abandoned by ci@runner-7 (`apply`, pid 7) since 2026-05-01T12:01:00Z, last heartbeat 2026-05-01T12:01:00Z
    ");
    let with = |applied, lock| {
        let pins = Ok(AgentPins::new());
        BTreeMap::from([(
            "triage".to_owned(),
            AgentStatus {
                applied,
                pins,
                lock,
            },
        )])
    };
    let fault = || denied(s3::GET_OBJECT, "no");
    assert_snapshot!(last_lines(&with(Ok(None), Ok(None))), @"  no apply is recorded");
    assert_snapshot!(last_lines(&with(Err(fault()), Err(fault()))), @"
    last apply unknown: s3 GetObject: AccessDeniedException: no (request id 0f1e2d3c)
    lock unknown: s3 GetObject: AccessDeniedException: no (request id 0f1e2d3c)
    ");
    assert!(status::is_complete(&one, &with(Ok(None), Ok(None))));
    assert!(!status::is_complete(&one, &with(Err(fault()), Ok(None))));
    assert!(!status::is_complete(&one, &with(Ok(None), Err(fault()))));
    assert!(!status::is_complete(&all(), &with(Ok(None), Ok(None))));
}

#[test]
fn a_pointer_away_from_its_pin_is_named_and_an_unreadable_pin_makes_the_status_incomplete() {
    let one = [pointer()];
    let with = |pins| {
        BTreeMap::from([(
            "triage".to_owned(),
            AgentStatus {
                applied: Ok(None),
                pins,
                lock: Ok(None),
            },
        )])
    };
    let at = |pin| with(Ok([(address("lambda-alias/triage.live"), pin)].into()));
    let shown = |kept: &BTreeMap<String, AgentStatus>| {
        let text = status::text(&one, kept, &heading(), Style::Plain);
        let lines: Vec<String> = text.lines().skip(3).map(str::to_owned).collect();
        (lines.join("\n"), status::is_complete(&one, kept))
    };
    let (moved, is_complete) = shown(&at(Ok(pin(2))));
    assert!(is_complete);
    assert_snapshot!(moved, @"
    ready       lambda-alias  triage.live  serves version 3, although pinned to version 2 by arn:aws:iam::1:user/ada since 2026-05-01T11:00:00Z
    no apply is recorded
    ");
    let fault = || denied(s3::GET_OBJECT, "no");
    let (unread, is_complete) = shown(&at(Err(fault())));
    assert!(!is_complete);
    assert_snapshot!(unread, @"
    ready       lambda-alias  triage.live  serves version 3, its pin could not be read: s3 GetObject: AccessDeniedException: no (request id 0f1e2d3c)
    no apply is recorded
    ");
    let (unlisted, is_complete) = shown(&with(Err(fault())));
    assert!(!is_complete);
    assert_snapshot!(unlisted, @"
    ready       lambda-alias  triage.live  serves version 3
    no apply is recorded
    pins unknown: s3 GetObject: AccessDeniedException: no (request id 0f1e2d3c)
    ");
}

#[test]
fn outputs_begin_with_what_callers_use() {
    let function = with_outputs(
        surveyed("lambda-function/triage", Condition::Ready),
        &[(
            "arn",
            "arn:aws:lambda:us-east-1:111122223333:function:triage",
        )],
    );
    let all = [
        function,
        surveyed("log-group/triage", Condition::Absent),
        pointer(),
    ];
    assert_snapshot!(outputs::text(&all, &heading(), Style::Plain), @"
    claims · account 111122223333 · us-east-1 · default
    as arn:aws:sts::111122223333:assumed-role/deployer/ci
    triage  (lambda)
      lambda-alias/triage.live  for callers
        arn   arn:aws:lambda:us-east-1:111122223333:function:triage:live
        name  live
      lambda-function/triage
        arn  arn:aws:lambda:us-east-1:111122223333:function:triage
      log-group/triage  absent
    ");
    assert_snapshot!(format!("{:#}", outputs::json(&all, &heading())), @r#"
    {
      "agentctl": "0.1.0",
      "agents": [
        {
          "agent": "triage",
          "resources": [
            {
              "address": "lambda-function/triage",
              "condition": "ready",
              "for_callers": false,
              "kind": "lambda-function",
              "name": "triage",
              "outputs": {
                "arn": "arn:aws:lambda:us-east-1:111122223333:function:triage"
              }
            },
            {
              "address": "log-group/triage",
              "condition": "absent",
              "for_callers": false,
              "kind": "log-group",
              "name": "triage",
              "outputs": {}
            },
            {
              "address": "lambda-alias/triage.live",
              "condition": "ready",
              "for_callers": true,
              "kind": "lambda-alias",
              "name": "triage.live",
              "outputs": {
                "arn": "arn:aws:lambda:us-east-1:111122223333:function:triage:live",
                "name": "live"
              }
            }
          ]
        }
      ],
      "format": "agentctl/outputs/1",
      "heading": {
        "account": "111122223333",
        "calls": 11,
        "elapsed_ms": 310,
        "endpoint": null,
        "env": "default",
        "identity": "arn:aws:sts::111122223333:assumed-role/deployer/ci",
        "project": "claims",
        "region": "us-east-1",
        "sides": {
          "triage": "lambda"
        }
      },
      "shared": []
    }
    "#);
}

#[test]
fn a_graph_is_text_mermaid_or_dot_and_names_cannot_break_out_of_any() {
    let key = step(Action::Create, "kms-key/triage", Vec::new());
    let mut file = step(
        Action::Create,
        "s3-object/triage.tools.a\"#\\\u{1b}.py",
        Vec::new(),
    );
    file.needs.insert(key.id.clone());
    let mut role = step(Action::Create, "iam-role/triage", Vec::new());
    role.needs.extend([key.id.clone(), file.id.clone()]);
    let plan = plan_of(vec![key, file, role]);
    assert_snapshot!(graph::text(&plan), @r##"
    kms-key/triage
    s3-object/triage.tools.a"#\\u{1b}.py
      after kms-key/triage
    iam-role/triage
      after kms-key/triage, s3-object/triage.tools.a"#\\u{1b}.py
    "##);
    assert_snapshot!(graph::mermaid(&plan), @r##"
    flowchart LR
      n0["kms-key/triage"]
      n1["s3-object/triage.tools.a#quot;#35;\\u{1b}.py"]
      n2["iam-role/triage"]
      n0 --> n1
      n0 --> n2
      n1 --> n2
    "##);
    assert_snapshot!(graph::dot(&plan), @r##"
    digraph {
      rankdir=LR
      node [shape=box]
      n0 [label="kms-key/triage"]
      n1 [label="s3-object/triage.tools.a\"#\\\\u{1b}.py"]
      n2 [label="iam-role/triage"]
      n0 -> n1
      n0 -> n2
      n1 -> n2
    }
    "##);
}
