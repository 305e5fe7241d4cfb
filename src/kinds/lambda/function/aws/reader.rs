//! Reads functions and finds those of an owner.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::future::BoxFuture;

use crate::aws::{Clients, concurrently, owners_of_listed};
use crate::kinds::lambda::aws::{
    environment_fault, functions, get_function, incomplete, reading, sorted, spec_of, status_of,
    tags_of,
};
use crate::kinds::lambda::function::{FunctionOutputs, LambdaFunction};
use crate::resource::address::PhysicalName;
use crate::resource::fault::Fault;
use crate::resource::kind::Observed;
use crate::resource::operation::lambda;
use crate::resource::owner::{OwnerFilter, Ownership, labels_of};
use crate::resource::provider::{Candidate, Reader, Reading};

/// Reads functions, each with one `GetFunction`.
#[derive(Debug)]
pub struct FunctionReader(Arc<Clients>);

impl FunctionReader {
    /// Creates a reader.
    pub fn new(clients: Arc<Clients>) -> Self {
        Self(clients)
    }

    async fn read_one(&self, name: &PhysicalName) -> Reading<Observed<LambdaFunction>> {
        match self.observe(name).await {
            Ok((observed, Some(fault))) => Reading::Obscured(observed, fault),
            Ok((observed, None)) => Reading::Found(observed),
            Err(fault) => reading(Err(fault)),
        }
    }

    /// Reads a function, and returns the fault of an environment that is missing.
    async fn observe(
        &self,
        name: &PhysicalName,
    ) -> Result<(Observed<LambdaFunction>, Option<Fault>), Fault> {
        let (configuration, answer) = get_function(&self.0, name.as_str(), None).await?;
        let obscured = environment_fault(&configuration);
        let tags = tags_of(&answer)?;
        let spec = spec_of(lambda::GET_FUNCTION, &configuration, labels_of(&tags))?;
        let arn = configuration
            .function_arn()
            .ok_or_else(|| incomplete(lambda::GET_FUNCTION, "an ARN"))?;
        let observed = Observed {
            outputs: FunctionOutputs {
                arn: arn.to_owned(),
                name: name.as_str().to_owned(),
                content: spec.content(),
            },
            spec,
            status: status_of(lambda::GET_FUNCTION, &configuration)?,
            revision: configuration.revision_id,
            owner: Ownership::from_tags(&tags),
        };
        Ok((observed, obscured))
    }

    async fn own_tags(&self, arn: String) -> Result<BTreeMap<String, String>, Fault> {
        let call = self.0.lambda.list_tags().resource(arn).send();
        Ok(sorted(self.0.call(call).await?.tags()))
    }

    /// Lists the functions of all agents that the filters admit.
    async fn owned_by_any_agent(&self, filters: &[&OwnerFilter]) -> Result<Vec<Candidate>, Fault> {
        let functions = functions(&self.0).await?;
        let listed = functions
            .iter()
            .map(|(arn, function)| (arn.as_str(), function.description.as_str()))
            .collect();
        let own_tags = |arn| -> BoxFuture<'_, _> { Box::pin(self.own_tags(arn)) };
        let owners = owners_of_listed(&self.0, &listed, filters, own_tags).await?;
        Ok(owners
            .into_iter()
            .filter_map(|(arn, owner)| {
                let filter = filters.iter().find(|filter| filter.admits(&owner))?;
                let name = PhysicalName::new(&functions.get(&arn)?.name);
                Some(Candidate::new(name, filter))
            })
            .collect())
    }
}

impl Reader<LambdaFunction> for FunctionReader {
    async fn read(&self, names: &[PhysicalName]) -> Vec<Reading<Observed<LambdaFunction>>> {
        concurrently(names.iter().map(|name| self.read_one(name))).await
    }

    async fn owned(&self, filters: &[OwnerFilter]) -> Result<Vec<Candidate>, Fault> {
        let (mut candidates, mut open) = (Vec::new(), Vec::new());
        for filter in filters {
            match filter.owner() {
                // The function of an agent has this name and no other.
                Some(owner) => {
                    candidates.push(Candidate::new(PhysicalName::new(owner.base_name()), filter));
                }
                None => open.push(filter),
            }
        }
        if !open.is_empty() {
            candidates.append(&mut self.owned_by_any_agent(&open).await?);
        }
        Ok(candidates)
    }
}
