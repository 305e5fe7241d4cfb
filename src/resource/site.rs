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

/// Returns the partition of a region (AWS General Reference, "Amazon Resource Names": one for each group of regions).
pub fn partition_of(region: &str) -> &'static str {
    const PARTITIONS: [(&str, &str); 7] = [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-iso-", "aws-iso"),
        ("us-isob-", "aws-iso-b"),
        ("us-isof-", "aws-iso-f"),
        ("eu-isoe-", "aws-iso-e"),
        ("eusc-", "aws-eusc"),
    ];
    let found = PARTITIONS
        .iter()
        .find(|(prefix, _)| region.starts_with(prefix));
    found.map_or("aws", |(_, partition)| partition)
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
