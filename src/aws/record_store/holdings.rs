//! The content of the artifacts bucket, found by the keys of its objects.

use std::collections::BTreeSet;

use super::key::{KeyOwner, OBJECTS};
use crate::resource::owner::{Owner, OwnerFilter};

/// The content of the bucket, from the point of view of some owners.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Holdings {
    /// Whether something belongs to others.
    pub has_others: bool,
    /// The owners of whom there is a record, a pin or a lock.
    pub noted: BTreeSet<Owner>,
    /// The projects and environments of which there is something.
    pub projects: BTreeSet<(String, String)>,
    /// Whether there is a key of a project's records that no other agent of the project needs.
    pub has_seal: bool,
}

impl Holdings {
    pub(super) fn of<'a>(keys: impl IntoIterator<Item = &'a str>, filters: &[OwnerFilter]) -> Self {
        let mut holdings = Self::default();
        let (mut sealed, mut shared) = (BTreeSet::new(), BTreeSet::new());
        for key in keys {
            let key_owner = KeyOwner::of(key);
            if let Some(KeyOwner { project, env, .. }) = &key_owner {
                holdings
                    .projects
                    .insert(((*project).to_owned(), (*env).to_owned()));
            }
            let of_project = || {
                let key_owner = key_owner?;
                filters
                    .iter()
                    .find(|filter| {
                        key_owner.project == filter.project && key_owner.env == filter.env
                    })
                    .map(|filter| (key_owner, filter))
            };
            let Some((key_owner, filter)) = of_project() else {
                holdings.has_others = true;
                continue;
            };
            let project = (key_owner.project, key_owner.env);
            // The key of a project's records counts as theirs: it is deleted with the last of the project's agents.
            let Some(agent) = key_owner.agent else {
                sealed.insert(project);
                continue;
            };
            let owner = Owner {
                project: key_owner.project.to_owned(),
                env: key_owner.env.to_owned(),
                region: filter.region.clone(),
                agent: agent.to_owned(),
            };
            if !filters.iter().any(|filter| filter.admits(&owner)) {
                holdings.has_others = true;
                shared.insert(project);
            } else if key_owner.folder != OBJECTS {
                holdings.noted.insert(owner);
            }
        }
        holdings.has_seal = sealed.difference(&shared).next().is_some();
        holdings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILTER: fn(Option<&str>) -> OwnerFilter = |agent| OwnerFilter {
        project: "claims".to_owned(),
        env: "default".to_owned(),
        region: "us-east-1".to_owned(),
        agent: agent.map(str::to_owned),
    };

    fn holdings(keys: &[&str], agent: Option<&str>) -> (bool, Vec<String>, bool) {
        let found = Holdings::of(keys.iter().copied(), &[FILTER(agent)]);
        let noted = found.noted.into_iter().map(|owner| owner.agent).collect();
        (found.has_others, noted, found.has_seal)
    }

    #[test]
    fn records_pins_and_locks_count_by_agent_and_objects_do_not() {
        let keys = [
            "pins/claims/default/resizer/lambda-alias/resizer.live",
            "objects/claims/default/triage/code/1.zip",
            "records/claims/default/triage.json",
            "locks/claims/default/intake",
            "records/claims/default/seal",
        ];
        let all = ["intake", "resizer", "triage"].map(str::to_owned).to_vec();
        assert_eq!(holdings(&keys, None), (false, all, true));
        // The other agent still needs the seal.
        let one = vec!["triage".to_owned()];
        assert_eq!(holdings(&keys, Some("triage")), (true, one, false));
    }

    #[test]
    fn a_seal_without_records_belongs_to_the_last_agent() {
        let keys = ["records/claims/default/seal"];
        assert_eq!(holdings(&keys, Some("triage")), (false, vec![], true));
    }

    #[test]
    fn a_key_of_another_project_or_of_unknown_form_belongs_to_others() {
        for key in [
            "records/refunds/default/triage.json",
            "records/claims/test/seal",
            "holiday.jpg",
            "objects/claims/default/triage",
            "backup/claims/default/triage.json",
        ] {
            assert_eq!(holdings(&[key], None), (true, vec![], false), "{key}");
        }
    }
}
