//! What may never be in the output, for any input.

use std::io::{self, Write};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::event::Event;
use crate::kinds::registry;
use crate::outcome::{Outcome, Outcomes, StepError};
use crate::plan::test_kind;
use crate::resource::kind::Status;
use crate::resource::operation::kms;
use crate::resource::owner::Ownership;
use crate::resource::provider::Live;
use crate::ui::plain::{Loudness, Plain};
use crate::ui::printable::is_hidden;
use crate::ui::{Style, Undertaking, json, ledger, plan_view};

/// A plan with a text in every place for texts from outside.
pub(super) fn plan_saying(text: &str) -> Plan {
    let mut function = step(
        Action::Update,
        "lambda-function/triage",
        vec![
            by(
                Author::Outside,
                change("/description", Some(json!(text)), None),
            ),
            change(&format!("/tags/{text}"), None, Some(json!(text))),
            change("/layers", None, Some(json!([text]))),
            change(
                "/network",
                Some(json!({ text: text })),
                Some(json!({ text: [text] })),
            ),
            change(
                "/handler",
                Some(json!(format!("{text}\nx"))),
                Some(json!(format!("{text}\ny"))),
            ),
        ],
    );
    function.notes = vec![
        Note::Widens(vec![text.into(), text.into()]),
        Note::Loses(text.into()),
    ];
    let made_again = Action::Replace(Reason::Failed(text.into()));
    let mut alias = summed(step(made_again, "lambda-alias/x", Vec::new()), text);
    alias.name = PhysicalName::new(text).into();
    Plan {
        unreadable: vec![(
            Address::new("kms-key", text),
            denied(kms::DESCRIBE_KEY, text),
        )],
        kept: vec![(
            Address::new("kms-key", text),
            KeptReason::Leaving(text.into()),
        )],
        ..plan_of(vec![
            function,
            alias,
            summed(step(Action::Create, "lambda-version/x", Vec::new()), text),
        ])
    }
}

pub(super) fn heading_saying(text: &str) -> Heading {
    Heading {
        project: text.into(),
        account: text.into(),
        identity: Some(text.into()),
        endpoint: Some(text.into()),
        sides: BTreeMap::from([("triage".into(), text.into())]),
        invocation: Invocation {
            agents: vec![text.into()],
            ..Invocation::default()
        },
        ..heading()
    }
}

fn events_saying(text: &str) -> Vec<Event> {
    let step = || StepId::whole(&Address::new(text, text));
    let ended = |outcome| Event::Finished {
        step: step(),
        action: forced(text),
        outcome,
        elapsed_ms: 1,
    };
    vec![
        Event::Called {
            step: step(),
            operation: text.into(),
        },
        Event::Settling {
            step: step(),
            status: text.into(),
        },
        Event::Waiting {
            step: step(),
            fault: denied(kms::DESCRIBE_KEY, text),
            delay_ms: 1,
        },
        ended(Outcome::Done {
            remains: Some(text.into()),
        }),
        ended(Outcome::Failed(StepError::Fault(denied(
            kms::DESCRIBE_KEY,
            text,
        )))),
        ended(Outcome::Failed(StepError::Stale {
            fields: vec![text.into()],
        })),
        ended(Outcome::Interrupted { doing: text.into() }),
        Event::Warning {
            message: text.into(),
        },
    ]
}

/// Everything that any renderer writes for a text, the forms for people first.
fn written(text: &str, style: Style) -> (String, String) {
    let (plan, heading, registry) = (plan_saying(text), heading_saying(text), registry());
    let outcomes = Outcomes {
        steps: [
            (
                plan.steps[0].id.clone(),
                Outcome::Failed(StepError::Fault(denied(kms::DESCRIBE_KEY, text))),
            ),
            (
                plan.steps[1].id.clone(),
                Outcome::Interrupted { doing: text.into() },
            ),
        ]
        .into(),
        ..Outcomes::default()
    };
    let mut people = plan_view::text(&plan, &heading, &registry, style).into_bytes();
    people.extend(plan_view::markdown(&plan, &heading, &registry).into_bytes());
    people.extend(
        ledger(
            &outcomes,
            &plan,
            Undertaking::Apply,
            &heading.invocation,
            style,
        )
        .into_bytes(),
    );
    let mut machines = Vec::new();
    json::document(&plan_view::json(&plan, &heading, &registry), &mut machines).unwrap();
    json::opening(Some(&heading), &mut machines).unwrap();
    let mut renderer = Plain::new(style, Loudness::Normal);
    for event in events_saying(text) {
        renderer.event(&event, &mut people).unwrap();
        json::event(&event, &heading.invocation, &mut machines).unwrap();
    }
    json::summary(&outcomes, &plan, &[], &heading.invocation, &mut machines).unwrap();
    (
        String::from_utf8(people).unwrap(),
        String::from_utf8(machines).unwrap(),
    )
}

/// Texts in which characters that act on terminals are about as frequent as others.
fn texts() -> impl Strategy<Value = String> {
    let acting = prop::sample::select(vec![
        '\n',
        '\r',
        '\t',
        '\u{0}',
        '\u{7}',
        '\u{8}',
        '\u{1b}',
        '\u{7f}',
        '\u{85}',
        '\u{9b}',
        '\u{9d}',
        '\u{202e}',
        '\u{2066}',
        '\u{2028}',
        '\u{200b}',
        '\u{feff}',
        '\u{e0041}',
    ]);
    prop::collection::vec(prop_oneof![acting, any::<char>()], 1..12)
        .prop_map(|characters| characters.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_text_steers_the_terminal(text in texts()) {
        let (people, machines) = written(&text, Style::Plain);
        let acts = |written: &str| written.chars().find(|c| *c != '\n' && is_hidden(*c));
        prop_assert_eq!(acts(&people), None);
        prop_assert_eq!(acts(&machines), None);
    }

    #[test]
    fn an_event_is_one_line_for_any_text(text in texts()) {
        let mut renderer = Plain::new(Style::Plain, Loudness::Normal);
        for event in events_saying(&text) {
            let (mut people, mut machines) = (Vec::new(), Vec::new());
            renderer.event(&event, &mut people).unwrap();
            json::event(&event, &heading().invocation, &mut machines).unwrap();
            let breaks = |written: Vec<u8>| String::from_utf8(written).unwrap().matches('\n').count();
            // A call has no line of its own; the end of its step shows it.
            prop_assert_eq!(breaks(people), usize::from(!matches!(event, Event::Called { .. })));
            prop_assert_eq!(breaks(machines), 1);
        }
    }

    #[test]
    fn colour_only_repeats_what_the_text_says(text in texts()) {
        let coloured = written(&text, Style::Colour).0;
        prop_assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), written(&text, Style::Plain).0);
    }

    #[test]
    fn programs_read_the_text_unchanged(text in texts()) {
        let mut out = Vec::new();
        json::event(&Event::Warning { message: text.clone() }, &heading().invocation, &mut out).unwrap();
        let read: Value = serde_json::from_slice(&out).unwrap();
        prop_assert_eq!(read, json!({ "event": "warning", "message": text }));
    }

    #[test]
    fn no_form_shows_a_secret(before in "canary-[a-z]{8}", after in "canary-[a-z]{8}") {
        let plan = plan_with_secrets(&before, &after);
        let registry = test_kind::registry();
        let text = plan_view::text(&plan, &heading(), &registry, Style::Plain);
        let text = text + &plan_view::markdown(&plan, &heading(), &registry);
        let machine = plan_view::json(&plan, &heading(), &registry).to_string();
        prop_assert!(!text.contains("canary-"), "{}", text);
        prop_assert!(!machine.contains("canary-"), "{}", machine);
        prop_assert!(text.matches("not-secret").count() == 2 && machine.contains("not-secret"));
    }
}

/// A plan with secrets in every place of a change, and one value that is not secret.
fn plan_with_secrets(before: &str, after: &str) -> Plan {
    let token = json!({ "secrets": { "TOKEN": before } });
    let mut thing = step(
        Action::Update,
        "thing/a",
        vec![
            secret(by(
                Author::Outside,
                change("/secrets/TOKEN", Some(json!(before)), Some(json!(after))),
            )),
            secret(by(
                Author::Both,
                change("/secrets/NEW", None, Some(json!(after))),
            )),
            secret(change("/secrets/OLD", Some(json!([before])), None)),
            secret(awaiting(
                "/secrets/ARN",
                Some(json!(before)),
                "thing/b",
                json!([after, arn_of("thing/b")]),
            )),
            // A map as a whole is not marked; its entries are sensitive by rule.
            change(
                "/secrets",
                Some(json!({ "TOKEN": before, "OPEN": "not-secret" })),
                Some(json!([after])),
            ),
            awaiting(
                "/secrets",
                Some(json!({ "A": { "B": before } })),
                "thing/b",
                json!({ "A": after }),
            ),
        ],
    );
    thing.desired = Some(token.clone());
    thing.before = Some(Live {
        spec: token.clone(),
        outputs: token,
        status: Status::Ready,
        revision: None,
        owner: Ownership::Unmarked,
    });
    // Nothing is known about a kind that is not registered, so nothing of it may be shown.
    let unknown = step(
        Action::Update,
        "riddle/a",
        vec![change("/field", Some(json!(before)), Some(json!(after)))],
    );
    plan_of(vec![thing, unknown])
}

/// An output whose reader closed it.
struct Gone;

impl Write for Gone {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_closed_output_is_an_error_for_the_caller() {
    let warning = Event::Warning {
        message: String::new(),
    };
    let mut renderer = Plain::new(Style::Plain, Loudness::Normal);
    let answers = [
        renderer.event(&warning, &mut Gone),
        json::opening(Some(&heading()), &mut Gone),
        json::event(&warning, &heading().invocation, &mut Gone),
        json::summary(
            &Outcomes::default(),
            &Plan::default(),
            &[],
            &heading().invocation,
            &mut Gone,
        ),
        json::document(&json!({}), &mut Gone),
    ];
    let kinds = answers.map(|answer| answer.unwrap_err().kind());
    assert_eq!(kinds, [io::ErrorKind::BrokenPipe; 5]);
}
