//! The identity of the credentials.

use aws_config::retry::RetryConfig;

use super::Clients;
use crate::resource::fault::{Fault, FaultKind};
use crate::resource::operation::sts;

/// The identity that is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The ARN of the user or of the assumed role.
    pub arn: String,
    pub account: String,
    /// The partition, for example `aws`.
    pub partition: String,
}

/// The first call of a run finds an unreachable endpoint, and should report it soon.
const ATTEMPTS: u32 = 3;

impl Clients {
    /// Reads the identity of the credentials.
    pub async fn identity(&self) -> Result<Identity, Fault> {
        let hasty = aws_sdk_sts::config::Builder::new()
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS));
        let send = self
            .sts
            .get_caller_identity()
            .customize()
            .config_override(hasty)
            .send();
        let answer = self.call(send).await?;
        let missing = |what| {
            Fault::new(
                FaultKind::Service,
                sts::GET_CALLER_IDENTITY,
                format!("the answer has no {what}"),
            )
        };
        let arn = answer.arn.ok_or_else(|| missing("ARN"))?;
        let partition = arn.split(':').nth(1).unwrap_or("aws").to_owned();
        Ok(Identity {
            partition,
            account: answer.account.ok_or_else(|| missing("account"))?,
            arn,
        })
    }
}
