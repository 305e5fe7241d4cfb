//! Reads the pointers of others into resources that are to be deleted.

use super::history::VersionHistories;
use super::refresh::no_reader;
use crate::plan::observation::Stray;
use crate::plan::others::PointedAt;
use crate::resource::address::{Address, PhysicalName};
use crate::resource::fault::Fault;
use crate::resource::provider::{Readers, Reading};

/// Returns the pointers of others into one resource, and one unreadable stray if they could not be listed.
pub(super) async fn pointers_of_others(
    readers: &Readers,
    version_histories: &VersionHistories,
    pointed_at: PointedAt,
) -> (Vec<Stray>, Option<Stray>) {
    match read(readers, version_histories, &pointed_at).await {
        Ok(pointers) => (pointers, None),
        Err(fault) => {
            let kind = pointed_at.pointers.kind;
            let unread = Stray::unlisted(kind, pointed_at.owner, fault);
            (Vec::new(), Some(unread))
        }
    }
}

async fn read(
    readers: &Readers,
    version_histories: &VersionHistories,
    pointed_at: &PointedAt,
) -> Result<Vec<Stray>, Fault> {
    let kind = pointed_at.pointers.kind;
    let history = version_histories
        .get(pointed_at.pointers.old)
        .ok_or_else(|| no_reader(pointed_at.pointers.old))?;
    let namings = history.named(&pointed_at.name).await?;
    let names: Vec<PhysicalName> = namings
        .into_iter()
        .filter(|naming| !naming.is_ours)
        .map(|naming| naming.pointer)
        .collect();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let reader = readers.get(kind).ok_or_else(|| no_reader(kind))?;
    let readings = reader.read(&names).await;
    let pointers = names
        .into_iter()
        .zip(readings)
        .filter(|(_, reading)| *reading != Reading::Absent);
    let stray = |(name, reading): (PhysicalName, _)| Stray {
        address: Address::new(kind, name.as_str()),
        name,
        owner: pointed_at.owner.clone(),
        reading,
    };
    Ok(pointers.map(stray).collect())
}
