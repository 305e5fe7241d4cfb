//! Faults on order: which requests meet one, and which.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::entropy::hash;
use crate::operation::Operation;
use crate::service::Service;

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultKind {
    /// Refused with the service's own throttling error; no effect.
    Throttle,
    /// Refused with the service's own internal error, status 500; no effect.
    ServerError,
    /// The connection is dropped before the effect.
    ResetBefore,
    /// The connection is dropped after the effect: done, but not reported.
    ResetAfter,
    /// Answered after this time.
    Slow(Duration),
    /// Refused as not authorized, with AWS's sentence; no effect.
    Denied,
    /// Refused with the service's own error for a quota of the account that is used up; no effect. Met only by operations whose page
    /// in the API reference names that error.
    Quota,
    /// Answered from before the last write. Met only by reads that AWS makes eventually consistent.
    StaleRead,
    /// Accepted, and what it starts ends in failure. Met only by operations whose work goes on after the answer.
    FailLater(Failure),
    /// Refused with the given error; no effect.
    Refuse {
        /// HTTP status.
        status: u16,
        /// Error code.
        code: String,
        /// Error message.
        message: String,
    },
}

impl FaultKind {
    /// Returns whether an operation can meet it.
    fn is_met_by(&self, operation: &Operation) -> bool {
        match self {
            Self::StaleRead => operation.eventual,
            Self::FailLater(_) => operation.deferred,
            Self::Quota => operation.limited,
            Self::Throttle
            | Self::ServerError
            | Self::ResetBefore
            | Self::ResetAfter
            | Self::Slow(_)
            | Self::Denied
            | Self::Refuse { .. } => true,
        }
    }
}

/// Why work that was accepted failed afterwards, as the service reports it in the resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// The service's code, such as `InsufficientRolePermissions`; `AgentCore` has none.
    pub code: String,
    /// The service's sentence.
    pub reason: String,
}

/// An order for a fault: what, for which requests, and when.
///
/// Made for every request; the methods narrow it.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    kind: FaultKind,
    service: Option<Service>,
    operation: Option<String>,
    account: Option<String>,
    writes_only: bool,
    when: When,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum When {
    Always,
    First(u64),
    Nth(u64),
    Every(u64),
    Rate(f64),
}

impl Fault {
    /// Orders a fault for every request.
    pub fn new(kind: FaultKind) -> Self {
        Self {
            kind,
            service: None,
            operation: None,
            account: None,
            writes_only: false,
            when: When::Always,
        }
    }

    /// Narrows it to a service.
    #[must_use]
    pub fn on_service(mut self, service: Service) -> Self {
        self.service = Some(service);
        self
    }

    /// Narrows it to an operation.
    #[must_use]
    pub fn on(mut self, service: Service, operation: &str) -> Self {
        self.operation = Some(operation.to_owned());
        self.on_service(service)
    }

    /// Narrows it to an account, for tests that share an endpoint.
    #[must_use]
    pub fn in_account(mut self, account: &str) -> Self {
        self.account = Some(account.to_owned());
        self
    }

    /// Narrows it to operations that change something.
    #[must_use]
    pub fn on_writes(mut self) -> Self {
        self.writes_only = true;
        self
    }

    /// Lets it happen to the first `count` requests it fits.
    #[must_use]
    pub fn first(mut self, count: u64) -> Self {
        self.when = When::First(count);
        self
    }

    /// Lets it happen once, to the `n`-th request it fits, counted from 1.
    #[must_use]
    pub fn nth(mut self, n: u64) -> Self {
        self.when = When::Nth(n);
        self
    }

    /// Lets it happen to every `n`-th request it fits.
    #[must_use]
    pub fn every(mut self, n: u64) -> Self {
        self.when = When::Every(n);
        self
    }

    /// Lets it happen to this share of the requests it fits (0 to 1), chosen by the endpoint's seed.
    #[must_use]
    pub fn rate(mut self, share: f64) -> Self {
        self.when = When::Rate(share);
        self
    }

    /// Returns whether it is for an operation, and of a kind that the operation can meet.
    pub(crate) fn concerns(&self, service: Service, operation: &Operation) -> bool {
        self.service.is_none_or(|wanted| wanted == service)
            && self
                .operation
                .as_deref()
                .is_none_or(|wanted| wanted == operation.name)
            && self.kind.is_met_by(operation)
    }

    fn fits(&self, service: Service, operation: &Operation, account: &str) -> bool {
        self.concerns(service, operation)
            && self
                .account
                .as_deref()
                .is_none_or(|wanted| wanted == account)
            && (!self.writes_only || operation.is_write())
    }
}

/// The orders of an endpoint.
#[derive(Debug)]
pub(crate) struct Faults {
    seed: u64,
    orders: Mutex<Vec<Order>>,
}

#[derive(Debug)]
struct Order {
    fault: Fault,
    /// Requests it has fitted so far.
    fitted: u64,
}

impl Faults {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            seed,
            orders: Mutex::default(),
        }
    }

    pub(crate) fn order(&self, fault: Fault) {
        self.orders().push(Order { fault, fitted: 0 });
    }

    pub(crate) fn clear(&self) {
        self.orders().clear();
    }

    /// Chooses the fault of a request: the first order whose turn it is. Every order that fits counts the request.
    pub(crate) fn choose(
        &self,
        service: Service,
        operation: &Operation,
        account: &str,
    ) -> Option<FaultKind> {
        let mut chosen = None;
        for (position, order) in (0_u64..).zip(self.orders().iter_mut()) {
            if !order.fault.fits(service, operation, account) {
                continue;
            }
            order.fitted += 1;
            let due = match order.fault.when {
                When::Always => true,
                When::First(count) => order.fitted <= count,
                When::Nth(n) => order.fitted == n,
                When::Every(n) => n > 0 && order.fitted.is_multiple_of(n),
                When::Rate(share) => draw(self.seed, position, order.fitted) < share,
            };
            if due && chosen.is_none() {
                chosen = Some(order.fault.kind.clone());
            }
        }
        chosen
    }

    fn orders(&self) -> MutexGuard<'_, Vec<Order>> {
        // Orders are pushed and counted whole: a panic elsewhere leaves nothing half done in here.
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Draws a number in 0..1 that depends on nothing but its arguments.
fn draw(seed: u64, order: u64, count: u64) -> f64 {
    let bytes = hash(&[
        &seed.to_be_bytes(),
        &order.to_be_bytes(),
        &count.to_be_bytes(),
    ]);
    f64::from(u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
        / (f64::from(u32::MAX) + 1.0)
}
