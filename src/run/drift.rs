//! Looking for drift: as before an apply, but with the records whenever anything differs, and with nothing that ends the look early.

use super::look::leave_out_unread;
use super::{Engine, RunError};
use crate::plan::drift::{Former, Remembered, Sight, formerly, plan_around};
use crate::plan::planner::{Observations, Records};
use crate::plan::refresh::{agents_unlisted, read_desired};
use crate::resource::desired::DesiredResource;
use crate::resource::owner::Owner;

impl Engine {
    /// Looks at everything that is wished for or ours, for what somebody else changed. Writes nothing.
    pub async fn look_for_drift(
        &self,
        desired: &[DesiredResource],
        owners: &[Owner],
    ) -> Result<Sight, RunError> {
        let mut observed = self.observe(desired, owners).await;
        let look = |observed: &Observations, records: &Records| {
            plan_around(&self.registry, desired, observed, records)
        };
        let (plan, taken) = look(&observed, &Records::default())?;
        // Records tell whose change it was and what there was, so where nothing changed there is nothing to tell.
        if plan.is_empty() && taken.is_empty() && agents_unlisted(&observed).is_empty() {
            return Ok(Sight {
                plan,
                taken,
                ..Sight::default()
            });
        }
        match self.record_store.records(owners).await {
            Ok(records) => {
                leave_out_unread(&mut observed, desired, &records);
                let (plan, taken) = look(&observed, &records)?;
                let former = self.read_former(&formerly(desired, &records)).await;
                Ok(Sight {
                    plan,
                    taken,
                    former,
                    records: Remembered::Read(records),
                })
            }
            Err(fault) => Ok(Sight {
                plan,
                taken,
                records: Remembered::Unreadable(fault),
                ..Sight::default()
            }),
        }
    }

    async fn read_former(&self, resources: &[DesiredResource]) -> Vec<Former> {
        let mut readings = read_desired(&self.readers, resources).await;
        let former = resources.iter().filter_map(|resource| {
            Some(Former {
                reading: readings.remove(&resource.address)?,
                resource: resource.clone(),
            })
        });
        former.collect()
    }
}
