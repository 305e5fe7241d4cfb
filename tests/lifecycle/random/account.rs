//! The content of an account: what belongs to the agent, what is left of it, what serves its callers, and what belongs to the neighbour.

use std::collections::BTreeMap;

use jiff::Timestamp;
use localstack::Endpoint;
use serde_json::{Map, Value, json};

use super::edit::Declared;
use crate::support::{ACCOUNT, BUCKET, REGION, World, skeleton};

/// The prefix of the agent's objects.
const OBJECTS: &str = "objects/claims/default/triage/";

/// The agent's lock.
const LOCK: &str = "locks/claims/default/triage";

/// The prefix of the descriptions of agentctl's pointers.
const MARK: &str = "agentctl:";

/// The endpoint that the service creates for every runtime.
const DEFAULT: &str = "DEFAULT";

/// The most versions that are kept, besides those that something points at.
const VERSIONS: usize = 10;

/// The content of an account.
#[derive(Debug)]
pub(super) struct Account(Value);

impl Account {
    pub(super) fn of(endpoint: &Endpoint) -> Self {
        Self(endpoint.dump().unwrap()[ACCOUNT].take())
    }

    fn map(&self, pointer: &str) -> Map<String, Value> {
        let found = self.0.pointer(pointer).and_then(Value::as_object);
        found.cloned().unwrap_or_default()
    }

    fn regional(&self, path: &str) -> Map<String, Value> {
        self.map(&format!("/{REGION}/{path}"))
    }

    pub(super) fn functions(&self) -> Map<String, Value> {
        self.regional("lambda/functions")
    }

    pub(super) fn runtimes(&self) -> Map<String, Value> {
        self.regional("bedrock-agentcore/runtimes")
    }

    pub(super) fn groups(&self) -> Map<String, Value> {
        self.regional("logs/groups")
    }

    pub(super) fn keys(&self) -> Map<String, Value> {
        self.regional("kms/keys")
    }

    fn key_aliases(&self) -> Map<String, Value> {
        self.regional("kms/aliases")
    }

    pub(super) fn roles(&self) -> Map<String, Value> {
        self.map("/global/iam/roles")
    }

    pub(super) fn objects(&self) -> Map<String, Value> {
        self.map(&format!("/global/s3/buckets/{BUCKET}/objects"))
    }

    /// Returns whether the agent's lock exists: held, or abandoned.
    pub(super) fn is_locked(&self) -> bool {
        self.objects().contains_key(LOCK)
    }

    /// Returns what belongs to the neighbour.
    pub(super) fn neighbour(&self) -> Value {
        let of = |things: Map<String, Value>| -> Map<String, Value> {
            let theirs = things.into_iter();
            theirs
                .filter(|(name, thing)| is_theirs(name, thing))
                .collect()
        };
        json!([
            of(self.functions()),
            of(self.runtimes()),
            of(self.groups()),
            of(self.keys()),
            of(self.key_aliases()),
            of(self.roles()),
            of(self.objects()),
        ])
    }

    /// Returns what belongs to no neighbour, without what destroy keeps: keys that are pending deletion, and their aliases.
    pub(super) fn remains(&self) -> Vec<String> {
        let is_leaving = |key: &Value| !key["status"]["value"]["PendingDeletion"].is_null();
        let keys = self.keys();
        let points_at_leaving = |alias: &Value| {
            let target = alias["target"]["value"].as_str().unwrap_or_default();
            keys.get(target).is_some_and(is_leaving)
        };
        let mut remains = Vec::new();
        let mut look = |things: Map<String, Value>, is_left: &dyn Fn(&Value) -> bool| {
            let ours = things
                .into_iter()
                .filter(|(name, thing)| !is_theirs(name, thing));
            remains.extend(
                ours.filter(|(_, thing)| !is_left(thing))
                    .map(|(name, _)| name),
            );
        };
        let nothing = |_: &Value| false;
        look(self.functions(), &nothing);
        look(self.runtimes(), &nothing);
        look(self.groups(), &nothing);
        look(keys.clone(), &is_leaving);
        look(self.key_aliases(), &points_at_leaving);
        look(self.roles(), &nothing);
        look(self.objects(), &nothing);
        remains
    }

    /// Returns what belongs to the agent when it is as declared, comparable with another account.
    ///
    /// Without what is documented to be kept: a lock that no run had to take over, the agent's objects, log groups and keys that were
    /// declared before, and versions that nothing points at. nothing points at.
    pub(super) fn essence(&self, declared: &Declared) -> Value {
        let ours = |things: Map<String, Value>| {
            let all = things.into_iter();
            all.filter(|(name, thing)| !is_theirs(name, thing))
        };
        let desired = objects(declared);
        let is_kept_object = |key: &str| {
            let is_desired = desired.values().any(|desired| desired == key);
            key == LOCK || (key.starts_with(OBJECTS) && !is_desired)
        };
        let objects: Map<String, Value> = ours(self.objects())
            .filter(|(key, _)| !is_kept_object(key))
            .map(|(key, versions)| (key, versions[0].clone()))
            .collect();
        let groups: Map<String, Value> = ours(self.groups())
            .filter(|(name, group)| self.is_group_declared(name, declared) || !is_ours(group))
            .map(|(name, group)| (name, protection_ended(group)))
            .collect();
        let has_key = declared.has_key();
        let keys: Map<String, Value> = ours(self.keys())
            .filter(|(_, key)| has_key || !is_ours(key))
            .collect();
        let aliases: Map<String, Value> = ours(self.key_aliases()).filter(|_| has_key).collect();
        let mut bucket = self.map(&format!("/global/s3/buckets/{BUCKET}"));
        bucket.remove("objects");
        skeleton(&json!({
            "functions": ours(self.functions()).map(|(_, function)| served_function(&function)).collect::<Vec<_>>(),
            "runtimes": ours(self.runtimes()).map(|(_, runtime)| served_runtime(&runtime)).collect::<Vec<_>>(),
            "groups": groups,
            "keys": keys.into_iter().map(|(_, key)| key).collect::<Vec<_>>(),
            "aliases": aliases,
            "roles": ours(self.roles()).collect::<Map<_, _>>(),
            "bucket": bucket,
            "objects": objects,
        }))
    }

    /// Returns whether the service writes to a group of that name while the declaration is unchanged.
    fn is_group_declared(&self, name: &str, declared: &Declared) -> bool {
        if declared.is_on_lambda() {
            return name == "/aws/lambda/triage";
        }
        let runtimes = self.runtimes();
        runtimes.iter().any(|(id, runtime)| {
            let endpoints = runtime["endpoints"].as_object().unwrap();
            let mut names = endpoints.keys();
            names.any(|end| name == format!("/aws/bedrock-agentcore/runtimes/{id}-{end}"))
        })
    }

    /// Fails if there are more versions than are kept.
    pub(super) fn assert_few_versions(&self, when: &str) {
        let functions = self.functions().into_iter().map(|(_, it)| it);
        for of in functions.chain(self.runtimes().into_iter().map(|(_, it)| it)) {
            let versions = of["versions"].as_object().unwrap().len();
            let pointers = of.get("aliases").or(of.get("endpoints")).unwrap();
            let most = VERSIONS + pointers.as_object().unwrap().len();
            assert!(versions <= most, "{when}: {versions} versions are left");
        }
    }
}

/// Returns the keys of the desired objects, by their addresses.
pub(super) fn objects(declared: &Declared) -> BTreeMap<String, String> {
    let desired = declared.project.expansion().desired;
    let objects = desired.iter().filter(|it| it.address.kind() == "s3-object");
    objects
        .map(|object| {
            let name = object.name.as_literal().unwrap().as_str();
            let key = name.strip_prefix(&format!("{BUCKET}/")).unwrap();
            (object.address.to_string(), key.to_owned())
        })
        .collect()
}

/// Returns whether something belongs to the neighbour.
fn is_theirs(name: &str, thing: &Value) -> bool {
    name.contains("refund")
        || name.contains("payments")
        || thing["tags"]["agentctl:project"] == "payments"
}

/// Returns whether something has the agent's marks.
pub(super) fn is_ours(thing: &Value) -> bool {
    thing["tags"]["agentctl:project"] == "claims" && thing["tags"]["agentctl:agent"] == "triage"
}

/// Treats a group whose protection has ended like one without protection.
fn protection_ended(mut group: Value) -> Value {
    if group["data_protection"] == "Deleted" {
        group["data_protection"] = json!("Never");
    }
    group
}

/// Returns what a function and its pointers serve, without the numbers of the versions.
fn served_function(function: &Value) -> Value {
    let bare = |release: &Value| {
        let mut configuration = release["configuration"].clone();
        let subnets = configuration["vpc"]["SubnetIds"].as_array();
        // Two forms mean no network: never having been in one, and having left it.
        if subnets.is_none_or(Vec::is_empty) {
            configuration["vpc"] = Value::Null;
        }
        json!([configuration, release["code"]])
    };
    let aliases = function["aliases"].as_object().unwrap().iter();
    let aliases: Map<String, Value> = aliases
        .map(|(name, alias)| {
            let release = bare(release(function, alias["version"].as_str().unwrap()));
            (
                name.clone(),
                json!([alias["description"], alias["routing"], release]),
            )
        })
        .collect();
    json!([
        function["name"],
        bare(&function["latest"]),
        aliases,
        function["tags"]
    ])
}

fn release<'a>(function: &'a Value, version: &str) -> &'a Value {
    match version {
        "$LATEST" => &function["latest"],
        number => &function["versions"][number],
    }
}

/// Returns what a runtime and its endpoints serve, without the numbers of the versions.
fn served_runtime(runtime: &Value) -> Value {
    let settings = |version: &Value| &runtime["versions"][version.to_string()]["settings"];
    let endpoints = runtime["endpoints"].as_object().unwrap().iter();
    let endpoints: Map<String, Value> = endpoints
        .map(|(name, endpoint)| {
            let [target, description] = ["target", "description"].map(|key| &endpoint[key]);
            let served = json!([description, endpoint["tags"], settings(target)]);
            (name.clone(), served)
        })
        .collect();
    json!([
        runtime["name"],
        settings(&runtime["latest"]),
        endpoints,
        runtime["tags"],
        runtime["policy"],
        runtime["deletion"],
    ])
}

/// Reports if nothing serves the agent's callers: no pointer of agentctl to a version that is ready, with a role and a prompt.
pub(super) fn unserved(endpoint: &Endpoint) -> Option<String> {
    let account = Account::of(endpoint);
    let now = endpoint.clock().now();
    let is_served = account.is_served_on_lambda(now) || account.is_served_on_agentcore(now);
    (!is_served).then(|| format!("callers are not served at {now}"))
}

fn is_over(work: &Value, now: Timestamp) -> bool {
    let until: Timestamp = work["until"].as_str().unwrap().parse().unwrap();
    work["failure"].is_null() && until <= now
}

impl Account {
    fn is_served_on_lambda(&self, now: Timestamp) -> bool {
        let functions = self.functions();
        let Some(function) = functions.get("triage") else {
            return false;
        };
        let aliases = function["aliases"].as_object().unwrap();
        aliases
            .values()
            .filter(|alias| is_marked(alias))
            .any(|alias| {
                let release = release(function, alias["version"].as_str().unwrap());
                let configuration = &release["configuration"];
                release.is_object()
                    && is_over(&release["creation"], now)
                    && self.can_work(&configuration["role"], &configuration["environment"])
                    && self.can_decrypt(function)
            })
    }

    fn is_served_on_agentcore(&self, now: Timestamp) -> bool {
        self.runtimes()
            .values()
            .filter(|runtime| runtime["name"] == "triage")
            .any(|runtime| {
                let endpoints = runtime["endpoints"].as_object().unwrap();
                endpoints
                    .values()
                    .filter(|endpoint| is_marked(endpoint))
                    .any(|endpoint| {
                        let work = &endpoint["work"];
                        let is_there = work["task"] != "Delete" && is_over(work, now);
                        let live = if is_there {
                            &endpoint["target"]
                        } else {
                            &endpoint["before"]
                        };
                        let version = &runtime["versions"][live.to_string()];
                        let settings = &version["settings"];
                        version.is_object()
                            && is_over(&version["work"], now)
                            && self
                                .can_work(&settings["roleArn"], &settings["environmentVariables"])
                    })
            })
    }

    /// Returns whether the grant on the key of a function's variables names the role that exists.
    fn can_decrypt(&self, function: &Value) -> bool {
        let grant = &function["grant"];
        let role = grant["role"]
            .as_str()
            .unwrap_or_default()
            .rsplit('/')
            .next();
        let roles = self.roles();
        let role = role.and_then(|role| roles.get(role));
        role.is_some_and(|role| role["id"] == grant["principal"])
    }

    /// Returns whether a role exists, and the prompt that the environment names.
    fn can_work(&self, role: &Value, environment: &Value) -> bool {
        let role = role.as_str().unwrap_or_default().rsplit('/').next();
        let key = environment["SYSTEM_PROMPT_S3_KEY"].as_str();
        let objects = self.objects();
        let prompt = key.and_then(|key| objects.get(key));
        role.is_some_and(|role| self.roles().contains_key(role))
            && prompt.is_some_and(|versions| versions[0]["content"]["Object"].is_object())
    }

    /// Returns the name of agentctl's alias.
    pub(super) fn alias(&self) -> Option<String> {
        name_of_ours(self.functions().get("triage")?, "aliases")
    }

    /// Returns the id of the agent's runtime, and the name of agentctl's endpoint.
    pub(super) fn runtime(&self) -> Option<(String, String)> {
        let runtimes = self.runtimes();
        let is_meant =
            |runtime: &Value| runtime["name"] == "triage" && runtime["deletion"].is_null();
        let (id, runtime) = runtimes.iter().find(|(_, runtime)| is_meant(runtime))?;
        Some((id.clone(), name_of_ours(runtime, "endpoints")?))
    }

    /// Returns the id of the agent's key.
    pub(super) fn key(&self) -> Option<String> {
        let keys = self.keys();
        let (id, _) = keys.iter().find(|(_, key)| is_ours(key))?;
        Some(id.clone())
    }

    /// Returns the id of the agent's key, if it can be used.
    pub(super) fn usable_key(&self) -> Option<String> {
        let key = self.key()?;
        (self.keys()[&key]["status"]["value"] == "Enabled").then_some(key)
    }
}

fn name_of_ours(of: &Value, pointers: &str) -> Option<String> {
    let pointers = of[pointers].as_object()?;
    let mut ours = pointers
        .iter()
        .filter(|(name, it)| *name != DEFAULT && is_marked(it));
    ours.next().map(|(name, _)| name.clone())
}

fn is_marked(pointer: &Value) -> bool {
    let description = pointer["description"].as_str();
    description.is_some_and(|text| text.starts_with(MARK))
}

/// Returns the account of a world.
pub(super) fn account(world: &World) -> Account {
    Account::of(&world.endpoint)
}
