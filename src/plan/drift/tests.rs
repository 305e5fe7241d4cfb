//! Drift checks of kinds that AWS does not have.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::plan::diff::{Author, FieldChange};
use crate::plan::kept::KeptReason;
use crate::plan::observation::{Records, Renamed, Stray};
use crate::plan::record::{Record, Seal};
use crate::plan::test_kind::{Pointer, Thing, ThingSpec, entry, registry};
use crate::resource::address::{Address, PhysicalName};
use crate::resource::kind::Status;
use crate::resource::owner::{Owner, Ownership};
use crate::resource::provider::Live;
use crate::resource::reference::{Declared, Input, OutputField};

const ID: OutputField<String> = OutputField::new("id");

fn owner() -> Owner {
    Owner {
        project: "claims".into(),
        env: "default".into(),
        region: "us-east-1".into(),
        agent: "triage".into(),
    }
}

fn sized(size: u8) -> ThingSpec<Declared> {
    ThingSpec {
        size: Some(json!(size)),
        ..ThingSpec::default()
    }
}

fn thing(name: &str, spec: ThingSpec<Declared>) -> DesiredResource {
    DesiredResource::new::<Thing>(name, Some(&owner()), PhysicalName::new(name), spec)
}

fn live(spec: &ThingSpec<Declared>) -> Live {
    Live {
        spec: json!(spec),
        outputs: json!({ "id": "x", "version": 1 }),
        status: Status::Ready,
        revision: None,
        owner: Ownership::Of(owner()),
    }
}

/// The input of a check: desired resources, live ones, the record and the entries.
#[derive(Default)]
struct Case {
    desired: Vec<DesiredResource>,
    observed: Observations,
    /// What exists under names that resources no longer have.
    earlier: BTreeMap<&'static str, Reading<Live>>,
    record: Option<Record>,
    ignores: Vec<DriftIgnore>,
}

impl Case {
    fn desiring(mut self, resource: DesiredResource) -> Self {
        self.desired.push(resource);
        self
    }

    fn finding(mut self, address: &str, reading: Reading<Live>) -> Self {
        self.observed
            .readings
            .insert(address.parse().unwrap(), reading);
        self
    }

    fn with_stray(mut self, name: &str) -> Self {
        self.observed.strays.push(Stray {
            address: Address::new("thing", name),
            name: PhysicalName::new(name),
            owner: owner(),
            reading: Reading::Found(live(&sized(1))),
        });
        self
    }

    fn having_applied(mut self, name: &str, spec: &ThingSpec<Declared>) -> Self {
        let address = Address::new("thing", name);
        let record = self.record.get_or_insert_default();
        let sealed = seal().spec(&entry(), &json!(spec));
        record.applied.insert(address.clone(), sealed);
        record.names.insert(address, PhysicalName::new(name));
        self
    }

    fn ignoring(mut self, resource: &str, field: &str, expires: &str) -> Self {
        let entry = json!({
            "resource": resource, "field": field, "reason": "known", "owner": "oncall", "expires": expires,
        });
        self.ignores.push(serde_json::from_value(entry).unwrap());
        self
    }

    fn comparison(&self) -> Comparison {
        let records = Records {
            by_agent: self
                .record
                .iter()
                .map(|record| ("triage".to_owned(), record.clone()))
                .collect(),
            seal: Some(seal()),
        };
        let earlier = renamed(&self.desired, &records)
            .into_iter()
            .map(|resource| {
                let name = resource.name.as_literal().unwrap().to_string();
                let reading = self.earlier.get(name.as_str());
                let reading = reading.cloned().unwrap_or(Reading::Absent);
                Renamed { resource, reading }
            });
        let observed = Observations {
            renamed: earlier.collect(),
            recorded: Recorded::Read(records),
            ..self.observed.clone()
        };
        compare_all(&registry(), &self.desired, observed).unwrap()
    }

    fn report(&self) -> DriftReport {
        let today = "2026-06-15".parse().unwrap();
        report(&registry(), &self.comparison(), &self.ignores, today)
    }
}

fn seal() -> Seal {
    Seal::new([7; 32])
}

/// One thing with an applied, a live and a declared size.
fn one(applied: Option<u8>, now: u8, declared: u8) -> Case {
    let case = Case::default()
        .desiring(thing("a", sized(declared)))
        .finding("thing/a", Reading::Found(live(&sized(now))));
    match applied {
        Some(applied) => case.having_applied("a", &sized(applied)),
        None => case,
    }
}

/// A line for each finding: the fields, who changed them, and whether a record has the resource.
fn answer(report: &DriftReport) -> Vec<String> {
    let line = |drifted: &Drifted| {
        let finding = match &drifted.finding {
            Finding::Changed(fields) => fields_in_words(fields),
            Finding::Missing => "missing".to_owned(),
            Finding::Remade { was, now } => format!("remade: {was}, {now}"),
            Finding::Taken(owner) => format!("taken: {owner:?}"),
            Finding::Failed(reason, fields) => {
                format!("failed: {reason} {}", fields_in_words(fields))
            }
            Finding::Unknown => "unknown".to_owned(),
        };
        let source = if drifted.is_recorded {
            "recorded"
        } else {
            "not recorded"
        };
        format!("{} {finding} ({source})", drifted.address)
    };
    report.drifted.iter().map(line).collect()
}

fn fields_in_words(fields: &[FieldChange]) -> String {
    let words: Vec<String> = fields
        .iter()
        .map(|field| format!("{} by {:?}", field.path, field.author))
        .collect();
    words.join(", ")
}

fn unapplied(report: &DriftReport) -> Vec<String> {
    report.unapplied.iter().map(Address::to_string).collect()
}

#[test]
fn a_difference_counts_unless_only_the_user_changed_the_field() {
    let answer = |applied, now, declared| answer(&one(applied, now, declared).report());
    assert_eq!(
        answer(Some(1), 9, 1),
        ["thing/a /size by Some(Outside) (recorded)"]
    );
    assert_eq!(
        answer(Some(1), 9, 2),
        ["thing/a /size by Some(Both) (recorded)"]
    );
    assert_eq!(answer(None, 9, 1), ["thing/a /size by None (not recorded)"]);
    assert_eq!(answer(Some(1), 1, 2), Vec::<String>::new());
    assert_eq!(answer(Some(1), 1, 1), Vec::<String>::new());
    let yours = one(Some(1), 1, 2).report();
    assert_eq!(
        (unapplied(&yours), yours.verdict()),
        (vec!["thing/a".to_owned()], Verdict::Clean)
    );
}

#[test]
fn only_fields_that_somebody_else_changed_count() {
    let tagged = |size, team: &str| ThingSpec {
        tags: BTreeMap::from([("team".to_owned(), team.to_owned())]),
        ..sized(size)
    };
    let report = Case::default()
        .desiring(thing("a", tagged(2, "billing")))
        .finding("thing/a", Reading::Found(live(&tagged(1, "stolen"))))
        .having_applied("a", &tagged(1, "billing"))
        .report();
    assert_eq!(
        answer(&report),
        ["thing/a /tags/team by Some(Outside) (recorded)"]
    );
    assert_eq!(unapplied(&report), ["thing/a"]);
}

#[test]
fn a_change_that_follows_from_another_is_neither_reported_twice_nor_counted_as_drift() {
    let needing = |name: &str| ThingSpec {
        needs: vec![ID.of(&Address::new("thing", name))],
        ..ThingSpec::default()
    };
    let resolved = json!({ "needs": ["x"] });
    let mut user = live(&ThingSpec::default());
    user.spec["needs"] = resolved["needs"].clone();
    let mut case = Case::default()
        .desiring(thing("a", sized(1)))
        .desiring(thing("b", needing("a")))
        .finding("thing/b", Reading::Found(user.clone()))
        .having_applied("a", &sized(1));
    let record = case.record.as_mut().unwrap();
    record
        .applied
        .insert(Address::new("thing", "b"), user.spec.clone());
    // `b` did not change. Its new value is not known, because `a` must be created first.
    assert_eq!(answer(&case.report()), ["thing/a missing (recorded)"]);
    // The name of `c` contains the id of `a`, so it has none yet.
    let named = DesiredResource {
        name: Input::Template(vec![ID.part(&Address::new("thing", "a"))]),
        ..thing("c", sized(1))
    };
    let case = case.desiring(named).having_applied("c", &sized(1));
    assert_eq!(answer(&case.report()), ["thing/a missing (recorded)"]);
}

#[test]
fn a_resource_is_missing_if_it_was_applied_but_not_if_it_is_new_in_the_manifest() {
    let gone = || Case::default().desiring(thing("a", sized(1)));
    let kept = |case: Case| {
        case.desiring(thing("b", sized(1)))
            .finding("thing/b", Reading::Found(live(&sized(1))))
    };
    // It was applied, and now nothing exists.
    assert_eq!(
        answer(&gone().having_applied("a", &sized(1)).report()),
        ["thing/a missing (recorded)"]
    );
    let new = kept(gone()).having_applied("b", &sized(1)).report();
    assert_eq!(
        (answer(&new), unapplied(&new)),
        (vec![], vec!["thing/a".to_owned()])
    );
    // Nothing exists and there is no record: it was never applied.
    assert_eq!(gone().report().verdict(), Verdict::Clean);
    // Something exists and there is no record, so it is not known.
    assert_eq!(
        answer(&kept(gone()).report()),
        ["thing/a missing (not recorded)"]
    );
    // The user changed the content, and with it the name.
    let renamed = applied_as("older", Reading::Found(live(&sized(1)))).report();
    assert_eq!(
        (answer(&renamed), unapplied(&renamed)),
        (vec![], vec!["thing/a".to_owned()])
    );
}

/// A thing whose name changed since it was applied, and the reading of its earlier name.
fn applied_as(name: &'static str, reading: Reading<Live>) -> Case {
    let mut case = Case::default()
        .desiring(thing("a", sized(2)))
        .having_applied("a", &sized(1));
    let names = &mut case.record.as_mut().unwrap().names;
    names.insert(Address::new("thing", "a"), PhysicalName::new(name));
    case.earlier.insert(name, reading);
    case
}

#[test]
fn a_resource_under_an_earlier_name_is_compared_with_the_record() {
    let report = |reading| applied_as("older", reading).report();
    let secret = |token: &str| ThingSpec {
        secrets: BTreeMap::from([("TOKEN".to_owned(), token.to_owned())]),
        ..sized(1)
    };
    assert_eq!(
        answer(&report(Reading::Absent)),
        ["thing/a missing (recorded)"]
    );
    let changed = report(Reading::Found(live(&sized(9))));
    assert_eq!(
        answer(&changed),
        ["thing/a /size by Some(Outside) (recorded)"]
    );
    assert_eq!(changed.drifted[0].name, Some(PhysicalName::new("older")));
    let unread = Reading::Unreadable(Fault::local(FaultKind::Denied, "no"));
    assert_eq!(report(unread).verdict(), Verdict::Incomplete);
    let foreign = Live {
        owner: Ownership::Unmarked,
        ..live(&sized(1))
    };
    assert_eq!(
        answer(&report(Reading::Found(foreign))),
        ["thing/a taken: Unmarked (recorded)"]
    );
    // The record has digests of secrets, so it is compared with digests.
    let case = |now: &str| {
        let mut case = applied_as("older", Reading::Found(live(&secret(now))));
        let sealed = seal().spec(&entry(), &json!(secret("one")));
        let applied = &mut case.record.as_mut().unwrap().applied;
        applied.insert(Address::new("thing", "a"), sealed);
        case
    };
    assert_eq!(answer(&case("one").report()), Vec::<String>::new());
    assert_eq!(
        answer(&case("two").report()),
        ["thing/a /secrets/TOKEN by Some(Outside) (recorded)"]
    );
}

#[test]
fn a_shared_resource_is_in_no_record_and_counts_once_any_resource_exists() {
    let shared =
        || DesiredResource::new::<Pointer>("shared", None, PhysicalName::new("shared"), sized(1));
    let alone = Case::default().desiring(shared()).report();
    assert_eq!(
        (answer(&alone), unapplied(&alone)),
        (vec![], vec!["pointer/shared".to_owned()])
    );
    let not_alone = one(Some(1), 1, 1).desiring(shared()).report();
    assert_eq!(
        answer(&not_alone),
        ["pointer/shared missing (not recorded)"]
    );
}

#[test]
fn a_resource_that_lost_its_marks_is_reported_although_an_apply_is_refused() {
    let unmarked = Live {
        owner: Ownership::Unmarked,
        ..live(&sized(1))
    };
    let case = || {
        Case::default()
            .desiring(thing("a", sized(1)))
            .finding("thing/a", Reading::Found(unmarked.clone()))
    };
    let report = case().having_applied("a", &sized(1)).report();
    assert_eq!(answer(&report), ["thing/a taken: Unmarked (recorded)"]);
    assert_eq!(report.verdict(), Verdict::Drifted);
    // If the record does not have the name, only an apply refuses it.
    assert_eq!(unapplied(&case().report()), ["thing/a"]);
}

#[test]
fn a_failed_resource_and_a_scheduled_deletion_are_reported() {
    let status = |status| Live {
        status,
        ..live(&sized(9))
    };
    let report = |now: Live| {
        Case::default()
            .desiring(thing("a", sized(1)))
            .finding("thing/a", Reading::Found(now))
            .having_applied("a", &sized(1))
            .report()
    };
    assert_eq!(
        answer(&report(status(Status::Failed("no room".into())))),
        ["thing/a failed: no room /size by Some(Outside) (recorded)"]
    );
    let leaving = Status::Leaving("deletion on Monday".into());
    assert_eq!(
        report(status(leaving.clone())).drifted[0].status,
        Some(leaving)
    );
}

#[test]
fn a_leftover_is_the_users_if_it_is_in_the_record_and_drift_if_not() {
    let left = one(Some(1), 1, 1)
        .having_applied("old", &sized(1))
        .with_stray("old")
        .report();
    assert_eq!(answer(&left), Vec::<String>::new());
    assert_eq!(
        left.orphans,
        [(Address::new("thing", "old"), KeptReason::NextApply)]
    );
    let stranger = one(Some(1), 1, 1).with_stray("stranger").report();
    assert_eq!(answer(&stranger), ["thing/stranger unknown (recorded)"]);
    let unrecorded = one(None, 1, 1).with_stray("old").report();
    assert_eq!(answer(&unrecorded), ["thing/old unknown (not recorded)"]);
}

#[test]
fn an_entry_ignores_its_fields_through_its_last_day() {
    let until = |expires| one(Some(1), 9, 1).ignoring("thing/*", "size", expires);
    let holds = until("2026-06-15").report();
    assert_eq!((answer(&holds), holds.verdict()), (vec![], Verdict::Clean));
    assert_eq!(holds.ignored.len(), 1);
    assert_eq!(holds.ignored[0].change.before, Some(json!(9)));

    let over = until("2026-06-14").report();
    assert_eq!(over.verdict(), Verdict::Drifted);
    assert_eq!((over.expired.len(), over.ignored.len()), (1, 0));
}

#[test]
fn an_entry_that_matches_nothing_is_reported_if_everything_was_compared() {
    let case = || one(Some(1), 9, 1).ignoring("thing/a", "tags.*", "2026-12-31");
    let report = case().report();
    assert_eq!(
        (report.unused.len(), report.verdict()),
        (1, Verdict::Drifted)
    );
    let incomplete = case().desiring(thing("b", sized(1))).finding(
        "thing/b",
        Reading::Unreadable(Fault::local(FaultKind::Denied, "no")),
    );
    assert_eq!(incomplete.report().unused, []);
}

#[test]
fn a_missing_resource_is_never_ignored() {
    let report = Case::default()
        .desiring(thing("a", sized(1)))
        .having_applied("a", &sized(1))
        .ignoring("*", "*", "2026-12-31")
        .report();
    assert_eq!(answer(&report), ["thing/a missing (recorded)"]);
}

#[test]
fn unreadable_resources_and_records_are_never_clean() {
    let denied = || Fault::local(FaultKind::Denied, "no");
    let unread = one(Some(1), 1, 1)
        .desiring(thing("b", sized(1)))
        .finding("thing/b", Reading::Unreadable(denied()));
    assert_eq!(unread.report().verdict(), Verdict::Incomplete);

    let mut comparison = one(Some(1), 1, 2).comparison();
    comparison.observed.recorded = Recorded::Unreadable(denied());
    let today = "2026-06-15".parse().unwrap();
    let report = report(&registry(), &comparison, &[], today);
    assert_eq!(report.verdict(), Verdict::Incomplete);
    assert_eq!(report.unread_records, Some(denied()));
}

fn specs() -> impl Strategy<Value = ThingSpec<Declared>> {
    let texts = prop::collection::btree_map("[a-b]|OPEN", "[x-y]", 0..3);
    let size = prop::option::of((0_u8..3).prop_map(|size| json!(size)));
    (size, texts.clone(), texts).prop_map(|(size, secrets, tags)| ThingSpec {
        size,
        secrets,
        tags,
        ..ThingSpec::default()
    })
}

/// Returns the value of a field; `None` if it is null.
fn at(spec: &ThingSpec<Declared>, path: &str) -> Option<Value> {
    let spec = json!(spec);
    spec.pointer(path).filter(|value| !value.is_null()).cloned()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_field_is_drift_exactly_if_it_differs_from_the_applied_and_the_desired_value(
        applied in specs(), now in specs(), declared in specs(), has_entry in any::<bool>(),
    ) {
        let mut case = Case::default()
            .desiring(thing("a", declared.clone()))
            .finding("thing/a", Reading::Found(live(&now)))
            .having_applied("a", &applied);
        if has_entry {
            case = case.ignoring("thing/a", "tags.*", "2026-12-31");
        }
        let report = case.report();
        let answer: BTreeSet<&str> = report
            .drifted
            .iter()
            .flat_map(|drifted| drifted.finding.fields())
            .map(|field| field.path.as_str())
            .collect();
        let ignored: BTreeSet<&str> =
            report.ignored.iter().map(|ignored| ignored.change.path.as_str()).collect();
        for path in ["/size", "/secrets/a", "/secrets/b", "/secrets/OPEN", "/tags/a", "/tags/b", "/tags/OPEN"] {
            let (applied, now, declared) = (at(&applied, path), at(&now, path), at(&declared, path));
            let is_drift = now != applied && now != declared;
            let is_ignored = is_drift && has_entry && path.starts_with("/tags");
            prop_assert_eq!(ignored.contains(path), is_ignored, "{}", path);
            prop_assert_eq!(answer.contains(path), is_drift && !is_ignored, "{}", path);
        }
        let is_clean = answer.is_empty();
        prop_assert_eq!(report.verdict() == Verdict::Clean, is_clean);
    }

    #[test]
    fn without_a_record_every_difference_counts(now in specs(), declared in specs()) {
        let report = Case::default()
            .desiring(thing("a", declared.clone()))
            .finding("thing/a", Reading::Found(live(&now)))
            .report();
        let differing = crate::plan::diff::compare(&entry(), &json!(now), &json!(declared)).len();
        prop_assert_eq!(report.fields(), differing);
    }
}

#[test]
fn a_resource_that_was_created_again_is_drift_and_what_refers_to_it_is_not() {
    const ID: OutputField<String> = OutputField::new("id");
    let role = Address::new("thing", "role");
    let declared = ThingSpec {
        needs: vec![ID.of(&role)],
        ..ThingSpec::default()
    };
    let with_id = |id: &str| ThingSpec {
        needs: vec![id.to_owned().into()],
        ..ThingSpec::default()
    };
    let mut case = Case::default()
        .desiring(thing("role", sized(1)))
        .desiring(thing("function", declared))
        // The id of every live thing is `x`.
        .finding("thing/role", Reading::Found(live(&sized(1))))
        .finding("thing/function", Reading::Found(live(&with_id("then"))))
        .having_applied("role", &sized(1))
        .having_applied("function", &with_id("then"));
    let record = case.record.as_mut().unwrap();
    record.identities.insert(role, "then".to_owned());
    assert_eq!(
        answer(&case.report()),
        ["thing/role remade: then, x (recorded)"]
    );
    let authors = |case: &Case| -> Vec<Option<Author>> {
        let steps = case.comparison().plan.steps;
        let changes = steps.iter().flat_map(|step| &step.changes);
        changes.map(|change| change.author).collect()
    };
    assert_eq!(authors(&case), [Some(Author::Source)]);

    // What somebody changed besides is drift.
    let by_hand = Reading::Found(live(&with_id("by hand")));
    let case = case.finding("thing/function", by_hand);
    assert_eq!(
        answer(&case.report()),
        [
            "thing/role remade: then, x (recorded)",
            "thing/function /needs by Some(Both) (recorded)"
        ]
    );
}
