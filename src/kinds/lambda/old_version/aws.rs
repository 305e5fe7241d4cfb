//! Reads and deletes old versions.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use aws_sdk_lambda::types::AliasConfiguration;
use futures::future::BoxFuture;

use super::LambdaOldVersion;
use crate::aws::{Clients, concurrently};
use crate::kinds::lambda::aws::{LATEST, aliases, environment_fault, number_of, reading, versions};
use crate::resource::address::PhysicalName;
use crate::resource::fault::{Fault, FaultKind};
use crate::resource::kind::{Observed, Status};
use crate::resource::owner::{Owner, OwnerFilter, Ownership};
use crate::resource::provider::{Candidate, Intent, Mutation, Reader, Reading, Writer};
use crate::resource::reference::Resolved;
use crate::resource::version::{
    OldVersionOutputs, OldVersionSpec, VersionUser, beyond_kept, mentioned, newer_than,
};

/// Reads old versions, all of one function by one listing of its versions and one of its aliases.
///
/// A version that an alias of anybody's names, or gives a share of its invocations, is not old, and so not there.
#[derive(Debug)]
pub struct OldVersionReader(Arc<Clients>);

/// Deletes old versions.
#[derive(Debug)]
pub struct OldVersionWriter(Arc<Clients>);

/// What there is of one function.
struct Published {
    numbers: Vec<u64>,
    /// The versions that aliases name.
    named: BTreeSet<String>,
}

impl OldVersionReader {
    /// Makes a reader.
    pub fn new(clients: Arc<Clients>) -> Self {
        Self(clients)
    }

    async fn published(&self, function: &str) -> Result<Published, Fault> {
        // The versions first: an alias that is made in between then counts.
        let numbers = numbers(&self.0, function).await?;
        let aliases = aliases(&self.0, function).await?;
        Ok(Published {
            numbers,
            named: aliases.values().flat_map(named_by).collect(),
        })
    }
}

impl Published {
    fn observe(&self, function: &str, number: u64) -> Reading<Observed<LambdaOldVersion>> {
        if !self.numbers.contains(&number) || self.named.contains(&number.to_string()) {
            return Reading::Absent;
        }
        Reading::Found(Observed {
            spec: OldVersionSpec {
                of: function.to_owned(),
                number,
            },
            outputs: OldVersionOutputs {
                newer: newer_than(number, &self.numbers),
            },
            status: Status::Ready,
            revision: None,
            owner: Ownership::Parent,
        })
    }
}

impl Reader<LambdaOldVersion> for OldVersionReader {
    async fn read(&self, names: &[PhysicalName]) -> Vec<Reading<Observed<LambdaOldVersion>>> {
        let functions: BTreeSet<&str> = names
            .iter()
            .filter_map(|name| split(name).ok())
            .map(|(function, _)| function)
            .collect();
        let told = concurrently(functions.iter().map(|function| self.published(function))).await;
        let told: BTreeMap<&str, Result<Published, Fault>> =
            functions.into_iter().zip(told).collect();
        names
            .iter()
            .map(|name| match split(name) {
                Ok((function, number)) => match &told[function] {
                    Ok(published) => published.observe(function, number),
                    Err(fault) => reading(Err(fault.clone())),
                },
                Err(fault) => Reading::Unreadable(fault),
            })
            .collect()
    }

    /// Lists the versions of the named agents' functions that may be too many. Whoever asks knows that the functions are the agents'.
    async fn owned(&self, filters: &[OwnerFilter]) -> Result<Vec<Candidate>, Fault> {
        let owners: Vec<(Owner, &OwnerFilter)> = filters
            .iter()
            .filter_map(|filter| Some((filter.owner()?, filter)))
            .collect();
        let listings = owners.iter().map(async |(owner, filter)| {
            let function = owner.base_name();
            let numbers = match numbers(&self.0, &function).await {
                Ok(numbers) => numbers,
                Err(fault) if fault.kind == FaultKind::NotFound => Vec::new(),
                Err(fault) => return Err(fault),
            };
            let names = beyond_kept(&numbers)
                .into_iter()
                .map(|number| PhysicalName::new(format!("{function}:{number}")));
            Ok(names
                .map(|name| Candidate::new(name, filter))
                .collect::<Vec<_>>())
        });
        let listed: Result<Vec<_>, Fault> = concurrently(listings).await.into_iter().collect();
        Ok(listed?.into_iter().flatten().collect())
    }
}

impl VersionUser for OldVersionReader {
    /// Looks at the environment of each version. Lambda keeps a copy of a version's code.
    fn used<'a>(
        &'a self,
        owner: &'a Owner,
        going: &'a BTreeSet<u64>,
        mentions: &'a BTreeSet<String>,
    ) -> BoxFuture<'a, Result<BTreeSet<String>, Fault>> {
        Box::pin(async move {
            let mut used = BTreeSet::new();
            for told in versions(&self.0, &owner.base_name()).await? {
                if told.version() == Some(LATEST) || going.contains(&number_of(&told)?) {
                    continue;
                }
                if let Some(fault) = environment_fault(&told) {
                    return Err(fault);
                }
                let variables = told.environment().and_then(|told| told.variables());
                for text in variables.into_iter().flat_map(HashMap::values) {
                    used.append(&mut mentioned(text, mentions));
                }
            }
            Ok(used)
        })
    }
}

impl OldVersionWriter {
    /// Makes a writer.
    pub fn new(clients: Arc<Clients>) -> Self {
        Self(clients)
    }
}

impl Writer<LambdaOldVersion> for OldVersionWriter {
    async fn create(
        &self,
        name: &PhysicalName,
        _: &OldVersionSpec<Resolved>,
        _: &Intent,
    ) -> Result<Mutation, Fault> {
        Err(never_made("lambda PublishVersion", name))
    }

    async fn update(
        &self,
        name: &PhysicalName,
        _: &Observed<LambdaOldVersion>,
        _: &OldVersionSpec<Resolved>,
        _: &[String],
        _: &Intent,
    ) -> Result<Mutation, Fault> {
        Err(never_made("lambda PublishVersion", name))
    }

    /// Deletes this version and leaves the function. Lambda refuses when an alias has come to name it.
    async fn delete(
        &self,
        name: &PhysicalName,
        _: &Observed<LambdaOldVersion>,
    ) -> Result<Mutation, Fault> {
        // Without a qualifier the call deletes the function, so the number is demanded first.
        let (function, number) = split(name)?;
        self.0
            .call(
                "lambda DeleteFunction",
                self.0
                    .lambda
                    .delete_function()
                    .function_name(function)
                    .qualifier(number.to_string())
                    .send(),
            )
            .await?;
        Ok(Mutation("DeleteFunction"))
    }
}

async fn numbers(clients: &Clients, function: &str) -> Result<Vec<u64>, Fault> {
    let told = versions(clients, function).await?;
    let published = told.iter().filter(|told| told.version() != Some(LATEST));
    published.map(number_of).collect()
}

/// Lists the versions that callers of an alias may reach.
fn named_by(alias: &AliasConfiguration) -> Vec<String> {
    let weights = alias
        .routing_config()
        .and_then(|routing| routing.additional_version_weights());
    let routed = weights.into_iter().flat_map(|weights| weights.keys());
    let served = alias.function_version().map(str::to_owned);
    served.into_iter().chain(routed.cloned()).collect()
}

/// Takes a physical name apart into the function and the number.
fn split(name: &PhysicalName) -> Result<(&str, u64), Fault> {
    name.as_str()
        .rsplit_once(':')
        .and_then(|(function, number)| Some((function, number.parse().ok()?)))
        .ok_or_else(|| {
            Fault::new(
                FaultKind::Invalid,
                "lambda version",
                format!("`{name}` is not of the form `<function>:<number>`"),
            )
        })
}

fn never_made(operation: &str, name: &PhysicalName) -> Fault {
    Fault::new(
        FaultKind::Invalid,
        operation,
        format!("`{name}` is an old version, which is neither made nor changed"),
    )
}
