//! Compares the regions, partitions and accounts that a manifest names with where the agent is deployed.
//!
//! AWS refuses the wrong ones late, and after waiting: a key of another region looks like one that is not visible yet. Layers, keys, images
//! and buckets of other accounts are allowed.

use super::error::{ExpandError, Mistake};
use crate::manifest::{
    Agent, CrossRegion, ImageUri, KeyChoice, RuntimeArtifact, Scope, Side, Storage,
};
use crate::resource::site::partition_of;

/// What is known of where agents are deployed.
#[derive(Debug, Clone, Copy)]
pub struct Destination<'a> {
    /// Absent while only the AWS configuration knows it.
    pub region: Option<&'a str>,
    /// Absent before signing in, and for an endpoint that has no real accounts.
    pub account: Option<&'a str>,
}

/// What of an ARN has to be that of the agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Same {
    Partition,
    Region,
    Account,
}

/// Returns what an agent names in another region, partition or account.
pub(super) fn mistakes(agent: &Agent, destination: Destination<'_>) -> Vec<ExpandError> {
    let mut check = Check {
        agent,
        destination,
        errors: Vec::new(),
    };
    check.identity();
    if let KeyChoice::Existing(key) = &agent.encryption.key {
        check.arn("spec.encryption.key", key.as_str(), Same::Region);
    }
    match &agent.side {
        Side::Lambda(lambda) => {
            for (index, layer) in lambda.settings.layers.iter().enumerate() {
                let path = format!("spec.lambda.layers[{index}]");
                check.arn(&path, layer.as_str(), Same::Region);
            }
        }
        Side::AgentCore(agentcore) => {
            if let RuntimeArtifact::Image(image) = &agentcore.artifact {
                check.image(image);
            }
            if let Some(provider) = &agentcore.settings.capacity_provider {
                let path = "spec.agentcore.capacityProvider";
                check.arn(path, provider.as_str(), Same::Region);
            }
            for (index, filesystem) in agentcore.filesystems.iter().enumerate() {
                let arn = match &filesystem.storage {
                    Storage::Efs(arn) => arn.as_str(),
                    Storage::S3Files(arn) => arn.as_str(),
                    Storage::Session | Storage::CapacityProviderVolume(_) => continue,
                };
                let path = format!("spec.agentcore.filesystems[{index}]");
                check.arn(&path, arn, Same::Region);
            }
        }
    }
    check.model();
    check.statements();
    check.errors
}

struct Check<'a> {
    agent: &'a Agent,
    destination: Destination<'a>,
    errors: Vec<ExpandError>,
}

impl Check<'_> {
    fn identity(&mut self) {
        if let Some(role) = &self.agent.iam.role {
            self.arn("spec.iam.role", role.as_str(), Same::Account);
        }
        if let Some(boundary) = &self.agent.iam.permissions_boundary {
            let path = "spec.iam.permissionsBoundary";
            self.arn(path, boundary.as_str(), Same::Account);
        }
    }

    /// Compares the partition of an ARN, and its region or account.
    fn arn(&mut self, path: &str, arn: &str, same: Same) {
        let mut parts = arn.split(':').skip(1);
        let (partition, _service) = (parts.next(), parts.next());
        let (region, account) = (parts.next(), parts.next());
        let destination = self.destination;
        let own_partition = destination.region.map(partition_of);
        if self.differs(path, "partition", partition, own_partition) {
            return;
        }
        match same {
            Same::Partition => {}
            Same::Region => {
                self.differs(path, "region", region, destination.region);
            }
            // AWS's own policies have `aws` in place of an account.
            Same::Account if account == Some("aws") => {}
            Same::Account => {
                self.differs(path, "account", account, destination.account);
            }
        }
    }

    /// Reports a part that is not the agent's. Nothing is reported where the agent's is not known, or the part is a pattern or empty.
    fn differs(
        &mut self,
        path: &str,
        part: &'static str,
        found: Option<&str>,
        own: Option<&str>,
    ) -> bool {
        let (Some(found), Some(own)) = (found, own) else {
            return false;
        };
        if found == own || found.is_empty() || found.contains(['*', '?', '$']) {
            return false;
        }
        let mistake = Mistake::Elsewhere {
            path: path.to_owned(),
            part,
            found: found.to_owned(),
            own: own.to_owned(),
        };
        self.errors
            .push(ExpandError::new(self.agent, path, mistake));
        true
    }

    fn image(&mut self, image: &ImageUri) {
        // A public image has no region.
        let Some((_, rest)) = image.as_str().split_once(".dkr.ecr.") else {
            return;
        };
        let Some((region, _)) = rest.split_once('.') else {
            return;
        };
        self.differs(
            "spec.code.image",
            "region",
            Some(region),
            self.destination.region,
        );
    }

    /// Compares the geography of an inference profile with the region from which it is called.
    fn model(&mut self) {
        let Some(geography) = self.agent.definition.model.cross_region else {
            return;
        };
        let Some(region) = self.destination.region else {
            return;
        };
        if !is_called_from(geography, region) {
            let mistake = Mistake::Geography {
                geography: geography.as_str(),
                region: region.to_owned(),
            };
            let path = "spec.definition.model.crossRegion";
            self.errors
                .push(ExpandError::new(self.agent, path, mistake));
        }
    }

    fn statements(&mut self) {
        let agent = self.agent;
        for (index, statement) in agent.definition.policy_statements.iter().enumerate() {
            let (key, resources) = match &statement.resources {
                Scope::Only(resources) => ("Resource", resources),
                Scope::AllBut(resources) => ("NotResource", resources),
            };
            for (place, resource) in resources.iter().enumerate() {
                let path = format!("spec.definition.policyStatements[{index}].{key}[{place}]");
                self.arn(&path, resource, Same::Partition);
            }
        }
    }
}

/// Returns whether profiles of a geography can be called from a region.
///
/// A guess: the Bedrock user guide ("Geographic cross-Region inference") lists the source regions of each profile, and no rule. Where the guess
/// is unsure, the region is allowed.
fn is_called_from(geography: CrossRegion, region: &str) -> bool {
    if partition_of(region) != "aws" {
        // AWS GovCloud and China have profiles of their own, which no manifest names.
        return false;
    }
    let continent = region.split('-').next().unwrap_or_default();
    match geography {
        CrossRegion::Us => !["eu", "ap"].contains(&continent),
        CrossRegion::Eu => !["us", "ca", "sa", "mx", "ap"].contains(&continent),
        CrossRegion::Apac => !["us", "ca", "sa", "mx", "eu"].contains(&continent),
        CrossRegion::Jp => region.starts_with("ap-northeast-"),
        CrossRegion::Global => true,
    }
}
