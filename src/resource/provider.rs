//! How resources of a kind are read and written, also with the kind erased.

use std::collections::BTreeMap;
use std::future::Future;
use std::marker::PhantomData;

use std::sync::Arc;

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::address::PhysicalName;
use super::fault::{Fault, FaultKind};
use super::kind::{Kind, Observed, Status};
use super::operation::Operation;
use super::owner::{Owner, OwnerFilter, Ownership};
use super::reference::{Resolved, Wire};

/// The result of reading one name.
#[derive(Debug, Clone, PartialEq)]
pub enum Reading<T> {
    /// The resource.
    Found(T),
    /// The resource without a part that could not be read: enough to know the owner and to delete it, and not enough to compare it.
    Obscured(T, Fault),
    /// There is no resource with that name.
    Absent,
    /// The read failed.
    Unreadable(Fault),
}

/// The name of a resource that exists, or may exist, and that a filter selects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub name: PhysicalName,
    /// The filter that selects it.
    pub filter: OwnerFilter,
}

impl Candidate {
    /// Returns a name as the candidate of a filter.
    pub fn new(name: PhysicalName, filter: &OwnerFilter) -> Self {
        Self {
            name,
            filter: filter.clone(),
        }
    }
}

/// Reads resources of a kind. Never changes anything.
pub trait Reader<K: Kind>: Send + Sync + 'static {
    /// Reads the named resources, each independently of the others, and returns them in the order of the names.
    fn read(
        &self,
        names: &[PhysicalName],
    ) -> impl Future<Output = Vec<Reading<Observed<K>>>> + Send;

    /// Lists the names of resources that exist or may exist and that the filters select, with the listing of the service.
    ///
    /// The caller reads them, and decides by the marks that it finds.
    fn owned(
        &self,
        filters: &[OwnerFilter],
    ) -> impl Future<Output = Result<Vec<Candidate>, Fault>> + Send;
}

/// What a fresh read shows of the thing that a refusal is about, such as a role that a service cannot assume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outlook {
    /// It is as it must be, or could not be read: the refusal may pass by itself.
    MayPass,
    /// It is not as it must be, for this reason: the refusal does not pass by itself.
    Final(String),
}

/// Makes single mutations. Never waits and never retries.
pub trait Writer<K: Kind>: Send + Sync + 'static {
    /// Makes the first mutation that creates a resource.
    fn create(
        &self,
        name: &PhysicalName,
        spec: &K::Spec<Resolved>,
        intent: &Intent,
    ) -> impl Future<Output = Result<Mutation, Fault>> + Send;

    /// Makes the next mutation towards `spec`. `fields` are the pointers of the fields that differ, in order, at least one.
    fn update(
        &self,
        name: &PhysicalName,
        now: &Observed<K>,
        spec: &K::Spec<Resolved>,
        fields: &[String],
        intent: &Intent,
    ) -> impl Future<Output = Result<Mutation, Fault>> + Send;

    /// Makes the next mutation that deletes the resource.
    fn delete(
        &self,
        name: &PhysicalName,
        now: &Observed<K>,
    ) -> impl Future<Output = Result<Mutation, Fault>> + Send;

    /// Reads what the refusal of a creation or update is about, if the service says that it does not see it yet. Changes nothing.
    fn outlook(
        &self,
        _spec: &K::Spec<Resolved>,
        _refusal: &Fault,
    ) -> impl Future<Output = Outlook> + Send {
        std::future::ready(Outlook::MayPass)
    }
}

/// The one operation that a writer called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mutation(pub Operation);

/// The reason for a mutation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// The owner of the resource; `None` for one that the account shares.
    pub owner: Option<Owner>,
    /// The same for every attempt of one intent; for services that take an idempotency token.
    pub token: String,
}

/// One resource as it is in AWS, with its kind erased. The spec is canonical.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Live {
    pub spec: Value,
    pub outputs: Value,
    /// Whether it is ready.
    pub status: Status,
    /// AWS's revision.
    pub revision: Option<String>,
    pub owner: Ownership,
}

/// A [`Reader`] with its kind erased.
pub trait AnyReader: Send + Sync {
    /// See [`Reader::read`].
    fn read<'a>(&'a self, names: &'a [PhysicalName]) -> BoxFuture<'a, Vec<Reading<Live>>>;
    /// See [`Reader::owned`].
    fn owned<'a>(
        &'a self,
        filters: &'a [OwnerFilter],
    ) -> BoxFuture<'a, Result<Vec<Candidate>, Fault>>;
}

/// A [`Writer`] with its kind erased.
pub trait AnyWriter: Send + Sync {
    /// See [`Writer::create`].
    fn create<'a>(
        &'a self,
        name: &'a PhysicalName,
        spec: &'a Value,
        intent: &'a Intent,
    ) -> BoxFuture<'a, Result<Mutation, Fault>>;
    /// See [`Writer::update`].
    fn update<'a>(
        &'a self,
        name: &'a PhysicalName,
        now: &'a Live,
        spec: &'a Value,
        fields: &'a [String],
        intent: &'a Intent,
    ) -> BoxFuture<'a, Result<Mutation, Fault>>;
    /// See [`Writer::delete`].
    fn delete<'a>(
        &'a self,
        name: &'a PhysicalName,
        now: &'a Live,
    ) -> BoxFuture<'a, Result<Mutation, Fault>>;
    /// See [`Writer::outlook`].
    fn outlook<'a>(&'a self, spec: &'a Value, refusal: &'a Fault) -> BoxFuture<'a, Outlook>;
}

/// The reader of each kind by name.
pub type Readers = BTreeMap<&'static str, Arc<dyn AnyReader>>;

/// The writer of each kind by name.
pub type Writers = BTreeMap<&'static str, Arc<dyn AnyWriter>>;

/// Erases the kind of a reader or writer.
struct Erased<K, P> {
    provider: P,
    kind: PhantomData<fn() -> K>,
}

/// Erases a reader's kind.
pub fn erase_reader<K: Kind>(reader: impl Reader<K>) -> Arc<dyn AnyReader> {
    Arc::new(Erased::<K, _> {
        provider: reader,
        kind: PhantomData,
    })
}

/// Erases a writer's kind.
pub fn erase_writer<K: Kind>(writer: impl Writer<K>) -> Arc<dyn AnyWriter> {
    Arc::new(Erased::<K, _> {
        provider: writer,
        kind: PhantomData,
    })
}

impl<K: Kind, P: Reader<K>> AnyReader for Erased<K, P> {
    fn read<'a>(&'a self, names: &'a [PhysicalName]) -> BoxFuture<'a, Vec<Reading<Live>>> {
        Box::pin(async move {
            let readings = self.provider.read(names).await;
            debug_assert_eq!(
                readings.len(),
                names.len(),
                "a reader answers for every name that it was given"
            );
            readings.into_iter().map(erase_reading).collect()
        })
    }

    fn owned<'a>(
        &'a self,
        filters: &'a [OwnerFilter],
    ) -> BoxFuture<'a, Result<Vec<Candidate>, Fault>> {
        Box::pin(self.provider.owned(filters))
    }
}

impl<K: Kind, P: Writer<K>> AnyWriter for Erased<K, P> {
    fn create<'a>(
        &'a self,
        name: &'a PhysicalName,
        spec: &'a Value,
        intent: &'a Intent,
    ) -> BoxFuture<'a, Result<Mutation, Fault>> {
        Box::pin(async move {
            self.provider
                .create(name, &typed::<K, _>(spec)?, intent)
                .await
        })
    }

    fn update<'a>(
        &'a self,
        name: &'a PhysicalName,
        now: &'a Live,
        spec: &'a Value,
        fields: &'a [String],
        intent: &'a Intent,
    ) -> BoxFuture<'a, Result<Mutation, Fault>> {
        Box::pin(async move {
            self.provider
                .update(
                    name,
                    &typed_observed::<K>(now)?,
                    &typed::<K, _>(spec)?,
                    fields,
                    intent,
                )
                .await
        })
    }

    fn delete<'a>(
        &'a self,
        name: &'a PhysicalName,
        now: &'a Live,
    ) -> BoxFuture<'a, Result<Mutation, Fault>> {
        Box::pin(async move { self.provider.delete(name, &typed_observed::<K>(now)?).await })
    }

    fn outlook<'a>(&'a self, spec: &'a Value, refusal: &'a Fault) -> BoxFuture<'a, Outlook> {
        Box::pin(async move {
            match typed::<K, _>(spec) {
                Ok(spec) => self.provider.outlook(&spec, refusal).await,
                Err(_) => Outlook::MayPass,
            }
        })
    }
}

fn erase_reading<K: Kind>(reading: Reading<Observed<K>>) -> Reading<Live> {
    match reading {
        Reading::Found(observed) => match live::<K>(observed) {
            Ok(live) => Reading::Found(live),
            Err(fault) => Reading::Unreadable(fault),
        },
        Reading::Obscured(observed, fault) => match live::<K>(observed) {
            Ok(live) => Reading::Obscured(live, fault),
            Err(fault) => Reading::Unreadable(fault),
        },
        Reading::Absent => Reading::Absent,
        Reading::Unreadable(fault) => Reading::Unreadable(fault),
    }
}

fn live<K: Kind>(observed: Observed<K>) -> Result<Live, Fault> {
    Ok(Live {
        spec: to_value(&K::canonical::<Resolved>(observed.spec))?,
        outputs: to_value(&observed.outputs)?,
        status: observed.status,
        revision: observed.revision,
        owner: observed.owner,
    })
}

fn typed_observed<K: Kind>(live: &Live) -> Result<Observed<K>, Fault> {
    Ok(Observed {
        spec: typed::<K, _>(&live.spec)?,
        outputs: typed::<K, _>(&live.outputs)?,
        status: live.status.clone(),
        revision: live.revision.clone(),
        owner: live.owner.clone(),
    })
}

fn to_value(value: &impl Wire) -> Result<Value, Fault> {
    serde_json::to_value(value).map_err(|error| Fault::local(FaultKind::Service, error.to_string()))
}

/// Turns a value back into its type. Fails if a reference could not be resolved.
fn typed<K: Kind, T: Wire>(value: &Value) -> Result<T, Fault> {
    serde_json::from_value(value.clone()).map_err(|error| {
        let kind = K::NAME;
        Fault::local(
            FaultKind::Invalid,
            format!("the resource is not as `{kind}` describes it: {error}"),
        )
    })
}
