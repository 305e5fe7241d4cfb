//! The process that sends requests: it can be killed or stopped at any of its writes, and be watched while it works.

use std::sync::{Arc, Mutex};

use localstack::Endpoint;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// One process. Clones are the same process.
#[derive(Debug, Clone, Default)]
pub(crate) struct Process {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    dead: watch::Sender<bool>,
    orders: Mutex<Orders>,
}

#[derive(Debug, Default)]
struct Orders {
    /// Whether a connection that is reset ends the process.
    dies_of_reset: bool,
    /// The number of writes after which the process is stopped.
    stop: Option<(u64, CancellationToken)>,
    /// Checks at the endpoint, after each write to what serves callers, and returns what is wrong.
    watcher: Option<fn(&Endpoint) -> Option<String>>,
    complaints: Vec<String>,
}

impl Process {
    /// Makes the next connection that is reset end the process: it receives and sends nothing from then on.
    pub(crate) fn die_of_reset(&self) {
        self.inner.orders.lock().unwrap().dies_of_reset = true;
    }

    /// Waits until the process is killed.
    pub(crate) async fn death(&self) {
        let mut dead = self.inner.dead.subscribe();
        // The sender lives as long as `self`.
        dead.wait_for(|is_dead| *is_dead).await.unwrap();
    }

    /// Stops the process after so many further writes.
    pub(crate) fn stop_after(&self, writes: u64, endpoint: &Endpoint, stop: CancellationToken) {
        let order = (endpoint.log().writes() + writes, stop);
        self.inner.orders.lock().unwrap().stop = Some(order);
    }

    /// Sets the check after each write to what serves callers, or removes it.
    pub(crate) fn watch(&self, watcher: Option<fn(&Endpoint) -> Option<String>>) {
        self.inner.orders.lock().unwrap().watcher = watcher;
    }

    /// Returns what was wrong so far.
    pub(crate) fn complaints(&self) -> Vec<String> {
        std::mem::take(&mut self.inner.orders.lock().unwrap().complaints)
    }

    /// Waits for ever once the process is killed.
    pub(super) async fn live(&self) {
        if *self.inner.dead.borrow() {
            std::future::pending::<()>().await;
        }
    }

    /// Returns whether the endpoint is checked after a request with this method and scope of credentials.
    pub(super) fn watches(&self, method: &str, scope: &str) -> bool {
        let is_watched = self.inner.orders.lock().unwrap().watcher.is_some();
        let serves = ["/lambda/", "/bedrock-agentcore/"];
        is_watched && method != "GET" && serves.iter().any(|service| scope.contains(service))
    }

    /// Records a request that the endpoint has processed.
    pub(super) fn passed(&self, endpoint: &Endpoint, is_served: bool, is_reset: bool) {
        let mut orders = self.inner.orders.lock().unwrap();
        if is_reset && orders.dies_of_reset {
            self.inner.dead.send_replace(true);
        }
        if let Some((writes, stop)) = &orders.stop
            && endpoint.log().writes() >= *writes
        {
            stop.cancel();
        }
        if let (true, Some(watcher)) = (is_served, orders.watcher) {
            let complaint = watcher(endpoint);
            orders.complaints.extend(complaint);
        }
    }
}
