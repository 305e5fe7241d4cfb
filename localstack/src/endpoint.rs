//! The endpoint: takes a request through routing, faults, handler, persistence and log.

pub(crate) mod snapshot;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::header::{CONTENT_TYPE, DATE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::answer::{Answer, Refusal};
use crate::api::Run;
use crate::behaviour::Behaviour;
use crate::blob::Blobs;
use crate::call::{Call, caller_arn};
use crate::clock::{Clock, deadline, http_date};
use crate::delays::Delays;
use crate::entropy::Entropy;
use crate::fault::{Fault, FaultKind, Faults};
use crate::log::{Entry, RequestLog};
use crate::namespace::Namespace;
use crate::operation::Operation;
use crate::presigned;
use crate::protocol::message::Located;
use crate::route::{self, Target};
use crate::service::Service;
use crate::services::proceed;
use crate::store::{StoreError, names_in};
use crate::wording::Words;
use crate::world::World;

const HEALTH: &str = "/_agentctl/health";
const OPERATIONS: &str = "/_agentctl/operations";

/// How an endpoint is set up.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where it keeps its data; in memory only when absent.
    pub data: Option<PathBuf>,
    /// How long things take.
    pub delays: Delays,
    /// What services do that depends on the account or varies.
    pub behaviour: Behaviour,
    /// What ids and fault rates are drawn from.
    pub seed: u64,
    /// When its time begins; the machine's wall time when absent.
    pub start: Option<Timestamp>,
}

impl Config {
    /// Keeps everything in memory, with the given delays.
    pub fn in_memory(delays: Delays) -> Self {
        Self {
            data: None,
            delays,
            behaviour: Behaviour::default(),
            seed: 0,
            start: None,
        }
    }

    /// Keeps everything below a folder, with the given delays.
    pub fn in_folder(data: impl Into<PathBuf>, delays: Delays) -> Self {
        Self {
            data: Some(data.into()),
            ..Self::in_memory(delays)
        }
    }

    /// Sets what services do that depends on the account or varies.
    #[must_use]
    pub fn behaviour(mut self, behaviour: Behaviour) -> Self {
        self.behaviour = behaviour;
        self
    }

    /// Sets the seed.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Sets when its time begins.
    #[must_use]
    pub fn start(mut self, start: Timestamp) -> Self {
        self.start = Some(start);
        self
    }
}

/// The connection was dropped without an answer, because a fault ordered it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("connection reset")]
pub struct Reset;

/// A local AWS endpoint. Clones share everything.
#[derive(Debug, Clone)]
pub struct Endpoint {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    config: Config,
    clock: Clock,
    entropy: Entropy,
    faults: Faults,
    log: RequestLog,
    namespace: Namespace,
    accounts: Mutex<BTreeMap<String, Arc<Account>>>,
}

#[derive(Debug)]
struct Account {
    folder: Option<PathBuf>,
    blobs: Blobs,
    world: Mutex<World>,
}

/// What a request was found to be, on its way to the log.
struct Passage<'a> {
    entry: Entry,
    target: &'a Target,
    request_id: &'a str,
    is_head: bool,
}

impl Endpoint {
    /// Makes an endpoint and loads its data.
    pub fn new(config: Config) -> Result<Self, StoreError> {
        let clock = config.start.map_or_else(Clock::system, Clock::starting_at);
        let mut accounts = BTreeMap::new();
        let namespace = Namespace::default();
        if let Some(data) = &config.data {
            for name in names_in(data)? {
                let account = Account::load(data.join(&name))?;
                account.claim_names(&name, &namespace)?;
                accounts.insert(name, Arc::new(account));
            }
        }
        Ok(Self::of(config, clock, namespace, accounts))
    }

    fn of(
        config: Config,
        clock: Clock,
        namespace: Namespace,
        accounts: BTreeMap<String, Arc<Account>>,
    ) -> Self {
        let inner = Inner {
            entropy: Entropy::new(config.seed, clock.start()),
            faults: Faults::new(config.seed),
            log: RequestLog::default(),
            namespace,
            accounts: Mutex::new(accounts),
            clock,
            config,
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Answers a request, without any socket.
    pub async fn handle(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Reset> {
        let mut response = self.respond(request).await?;
        // All services date their answers; clients judge the age of what they read by it, and their own clock.
        let date = HeaderValue::try_from(http_date(self.inner.clock.now()))
            .expect("a date is written in ASCII letters, digits and spaces");
        response.headers_mut().insert(DATE, date);
        Ok(response)
    }

    async fn respond(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Reset> {
        if request.method() == Method::GET {
            match request.uri().path() {
                HEALTH => return Ok(health()),
                OPERATIONS => return Ok(operations()),
                _ => {}
            }
        }
        let (number, _in_flight) = self.inner.log.enter();
        let request_id = self.inner.entropy.uuid();
        let is_head = request.method() == Method::HEAD;
        let mut entry = Entry {
            number,
            time: self.inner.clock.now(),
            service: None,
            operation: None,
            region: String::new(),
            account: String::new(),
            write: false,
            status: None,
            error: None,
            fault: None,
        };
        let target = match route::find(&request) {
            Ok(target) => target,
            Err(unroutable) => {
                entry.service = unroutable.service;
                entry.status = Some(unroutable.refusal.status.as_u16());
                entry.error = Some(unroutable.refusal.code.to_string());
                self.inner.log.note(entry);
                return Ok(unroutable
                    .protocol
                    .refuse(&unroutable.refusal, &request_id, is_head));
            }
        };
        entry.service = Some(target.api.wording.service);
        entry.region.clone_from(&target.region);
        entry.account.clone_from(&target.account);
        let signed = match target.api.wording.service {
            Service::S3 => presigned::check(&request, self.inner.clock.now()),
            _ => Ok(()),
        };
        let (parts, body) = request.into_parts();
        let located = signed.and_then(|()| target.api.protocol.locate(target.api, &parts, body));
        let passage = Passage {
            entry,
            target: &target,
            request_id: &request_id,
            is_head,
        };
        match located {
            Ok(located) => self.pass(passage, located).await,
            Err(refusal) => Ok(self.refuse(passage, &refusal)),
        }
    }

    /// Orders a fault. Orders are looked through in the order in which they were given; the first whose turn it is happens.
    pub fn order_fault(&self, fault: Fault) {
        self.inner.faults.order(fault);
    }

    /// Cancels all faults.
    pub fn clear_faults(&self) {
        self.inner.faults.clear();
    }

    /// Gives the request log.
    pub fn log(&self) -> &RequestLog {
        &self.inner.log
    }

    /// Gives the clock.
    pub fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    /// Writes the whole state as account, then region or `global`, then service; what holds nothing is left out.
    ///
    /// Equal states are equal values. Blobs stand as their digests.
    pub fn dump(&self) -> Result<Value, serde_json::Error> {
        let accounts = locked(&self.inner.accounts).clone();
        let mut dump = Map::new();
        for (name, account) in accounts {
            let mut world = locked(&account.world);
            proceed(&mut world, self.inner.clock.now());
            let world = world.dump()?;
            if world != json!({}) {
                dump.insert(name, world);
            }
        }
        Ok(Value::Object(dump))
    }

    /// Takes a request with a known operation through its fault, its handler and the log.
    async fn pass(
        &self,
        mut passage: Passage<'_>,
        located: Located,
    ) -> Result<Response<Bytes>, Reset> {
        let (api, operation) = (passage.target.api, &located.line.operation);
        let fault =
            self.inner
                .faults
                .choose(api.wording.service, operation, &passage.target.account);
        passage.entry.operation = Some(operation.name);
        passage.entry.write = operation.is_write();
        passage.entry.fault.clone_from(&fault);
        match &fault {
            Some(FaultKind::ResetBefore) => {
                self.inner.log.note(passage.entry);
                return Err(Reset);
            }
            Some(FaultKind::Slow(delay)) => tokio::time::sleep(*delay).await,
            _ => {}
        }
        let outcome = match fault
            .as_ref()
            .and_then(|fault| ordered_refusal(fault, passage.target, operation))
        {
            Some(refusal) => Err(refusal),
            None => self.run(&passage, located, fault.as_ref()),
        };
        if fault == Some(FaultKind::ResetAfter) {
            passage.entry.error = outcome.err().map(|refusal| refusal.code.into_owned());
            self.inner.log.note(passage.entry);
            return Err(Reset);
        }
        match outcome {
            Ok(answer) => {
                passage.entry.status = Some(answer.status.as_u16());
                let response = api.protocol.answer(operation, &answer, passage.request_id);
                self.inner.log.note(passage.entry);
                Ok(response)
            }
            Err(refusal) => Ok(self.refuse(passage, &refusal)),
        }
    }

    /// Runs the handler under the account's lock.
    fn run(
        &self,
        passage: &Passage<'_>,
        located: Located,
        fault: Option<&FaultKind>,
    ) -> Result<Answer, Refusal> {
        let target = passage.target;
        let account = self.account(&target.account);
        let call = Call {
            wording: &target.api.wording,
            operation: &located.line.operation,
            account: &target.account,
            region: &target.region,
            now: self.inner.clock.now(),
            delays: &self.inner.config.delays,
            behaviour: &self.inner.config.behaviour,
            entropy: &self.inner.entropy,
            blobs: &account.blobs,
            failure: match fault {
                Some(FaultKind::FailLater(failure)) => Some(failure),
                _ => None,
            },
            namespace: &self.inner.namespace,
            input: located.input,
        };
        let mut world = locked(&account.world);
        // What a handler that panicked has left is neither to be seen nor to be kept.
        world.roll_back(&account.blobs)?;
        proceed(&mut world, call.now);
        match located.line.run {
            Run::Read(run) if fault == Some(&FaultKind::StaleRead) => {
                let mut before = world.before_last_write(target.api.wording.service);
                proceed(&mut before, call.now);
                complete(&call, run(&call, &before))
            }
            Run::Read(run) => complete(&call, run(&call, &world)),
            Run::Write(run) => {
                let outcome = complete(&call, run(&call, &mut world)).and_then(|answer| {
                    let tags_known_from = deadline(call.now, call.delays.tag_index);
                    world.commit(
                        account.folder.as_deref(),
                        &account.blobs,
                        call.now,
                        tags_known_from,
                    )?;
                    Ok(answer)
                });
                if outcome.is_err() {
                    world.roll_back(&account.blobs)?;
                }
                self.inner
                    .namespace
                    .settle(&target.account, |name| world.s3.has_bucket(name));
                outcome
            }
        }
    }

    fn refuse(&self, mut passage: Passage<'_>, refusal: &Refusal) -> Response<Bytes> {
        passage.entry.status = Some(refusal.status.as_u16());
        passage.entry.error = Some(refusal.code.to_string());
        self.inner.log.note(passage.entry);
        passage
            .target
            .api
            .protocol
            .refuse(refusal, passage.request_id, passage.is_head)
    }

    /// Looks at an account's state as a handler does.
    #[cfg(test)]
    pub(crate) fn inspect<T>(&self, account: &str, look: impl FnOnce(&World) -> T) -> T {
        look(&locked(&self.account(account).world))
    }

    fn account(&self, name: &str) -> Arc<Account> {
        let mut accounts = locked(&self.inner.accounts);
        let folder = || self.inner.config.data.as_ref().map(|data| data.join(name));
        Arc::clone(
            accounts
                .entry(name.to_owned())
                .or_insert_with(|| Arc::new(Account::new(folder()))),
        )
    }
}

impl Account {
    fn new(folder: Option<PathBuf>) -> Self {
        Self {
            blobs: Self::blobs(folder.as_ref()),
            folder,
            world: Mutex::default(),
        }
    }

    fn load(folder: PathBuf) -> Result<Self, StoreError> {
        let blobs = Self::blobs(Some(&folder));
        let world = Mutex::new(World::load(&folder, &blobs)?);
        Ok(Self {
            folder: Some(folder),
            blobs,
            world,
        })
    }

    /// Takes the names that no other account may have.
    fn claim_names(&self, name: &str, namespace: &Namespace) -> Result<(), StoreError> {
        for bucket in locked(&self.world).s3.bucket_names() {
            if !namespace.claim(bucket, name) {
                return Err(StoreError::Shared {
                    bucket: bucket.to_owned(),
                });
            }
        }
        Ok(())
    }

    fn blobs(folder: Option<&PathBuf>) -> Blobs {
        folder.map_or_else(Blobs::in_memory, |folder| {
            Blobs::in_folder(folder.join("blobs"))
        })
    }
}

/// Refuses an answer that was made without reading the whole input.
fn complete(call: &Call<'_>, outcome: Result<Answer, Refusal>) -> Result<Answer, Refusal> {
    let answer = outcome?;
    match call.input.unread() {
        Some(name) => Err(call.unknown_parameter(name)),
        None => Ok(answer),
    }
}

/// Makes the refusal that a fault orders, when it orders one.
fn ordered_refusal(fault: &FaultKind, target: &Target, operation: &Operation) -> Option<Refusal> {
    let wording = &target.api.wording;
    match fault {
        FaultKind::Throttle => Some(wording.throttled.refusal()),
        FaultKind::ServerError => Some(wording.failed.refusal()),
        FaultKind::Quota => wording.limit.as_ref().map(Words::refusal),
        FaultKind::Denied => {
            Some(wording.denial(operation, &caller_arn(&target.region, &target.account)))
        }
        FaultKind::Refuse {
            status,
            code,
            message,
        } => {
            let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::BAD_REQUEST);
            Some(Refusal::new(status, code.clone(), message.clone()))
        }
        FaultKind::ResetBefore
        | FaultKind::ResetAfter
        | FaultKind::Slow(_)
        | FaultKind::StaleRead
        | FaultKind::FailLater(_) => None,
    }
}

fn health() -> Response<Bytes> {
    let services: Vec<_> = Service::ALL.iter().map(|service| service.name()).collect();
    document(&json!({ "services": services, "pid": std::process::id() }))
}

/// Lists what is built, so that a client can check that it has driven all of it.
fn operations() -> Response<Bytes> {
    let names = |service: Service| -> Vec<_> {
        let lines = service.api().lines.iter();
        lines.map(|line| line.operation.name).collect()
    };
    let built: BTreeMap<_, _> = Service::ALL
        .iter()
        .map(|service| (service.name(), names(*service)))
        .collect();
    document(&json!(built))
}

fn document(value: &Value) -> Response<Bytes> {
    let mut response = Response::new(value.to_string().into());
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A handler that panicked is rolled back before the next one runs; the list of accounts only grows.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
