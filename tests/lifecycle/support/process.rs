//! The program that requests come from: it can be killed or told to stop at any of its writes, and be watched while it works.

use std::sync::{Arc, Mutex};

use localstack::Endpoint;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// One program. Clones are the same one.
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
    /// A connection that is reset is the end of the program, not of the connection.
    dies_of_reset: bool,
    /// After how many writes it is told to stop.
    stop: Option<(u64, CancellationToken)>,
    /// Looks at the endpoint after each write to what serves callers, and says what is wrong.
    watcher: Option<fn(&Endpoint) -> Option<String>>,
    complaints: Vec<String>,
}

impl Process {
    /// Lets the next connection that is reset be the end of the program: nothing is heard and nothing is sent from then on.
    pub(crate) fn die_of_reset(&self) {
        self.inner.orders.lock().unwrap().dies_of_reset = true;
    }

    /// Waits until it is killed.
    pub(crate) async fn death(&self) {
        let mut dead = self.inner.dead.subscribe();
        // The sender lives as long as `self` does.
        dead.wait_for(|is_dead| *is_dead).await.unwrap();
    }

    /// Tells it to stop after so many writes from now on.
    pub(crate) fn stop_after(&self, writes: u64, endpoint: &Endpoint, stop: CancellationToken) {
        let order = (endpoint.log().writes() + writes, stop);
        self.inner.orders.lock().unwrap().stop = Some(order);
    }

    /// Looks at the endpoint in this way after each write to what serves callers, or no more.
    pub(crate) fn watch(&self, watcher: Option<fn(&Endpoint) -> Option<String>>) {
        self.inner.orders.lock().unwrap().watcher = watcher;
    }

    /// What was wrong so far.
    pub(crate) fn complaints(&self) -> Vec<String> {
        std::mem::take(&mut self.inner.orders.lock().unwrap().complaints)
    }

    /// Waits for ever once it is killed.
    pub(super) async fn live(&self) {
        if *self.inner.dead.borrow() {
            std::future::pending::<()>().await;
        }
    }

    /// Returns whether it is to be looked at the endpoint after a request, whose credentials are of this scope.
    pub(super) fn watches(&self, method: &str, scope: &str) -> bool {
        let is_watched = self.inner.orders.lock().unwrap().watcher.is_some();
        let serves = ["/lambda/", "/bedrock-agentcore/"];
        is_watched && method != "GET" && serves.iter().any(|service| scope.contains(service))
    }

    /// Takes note of a request that the endpoint has dealt with.
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
