//! Reads and writes aliases.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aws_sdk_lambda::types::{AliasConfiguration, AliasRoutingConfiguration};

use super::{AliasOutputs, AliasSpec, LambdaAlias, is_marked, physical_name};
use crate::aws::{Clients, concurrently};
use crate::kinds::lambda::aws::{aliases, incomplete, is_owned, reading};
use crate::resource::address::PhysicalName;
use crate::resource::fault::{Fault, FaultKind};
use crate::resource::kind::{Observed, Status};
use crate::resource::operation::lambda;
use crate::resource::owner::{OwnerFilter, Ownership};
use crate::resource::provider::{Candidate, Intent, Mutation, Reader, Reading, Writer};
use crate::resource::reference::Resolved;

/// Reads aliases: all of one function with one `ListAliases`.
#[derive(Debug)]
pub struct AliasReader(Arc<Clients>);

/// Writes aliases.
#[derive(Debug)]
pub struct AliasWriter(Arc<Clients>);

impl AliasReader {
    /// Creates a reader.
    pub fn new(clients: Arc<Clients>) -> Self {
        Self(clients)
    }
}

impl Reader<LambdaAlias> for AliasReader {
    async fn read(&self, names: &[PhysicalName]) -> Vec<Reading<Observed<LambdaAlias>>> {
        let functions: BTreeSet<&str> = names
            .iter()
            .filter_map(|name| split(name).ok())
            .map(|(function, _)| function)
            .collect();
        let listed =
            concurrently(functions.iter().map(|function| aliases(&self.0, function))).await;
        let listed: BTreeMap<&str, Result<BTreeMap<String, AliasConfiguration>, Fault>> =
            functions.into_iter().zip(listed).collect();
        names
            .iter()
            .map(|name| match split(name) {
                Ok((function, alias)) => match &listed[function] {
                    Ok(aliases) => aliases.get(alias).map_or(Reading::Absent, |answer| {
                        reading(observed(function, alias, answer))
                    }),
                    Err(fault) => reading(Err(fault.clone())),
                },
                Err(fault) => Reading::Unreadable(fault),
            })
            .collect()
    }

    /// Lists the aliases that agentctl made for the functions of the named agents. A function must belong to its agent.
    ///
    /// Without a named agent nothing is listed: Lambda deletes aliases with their function.
    async fn owned(&self, filters: &[OwnerFilter]) -> Result<Vec<Candidate>, Fault> {
        let listings = filters.iter().map(|filter| self.owned_by(filter));
        let listed: Result<Vec<_>, Fault> = concurrently(listings).await.into_iter().collect();
        Ok(listed?.into_iter().flatten().collect())
    }
}

impl AliasReader {
    async fn owned_by(&self, filter: &OwnerFilter) -> Result<Vec<Candidate>, Fault> {
        let Some(owner) = filter.owner() else {
            return Ok(Vec::new());
        };
        let function = owner.base_name();
        let mut aliases = match aliases(&self.0, &function).await {
            Ok(aliases) => aliases,
            Err(fault) if fault.kind == FaultKind::NotFound => return Ok(Vec::new()),
            Err(fault) => return Err(fault),
        };
        aliases.retain(|_, alias| is_marked(alias.description()));
        if aliases.is_empty() || !is_owned(&self.0, &function, filter).await? {
            return Ok(Vec::new());
        }
        Ok(aliases
            .keys()
            .map(|alias| Candidate::new(physical_name(&function, alias), filter))
            .collect())
    }
}

impl AliasWriter {
    /// Creates a writer.
    pub fn new(clients: Arc<Clients>) -> Self {
        Self(clients)
    }
}

impl Writer<LambdaAlias> for AliasWriter {
    async fn create(
        &self,
        name: &PhysicalName,
        spec: &AliasSpec<Resolved>,
        _: &Intent,
    ) -> Result<Mutation, Fault> {
        let (function, alias) = split(name)?;
        self.0
            .mutate(
                self.0
                    .lambda
                    .create_alias()
                    .function_name(function)
                    .name(alias)
                    .function_version(&spec.version)
                    .description(&spec.description)
                    .set_routing_config((!spec.routing.is_empty()).then(|| routing(spec)))
                    .send(),
            )
            .await
    }

    /// Moves the alias and fixes all its other fields in the same call.
    async fn update(
        &self,
        name: &PhysicalName,
        now: &Observed<LambdaAlias>,
        spec: &AliasSpec<Resolved>,
        _: &[String],
        _: &Intent,
    ) -> Result<Mutation, Fault> {
        let (function, alias) = split(name)?;
        self.0
            .mutate(
                self.0
                    .lambda
                    .update_alias()
                    .function_name(function)
                    .name(alias)
                    .function_version(&spec.version)
                    .description(&spec.description)
                    .routing_config(routing(spec))
                    .set_revision_id(now.revision.clone())
                    .send(),
            )
            .await
    }

    async fn delete(
        &self,
        name: &PhysicalName,
        _: &Observed<LambdaAlias>,
    ) -> Result<Mutation, Fault> {
        let (function, alias) = split(name)?;
        self.0
            .mutate(
                self.0
                    .lambda
                    .delete_alias()
                    .function_name(function)
                    .name(alias)
                    .send(),
            )
            .await
    }
}

/// Splits a physical name into the function and the alias.
fn split(name: &PhysicalName) -> Result<(&str, &str), Fault> {
    name.as_str().rsplit_once(':').ok_or_else(|| {
        Fault::local(
            FaultKind::Invalid,
            format!("`{name}` is not of the form `<function>:<alias>`"),
        )
    })
}

fn observed(
    function: &str,
    alias: &str,
    answer: &AliasConfiguration,
) -> Result<Observed<LambdaAlias>, Fault> {
    let weights = answer
        .routing_config()
        .and_then(|routing| routing.additional_version_weights());
    Ok(Observed {
        spec: AliasSpec {
            function: function.to_owned(),
            version: answer
                .function_version()
                .ok_or_else(|| incomplete(lambda::LIST_ALIASES, "an alias's version"))?
                .to_owned(),
            description: answer.description().unwrap_or_default().to_owned(),
            routing: weights
                .into_iter()
                .flatten()
                .map(|(version, weight)| (version.clone(), *weight))
                .collect(),
        },
        outputs: AliasOutputs {
            arn: answer
                .alias_arn()
                .ok_or_else(|| incomplete(lambda::LIST_ALIASES, "an alias's ARN"))?
                .to_owned(),
            name: alias.to_owned(),
        },
        status: Status::Ready,
        revision: answer.revision_id().map(str::to_owned),
        owner: Ownership::Parent,
    })
}

/// The weights are always sent, because Lambda keeps what is left out (Lambda API, `UpdateAlias`).
fn routing(spec: &AliasSpec<Resolved>) -> AliasRoutingConfiguration {
    AliasRoutingConfiguration::builder()
        .set_additional_version_weights(Some(spec.routing.clone().into_iter().collect()))
        .build()
}
