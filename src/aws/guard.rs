//! Checks every call before it is sent: unknown operations are refused, and mutations by readers. Also counts the calls.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeSerializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

use crate::resource::operation::{Access, Operation};

/// A call that the clients must not make.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refused {
    #[error("`{0}` was refused before it was sent: this command only reads")]
    Write(Operation),
    #[error("`{0}` was refused before it was sent: agentctl does not know this operation")]
    Unknown(String),
}

/// The interceptor of every client.
#[derive(Debug, Clone)]
pub(super) struct Guard {
    access: Access,
    calls: Arc<AtomicU64>,
}

impl Guard {
    pub(super) fn new(access: Access) -> Self {
        Self {
            access,
            calls: Arc::default(),
        }
    }

    /// Returns how many requests were sent, including retries.
    pub(super) fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }
}

impl Intercept for Guard {
    fn name(&self) -> &'static str {
        "Guard"
    }

    // The first hook at which the bag has the operation; nothing is sent before it.
    fn read_before_serialization(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        // A call without an operation is refused as well.
        let called = bag.load::<Metadata>();
        let (service, name) = called.map_or(("", ""), |called| (called.service(), called.name()));
        let known = Operation::all()
            .find(|operation| (operation.service().sdk_id(), operation.name()) == (service, name));
        match known {
            // `Clients::call` takes no call outside the table, so agentctl makes none. Other users of these clients may.
            None if self.access == Access::Write => Ok(()),
            None => Err(Refused::Unknown(format!("{service} {name}")).into()),
            Some(operation) if operation.access() > self.access => {
                Err(Refused::Write(operation).into())
            }
            Some(_) => Ok(()),
        }
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}
