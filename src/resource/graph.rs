//! The order of things that need each other.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::toposort;
use petgraph::graphmap::DiGraphMap;

/// The things that each thing needs before it.
pub type Needs<T> = BTreeMap<T, BTreeSet<T>>;

/// Sorts the things so that each comes after all things that it needs, and otherwise in their own order.
///
/// Ignores needs that are not among the things. Fails with one thing of a circle.
pub fn sorted<T: Ord + std::hash::Hash + Clone>(needs: &Needs<T>) -> Result<Vec<T>, T> {
    let mut graph = DiGraphMap::<&T, ()>::new();
    // `toposort` returns what was added last first, so the order is reversed.
    for thing in needs.keys().rev() {
        graph.add_node(thing);
    }
    for (thing, needed) in needs {
        for need in needed.iter().filter(|need| needs.contains_key(need)) {
            graph.add_edge(need, thing, ());
        }
    }
    match toposort(&graph, None) {
        Ok(order) => Ok(order.into_iter().cloned().collect()),
        Err(circle) => Err(circle.node_id().clone()),
    }
}

/// Adds preferred orders, the earlier ones first. Leaves out each that would close a circle.
pub fn add_preferences<T: Ord + Clone>(
    needs: &mut Needs<T>,
    preferences: impl IntoIterator<Item = (T, T)>,
) {
    for (thing, need) in preferences {
        if thing != need
            && needs.contains_key(&thing)
            && needs.contains_key(&need)
            && !is_needed(needs, &need, &thing)
        {
            needs.entry(thing).or_default().insert(need);
        }
    }
}

/// Returns whether `thing` needs `other`, directly or through others.
fn is_needed<T: Ord>(needs: &Needs<T>, thing: &T, other: &T) -> bool {
    let (mut open, mut seen) = (vec![thing], BTreeSet::from([thing]));
    while let Some(thing) = open.pop() {
        for need in needs.get(thing).into_iter().flatten() {
            if need == other {
                return true;
            }
            if seen.insert(need) {
                open.push(need);
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn each_thing_comes_after_what_it_needs_and_a_circle_is_reported(edges in prop::collection::vec((0u8..8, 0u8..8), 0..20)) {
            let mut needs: Needs<u8> = (0..8).map(|thing| (thing, BTreeSet::new())).collect();
            for (thing, need) in edges {
                needs.get_mut(&thing).unwrap().insert(need);
            }
            match sorted(&needs) {
                Ok(order) => {
                    let place = |thing: &u8| order.iter().position(|other| other == thing).unwrap();
                    prop_assert!(needs.iter().all(|(thing, needed)| needed.iter().all(|need| place(need) < place(thing))));
                }
                Err(thing) => prop_assert!(needs[&thing].iter().any(|need| *need == thing || is_needed(&needs, need, &thing))),
            }
        }

        #[test]
        fn preferences_never_close_a_circle(edges in prop::collection::vec((0u8..8, 0u8..8), 0..30)) {
            let mut needs: Needs<u8> = (0..8).map(|thing| (thing, BTreeSet::new())).collect();
            add_preferences(&mut needs, edges);
            prop_assert!(sorted(&needs).is_ok());
        }
    }
}
