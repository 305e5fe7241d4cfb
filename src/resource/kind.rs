//! What a kind of resource declares about itself, and what is observed of one resource.

use std::fmt::Debug;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::address::PhysicalName;
use super::owner::Ownership;
use super::reference::{Declared, Resolved, Stage, Wire};

/// A kind of resource.
///
/// The planner, the differ and the executor know kinds only through this trait, so a new kind is one folder and one line of the registry.
pub trait Kind: Clone + PartialEq + Debug + Send + Sync + 'static {
    /// The kind's name in addresses, for example `lambda-function`.
    const NAME: &'static str;
    /// The fields that can be declared and read back.
    type Spec<S: Stage>: Wire;
    /// The values that only AWS can give: ARNs, generated ids, versions.
    type Outputs: Wire;
    /// The rules for single fields.
    const RULES: &'static [FieldRule];
    /// The outputs that an update can change. All others keep their values as long as the resource exists.
    const MOVING: &'static [MovingOutput] = &[];
    /// Whether callers reach an agent through the resource. Permissions widen before such a resource moves and narrow after it.
    const POINTER: bool = false;
    /// The pointer of the field with the version that callers reach, in kinds whose resources can be pinned to one.
    const PIN: Option<&'static str> = None;
    /// Whether the resource still reads as absent after the first of the calls that create it.
    const CREATED_UNSEEN: bool = false;
    /// What happens to a resource of a declared agent that is no longer declared.
    const LEFTOVER: Leftover = Leftover::Keep;
    /// The output with the id that AWS generated for the resource, if AWS puts that id into the names of what it creates for the resource.
    const ID: Option<&'static str> = None;
    /// The output that is another one if the resource was deleted and created again under its name.
    const IDENTITY: Option<&'static str> = None;
    /// Whether AWS itself creates such a resource for the one whose id its name mentions, and creates it again as long as that one
    /// exists. It is deleted after that one, and a create step accepts that it exists already.
    const REMADE_BY_SOURCE: bool = false;
    /// The minutes after which a wait for AWS's work on a resource ends.
    const SETTLE_MINUTES: u64 = 10;
    /// How changes of a resource leave versions behind, in kinds whose resources have versions.
    const VERSIONS: Option<Versions> = None;
    /// The pointers into the resource, in kinds whose resources others can point at. They are deleted with it, or keep it from being
    /// deleted.
    const POINTERS: Option<Pointers> = None;
    /// The data that is lost with the resource, in words for the prompt.
    const HOLDS: Option<&'static str> = None;

    /// Returns the part of a physical name that occurs in the configuration of a version that uses the resource.
    fn mention(name: &PhysicalName) -> &str {
        name.as_str()
    }

    /// Returns the URL through which callers invoke the resource, if it has one.
    fn invocation_url(_outputs: &Self::Outputs) -> Option<String> {
        None
    }

    /// Turns equal specs into equal values: sorts lists without an order, and writes out defaults.
    fn canonical<S: Stage>(spec: Self::Spec<S>) -> Self::Spec<S>;

    /// Returns the limit of the service that a spec exceeds, for a spec that joins what is observed and what is desired. Most kinds have
    /// none.
    fn excess(_spec: &Self::Spec<Declared>) -> Option<Excess> {
        None
    }

    /// Sums up a resource that is to be created in a few words, such as `retention 7d, own key`.
    fn summary(spec: &Self::Spec<Declared>) -> String;
}

/// A limit of the service that a spec exceeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Excess {
    /// What is limited, in words for the user.
    pub what: &'static str,
    /// The spec's own size.
    pub size: usize,
    /// The largest size that AWS takes.
    pub limit: usize,
}

/// A rule for the fields that match a path.
///
/// A path is a JSON pointer into the serialised spec; `*` matches any one key or index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldRule {
    /// The pattern.
    pub path: &'static str,
    /// The rule.
    pub effect: Effect,
}

impl FieldRule {
    /// Returns a rule.
    pub const fn new(path: &'static str, effect: Effect) -> Self {
        Self { path, effect }
    }
}

/// The rules that a field can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// The field cannot be changed in place: the resource is deleted and created again.
    Replaces,
    /// The value is never shown and is stored only as a keyed digest. The listed last keys are exempt.
    Sensitive {
        /// Keys whose values are not secret.
        except: &'static [&'static str],
    },
    /// The field is sent but never compared, because AWS does not return it. Another field shows when it matters.
    NotCompared,
    /// The field is an IAM policy document: additions to it are pointed out, and it widens before a pointer moves.
    Permissions,
    /// The live value changes with the resource that it refers to, so a change of it is no interference.
    FollowsSource,
    /// The field reports the result of AWS's own work on the resource, so a change of it is no interference.
    Progress,
    /// A smaller number loses the data that is named here. An absent number means no limit.
    ShrinkLoses(&'static str),
}

/// An output that an update can change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MovingOutput {
    /// The output's name.
    pub output: &'static str,
    /// Path prefixes of fields whose changes do not change the output.
    pub except: &'static [&'static str],
}

/// How changes of a resource leave versions behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Versions {
    /// The kind of the versions that newer ones replaced. Its specs and outputs are those of [`super::version`].
    pub old: &'static str,
    /// The output with the number of versions, or an upper bound of it.
    pub count: &'static str,
    /// The output with the number of the newest version. It changes when a version is created.
    pub number: &'static str,
}

/// What points into resources of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pointers {
    /// The kind of the pointers.
    pub kind: &'static str,
    /// The kind of the old versions that pointers can name. Its history lists the pointers.
    pub old: &'static str,
}

impl Versions {
    /// Returns the number of the version that equals a resource with these outputs.
    pub fn number_in(&self, outputs: &Value) -> Option<u64> {
        whole_number(outputs.get(self.number)?)
    }

    /// Returns how many versions a resource with these outputs has, or has at most.
    pub fn count_in(&self, outputs: &Value) -> Option<u64> {
        whole_number(outputs.get(self.count)?)
    }
}

/// Returns a number that a service may write as text.
fn whole_number(value: &Value) -> Option<u64> {
    value
        .as_u64()
        .or_else(|| value.as_str().and_then(|text| text.parse().ok()))
}

/// What happens to a resource of agentctl that is no longer declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leftover {
    /// It is deleted by the next apply.
    Delete,
    /// It is kept until destroy, because something that still serves may need it.
    Keep,
    /// It is kept as long as a kept version of the agent uses it. Retention finds it when it deletes versions.
    WhileUsed,
    /// It is deleted with the resource that it is a part of, and needs no report.
    GoesAlong,
}

impl Leftover {
    /// Returns whether such a resource still exists after the apply that no longer declares it.
    pub fn stays(self) -> bool {
        matches!(self, Self::Keep | Self::WhileUsed)
    }
}

/// One resource as it is in AWS.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed<K: Kind> {
    /// The fields that can be declared.
    pub spec: K::Spec<Resolved>,
    /// The values that only AWS can give.
    pub outputs: K::Outputs,
    /// Whether it is ready.
    pub status: Status,
    /// AWS's revision, if it has one, for updates that refuse to overwrite a change of somebody else.
    pub revision: Option<String>,
    pub owner: Ownership,
}

/// Whether a resource is ready.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The work of AWS on it is done.
    Ready,
    /// AWS is still working on it; the text is the status in AWS's words.
    Settling(String),
    /// AWS is deleting it, with the status in AWS's words. Nothing can rely on it, and its name is free once it is deleted.
    Going(String),
    /// AWS reported a failure, with its reason. The resource must be created again.
    Failed(String),
    /// Its deletion is scheduled; the text describes what remains of it and until when.
    Leaving(String),
}
