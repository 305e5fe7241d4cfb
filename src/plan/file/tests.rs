//! Saved plans, with kinds that AWS does not have.

use std::os::unix::fs::PermissionsExt;

use camino::{Utf8Path, Utf8PathBuf};
use proptest::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::disk::parse;
use super::*;
use crate::plan::model::{Plan, Purpose};
use crate::plan::observation::{Observations, Records, Stray};
use crate::plan::record::Seal;
use crate::plan::test_kind::{Thing, ThingSpec, plan, registry};
use crate::resource::address::{Address, PhysicalName};
use crate::resource::desired::DesiredResource;
use crate::resource::fault::{Fault, FaultKind};
use crate::resource::kind::Status;
use crate::resource::owner::{Owner, Ownership};
use crate::resource::provider::{Live, Reading};
use crate::resource::reference::Declared;

fn owner() -> Owner {
    Owner {
        project: "claims".into(),
        env: "default".into(),
        region: "us-east-1".into(),
        agent: "triage".into(),
    }
}

fn spec(fields: &Value) -> Value {
    let mut whole = json!(ThingSpec::<Declared>::default());
    for (key, value) in fields.as_object().unwrap() {
        whole[key] = value.clone();
    }
    whole
}

fn thing(name: &str, fields: &Value) -> DesiredResource {
    let spec = serde_json::from_value(spec(fields)).unwrap();
    DesiredResource::new::<Thing>(name, Some(&owner()), PhysicalName::new(name), spec)
}

fn live(fields: &Value) -> Live {
    Live {
        spec: spec(fields),
        outputs: json!({ "id": "id-1", "version": 1 }),
        status: Status::Ready,
        revision: None,
        owner: Ownership::Of(owner()),
    }
}

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

fn target() -> PlanTarget {
    PlanTarget {
        project: "claims".into(),
        env: "default".into(),
        partition: "aws".into(),
        account: "111122223333".into(),
        region: "us-east-1".into(),
        endpoint: None,
    }
}

/// The input of a saved plan.
#[derive(Clone)]
struct World {
    seal: Option<Seal>,
    desired: Vec<DesiredResource>,
    observed: Observations,
}

impl World {
    /// Two desired things, of which the first is updated and the second created, and one that is deleted.
    fn new() -> Self {
        let stray = Stray {
            address: address("thing/old"),
            name: PhysicalName::new("old"),
            owner: owner(),
            reading: Reading::Found(live(&json!({ "size": 9 }))),
        };
        Self {
            seal: Some(Seal::new([7; 32])),
            desired: vec![
                thing(
                    "a",
                    &json!({ "size": 2, "secrets": { "TOKEN": "canary-desired" } }),
                ),
                thing("b", &json!({ "tags": { "team": "billing" } })),
            ],
            observed: Observations {
                readings: [(
                    address("thing/a"),
                    Reading::Found(live(
                        &json!({ "size": 1, "secrets": { "TOKEN": "canary-live", "OPEN": "o" } }),
                    )),
                )]
                .into(),
                strays: vec![stray],
                ..Observations::default()
            },
        }
    }

    fn plan(&self) -> Plan {
        plan(
            &registry(),
            &self.desired,
            &self.observed,
            &Records::default(),
            Purpose::Apply,
        )
        .unwrap()
    }

    fn with_input<T>(&self, look: impl FnOnce(&PlanFileInput<'_>) -> T) -> T {
        look(&PlanFileInput {
            registry: &registry(),
            seal: self.seal.as_ref(),
            desired: &self.desired,
            observed: &self.observed,
            plan: &self.plan(),
        })
    }

    fn save(&self) -> PlanFile {
        let made = Made {
            at: "2026-03-01T09:00:00Z".into(),
            by: "arn:aws:iam::111122223333:user/dev".into(),
        };
        let agents = Agents {
            names: ["triage".to_owned()].into(),
            all: true,
        };
        self.with_input(|input| PlanFile::new(made, target(), agents, input))
    }

    /// Compares a plan with this world.
    fn compare(&self, file: &PlanFile) -> Vec<Discrepancy> {
        let registry = registry();
        let open = file.open(&registry, self.seal.as_ref()).unwrap();
        let mut all = open.compare_declared(&self.desired);
        all.extend(self.with_input(|input| open.compare_observed(input)));
        all
    }

    fn live(&mut self) -> &mut Live {
        match self.observed.readings.get_mut(&address("thing/a")) {
            Some(Reading::Found(live)) => live,
            other => panic!("{other:?}"),
        }
    }
}

fn differs(of: &str, difference: Difference) -> Discrepancy {
    Discrepancy {
        address: address(of),
        difference,
    }
}

fn refusal(path: &Utf8Path, bytes: &[u8]) -> String {
    parse(path, bytes).unwrap_err().to_string()
}

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> Utf8PathBuf {
        Utf8Path::from_path(self.0.path()).unwrap().join(name)
    }
}

#[test]
fn a_saved_plan_is_read_as_it_was_written_and_only_its_owner_can_read_it() {
    let (folder, file) = (Folder::new(), World::new().save());
    let path = folder.path("plan.json");
    save(&path, &file).unwrap();
    save(&path, &file).unwrap();
    assert_eq!(load(&path).unwrap(), file);
    let mode = fs_err::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(folder.0.path().read_dir().unwrap().count(), 1);
}

#[test]
fn only_a_saved_plan_or_an_empty_file_is_replaced() {
    let (folder, file) = (Folder::new(), World::new().save());
    let notes = folder.path("notes.json");
    fs_err::write(&notes, r#"{ "format": "mine", "agentctl": "" }"#).unwrap();
    std::os::unix::fs::symlink(&notes, folder.path("link")).unwrap();
    fs_err::write(folder.path("empty"), "").unwrap();
    fs_err::create_dir(folder.path("manifests")).unwrap();
    let ends = [
        "notes.json",
        "link",
        "manifests",
        "empty",
        "manifests/p",
        "none/p",
    ]
    .map(|name| {
        let path = folder.path(name);
        let free = demand_free(&path, &folder.path("manifests"));
        match free.and_then(|()| save(&path, &file)) {
            Ok(()) => "saved",
            Err(PlanFileError::Occupied(_)) => "occupied",
            Err(PlanFileError::AmongManifests(_)) => "among manifests",
            Err(PlanFileError::Write { .. }) => "not writable",
            Err(other) => panic!("{other}"),
        }
    });
    assert_eq!(
        ends,
        [
            "occupied",
            "occupied",
            "occupied",
            "saved",
            "among manifests",
            "not writable"
        ]
    );
    assert!(fs_err::read_to_string(notes).unwrap().contains("mine"));
}

#[test]
fn a_file_that_is_no_saved_plan_is_refused() {
    let folder = Folder::new();
    let path = folder.path("p");
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for text in [
        "",
        "{}",
        "null",
        "\u{0}",
        &deep,
        r#"{"format":"x/1","agentctl":"0"}"#,
    ] {
        assert_eq!(
            refusal(&path, text.as_bytes()),
            format!("`{path}` is no saved plan")
        );
    }
    assert!(matches!(
        load(folder.0.path().try_into().unwrap()),
        Err(PlanFileError::NotAPlan(_))
    ));
    assert!(matches!(load(&path), Err(PlanFileError::Read { .. })));
    let long = fs_err::File::create(&path).unwrap();
    long.set_len((64 << 20) + 1).unwrap();
    assert!(matches!(load(&path), Err(PlanFileError::NotAPlan(_))));
}

#[test]
fn a_plan_of_another_version_or_form_is_refused_with_both_versions() {
    let text = World::new().save().text();
    let version = format!("\"agentctl\": \"{}\"", env!("CARGO_PKG_VERSION"));
    let (path, this) = (Utf8Path::new("p"), env!("CARGO_PKG_VERSION"));
    assert_eq!(
        [
            refusal(
                path,
                text.replace(&version, "\"agentctl\": \"9.9.9\"").as_bytes()
            ),
            refusal(
                path,
                text.replace("saved-plan/2", "saved-plan/3").as_bytes()
            ),
        ],
        [
            format!(
                "the saved plan was made by agentctl 9.9.9 (form 2), this is agentctl {this} (form 2)"
            ),
            format!(
                "the saved plan was made by agentctl {this} (form 3), this is agentctl {this} (form 2)"
            ),
        ]
    );
}

#[test]
fn the_same_resources_have_no_discrepancy() {
    let world = World::new();
    assert_eq!(world.compare(&world.save()), []);
    let unsealed = World {
        seal: None,
        ..World::new()
    };
    assert_eq!(unsealed.compare(&unsealed.save()), []);
}

#[test]
fn each_change_is_reported_with_the_value_now() {
    let file = World::new().save();
    let mut world = World::new();
    world.live().spec["size"] = json!(5);
    world.live().spec["secrets"] = json!({ "TOKEN": "canary-other" });
    world.live().outputs["id"] = json!("id-2");
    world.observed.strays.clear();
    world.observed.readings.insert(
        address("thing/b"),
        Reading::Found(live(&json!({ "tags": { "team": "billing" } }))),
    );
    world.desired[0] = thing("a", &json!({ "size": 3 }));
    world.desired.push(thing("c", &json!({})));
    let declared = |path: &str, now| Difference::Desired {
        path: path.into(),
        now,
    };
    let moved = |path: &str, now| Difference::Observed {
        path: path.into(),
        now,
    };
    assert_eq!(
        world.compare(&file),
        [
            differs("thing/a", declared("/secrets/TOKEN", None)),
            differs("thing/a", declared("/size", Some(json!(3)))),
            differs("thing/c", Difference::Declared),
            differs("thing/a", moved("/secrets/OPEN", None)),
            differs(
                "thing/a",
                moved("/secrets/TOKEN", Some(json!("canary-other")))
            ),
            differs("thing/a", moved("/size", Some(json!(5)))),
            differs("thing/b", Difference::Appeared),
            differs("thing/old", Difference::Gone),
        ]
    );
}

#[test]
fn a_resource_that_was_created_again_with_the_same_spec_is_a_discrepancy() {
    let mut world = World::new();
    let file = world.save();
    world.live().outputs["id"] = json!("id-2");
    let answer = Difference::Output {
        output: "id".into(),
    };
    assert_eq!(world.compare(&file), [differs("thing/a", answer)]);
}

#[test]
fn a_plan_covers_the_readable_part_of_a_partly_readable_stray() {
    let obscured = |size: u8| {
        let fault = Fault::local(FaultKind::Denied, "its key is disabled");
        let mut world = World::new();
        world.observed.strays[0].reading = Reading::Obscured(live(&json!({ "size": size })), fault);
        world
    };
    let moved = Difference::Observed {
        path: "/size".into(),
        now: Some(json!(8)),
    };
    assert_eq!(
        obscured(8).compare(&obscured(9).save()),
        [differs("thing/old", moved)]
    );
}

#[test]
fn another_name_or_action_alone_is_a_discrepancy() {
    let mut world = World::new();
    let file = world.save();
    world.live().status = Status::Failed("gave up".into());
    world.desired[1].name = PhysicalName::new("elsewhere").into();
    assert_eq!(
        world.compare(&file),
        [
            differs("thing/b", Difference::Renamed),
            differs(
                "thing/a",
                Difference::Action {
                    planned: Some(SavedAction::Update),
                    now: Some(SavedAction::Replace)
                }
            ),
        ]
    );
}

#[test]
fn only_the_key_that_a_plan_was_made_with_opens_it() {
    let (sealed, unsealed) = (
        World::new(),
        World {
            seal: None,
            ..World::new()
        },
    );
    let registry = registry();
    let opened = |file: &PlanFile, seal: Option<[u8; 32]>| {
        let seal = seal.map(Seal::new);
        let end = file.open(&registry, seal.as_ref()).map(drop);
        end.map_err(|error| error.to_string())
    };
    let not_its_key = |why: &str| {
        Err(format!(
            "the project's key is not the one that the plan was made with: {why}"
        ))
    };
    let mut forged = sealed.save();
    forged.plan.steps.clear();
    forged.checksum = forged.sum();
    let mut stripped = sealed.save();
    stripped.seal = None;
    stripped.checksum = stripped.sum();
    assert_eq!(opened(&sealed.save(), Some([7; 32])), Ok(()));
    assert_eq!(opened(&unsealed.save(), None), Ok(()));
    assert_eq!(
        opened(&forged, Some([7; 32])),
        Err(PlanFileError::Forged.to_string())
    );
    assert_eq!(
        [
            opened(&sealed.save(), Some([8; 32])),
            opened(&sealed.save(), None),
            opened(&stripped, Some([7; 32])),
        ],
        [
            not_its_key("the project has a new one"),
            not_its_key("the project has none now"),
            not_its_key("the project had none then"),
        ]
    );
}

#[test]
fn a_plan_is_for_one_target_and_its_agents() {
    let file = World::new().save();
    let other = |change: fn(&mut PlanTarget)| {
        let mut place = target();
        change(&mut place);
        file.demand_target(&place).unwrap_err().to_string()
    };
    assert_eq!(
        [
            other(|place| place.account = "999".into()),
            other(|place| place.env = "prod".into()),
            other(|place| place.endpoint = Some("local endpoint".into())),
        ],
        [
            "the saved plan is for account `111122223333`, this is `999`",
            "the saved plan is for environment `default`, this is `prod`",
            "the saved plan is for endpoint `AWS`, this is `local endpoint`",
        ]
    );
    assert!(file.demand_target(&target()).is_ok());
    let agents = |names: &[&str]| {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        file.demand_agents(&names)
            .map_err(|error| error.to_string())
    };
    assert_eq!(agents(&["triage"]), Ok(()));
    assert_eq!(
        [agents(&[]), agents(&["triage", "payout"])],
        [
            Err(
                "the saved plan was made for other manifests: agent `triage` is no longer declared"
                    .into()
            ),
            Err(
                "the saved plan was made for other manifests: agent `payout` was not declared then"
                    .into()
            ),
        ]
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_file_with_any_byte_changed_is_refused(place in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = World::new().save().text().into_bytes();
        let place = place.index(bytes.len());
        prop_assume!(bytes[place] != byte);
        bytes[place] = byte;
        prop_assert!(parse(Utf8Path::new("p"), &bytes).is_err());
    }

    #[test]
    fn a_file_that_was_cut_or_extended_is_refused(place in any::<prop::sample::Index>(), more in "[ \n}x]{1,3}") {
        let text = World::new().save().text();
        prop_assert!(parse(Utf8Path::new("p"), &text.as_bytes()[..place.index(text.len())]).is_err());
        let longer = format!("{text}{more}");
        prop_assert!(parse(Utf8Path::new("p"), longer.as_bytes()).is_err());
    }

    #[test]
    fn a_saved_plan_contains_no_value(secret in "canary-[a-z]{8}", is_sealed: bool) {
        let mut world = World::new();
        world.seal = world.seal.filter(|_| is_sealed);
        world.live().spec["size"] = json!(secret);
        world.live().spec["secrets"]["TOKEN"] = json!(secret);
        world.live().outputs["id"] = json!(secret);
        world.desired[0].spec["secrets"]["TOKEN"] = json!(secret);
        world.desired[0].spec["policy"] = json!({ "Statement": [secret] });
        prop_assert!(!world.save().text().contains("canary-"));
    }

    #[test]
    fn without_a_key_a_guess_of_a_secret_cannot_be_checked(guess in "[a-z0-9]{0,4}") {
        let mut world = World { seal: None, ..World::new() };
        let file = world.save();
        world.live().spec["secrets"]["TOKEN"] = json!(guess);
        world.desired[0].spec["secrets"]["TOKEN"] = json!(format!("not {guess}"));
        world.live().outputs["id"] = json!(guess);
        prop_assert_eq!(world.save().text(), file.text());
    }

    #[test]
    fn with_a_key_a_changed_secret_is_reported(other in "[a-z0-9]{0,4}") {
        let mut world = World::new();
        let file = world.save();
        world.live().spec["secrets"]["TOKEN"] = json!(other);
        let moved = Difference::Observed { path: "/secrets/TOKEN".into(), now: Some(json!(other)) };
        prop_assert_eq!(world.compare(&file), [differs("thing/a", moved)]);
    }
}
