//! What a kind of resource says about itself, and what can be observed of one resource.

use std::fmt::Debug;

use serde::{Deserialize, Serialize};

use super::address::PhysicalName;
use super::owner::Ownership;
use super::reference::{Declared, Resolved, Stage, Wire};

/// A kind of resource.
///
/// The planner, the differ and the executor know kinds only through this, so a new kind is one folder and one line of the
/// registry.
pub trait Kind: Clone + PartialEq + Debug + Send + Sync + 'static {
    /// The kind's name in addresses, for example `lambda-function`.
    const NAME: &'static str;
    /// What may be wished of a resource and read back from it.
    type Spec<S: Stage>: Wire;
    /// What only the service can tell: ARNs, generated ids, versions.
    type Outputs: Wire;
    /// What holds for single fields.
    const RULES: &'static [FieldRule];
    /// The outputs that an update may change; all others keep their value as long as the resource lives.
    const MOVING: &'static [MovingOutput] = &[];
    /// What callers reach an agent through. Permissions widen before such a resource moves and narrow after it.
    const POINTER: bool = false;
    /// The pointer of the field that says which version callers reach, in kinds whose resources can be held at one.
    const PIN: Option<&'static str> = None;
    /// Whether the first of the calls that create it leaves it out of sight, so that reading cannot tell that it took effect.
    const CREATED_UNSEEN: bool = false;
    /// What becomes of a resource of a declared agent that the manifest does not ask for any more.
    const LEFTOVER: Leftover = Leftover::Keep;
    /// The output that holds the id which the service gave the resource, where the service puts that id into the names of what it makes
    /// for the resource.
    const ID: Option<&'static str> = None;
    /// Whether the service makes such a resource by itself for the one whose id its name mentions, and makes it again while that one lives.
    /// It is deleted after that one, and is no surprise where it was to be made.
    const REMADE_BY_SOURCE: bool = false;
    /// For how many minutes the service may be working on a resource before it is waited for no longer.
    const SETTLE_MINUTES: u64 = 10;
    /// How the resource leaves versions of itself behind as it changes, in kinds whose resources do.
    const VERSIONS: Option<Versions> = None;
    /// What is lost with the resource, in words for the prompt, when it holds data.
    const HOLDS: Option<&'static str> = None;

    /// Returns the part of a physical name by which the configuration of a version that uses the resource mentions it.
    fn mention(name: &PhysicalName) -> &str {
        name.as_str()
    }

    /// Returns the URL by which callers invoke the resource, where it has one of its own.
    fn invocation_url(_outputs: &Self::Outputs) -> Option<String> {
        None
    }

    /// Brings equal specs to equal values: sorts what has no order, writes out what the service fills in.
    fn canonical<S: Stage>(spec: Self::Spec<S>) -> Self::Spec<S>;

    /// Says which limit of the service a spec is beyond, for what is joined from several wishes; none unless the kind says otherwise.
    fn excess(_spec: &Self::Spec<Declared>) -> Option<Excess> {
        None
    }

    /// Sums up a resource that is to be created in a few words, such as `retention 7d, own key`.
    fn summary(spec: &Self::Spec<Declared>) -> String;
}

/// A limit of the service that a spec is beyond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Excess {
    /// What is limited, in words for the user.
    pub what: &'static str,
    /// How much there is.
    pub size: usize,
    /// How much the service takes.
    pub limit: usize,
}

/// Something that holds for the fields that match a path.
///
/// A path is a JSON pointer into the serialised spec; `*` stands for any one key or index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldRule {
    /// The pattern.
    pub path: &'static str,
    /// What holds.
    pub effect: Effect,
}

impl FieldRule {
    /// Makes a rule.
    pub const fn new(path: &'static str, effect: Effect) -> Self {
        Self { path, effect }
    }
}

/// What can hold for a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Cannot be changed in place: the resource is deleted and made again.
    Replaces,
    /// The value is never shown and is stored only as a keyed digest. The listed last keys are exempt.
    Sensitive {
        /// Keys whose values are not secret.
        except: &'static [&'static str],
    },
    /// Sent to the service but never compared, because the service does not tell it; another field says when it matters.
    NotCompared,
    /// An IAM policy document: more in it is called out, and it widens before a pointer moves.
    Permissions,
    /// The live value moves by itself when the resource it refers to changes, so its moving is nobody's interference.
    FollowsSource,
    /// How the service's own work on the resource went, so its moving is nobody's interference.
    Progress,
    /// A smaller number loses data, in the words given; an absent number counts as without limit.
    ShrinkLoses(&'static str),
}

/// An output that an update may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MovingOutput {
    /// The output's name.
    pub output: &'static str,
    /// Path prefixes of fields that may change without moving it.
    pub except: &'static [&'static str],
}

/// How a resource leaves versions of itself behind as it changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Versions {
    /// The kind of the versions that newer ones took the place of. Its specs and outputs are those of [`super::version`].
    pub old: &'static str,
    /// The output that tells how many versions there are, or are at most.
    pub count: &'static str,
    /// The output that holds the number of the version that the resource stands for; it moves when one is made.
    pub number: &'static str,
}

/// What becomes of a resource that is ours but not asked for any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leftover {
    /// It is deleted by the next apply.
    Delete,
    /// It stays until destroy, because something that still serves may need it.
    Keep,
    /// It stays as long as a version of the agent that is kept uses it, and is looked for when versions go.
    WhileUsed,
    /// It goes with the resource that it is a part of, and nothing is to be said of it.
    GoesAlong,
}

impl Leftover {
    /// Returns whether such a resource outlives the apply whose manifest asks for it no more.
    pub fn stays(self) -> bool {
        matches!(self, Self::Keep | Self::WhileUsed)
    }
}

/// One resource as AWS holds it.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed<K: Kind> {
    /// Everything that can be wished of it.
    pub spec: K::Spec<Resolved>,
    /// Everything only the service can tell.
    pub outputs: K::Outputs,
    /// Whether it is ready.
    pub status: Status,
    /// The service's own revision, where it has one, for updates that refuse to overwrite somebody else's.
    pub revision: Option<String>,
    /// Whose it is.
    pub owner: Ownership,
}

/// Whether a resource is ready.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It is as it will be.
    Ready,
    /// The service is still working on it; the text is the service's own word.
    Settling(String),
    /// The service is deleting it, in the service's own word. It is not to be counted on, and its name is free once it is gone.
    Going(String),
    /// The service gave up on it, with its reason. It must be made again.
    Failed(String),
    /// Its deletion is scheduled; the text says what remains of it and until when.
    Leaving(String),
}
