//! How drift is shown.

use insta::assert_snapshot;
use serde_json::json;

use super::*;
use crate::kinds::registry;
use crate::manifest::DriftIgnore;
use crate::plan::drift::{DriftReport, Drifted, Finding, Ignored};
use crate::resource::kind::Status;
use crate::resource::operation::s3;
use crate::resource::owner::Ownership;
use crate::ui::{Style, drift_view};

fn drifted(text: &str, finding: Finding) -> Drifted {
    let address = address(text);
    Drifted {
        name: Some(PhysicalName::new(address.name())),
        address,
        agent: Some("triage".into()),
        finding,
        is_recorded: true,
        status: None,
    }
}

fn entry(resource: &str, reason: &str) -> DriftIgnore {
    serde_json::from_value(json!({
        "resource": resource, "field": "*", "reason": reason, "owner": "oncall", "expires": "2026-12-31",
    }))
    .unwrap()
}

fn policy(actions: &[&str]) -> Value {
    json!({ "Version": "2012-10-17", "Statement": [
        { "Sid": "Model", "Effect": "Allow", "Action": actions, "Resource": ["*"] } ] })
}

/// A report with every kind of finding.
fn everything() -> DriftReport {
    let token = |value: &str| Some(json!(value));
    let timeout = change("/timeout", Some(json!(900)), Some(json!(300)));
    DriftReport {
        drifted: vec![
            Drifted {
                agent: None,
                is_recorded: false,
                ..drifted(
                    "artifacts-bucket/shared",
                    Finding::Changed(vec![change(
                        "/versioned",
                        Some(json!(false)),
                        Some(json!(true)),
                    )]),
                )
            },
            drifted(
                "lambda-function/triage",
                Finding::Changed(vec![
                    by(Author::Outside, timeout.clone()),
                    by(Author::Both, change("/memorySize", None, Some(json!(512)))),
                    by(
                        Author::Outside,
                        secret(change(
                            "/environment/TOKEN",
                            token("hunter2"),
                            token("swordfish"),
                        )),
                    ),
                ]),
            ),
            drifted(
                "iam-role/triage.lambda",
                Finding::Changed(vec![by(
                    Author::Outside,
                    change(
                        "/policies/agent",
                        Some(policy(&["s3:*"])),
                        Some(policy(&["s3:GetObject"])),
                    ),
                )]),
            ),
            drifted("lambda-alias/triage.live", Finding::Missing),
            drifted("log-group/triage", Finding::Taken(Ownership::Unmarked)),
            Drifted {
                status: Some(Status::Leaving("deletion on 2026-12-22".into())),
                ..drifted(
                    "kms-key/triage",
                    Finding::Changed(vec![by(
                        Author::Outside,
                        change("/pendingDeletion", Some(json!(true)), Some(json!(false))),
                    )]),
                )
            },
            drifted(
                "lambda-version/triage",
                Finding::Failed("no room".into(), Vec::new()),
            ),
            drifted("lambda-function/foisted", Finding::Unknown),
        ],
        ignored: vec![Ignored {
            address: address("lambda-function/triage"),
            change: by(
                Author::Outside,
                change("/environment/LOG_LEVEL", token("DEBUG"), token("INFO")),
            ),
            entry: entry("lambda-function/*", "an incident is looked into"),
        }],
        expired: vec![entry("kms-key/*", "rotated by hand")],
        unused: vec![entry("iam-role/*", "tagged by the account")],
        unapplied: vec![address("log-group/triage")],
        orphans: vec![(address("lambda-alias/old"), KeptReason::NextApply)],
        unreadable: vec![(
            address("s3-object/triage.code"),
            denied(s3::HEAD_OBJECT, "not authorized"),
        )],
        unread_records: None,
        unchanged: 3,
    }
}

#[test]
fn each_finding_names_resource_field_both_values_and_author() {
    let text = drift_view::text(&everything(), &heading(), &registry(), Style::Plain);
    assert_snapshot!(text, @r#"
    claims · account 111122223333 · us-east-1 · default
    as arn:aws:sts::111122223333:assumed-role/deployer/ci
    fields: live → declared
    shared
      ~ artifacts-bucket/shared  shared
          versioned  false → true                         no record says who changed it
    triage  (lambda)
      ~ lambda-function/triage    triage
          timeout            900 → 300                    changed outside agentctl (live 900)
          memorySize         (not set) → 512              changed by you and outside (live not set)
          environment.TOKEN  (sensitive, changed)         changed outside agentctl
      ~ iam-role/triage.lambda    triage.lambda
          policies.agent                                  changed outside agentctl
                "Statement": [
                  {
                    "Action": [
            -         "s3:*"
            +         "s3:GetObject"
                    ],
                    "Effect": "Allow",
                    "Resource": [
      - lambda-alias/triage.live  triage.live    missing: deleted outside agentctl
      ! log-group/triage          triage         no longer managed by agentctl: its marks are gone, so apply would be refused
      ~ kms-key/triage            triage
          to be deleted: deletion on 2026-12-22
          pendingDeletion  true → false                   changed outside agentctl (live true)
      ! lambda-version/triage     triage         AWS reports a failure: no room
      + lambda-function/foisted   foisted        left over: it has agentctl's marks, but no manifest or record names it
    could not be read
      ? s3-object/triage.code  s3 HeadObject: AccessDeniedException: not authorized (request id 0f1e2d3c)
          hint: allow `s3:GetObject` for the identity that calls
    managed by agentctl, but not declared
      = lambda-alias/old  no longer declared; the next apply deletes it
    ignored
      = 1 ignored, until 2026-12-31: an incident is looked into (oncall)
          lambda-function/triage  environment.LOG_LEVEL  DEBUG → INFO
    ! the entry `kms-key/*` `*` expired on 2026-12-31 and ignores nothing: rotated by hand (oncall)
    ! the entry `iam-role/*` `*` matches nothing: tagged by the account (oncall)
    Incomplete: 1 resource could not be read, so there may be more drift.
    If no record says who changed something, every difference counts.
    1 resource differs because of changes in the manifests that are not applied yet: `agentctl diff --env default` shows them.
    Drift: 8 resources, 6 fields, 1 ignored.  11 calls in 0.31 s
    "#);
}

#[test]
fn markdown_has_a_row_for_each_finding_and_documents_below() {
    let text = drift_view::markdown(&everything(), &heading(), &registry());
    assert_snapshot!(text, @r#"
    ### Drift: 8 resources, 6 fields, 1 ignored.

    project `claims` · account `111122223333` · region `us-east-1` · environment `default`

    **Incomplete: 1 resource could not be read, so there may be more drift.**

    | resource | field | live | declared | who |
    |---|---|---|---|---|
    | `artifacts-bucket/shared`<br>`shared` | `versioned` | `false` | `true` | no record says who changed it |
    | `lambda-function/triage`<br>`triage` | `timeout` | `900` | `300` | changed outside agentctl |
    | `lambda-function/triage`<br>`triage` | `memorySize` | `(not set)` | `512` | changed by you and outside |
    | `lambda-function/triage`<br>`triage` | `environment.TOKEN` | (sensitive, changed) |  | changed outside agentctl |
    | `iam-role/triage.lambda`<br>`triage.lambda` | `policies.agent` | see below | see below | changed outside agentctl |
    | `lambda-alias/triage.live`<br>`triage.live` | | | | `missing: deleted outside agentctl` |
    | `log-group/triage`<br>`triage` | | | | `no longer managed by agentctl: its marks are gone, so apply would be refused` |
    | `kms-key/triage`<br>`triage` | | | | `to be deleted: deletion on 2026-12-22` |
    | `kms-key/triage`<br>`triage` | `pendingDeletion` | `true` | `false` | changed outside agentctl |
    | `lambda-version/triage`<br>`triage` | | | | `AWS reports a failure: no room` |
    | `lambda-function/foisted`<br>`foisted` | | | | `left over: it has agentctl's marks, but no manifest or record names it` |

    `iam-role/triage.lambda` `policies.agent`, `-` live, `+` declared:

    ```diff
        "Statement": [
          {
            "Action": [
    -         "s3:*"
    +         "s3:GetObject"
            ],
            "Effect": "Allow",
            "Resource": [
    ```

    **Could not be read**

    - `s3-object/triage.code`: `s3 HeadObject: AccessDeniedException: not authorized (request id 0f1e2d3c)`

    **Managed by agentctl, and not declared**

    - `lambda-alias/old`: `no longer declared; the next apply deletes it`

    **Ignored**

    - `lambda-function/triage` `environment.LOG_LEVEL`, until 2026-12-31: `an incident is looked into` (`oncall`)

    **Entries that ignore nothing**

    - `kms-key/*` `*` expired on 2026-12-31: `rotated by hand` (`oncall`)
    - `iam-role/*` `*` matches nothing: `tagged by the account` (`oncall`)

    If no record says who changed something, every difference counts.

    1 resource differs because of changes in the manifests that are not applied yet: `agentctl diff --env default` shows them.
    "#);
}

#[test]
fn a_report_for_programs_is_versioned_and_has_both_values_unless_they_are_secret() {
    let report = drift_view::json(&everything(), &heading(), &registry());
    let of = |pointer: &str| report.pointer(pointer).unwrap().clone();
    assert_eq!(
        (of("/format"), of("/verdict")),
        (json!("agentctl/drift/1"), json!("incomplete"))
    );
    assert_snapshot!(format!("{:#}", of("/counts")), @r#"
    {
      "drifted": 8,
      "fields": 6,
      "ignored": 1,
      "orphans": 1,
      "unapplied": 1,
      "unchanged": 3,
      "unreadable": 1
    }
    "#);
    assert_snapshot!(format!("{:#}", of("/drifted/1")), @r#"
    {
      "about": null,
      "address": "lambda-function/triage",
      "agent": "triage",
      "fields": [
        {
          "author": "outside",
          "declared": 300,
          "field": "timeout",
          "live": 900,
          "path": "/timeout",
          "sensitive": false
        },
        {
          "author": "both",
          "declared": 512,
          "field": "memorySize",
          "path": "/memorySize",
          "sensitive": false
        },
        {
          "author": "outside",
          "field": "environment.TOKEN",
          "path": "/environment/TOKEN",
          "sensitive": true
        }
      ],
      "finding": "changed",
      "kind": "lambda-function",
      "name": "triage",
      "recorded": true,
      "status": null
    }
    "#);
    assert_snapshot!(format!("{:#}", of("/ignored/0")), @r#"
    {
      "address": "lambda-function/triage",
      "author": "outside",
      "declared": "INFO",
      "entry": {
        "expires": "2026-12-31",
        "field": "*",
        "owner": "oncall",
        "reason": "an incident is looked into",
        "resource": "lambda-function/*"
      },
      "field": "environment.LOG_LEVEL",
      "live": "DEBUG",
      "path": "/environment/LOG_LEVEL",
      "sensitive": false
    }
    "#);
}

#[test]
fn no_drift_is_one_line_unless_something_could_not_be_read() {
    let shown = |report: &DriftReport| {
        let text = drift_view::text(report, &heading(), &registry(), Style::Plain);
        text.lines().skip(2).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(
        shown(&DriftReport::default()),
        "No drift.  11 calls in 0.31 s"
    );
    let unread = DriftReport {
        unread_records: Some(denied(s3::GET_OBJECT, "not authorized")),
        ..DriftReport::default()
    };
    assert_snapshot!(shown(&unread), @"
    records could not be read
      ? s3 GetObject: AccessDeniedException: not authorized (request id 0f1e2d3c)
          hint: allow `s3:GetObject` for the identity that calls
    Incomplete: the records could not be read, so it is not known who changed what.
    No drift in what could be read.  11 calls in 0.31 s
    ");
}

#[test]
fn no_form_shows_a_secret_or_an_active_text_from_outside() {
    let evil = "`|</table>\n@team \u{1b}[2J[x](http://evil)";
    let mut report = everything();
    report.drifted.push(drifted(
        "lambda-function/triage",
        Finding::Changed(vec![by(
            Author::Outside,
            change("/description", Some(json!(evil)), Some(json!("fine"))),
        )]),
    ));
    report.orphans.push((
        address("lambda-alias/old"),
        KeptReason::Leaving(evil.into()),
    ));
    report.ignored[0].entry = entry("*", evil);
    let markdown = drift_view::markdown(&report, &heading(), &registry());
    let text = drift_view::text(&report, &heading(), &registry(), Style::Plain);
    let machine = drift_view::json(&report, &heading(), &registry()).to_string();
    for shown in [&markdown, &text, &machine] {
        assert!(
            !shown.contains("hunter2") && !shown.contains("swordfish"),
            "{shown}"
        );
    }
    for shown in [&markdown, &text] {
        assert!(!shown.contains('\u{1b}'), "{shown}");
    }
    // Everything outside code is ours.
    let span = regex::Regex::new(r"(?s)(`{3,}).*?\n`{3,}|``.*?``|`[^`]*`").unwrap();
    let bare = span.replace_all(&markdown, "");
    assert!(!bare.contains("evil") && !bare.contains("@team"), "{bare}");
}
