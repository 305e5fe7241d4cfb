//! All kinds, with their types erased, as the planner and the executor use them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::address::PhysicalName;
use super::kind::{Effect, Excess, FieldRule, Kind, Leftover, MovingOutput, Pointers, Versions};
use super::reference::{Declared, Stage};

/// One kind with its type erased.
#[derive(Debug, Clone, Copy)]
pub struct KindEntry {
    /// See [`Kind::NAME`].
    pub name: &'static str,
    /// See [`Kind::RULES`].
    pub rules: &'static [FieldRule],
    /// See [`Kind::MOVING`].
    pub moving: &'static [MovingOutput],
    /// See [`Kind::POINTER`].
    pub pointer: bool,
    /// See [`Kind::PIN`].
    pub pin: Option<&'static str>,
    /// See [`Kind::CREATED_UNSEEN`].
    pub created_unseen: bool,
    /// See [`Kind::LEFTOVER`].
    pub leftover: Leftover,
    /// See [`Kind::ID`].
    pub id: Option<&'static str>,
    /// See [`Kind::IDENTITY`].
    pub identity: Option<&'static str>,
    /// See [`Kind::REMADE_BY_SOURCE`].
    pub remade_by_source: bool,
    /// See [`Kind::SETTLE_MINUTES`].
    pub settle_minutes: u64,
    /// See [`Kind::VERSIONS`].
    pub versions: Option<Versions>,
    /// See [`Kind::POINTERS`].
    pub pointers: Option<Pointers>,
    /// See [`Kind::HOLDS`].
    pub holds: Option<&'static str>,
    /// See [`Kind::excess`].
    pub excess: fn(&Value) -> Option<Excess>,
    /// See [`Kind::mention`].
    pub mention: fn(&PhysicalName) -> &str,
    /// See [`Kind::summary`].
    pub summary: fn(&Value) -> String,
    /// See [`Kind::invocation_url`].
    pub invocation_url: fn(&Value) -> Option<String>,
}

impl KindEntry {
    /// Erases the type of a kind.
    pub const fn of<K: Kind>() -> Self {
        Self {
            name: K::NAME,
            rules: K::RULES,
            moving: K::MOVING,
            pointer: K::POINTER,
            pin: K::PIN,
            created_unseen: K::CREATED_UNSEEN,
            leftover: K::LEFTOVER,
            id: K::ID,
            identity: K::IDENTITY,
            remade_by_source: K::REMADE_BY_SOURCE,
            settle_minutes: K::SETTLE_MINUTES,
            versions: K::VERSIONS,
            pointers: K::POINTERS,
            holds: K::HOLDS,
            excess: excess::<K>,
            mention: K::mention,
            summary: summary::<K>,
            invocation_url: invocation_url::<K>,
        }
    }

    /// Returns the rules for the field at a JSON pointer.
    pub fn effects<'a>(&'a self, pointer: &'a str) -> impl Iterator<Item = Effect> + 'a {
        self.rules
            .iter()
            .filter(move |rule| is_at_or_below(rule.path, pointer))
            .map(|rule| rule.effect)
    }

    /// Returns the id from a resource's outputs that the names of what AWS creates for the resource mention.
    pub fn id<'a>(&self, outputs: &'a Value) -> Option<&'a str> {
        outputs.get(self.id?)?.as_str()
    }

    /// Returns the output of a resource that is another one after the resource was created again.
    pub fn identity<'a>(&self, outputs: &'a Value) -> Option<&'a str> {
        outputs.get(self.identity?)?.as_str()
    }

    /// Returns whether the field is an IAM policy document.
    pub fn is_policy(&self, pointer: &str) -> bool {
        self.effects(pointer)
            .any(|effect| effect == Effect::Permissions)
    }

    /// Returns whether resources of the kind have policies.
    pub fn has_policies(&self) -> bool {
        let mut rules = self.rules.iter();
        rules.any(|rule| rule.effect == Effect::Permissions)
    }

    /// Returns whether the field must not be shown.
    pub fn is_sensitive(&self, pointer: &str) -> bool {
        let last = pointer.rsplit('/').next().unwrap_or_default();
        self.effects(pointer)
            .any(|effect| matches!(effect, Effect::Sensitive { except } if !except.contains(&last)))
    }
}

/// Returns whether a pattern matches a pointer or one above it.
fn is_at_or_below(pattern: &str, pointer: &str) -> bool {
    let mut segments = pointer.split('/');
    pattern.split('/').all(|wanted| {
        segments
            .next()
            .is_some_and(|segment| wanted == "*" || wanted == segment)
    })
}

fn excess<K: Kind>(spec: &Value) -> Option<Excess> {
    serde_json::from_value::<K::Spec<Declared>>(spec.clone())
        .ok()
        .and_then(|spec| K::excess(&spec))
}

fn summary<K: Kind>(spec: &Value) -> String {
    serde_json::from_value::<K::Spec<Declared>>(spec.clone())
        .map(|spec| K::summary(&spec))
        .unwrap_or_default()
}

fn invocation_url<K: Kind>(outputs: &Value) -> Option<String> {
    let outputs = serde_json::from_value::<K::Outputs>(outputs.clone()).ok()?;
    K::invocation_url(&outputs)
}

/// Returns the canonical form of a spec.
pub fn canonical<K: Kind, S: Stage>(spec: K::Spec<S>) -> Value {
    serde_json::to_value(K::canonical(spec)).expect("specs have text keys only, so they serialise")
}

/// Returns the canonical form of a declared spec, for the expansion.
pub fn declared<K: Kind>(spec: K::Spec<Declared>) -> Value {
    canonical::<K, Declared>(spec)
}

/// All kinds by name.
#[derive(Debug, Clone)]
pub struct Registry(BTreeMap<&'static str, KindEntry>);

impl Registry {
    /// Registers the kinds.
    pub fn new(kinds: impl IntoIterator<Item = KindEntry>) -> Self {
        Self(kinds.into_iter().map(|kind| (kind.name, kind)).collect())
    }

    /// Returns the kind of that name.
    pub fn kind(&self, name: &str) -> Option<&KindEntry> {
        self.0.get(name)
    }

    /// Returns whether a kind is that of the old versions of another kind.
    pub fn is_of_old_versions(&self, name: &str) -> bool {
        self.holder_of(name).is_some()
    }

    /// Returns the kind whose old versions are of the kind of that name.
    pub fn holder_of(&self, name: &str) -> Option<&KindEntry> {
        let is_holder =
            |kind: &&KindEntry| kind.versions.is_some_and(|versions| versions.old == name);
        self.kinds().find(is_holder)
    }

    /// Returns all kinds in the order of their names.
    pub fn kinds(&self) -> impl Iterator<Item = &KindEntry> {
        self.0.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_covers_the_field_that_it_names_and_all_below() {
        assert!(is_at_or_below("/environment/*", "/environment/TOKEN"));
        assert!(is_at_or_below("/policies/*", "/policies/agent/Statement/0"));
        assert!(!is_at_or_below("/environment/*", "/environment"));
        assert!(!is_at_or_below("/memory", "/memorySize"));
    }
}
