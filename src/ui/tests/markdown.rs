//! How plans are shown in pull requests, and what may never be in them.

use insta::assert_snapshot;
use proptest::prelude::*;
use serde_json::json;

use super::plan::role_in_two_phases;
use super::safety::{heading_saying, plan_saying};
use super::*;
use crate::kinds::registry;
use crate::resource::operation::kms;
use crate::ui::plan_view;

fn shown(plan: &Plan) -> String {
    plan_view::markdown(plan, &heading(), &registry())
}

#[test]
fn a_plan_in_markdown_begins_with_its_warnings() {
    let mut steps = role_in_two_phases();
    steps.push(summed(
        step(Action::Create, "log-group//aws/lambda/triage", Vec::new()),
        "retention 7d",
    ));
    steps.push(step(
        Action::Update,
        "lambda-function/triage",
        vec![
            by(
                Author::Outside,
                change("/timeout", Some(json!(300)), Some(json!(600))),
            ),
            change(
                "/environment/PROMPT",
                Some(json!("Read.\n- all\n")),
                Some(json!("Read.\n")),
            ),
        ],
    ));
    let plan = Plan {
        unchanged: vec![
            (address("kms-key/triage"), Some("triage".into())),
            (address("artifacts-bucket/shared"), None),
        ],
        unreadable: vec![(address("kms-key/triage"), denied(kms::DESCRIBE_KEY, "no"))],
        kept: vec![(
            address("kms-key/old"),
            KeptReason::Leaving("it may be needed".into()),
        )],
        ..plan_of(steps)
    };
    assert_snapshot!(shown(&plan), @r#"
    ### Plan for `claims` · account `111122223333` · `us-east-1` · `default`

    Read as `arn:aws:sts::111122223333:assumed-role/deployer/ci`.

    **Incomplete: 1 resource could not be read, so there may be more differences.**

    **Plan: 1 create, 3 update, 0 replace, 0 delete.**

    Before you agree:

    ```diff
    !   iam-role         policy widens: + bedrock:invokemodel on 1 resource
                                        + s3:getobject on 2 resources
    !   iam-role         policy narrows only after `lambda-alias/triage.live` has moved; until then both the old and the new permissions hold
    ```

    ```diff
     could not be read
    ?   kms-key/triage  kms DescribeKey: AccessDeniedException: no (request id 0f1e2d3c)
          hint: allow `kms:DescribeKey` for the identity that calls
    ```

    #### `triage` (`lambda`)

    ```diff
    !   lambda-alias     triage.live
          version  3 → (known after apply)                follows lambda-version/triage
    !   iam-role         triage.lambda
          policies.agent                                  you changed it
                "Statement": [
                  {
                    "Action": [
    -                 "bedrock:Converse"
    +                 "bedrock:InvokeModel"
                    ],
                    "Effect": "Allow",
                    "Resource": [
    +   log-group        /aws/lambda/triage  retention 7d
    !   lambda-function  triage
          timeout             300 → 600                   changed outside agentctl (live 300)
          environment.PROMPT
              Read.
    -         - all
      = 1 unchanged
    ```

    ```diff
     kept, although no longer declared
      = kms-key/old  it may be needed
     = 1 unchanged, shared
    ```
    "#);
}

#[test]
fn a_plan_without_steps_is_two_paragraphs() {
    assert_snapshot!(shown(&Plan::default()), @"
    ### Plan for `claims` · account `111122223333` · `us-east-1` · `default`

    Read as `arn:aws:sts::111122223333:assumed-role/deployer/ci`.

    **No differences.**
    ");
}

#[test]
fn a_plan_too_long_for_a_comment_says_how_much_is_left_out() {
    let steps = (0..2_000).map(|number| {
        let summary = "x".repeat(400);
        let name = format!("lambda-function/f{number}");
        let mut step = summed(step(Action::Create, &name, Vec::new()), &summary);
        step.owner.as_mut().unwrap().agent = format!("agent-{number}");
        step
    });
    let text = shown(&plan_of(steps.collect()));
    assert!(text.len() < 65_536, "{}", text.len());
    let listed = text.matches("+   lambda-function").count();
    assert!(listed > 100, "{listed}");
    let rest = format!(
        "\n*{} more lines; `agentctl diff --env default` shows all.*\n",
        2_000 - listed
    );
    assert!(text.ends_with(&rest), "{}", &text[text.len() - 200..]);
}

/// Removes blocks and spans of code as GitHub finds them (GitHub Flavored Markdown, 4.5 and 6.1).
fn outside_of_code(text: &str) -> String {
    let mut outside = String::new();
    let mut fence: Option<usize> = None;
    for line in text.lines() {
        let ticks = line
            .trim_start_matches(' ')
            .chars()
            .take_while(|c| *c == '`')
            .count();
        let is_only_ticks = line.trim().chars().all(|c| c == '`');
        match fence {
            Some(length) if ticks >= length && is_only_ticks => fence = None,
            Some(_) => {}
            None if ticks >= 3 && !line.trim_start_matches([' ', '`']).contains('`') => {
                fence = Some(ticks);
            }
            None => outside.push_str(&outside_of_spans(line)),
        }
        outside.push('\n');
    }
    assert_eq!(fence, None, "a block is not closed: {text}");
    outside
}

fn outside_of_spans(line: &str) -> String {
    let run = |text: &str| text.chars().take_while(|c| *c == '`').count();
    let (mut outside, mut rest) = (String::new(), line);
    while let Some(begin) = rest.find('`') {
        outside.push_str(&rest[..begin]);
        rest = &rest[begin..];
        let length = run(rest);
        let mut end = length;
        while end < rest.len() && !(rest[end..].starts_with('`') && run(&rest[end..]) == length) {
            let step = match run(&rest[end..]) {
                0 => rest[end..].chars().next().unwrap().len_utf8(),
                ticks => ticks,
            };
            end += step;
        }
        assert!(end < rest.len(), "a span is not closed: {line}");
        rest = &rest[end + length..];
    }
    outside + rest
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn every_text_from_outside_is_code(before in "[`~|\\\\<\n @#-]{0,8}", after in "[`~|\\\\>\n ]{0,8}") {
        let text = format!("{before}@canary <b>[x](http://e.x){after}");
        let written = plan_view::markdown(&plan_saying(&text), &heading_saying(&text), &registry());
        prop_assert!(written.contains("@canary"));
        let outside = outside_of_code(&written);
        prop_assert!(!outside.contains("canary") && !outside.contains('<') && !outside.contains("]("), "{}", written);
    }
}
