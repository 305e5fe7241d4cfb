//! Reads and deletes old versions.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use aws_sdk_lambda::types::AliasConfiguration;
use futures::future::BoxFuture;

use super::LambdaOldVersion;
use crate::aws::{Clients, concurrently};
use crate::kinds::lambda::alias::{is_marked, physical_name};
use crate::kinds::lambda::aws::{LATEST, aliases, environment_fault, number_of, reading, versions};
use crate::resource::address::PhysicalName;
use crate::resource::fault::{Fault, FaultKind};
use crate::resource::kind::{Observed, Status};
use crate::resource::owner::{OwnerFilter, Ownership};
use crate::resource::provider::{Candidate, Intent, Mutation, Reader, Reading, Writer};
use crate::resource::reference::Resolved;
use crate::resource::version::{
    Naming, OldVersionOutputs, OldVersionSpec, Published, VersionHistory, held, mentioned,
    named_now, named_versions,
};

/// Reads old versions: all of one function with one listing of its versions and one of its aliases.
///
/// A version that any alias names, or gives a share of its invocations, is not old. It is not deleted, and reading it fails.
#[derive(Debug)]
pub struct OldVersionReader(Arc<Clients>);

/// Deletes old versions.
#[derive(Debug)]
pub struct OldVersionWriter(Arc<Clients>);

/// The versions of one function.
struct Versions {
    numbers: BTreeSet<u64>,
    /// The versions that aliases name.
    named: BTreeSet<u64>,
}

impl OldVersionReader {
    /// Creates a reader.
    pub fn new(clients: Arc<Clients>) -> Self {
        Self(clients)
    }

    async fn versions(&self, function: &str) -> Result<Versions, Fault> {
        // The versions are listed first: an alias that is created in between then counts.
        Ok(Versions {
            numbers: numbers(&self.0, function).await?.into_iter().collect(),
            named: named_versions(&named(&self.0, function).await?),
        })
    }
}

impl Versions {
    fn observe(&self, number: u64) -> Reading<Observed<LambdaOldVersion>> {
        if !self.numbers.contains(&number) {
            return Reading::Absent;
        }
        // To be absent would count as deleted, and the permissions that the version needs would be taken away.
        if self.named.contains(&number) {
            return Reading::Unreadable(named_now(number, "an alias"));
        }
        Reading::Found(Observed {
            spec: OldVersionSpec { number },
            outputs: OldVersionOutputs {},
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
        let versions = concurrently(functions.iter().map(|function| self.versions(function))).await;
        let versions: BTreeMap<&str, Result<Versions, Fault>> =
            functions.into_iter().zip(versions).collect();
        names
            .iter()
            .map(|name| match split(name) {
                Ok((function, number)) => match &versions[function] {
                    Ok(versions) => versions.observe(number),
                    Err(fault) => reading(Err(fault.clone())),
                },
                Err(fault) => Reading::Unreadable(fault),
            })
            .collect()
    }

    /// Lists nothing: old versions are deleted with their function.
    async fn owned(&self, _: &[OwnerFilter]) -> Result<Vec<Candidate>, Fault> {
        Ok(Vec::new())
    }
}

impl VersionHistory for OldVersionReader {
    fn published<'a>(
        &'a self,
        alias: &'a PhysicalName,
    ) -> BoxFuture<'a, Result<Vec<Published>, Fault>> {
        Box::pin(async move {
            let function = function_of(alias);
            let numbers = match numbers(&self.0, function).await {
                Err(fault) if fault.kind == FaultKind::NotFound => Vec::new(),
                numbers => numbers?,
            };
            let published = numbers.into_iter().map(|number| Published {
                number,
                name: PhysicalName::new(format!("{function}:{number}")),
                // Lambda deletes a version at once.
                is_leaving: false,
            });
            Ok(published.collect())
        })
    }

    fn named<'a>(&'a self, alias: &'a PhysicalName) -> BoxFuture<'a, Result<Vec<Naming>, Fault>> {
        Box::pin(named(&self.0, function_of(alias)))
    }

    /// Reads the environment and the role of each version. The code need not be checked: Lambda keeps a copy of it.
    fn used<'a>(
        &'a self,
        alias: &'a PhysicalName,
        outdated: &'a BTreeSet<u64>,
        mentions: &'a BTreeSet<String>,
    ) -> BoxFuture<'a, Result<BTreeSet<String>, Fault>> {
        Box::pin(async move {
            let mut used = BTreeSet::new();
            for version in versions(&self.0, function_of(alias)).await? {
                if version.version() == Some(LATEST) || outdated.contains(&number_of(&version)?) {
                    continue;
                }
                if let Some(fault) = environment_fault(&version) {
                    return Err(fault);
                }
                let environment = version.environment();
                let variables = environment.and_then(|environment| environment.variables());
                for text in variables.into_iter().flat_map(HashMap::values) {
                    used.append(&mut mentioned(text, mentions));
                }
                used.append(&mut mentioned(version.role().unwrap_or_default(), mentions));
            }
            Ok(used)
        })
    }
}

impl OldVersionWriter {
    /// Creates a writer.
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
        Err(never_made(name))
    }

    async fn update(
        &self,
        name: &PhysicalName,
        _: &Observed<LambdaOldVersion>,
        _: &OldVersionSpec<Resolved>,
        _: &[String],
        _: &Intent,
    ) -> Result<Mutation, Fault> {
        Err(never_made(name))
    }

    /// Deletes this version and keeps the function. Lambda refuses if an alias names it by now.
    async fn delete(
        &self,
        name: &PhysicalName,
        _: &Observed<LambdaOldVersion>,
    ) -> Result<Mutation, Fault> {
        // Without a qualifier the call deletes the function, so the number is checked first.
        let (function, number) = split(name)?;
        let call = self.0.lambda.delete_function().function_name(function);
        let sent = call.qualifier(number.to_string()).send();
        match self.0.mutate(sent).await {
            Err(fault) if fault.kind == FaultKind::Busy => {
                let named = named(&self.0, function).await.unwrap_or_default();
                Err(held(named, number).unwrap_or(fault))
            }
            answer => answer,
        }
    }
}

async fn numbers(clients: &Clients, function: &str) -> Result<Vec<u64>, Fault> {
    let versions = versions(clients, function).await?;
    let published = versions
        .iter()
        .filter(|version| version.version() != Some(LATEST));
    published.map(number_of).collect()
}

/// Lists all aliases, with the versions that each names or gives a share of its invocations.
async fn named(clients: &Clients, function: &str) -> Result<Vec<Naming>, Fault> {
    let aliases = match aliases(clients, function).await {
        Err(fault) if fault.kind == FaultKind::NotFound => return Ok(Vec::new()),
        aliases => aliases?,
    };
    let naming = |(name, alias): (&String, &AliasConfiguration)| {
        let versions = named_by(alias).into_iter();
        Naming {
            pointer: physical_name(function, name),
            is_ours: is_marked(alias.description()),
            // An alias that points at `$LATEST` names no version.
            versions: versions
                .filter_map(|version| version.parse().ok())
                .collect(),
        }
    };
    Ok(aliases.iter().map(naming).collect())
}

/// Returns the function from an alias's physical name, `<function>:<alias>`.
fn function_of(alias: &PhysicalName) -> &str {
    alias.as_str().split(':').next().unwrap_or_default()
}

/// Lists the versions that callers of an alias can reach.
fn named_by(alias: &AliasConfiguration) -> Vec<String> {
    let weights = alias
        .routing_config()
        .and_then(|routing| routing.additional_version_weights());
    let routed = weights.into_iter().flat_map(|weights| weights.keys());
    let served = alias.function_version().map(str::to_owned);
    served.into_iter().chain(routed.cloned()).collect()
}

/// Splits a physical name into the function and the number.
fn split(name: &PhysicalName) -> Result<(&str, u64), Fault> {
    name.as_str()
        .rsplit_once(':')
        .and_then(|(function, number)| Some((function, number.parse().ok()?)))
        .ok_or_else(|| {
            Fault::local(
                FaultKind::Invalid,
                format!("`{name}` is not of the form `<function>:<number>`"),
            )
        })
}

fn never_made(name: &PhysicalName) -> Fault {
    Fault::local(
        FaultKind::Invalid,
        format!("`{name}` is an old version, which is neither made nor changed"),
    )
}
