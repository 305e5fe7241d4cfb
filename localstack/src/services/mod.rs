//! The services: the table of each, and what they do by themselves.

use jiff::Timestamp;

use crate::api::Api;
use crate::fault::Fault;
use crate::service::Service;
use crate::world::World;

pub(crate) mod agentcore;
pub(crate) mod iam;
pub(crate) mod kms;
pub(crate) mod lambda;
pub(crate) mod logs;
pub(crate) mod s3;
mod sts;
pub(crate) mod tagging;

impl Service {
    /// Gives the table of the service.
    pub(crate) fn api(self) -> &'static Api {
        match self {
            Self::AgentCore => &agentcore::API,
            Self::Iam => &iam::API,
            Self::Kms => &kms::API,
            Self::Lambda => &lambda::API,
            Self::Logs => &logs::API,
            Self::S3 => &s3::API,
            Self::Sts => &sts::API,
            Self::Tagging => &tagging::API,
        }
    }
}

impl Fault {
    /// Returns whether the operation that it is narrowed to can meet it at all; one of another kind is ordered in vain.
    pub fn can_happen(&self) -> bool {
        Service::ALL.into_iter().any(|service| {
            let mut lines = service.api().lines.iter();
            lines.any(|line| self.concerns(service, &line.operation))
        })
    }
}

/// Does what services do by themselves: makes what is due, leaves out what has come to its end.
pub(crate) fn proceed(world: &mut World, now: Timestamp) {
    world.end(now);
    // Afterwards: what has ended by itself is no change of the request's, which this is.
    agentcore::make_log_groups(world, now);
}
