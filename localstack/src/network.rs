//! The network of every account: one default VPC in each region, since EC2 is not built.
//!
//! EC2 user guide, "Default VPCs": an account has one in each region, with a subnet in each zone and a default security group. Its ids are
//! the same everywhere, so that manifests and tests can name them.

use crate::entropy::hash;

/// The subnets.
pub(crate) const SUBNETS: [&str; 3] = [
    "subnet-0123456789abcdef0",
    "subnet-0123456789abcdef1",
    "subnet-0123456789abcdef2",
];

/// The security groups.
pub(crate) const SECURITY_GROUPS: [&str; 2] = ["sg-0123456789abcdef0", "sg-0123456789abcdef1"];

/// Gives the id of the VPC.
pub(crate) fn vpc_id(account: &str, region: &str) -> String {
    let digits = hex::encode(hash(&[b"vpc", account.as_bytes(), region.as_bytes()]));
    format!("vpc-{}", &digits[..17])
}
