//! How plans are shown.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::*;
use crate::kinds::registry;
use crate::plan::model::{OlderPermissions, PinFate, PlannedPin, Purpose};
use crate::plan::pin::Pin;
use crate::resource::operation::kms;
use crate::resource::reference::Part;
use crate::ui::{Style, plan_view};

fn shown(plan: &Plan) -> String {
    plan_view::text(plan, &heading(), &registry(), Style::Plain)
}

/// Shows an update of a function, without heading and count.
fn fields(changes: Vec<FieldChange>) -> String {
    let plan = plan_of(vec![step(
        Action::Update,
        "lambda-function/triage",
        changes,
    )]);
    let text = shown(&plan);
    let lines: Vec<&str> = text.lines().skip(2).collect();
    lines[..lines.len() - 1].join("\n")
}

fn policy(actions: &[&str]) -> Value {
    json!({ "Version": "2012-10-17", "Statement": [
        { "Sid": "Model", "Effect": "Allow", "Action": actions, "Resource": ["arn:aws:bedrock:us-east-1::foundation-model/m"] } ] })
}

/// A role whose policy both widens and narrows, in two phases around the move of its alias.
pub(super) fn role_in_two_phases() -> Vec<PlannedStep> {
    let (before, after) = (
        policy(&["bedrock:Converse"]),
        policy(&["bedrock:InvokeModel"]),
    );
    let role = noted(
        step(
            Action::Update,
            "iam-role/triage.lambda",
            vec![by(
                Author::You,
                change("/policies/agent", Some(before), Some(after)),
            )],
        ),
        vec![Note::Widens(vec![
            "+ bedrock:invokemodel on 1 resource".into(),
            "+ s3:getobject on 2 resources".into(),
        ])],
    );
    let alias = step(
        Action::Update,
        "lambda-alias/triage.live",
        vec![awaiting(
            "/version",
            Some(json!("3")),
            "lambda-version/triage",
            json!(arn_of("lambda-version/triage")),
        )],
    );
    let widen = PlannedStep {
        id: StepId::widen(&role.id.address),
        ..role.clone()
    };
    let whole = PlannedStep {
        needs: BTreeSet::from([widen.id.clone(), alias.id.clone()]),
        ..role
    };
    vec![widen, alias, whole]
}

#[test]
fn a_plan_shows_creations_in_a_few_words_and_updates_field_by_field() {
    let plan = Plan {
        unchanged: vec![
            (address("kms-key/triage"), Some("triage".into())),
            (address("s3-object/triage.prompt"), Some("triage".into())),
            (address("lambda-function/scan"), Some("scan".into())),
            (address("artifacts-bucket/artifacts"), None),
        ],
        ..plan_of(vec![
            summed(
                step(Action::Create, "log-group//aws/lambda/triage", Vec::new()),
                "retention 7d, own key, masks 3 identifiers",
            ),
            step(
                Action::Update,
                "lambda-function/triage",
                vec![
                    by(
                        Author::You,
                        change("/memorySize", Some(json!(1024)), Some(json!(2048))),
                    ),
                    by(
                        Author::Outside,
                        change("/timeout", Some(json!(300)), Some(json!(600))),
                    ),
                    by(
                        Author::Both,
                        change("/environment/LOG_LEVEL", None, Some(json!("INFO"))),
                    ),
                ],
            ),
        ])
    };
    assert_snapshot!(shown(&plan), @"
    claims · account 111122223333 · us-east-1 · default
    as arn:aws:sts::111122223333:assumed-role/deployer/ci
    triage  (lambda)
      + log-group        /aws/lambda/triage  retention 7d, own key, masks 3 identifiers
      ~ lambda-function  triage
          memorySize             1024 → 2048              you changed it
          timeout                300 → 600                changed outside agentctl (live 300)
          environment.LOG_LEVEL  (not set) → INFO         changed by you and outside (live not set)
      = 2 unchanged
    = 2 unchanged, of 1 other agent and shared
    Plan: 1 create, 1 update, 0 replace, 0 delete.  11 calls in 0.31 s
    ");
}

#[test]
fn an_unknown_part_of_a_name_has_a_placeholder() {
    let log_group = step(Action::Create, "log-group/triage.live", Vec::new());
    let endpoint = step(Action::Create, "agentcore-endpoint/triage.live", Vec::new());
    let named = |step: PlannedStep, begin: &str, end: &str| PlannedStep {
        name: Input::Template(vec![
            Part::Text(begin.into()),
            Part::Output(Source {
                address: address("agentcore-runtime/triage"),
                output: "id".into(),
            }),
            Part::Text(end.into()),
        ]),
        ..summed(step, "new")
    };
    let plan = plan_of(vec![
        named(endpoint, "", "/live"),
        named(log_group, "/aws/bedrock-agentcore/runtimes/", "-live"),
    ]);
    let lines: Vec<String> = shown(&plan)
        .lines()
        .skip(3)
        .take(2)
        .map(str::to_owned)
        .collect();
    assert_eq!(
        lines,
        [
            "  + agentcore-endpoint  (known after apply)/live                                  new",
            "  + log-group           /aws/bedrock-agentcore/runtimes/(known after apply)-live  new",
        ]
    );
    let machine = plan_view::json(&plan, &heading(), &registry());
    assert_eq!(
        machine["steps"][0]["name"], "<id of agentcore-runtime/triage>/live",
        "machines are told which output is waited for"
    );
}

#[test]
fn a_policy_shows_its_lines_its_new_grants_and_when_it_narrows() {
    assert_snapshot!(shown(&plan_of(role_in_two_phases())), @r#"
    claims · account 111122223333 · us-east-1 · default
    as arn:aws:sts::111122223333:assumed-role/deployer/ci
    triage  (lambda)
      ~ lambda-alias  triage.live
          version  3 → (known after apply)                follows lambda-version/triage
      ~ iam-role      triage.lambda
          policies.agent                                  you changed it
                "Statement": [
                  {
                    "Action": [
            -         "bedrock:Converse"
            +         "bedrock:InvokeModel"
                    ],
                    "Effect": "Allow",
                    "Resource": [
      ! iam-role      policy widens: + bedrock:invokemodel on 1 resource
                                     + s3:getobject on 2 resources
      ! iam-role      policy narrows only after `lambda-alias/triage.live` has moved; until then both the old and the new permissions hold
    Plan: 0 create, 2 update, 0 replace, 0 delete.  11 calls in 0.31 s
    "#);
}

#[test]
fn lost_data_and_outages_have_warnings() {
    let replaced = FieldChange {
        replaces: true,
        ..change("/function", Some(json!("triage")), Some(json!("triage-2")))
    };
    let failed = Action::Replace(Reason::Failed("EniLimitExceeded".into()));
    let plan = plan_of(vec![
        shared(noted(
            step(
                Action::Delete,
                "kms-key/alias/agentctl/claims/default/scan",
                Vec::new(),
            ),
            vec![Note::Loses("everything encrypted under it".into())],
        )),
        noted(
            step(
                forced("/function"),
                "lambda-alias/triage:live",
                vec![replaced],
            ),
            vec![Note::Outage],
        ),
        noted(
            step(failed, "lambda-function/triage", Vec::new()),
            vec![Note::Outage],
        ),
        noted(
            step(Action::Delete, "lambda-alias/scan:live", Vec::new()),
            vec![Note::StopsTraffic(Vec::new())],
        ),
        noted(
            step(Action::Delete, "lambda-alias/sort:live", Vec::new()),
            vec![Note::StopsTraffic(vec![address(
                "agentcore-endpoint/sort.live",
            )])],
        ),
    ]);
    assert_snapshot!(shown(&plan), @"
    claims · account 111122223333 · us-east-1 · default
    as arn:aws:sts::111122223333:assumed-role/deployer/ci
    shared
      - kms-key  alias/agentctl/claims/default/scan
      ! kms-key  lost: everything encrypted under it
    triage  (lambda)
    -/+ lambda-alias     triage:live  replaced: `function` cannot be changed in place
          function  triage → triage-2                     forces replacement
      ! lambda-alias     outage: it is deleted and then created again; resources that use it fail in between
    -/+ lambda-function  triage       replaced: AWS reports a failure: EniLimitExceeded
      ! lambda-function  outage: it is deleted and then created again; resources that use it fail in between
      - lambda-alias     scan:live
      ! lambda-alias     outage: `scan:live` goes away
      - lambda-alias     sort:live
      ! lambda-alias     outage: `sort:live` goes away; callers must switch to `agentcore-endpoint/sort.live`
    Plan: 0 create, 0 update, 2 replace, 3 delete.  11 calls in 0.31 s
    ");
}

#[test]
fn a_plan_with_unreadable_resources_is_never_clean() {
    let unread = Plan {
        unreadable: vec![(
            address("kms-key/triage"),
            denied(
                kms::DESCRIBE_KEY,
                "User: arn:aws:iam::1:user/u is not authorized to perform: kms:DescribeKey on resource: k",
            ),
        )],
        kept: vec![(address("kms-key/alias/old"), KeptReason::MayBeNeeded)],
        ..Plan::default()
    };
    assert_snapshot!(shown(&unread), @"
    claims · account 111122223333 · us-east-1 · default
    as arn:aws:sts::111122223333:assumed-role/deployer/ci
    could not be read
      ? kms-key/triage  kms DescribeKey: AccessDeniedException: User: arn:aws:iam::1:user/u is not authorized to perform: kms:DescribeKey on resource: k (request id 0f1e2d3c)
          hint: allow `kms:DescribeKey` on `k` for the identity that calls
    kept, although no longer declared
      = kms-key/alias/old  may still be needed; `agentctl destroy --env default` deletes it
    Incomplete: 1 resource could not be read, so there may be more differences.
    No differences in what could be read.  11 calls in 0.31 s
    ");
}

#[test]
fn a_plan_without_steps_is_one_line_below_the_heading() {
    let plan = Plan {
        unchanged: vec![(address("kms-key/triage"), Some("triage".into()))],
        ..Plan::default()
    };
    assert_snapshot!(shown(&plan), @"
    claims · account 111122223333 · us-east-1 · default
    as arn:aws:sts::111122223333:assumed-role/deployer/ci
    No differences.  11 calls in 0.31 s
    ");
}

#[test]
fn the_heading_names_an_endpoint_that_is_not_aws() {
    let heading = Heading {
        endpoint: Some("local endpoint".into()),
        ..heading()
    };
    assert_snapshot!(heading.text(Style::Plain), @"
    claims · account 111122223333 · us-east-1 · default · local endpoint
    as arn:aws:sts::111122223333:assumed-role/deployer/ci
    ");
}

#[test]
fn values_are_short_and_unambiguous() {
    let digest = |middle: char| json!(format!("{}{middle}{}", "a".repeat(40), "b".repeat(40)));
    assert_snapshot!(fields(vec![
        change("/description", Some(json!("")), Some(json!("null"))),
        change("/kmsKey", Some(json!("arn:aws:kms:us-east-1:111122223333:key/1")), None),
        change("/layers", Some(json!(["one"])), Some(json!(["one", "two"]))),
        change("/codeSha256", Some(digest('x')), Some(digest('y'))),
        change("/tags/cost.centre", None, Some(json!(true))),
        change("/handler", Some(json!("a\nb")), Some(json!("a\\nb"))),
    ]), @r#"
    triage  (lambda)
      ~ lambda-function  triage
          description          "" → null
          kmsKey               arn:aws:kms:us-east-1:111122223333:key/1 → (not set)
          layers               [one] → [one, two]
          codeSha256           aaaaaaaa…xbbbbbbbb… → aaaaaaaa…ybbbbbbbb…
          tags["cost.centre"]  (not set) → true
          handler
            - a
            - b
            + a\nb
    "#);
}

#[test]
fn an_output_that_is_not_known_yet_is_named() {
    let below: Input<String> = Input::Template(vec![
        ARN.part(&address("s3-object/triage.tools")),
        Part::from("/*"),
    ]);
    assert_snapshot!(fields(vec![
        by(Author::You, awaiting("/role", Some(json!("arn:old")), "iam-role/triage.lambda", json!(arn_of("iam-role/triage.lambda")))),
        awaiting("/environment/TOOLS_CONFIG", None, "s3-object/triage.tools", json!(below)),
        secret(awaiting("/environment/TOKEN", None, "s3-object/triage.tools", json!(below))),
    ]), @"
    triage  (lambda)
      ~ lambda-function  triage
          role                      arn:old → (known after apply)                  you changed it, follows iam-role/triage.lambda
          environment.TOOLS_CONFIG  (not set) → <arn of s3-object/triage.tools>/*  follows s3-object/triage.tools
          environment.TOKEN         (sensitive, set)                               follows s3-object/triage.tools
    ");
}

#[test]
fn texts_of_several_lines_and_json_in_texts_are_shown_by_line() {
    assert_snapshot!(fields(vec![
        by(
            Author::Outside,
            change("/environment/PROMPT", Some(json!("Read.\nDecide.\nAnswer.\n")), Some(json!("Read.\nAnswer.")))
        ),
        change(
            "/environment/TOOLS_CONFIG",
            Some(json!(r#"{"b":1,"a":[1,2,3,4,5,6,7,8]}"#)),
            Some(json!(r#"{"a":[0,2,3,4,5,6,7,8],"b":2}"#))
        ),
    ]), @r#"
    triage  (lambda)
      ~ lambda-function  triage
          environment.PROMPT                              changed outside agentctl
              Read.
            - Decide.
            - Answer.
            + Answer.  (no line end)
          environment.TOOLS_CONFIG
              {
                "a": [
            -     1,
            +     0,
                  2,
                  3,
                  4,
            …
                  7,
                  8
                ],
            -   "b": 1
            +   "b": 2
              }
    "#);
}

#[test]
fn a_plan_for_programs_is_versioned_and_has_changes_but_no_specs() {
    let mut role = role_in_two_phases().remove(0);
    role.desired = Some(json!({ "description": "a whole spec" }));
    role.changes = vec![
        by(
            Author::Both,
            change("/description", Some(json!("old")), None),
        ),
        awaiting(
            "/permissionsBoundary",
            None,
            "iam-role/b",
            json!(arn_of("iam-role/b")),
        ),
        secret(change(
            "/tags/token",
            Some(json!("hunter1")),
            Some(json!("hunter2")),
        )),
    ];
    let replaced = noted(
        step(forced("/function"), "lambda-alias/triage.live", Vec::new()),
        vec![Note::Outage, Note::Loses("its routes".into())],
    );
    let plan = Plan {
        unchanged: vec![(address("artifacts-bucket/artifacts"), None)],
        unreadable: vec![(
            address("kms-key/triage"),
            Fault::new(FaultKind::Busy, kms::LIST_KEYS, "later"),
        )],
        kept: vec![(
            address("kms-key/old"),
            KeptReason::Leaving("it may be needed".into()),
        )],
        ..plan_of(vec![role, replaced])
    };
    let json = plan_view::json(&plan, &heading(), &registry());
    let text = json["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| format!("step {step}\n"))
        .chain(
            json.as_object()
                .unwrap()
                .iter()
                .filter(|(key, _)| !["agentctl", "steps"].contains(&key.as_str()))
                .map(|(key, value)| format!("{key} {value}\n")),
        )
        .collect::<String>();
    assert_snapshot!(text, @r#"
    step {"action":"update","address":"iam-role/triage.lambda","agent":"triage","changes":[{"author":"both","before":"old","field":"description","path":"/description","replaces":false,"sensitive":false},{"after":"<arn of iam-role/b>","author":null,"field":"permissionsBoundary","known_after_apply":{"address":"iam-role/b","output":"arn"},"path":"/permissionsBoundary","replaces":false,"sensitive":false},{"author":null,"field":"tags.token","path":"/tags/token","replaces":false,"sensitive":true}],"kind":"iam-role","name":"triage.lambda","needs":[],"notes":[{"grants":["+ bedrock:invokemodel on 1 resource","+ s3:getobject on 2 resources"],"note":"widens"}],"phase":"widen","reason":null,"summary":""}
    step {"action":"replace","address":"lambda-alias/triage.live","agent":"triage","changes":[],"kind":"lambda-alias","name":"triage.live","needs":[],"notes":[{"note":"outage"},{"note":"loses","what":"its routes"}],"phase":"whole","reason":{"field":"/function"},"summary":""}
    complete false
    counts {"create":0,"delete":0,"kept":1,"replace":1,"unchanged":1,"unreadable":1,"update":0}
    format "agentctl/plan/1"
    heading {"account":"111122223333","calls":11,"elapsed_ms":310,"endpoint":null,"env":"default","identity":"arn:aws:sts::111122223333:assumed-role/deployer/ci","project":"claims","region":"us-east-1","sides":{"triage":"lambda"}}
    kept [{"address":"kms-key/old","reason":"it may be needed"}]
    older_permissions []
    pins []
    remade []
    unchanged [{"address":"artifacts-bucket/artifacts","agent":null}]
    unreadable [{"address":"kms-key/triage","fault":{"code":null,"kind":"busy","message":"later","operation":"kms ListKeys","request_id":null},"hint":"this passes by itself; run the command again"}]
    "#);
}

#[test]
fn a_pin_shows_who_set_it_when_and_why() {
    let planned = |fate| PlannedPin {
        address: address("lambda-alias/triage.live"),
        agent: "triage".into(),
        pin: Pin {
            version: 3,
            by: "arn:aws:iam::1:user/ada".into(),
            since: "2026-01-02T03:04:05Z".into(),
            reason: Some("it answers nonsense".into()),
            moved_from: None,
        },
        fate,
    };
    let plan = Plan {
        pins: [PinFate::Holds, PinFate::Gone, PinFate::Void]
            .map(planned)
            .into(),
        ..Plan::default()
    };
    assert_snapshot!(shown(&plan), @"
    claims · account 111122223333 · us-east-1 · default
    as arn:aws:sts::111122223333:assumed-role/deployer/ci
    pinned
      = lambda-alias/triage.live  pinned to version 3 by arn:aws:iam::1:user/ada since 2026-01-02T03:04:05Z: it answers nonsense; `agentctl apply triage --promote --env default` releases it
      ! lambda-alias/triage.live  pinned to version 3 by arn:aws:iam::1:user/ada since 2026-01-02T03:04:05Z: it answers nonsense; this version no longer exists: `agentctl promote triage --env default`, or `agentctl rollback triage --env default` with `--version`, chooses another
      - lambda-alias/triage.live  pinned to version 3 by arn:aws:iam::1:user/ada since 2026-01-02T03:04:05Z: it answers nonsense; ends, because its pointer is replaced or deleted
    Plan: 0 create, 0 update, 0 replace, 0 delete.  11 calls in 0.31 s
    ");
    assert_eq!(
        plan_view::json(&plan, &heading(), &registry())["pins"][0],
        json!({
            "address": "lambda-alias/triage.live",
            "agent": "triage",
            "fate": "holds",
            "pin": {
                "version": "3",
                "by": "arn:aws:iam::1:user/ada",
                "since": "2026-01-02T03:04:05Z",
                "reason": "it answers nonsense",
            },
        })
    );
}

#[test]
fn permissions_of_older_versions_are_listed_with_the_command_that_removes_them() {
    let known = OlderPermissions {
        address: address("iam-role/triage.lambda"),
        agent: "triage".into(),
        versions: vec![2, 3],
        deletable: vec![2],
        grants: vec!["bedrock:invokemodel on 1 resource".into()],
        unknown: None,
    };
    let unknown = OlderPermissions {
        versions: Vec::new(),
        deletable: Vec::new(),
        unknown: Some("the record of the agent is missing".into()),
        ..known.clone()
    };
    let plan = Plan {
        older: vec![known, unknown],
        ..Plan::default()
    };
    assert_snapshot!(shown(&plan), @"
    claims · account 111122223333 · us-east-1 · default
    as arn:aws:sts::111122223333:assumed-role/deployer/ci
    permissions kept for older versions
      = iam-role/triage.lambda  needed by versions 2, 3
          bedrock:invokemodel on 1 resource
          `agentctl versions triage --delete 2 --env default` deletes version 2 and the permissions that nothing needs then
      = iam-role/triage.lambda  possibly needed by any older version: the record of the agent is missing
          bedrock:invokemodel on 1 resource
    No differences.  11 calls in 0.31 s
    ");
}

#[test]
fn a_denial_names_the_served_versions_that_it_affects() {
    let changes = vec![by(
        Author::You,
        change(
            "/policies/agent",
            Some(policy(&["a:B"])),
            Some(policy(&["a:C"])),
        ),
    )];
    let role = noted(
        step(Action::Update, "iam-role/triage.lambda", changes),
        vec![Note::Denies(vec![2, 3])],
    );
    assert_snapshot!(shown(&plan_of(vec![role])), @r#"
    claims · account 111122223333 · us-east-1 · default
    as arn:aws:sts::111122223333:assumed-role/deployer/ci
    triage  (lambda)
      ~ iam-role  triage.lambda
          policies.agent                                  you changed it
                "Statement": [
                  {
                    "Action": [
            -         "a:B"
            +         "a:C"
                    ],
                    "Effect": "Allow",
                    "Resource": [
      ! iam-role  policy denies more: at once, and also for versions 2, 3, which callers reach
    Plan: 0 create, 1 update, 0 replace, 0 delete.  11 calls in 0.31 s
    "#);
}

#[test]
fn a_long_line_is_broken_between_words_and_shows_where_it_differs() {
    let prompt = |what: &str| {
        json!(format!(
            "You check invoices. Read the amount, the currency and the name of the supplier, compare them with the {what}, and answer with one line of JSON that has the fields amount, currency and supplier. Never guess."
        ))
    };
    assert_snapshot!(fields(vec![
        change("/description", Some(prompt("order")), Some(prompt("contract"))),
        change("/role", Some(json!("a".repeat(60))), Some(json!("b".repeat(60)))),
    ]), @"
    triage  (lambda)
      ~ lambda-function  triage
          description
              You check invoices. Read the amount, the currency and the name of the supplier, compare them
            - with the order, and answer with one line of JSON that has the fields amount, currency and
            + with the contract, and answer with one line of JSON that has the fields amount, currency and
              supplier. Never guess.
          role         aaaaaaaa… → bbbbbbbb…
    ");
}

#[test]
fn a_plan_without_steps_says_what_it_was_for() {
    let plan = Plan {
        purpose: Purpose::Destroy,
        ..Plan::default()
    };
    let text = shown(&plan);
    assert_snapshot!(text.lines().last().unwrap(), @"Nothing to destroy.  11 calls in 0.31 s");
}
