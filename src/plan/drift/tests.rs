//! Whose change a difference is, over things that are not of AWS.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::plan::diff::FieldChange;
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

/// What a check looks at: what is wished for, what is there, and what was applied.
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
    fn wishing(mut self, resource: DesiredResource) -> Self {
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

    fn letting_be(mut self, resource: &str, field: &str, expires: &str) -> Self {
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

/// One thing whose size was applied, is live and is wished for as given.
fn one(applied: Option<u8>, now: u8, declared: u8) -> Case {
    let case = Case::default()
        .wishing(thing("a", sized(declared)))
        .finding("thing/a", Reading::Found(live(&sized(now))));
    match applied {
        Some(applied) => case.having_applied("a", &sized(applied)),
        None => case,
    }
}

/// The report in a line for each finding: what was found, by whom, and whether a record tells of it.
fn answer(report: &DriftReport) -> Vec<String> {
    let line = |drifted: &Drifted| {
        let finding = match &drifted.finding {
            Finding::Changed(fields) => fields_in_words(fields),
            Finding::Missing => "missing".to_owned(),
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
fn what_differs_counts_unless_only_the_user_changed_it() {
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
fn of_one_resource_only_the_fields_count_that_somebody_else_changed() {
    let tagged = |size, team: &str| ThingSpec {
        tags: BTreeMap::from([("team".to_owned(), team.to_owned())]),
        ..sized(size)
    };
    let report = Case::default()
        .wishing(thing("a", tagged(2, "billing")))
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
fn what_follows_from_another_change_is_not_told_twice_and_not_taken_for_drift() {
    let needing = |name: &str| ThingSpec {
        needs: vec![ID.of(&Address::new("thing", name))],
        ..ThingSpec::default()
    };
    let resolved = json!({ "needs": ["x"] });
    let mut user = live(&ThingSpec::default());
    user.spec["needs"] = resolved["needs"].clone();
    let mut case = Case::default()
        .wishing(thing("a", sized(1)))
        .wishing(thing("b", needing("a")))
        .finding("thing/b", Reading::Found(user.clone()))
        .having_applied("a", &sized(1));
    let record = case.record.as_mut().unwrap();
    record
        .applied
        .insert(Address::new("thing", "b"), user.spec.clone());
    // What `b` needs is gone, so what it will be is not known; it is as it was left.
    assert_eq!(answer(&case.report()), ["thing/a missing (recorded)"]);
    // What is named after `a` has no name.
    let named = DesiredResource {
        name: Input::Template(vec![ID.part(&Address::new("thing", "a"))]),
        ..thing("c", sized(1))
    };
    let case = case.wishing(named).having_applied("c", &sized(1));
    assert_eq!(answer(&case.report()), ["thing/a missing (recorded)"]);
}

#[test]
fn a_resource_is_missing_when_it_was_applied_and_not_when_it_is_new_in_the_manifest() {
    let gone = || Case::default().wishing(thing("a", sized(1)));
    let kept = |case: Case| {
        case.wishing(thing("b", sized(1)))
            .finding("thing/b", Reading::Found(live(&sized(1))))
    };
    // Applied, and all the rest is gone as well.
    assert_eq!(
        answer(&gone().having_applied("a", &sized(1)).report()),
        ["thing/a missing (recorded)"]
    );
    let new = kept(gone()).having_applied("b", &sized(1)).report();
    assert_eq!(
        (answer(&new), unapplied(&new)),
        (vec![], vec!["thing/a".to_owned()])
    );
    // Nothing of the agent stands and nothing is remembered: it was never applied.
    assert_eq!(gone().report().verdict(), Verdict::Clean);
    // Something of it stands and nothing is remembered, so nobody knows.
    assert_eq!(
        answer(&kept(gone()).report()),
        ["thing/a missing (not recorded)"]
    );
    // What is named after its content is another thing once the user changes that.
    let renamed = applied_as("older", Reading::Found(live(&sized(1)))).report();
    assert_eq!(
        (answer(&renamed), unapplied(&renamed)),
        (vec![], vec!["thing/a".to_owned()])
    );
}

/// A thing that another name is wished for than it was applied under, and what stands under that.
fn applied_as(name: &'static str, reading: Reading<Live>) -> Case {
    let mut case = Case::default()
        .wishing(thing("a", sized(2)))
        .having_applied("a", &sized(1));
    let names = &mut case.record.as_mut().unwrap().names;
    names.insert(Address::new("thing", "a"), PhysicalName::new(name));
    case.earlier.insert(name, reading);
    case
}

#[test]
fn what_stands_under_a_former_name_is_held_against_the_record() {
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
    // The record has digests of secrets, so only their digests can be held against it.
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
fn what_the_account_shares_is_in_no_record_and_counts_as_soon_as_anything_stands() {
    let shared =
        || DesiredResource::new::<Pointer>("shared", None, PhysicalName::new("shared"), sized(1));
    let alone = Case::default().wishing(shared()).report();
    assert_eq!(
        (answer(&alone), unapplied(&alone)),
        (vec![], vec!["pointer/shared".to_owned()])
    );
    let beside = one(Some(1), 1, 1).wishing(shared()).report();
    assert_eq!(answer(&beside), ["pointer/shared missing (not recorded)"]);
}

#[test]
fn a_name_that_lost_its_marks_is_told_where_an_apply_would_be_refused() {
    let unmarked = Live {
        owner: Ownership::Unmarked,
        ..live(&sized(1))
    };
    let case = || {
        Case::default()
            .wishing(thing("a", sized(1)))
            .finding("thing/a", Reading::Found(unmarked.clone()))
    };
    let report = case().having_applied("a", &sized(1)).report();
    assert_eq!(answer(&report), ["thing/a taken: Unmarked (recorded)"]);
    assert_eq!(report.verdict(), Verdict::Drifted);
    // A name that was never ours is for the apply to refuse.
    assert_eq!(unapplied(&case().report()), ["thing/a"]);
}

#[test]
fn what_the_service_gave_up_on_and_what_is_leaving_is_said() {
    let status = |status| Live {
        status,
        ..live(&sized(9))
    };
    let report = |now: Live| {
        Case::default()
            .wishing(thing("a", sized(1)))
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
fn what_is_left_over_is_yours_when_it_is_in_the_record_and_somebodys_when_not() {
    let left = one(Some(1), 1, 1)
        .having_applied("old", &sized(1))
        .with_stray("old")
        .report();
    assert_eq!(answer(&left), Vec::<String>::new());
    assert_eq!(
        left.orphans,
        [(Address::new("thing", "old"), KeptReason::NextApply)]
    );
    let foisted = one(Some(1), 1, 1).with_stray("foisted").report();
    assert_eq!(answer(&foisted), ["thing/foisted unknown (recorded)"]);
    let unremembered = one(None, 1, 1).with_stray("old").report();
    assert_eq!(answer(&unremembered), ["thing/old unknown (not recorded)"]);
}

#[test]
fn an_entry_lets_its_fields_be_until_its_last_day_is_over() {
    let until = |expires| one(Some(1), 9, 1).letting_be("thing/*", "size", expires);
    let holds = until("2026-06-15").report();
    assert_eq!((answer(&holds), holds.verdict()), (vec![], Verdict::Clean));
    assert_eq!(holds.ignored.len(), 1);
    assert_eq!(holds.ignored[0].change.before, Some(json!(9)));

    let over = until("2026-06-14").report();
    assert_eq!(over.verdict(), Verdict::Drifted);
    assert_eq!((over.expired.len(), over.ignored.len()), (1, 0));
}

#[test]
fn an_entry_that_nothing_matches_is_told_where_everything_was_compared() {
    let case = || one(Some(1), 9, 1).letting_be("thing/a", "tags.*", "2026-12-31");
    let report = case().report();
    assert_eq!(
        (report.unused.len(), report.verdict()),
        (1, Verdict::Drifted)
    );
    let incomplete = case().wishing(thing("b", sized(1))).finding(
        "thing/b",
        Reading::Unreadable(Fault::local(FaultKind::Denied, "no")),
    );
    assert_eq!(incomplete.report().unused, []);
}

#[test]
fn a_missing_resource_is_not_let_be() {
    let report = Case::default()
        .wishing(thing("a", sized(1)))
        .having_applied("a", &sized(1))
        .letting_be("*", "*", "2026-12-31")
        .report();
    assert_eq!(answer(&report), ["thing/a missing (recorded)"]);
}

#[test]
fn what_could_not_be_read_is_never_clean_and_neither_are_records_that_could_not() {
    let denied = || Fault::local(FaultKind::Denied, "no");
    let unread = one(Some(1), 1, 1)
        .wishing(thing("b", sized(1)))
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

/// Returns the value of a field, an option that is not set being none.
fn at(spec: &ThingSpec<Declared>, path: &str) -> Option<Value> {
    let spec = json!(spec);
    spec.pointer(path).filter(|value| !value.is_null()).cloned()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_field_is_told_exactly_when_it_is_neither_as_applied_nor_as_wished_for(
        applied in specs(), now in specs(), declared in specs(), is_let_be in any::<bool>(),
    ) {
        let mut case = Case::default()
            .wishing(thing("a", declared.clone()))
            .finding("thing/a", Reading::Found(live(&now)))
            .having_applied("a", &applied);
        if is_let_be {
            case = case.letting_be("thing/a", "tags.*", "2026-12-31");
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
            let is_ignored = is_drift && is_let_be && path.starts_with("/tags");
            prop_assert_eq!(ignored.contains(path), is_ignored, "{}", path);
            prop_assert_eq!(answer.contains(path), is_drift && !is_ignored, "{}", path);
        }
        let is_clean = answer.is_empty();
        prop_assert_eq!(report.verdict() == Verdict::Clean, is_clean);
    }

    #[test]
    fn without_a_record_every_difference_counts(now in specs(), declared in specs()) {
        let report = Case::default()
            .wishing(thing("a", declared.clone()))
            .finding("thing/a", Reading::Found(live(&now)))
            .report();
        let differing = crate::plan::diff::compare(&entry(), &json!(now), &json!(declared)).len();
        prop_assert_eq!(report.fields(), differing);
    }
}
