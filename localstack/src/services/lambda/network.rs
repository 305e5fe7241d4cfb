//! The subnets and security groups of a function.

use super::configuration::Configuration;
use super::refusal::invalid;
use crate::answer::Refusal;
use crate::network::{SECURITY_GROUPS, SUBNETS};

/// Refuses subnets and security groups that the account does not have. The sentence is seen for groups in many public issues.
pub(super) fn check(configuration: &Configuration) -> Result<(), Refusal> {
    let Some(vpc) = &configuration.vpc else {
        return Ok(());
    };
    let is_there = |known: &[&str], id: &String| known.contains(&id.as_str());
    if let Some(id) = vpc.subnet_ids.iter().find(|id| !is_there(&SUBNETS, id)) {
        return Err(invalid(format!(
            "Error occurred while DescribeSubnets. EC2 Error Code: InvalidSubnetID.NotFound. \
             EC2 Error Message: The subnet ID '{id}' does not exist"
        )));
    }
    let mut groups = vpc.security_group_ids.iter();
    if let Some(id) = groups.find(|id| !is_there(&SECURITY_GROUPS, id)) {
        return Err(invalid(format!(
            "Error occurred while DescribeSecurityGroups. EC2 Error Code: InvalidGroup.NotFound. \
             EC2 Error Message: The security group '{id}' does not exist"
        )));
    }
    Ok(())
}
