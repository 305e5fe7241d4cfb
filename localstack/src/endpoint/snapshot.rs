//! What an endpoint holds at one moment, kept apart, to begin from it as often as one likes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;

use super::{Account, Config, Endpoint, locked};
use crate::clock::Clock;
use crate::namespace::Namespace;
use crate::store::StoreError;

/// What all accounts of an endpoint hold at one moment. Nothing that is asked of any endpoint changes it.
///
/// State that two snapshots have in common is kept once.
#[derive(Debug)]
pub struct Snapshot {
    config: Config,
    taken: Timestamp,
    accounts: BTreeMap<String, Account>,
}

impl Endpoint {
    /// Keeps what all accounts hold now.
    ///
    /// Fails when bytes that are kept in a folder cannot be read.
    pub fn snapshot(&self) -> Result<Snapshot, StoreError> {
        let accounts = locked(&self.inner.accounts).clone();
        let accounts = accounts
            .into_iter()
            .map(|(name, account)| Ok((name, account.copy()?)))
            .collect::<Result<_, StoreError>>()?;
        Ok(Snapshot {
            config: self.inner.config.clone(),
            taken: self.inner.clock.now(),
            accounts,
        })
    }
}

impl Snapshot {
    /// Makes an endpoint in memory that goes on from here: at the time that it was then, without the faults and the log of the other.
    ///
    /// The ids that it makes are none that the other made before.
    pub fn restore(&self) -> Result<Endpoint, StoreError> {
        let config = Config {
            data: None,
            ..self.config.clone()
        };
        let namespace = Namespace::default();
        let mut accounts = BTreeMap::new();
        for (name, account) in &self.accounts {
            let account = account.copy()?;
            account.claim_names(name, &namespace)?;
            accounts.insert(name.clone(), Arc::new(account));
        }
        let clock = Clock::starting_at(self.taken);
        Ok(Endpoint::of(config, clock, namespace, accounts))
    }
}

impl Account {
    /// Makes another account in memory that holds the same.
    fn copy(&self) -> Result<Self, StoreError> {
        // Under one lock, so that the state and its blobs are of the same moment.
        let world = locked(&self.world);
        Ok(Self {
            folder: None,
            blobs: self.blobs.copy()?,
            world: Mutex::new(world.clone()),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::testing::Client;
    use crate::{Delays, Service};

    const PATH: &str = "/papers/invoice";

    async fn put(client: &Client, path: &str, body: &'static str) {
        let reply = client.rest(Service::S3, "PUT", path, &[], body).await;
        reply.ok();
    }

    #[tokio::test(start_paused = true)]
    async fn an_endpoint_goes_on_from_a_snapshot_as_often_as_one_likes() {
        let folder = tempfile::tempdir().unwrap();
        for config in [
            Config::in_memory(Delays::none()),
            Config::in_folder(folder.path(), Delays::none()),
        ] {
            let endpoint = Endpoint::new(config).unwrap();
            let client = Client::new(&endpoint).in_region("us-east-1");
            put(&client, "/papers", "").await;
            put(&client, PATH, "paid").await;
            let (then, before) = (endpoint.clock().now(), endpoint.dump().unwrap());
            let snapshot = endpoint.snapshot().unwrap();

            put(&client, PATH, "due").await;
            tokio::time::advance(Duration::from_hours(1)).await;

            for _ in 0..2 {
                let restored = snapshot.restore().unwrap();
                assert_eq!(restored.clock().now(), then);
                assert_eq!(restored.dump().unwrap(), before);
                let client = Client {
                    endpoint: restored.clone(),
                    ..client.clone()
                };
                let read = client.rest(Service::S3, "GET", PATH, &[], "").await;
                assert_eq!(read.ok().text(), "paid");
                put(&client, PATH, "overdue").await;
                let other = client.in_account("444455556666");
                let taken = other.rest(Service::S3, "PUT", "/papers", &[], "").await;
                assert!(taken.text().contains("BucketAlreadyExists"));
                assert_eq!(restored.log().entries().len(), 3);
            }
        }
    }
}
