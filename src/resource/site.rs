//! Where resources are, for names that must be known before AWS returns them.

/// A partition, an account and a region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// The partition of ARNs, for example `aws` or `aws-cn`.
    pub partition: String,
    /// The account id, twelve digits.
    pub account: String,
    /// The region's name.
    pub region: String,
}

impl Site {
    /// Returns the name of the artifacts bucket. An account has one in each region.
    pub fn artifacts_bucket(&self) -> String {
        format!("agentctl-{}-{}", self.account, self.region)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_artifacts_bucket_is_named_after_account_and_region() {
        let site = Site {
            partition: "aws".into(),
            account: "111122223333".into(),
            region: "eu-west-1".into(),
        };
        assert_eq!(site.artifacts_bucket(), "agentctl-111122223333-eu-west-1");
    }
}
