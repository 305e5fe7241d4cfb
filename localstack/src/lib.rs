//! A local AWS endpoint that the unmodified AWS SDKs talk to, over loopback TCP or in-process without a socket.
//!
//! It is an instrument: what it answers is written from what AWS documents and does, never bent to a client. An operation or a
//! parameter that is not built is refused with status 501 and its name; nothing is accepted and dropped.
//!
//! # How a request goes through
//!
//! 1. [`Endpoint::handle`] gives it a number and a request id; `route` finds service, region and account in the `SigV4` credential scope.
//! 2. `protocol` finds the operation in the service's table and takes the request apart.
//! 3. A [`Fault`] that was ordered may refuse it, delay it or drop the connection.
//! 4. The handler runs under the account's lock. A refused write is rolled back by the frame; so is one that left a parameter unread.
//! 5. What a write touched is on disk before it is answered. The request is noted in the [`RequestLog`].
//!
//! Nothing runs in the background. A delayed transition is stored as a deadline and evaluated when it is read, so it survives a
//! restart, and a paused tokio clock makes time virtual. Of signatures only the credential scope is read; those of presigned URLs of S3 are
//! verified.
//!
//! # Layers
//!
//! A module uses only modules before it in this list, or in its own line, and no two files import each other in a circle.
//! `.ci/layers_check.py` reads the list and refuses the rest.
//!
//! - `behaviour`, `clock`, `delays`, `entropy`, `namespace`, `pattern`: what an account is set to, and single values
//! - `network`: the subnets and security groups of every account
//! - `input`, `service`, `operation`: the input of a request, and the names of services and operations
//! - `protocol::kind`, `protocol::xml`: the protocols and the form of XML
//! - `answer`: answers and refusals
//! - `protocol::chunked`: bodies in chunks
//! - `page`: tokens of listings
//! - `store`: files on disk
//! - `blob`: large bytes
//! - `fault`: faults that were ordered
//! - `log`: the requests so far
//! - `wording`: the texts of refusals
//! - `call`: a request that a handler answers
//! - `validate`: rules of parameters
//! - `tag`: rules of tags
//! - `kept`: the state of one service, with rollback
//! - `api`, `services`, `world`: the tables of operations, the services, and the state of all of them
//! - `protocol`: from a request to a call, and from an answer to bytes
//! - `route`, `presigned`: which service a request is for, and the signature of a presigned URL
//! - `endpoint`: answers requests
//! - `serve`: the endpoint on a socket
//!
//! # How a service is added to
//!
//! A service is the folder `services/<name>/`. Its `state.rs` has the typed state, its `mod.rs` has `API`, the table of operations. A new
//! operation is one line in the table and one function. A new service also needs a variant of [`Service`] and, for its state, a field in
//! `world`:
//!
//! ```text
//! write("CreateLogGroup", group::create),                                  // awsQuery, awsJson
//! read("GetFunction", function::read).at("GET", "/2015-03-31/functions/{FunctionName}"),      // REST
//! read("ListObjectsV2", object::list).at("GET", "/{Bucket}").with_query("list-type").needs("s3:ListBucket"),
//!
//! fn create(call: &Call<'_>, world: &mut World) -> Result<Answer, Refusal> {
//!     let input: CreateLogGroup = call.json()?;          // a struct with `deny_unknown_fields`
//!     let logs = &mut world.region_mut(call.region).logs;
//!     …
//!     Ok(Answer::empty())
//! }
//! ```
//!
//! - Input: `call.json()`, `call.field(..)` (form or URL query), `call.path(..)`, `call.header(..)`, `call.body()`. What is not read is
//!   refused by the frame. Each reading method may be called again. S3 bodies arrive with `aws-chunked` taken off, trailers as headers.
//! - State: `world.iam`, `world.s3`, `world.region(..)`. A read gets `&World`, a write `&mut World`; the frame keeps, rolls back and persists.
//!   Time stands in the state as deadlines compared with `call.now`; durations come from `call.delays`.
//! - What a service does by itself: `State::end` leaves out what has ended; what it makes in another service is called
//!   from `services::proceed`.
//! - What differs between accounts, or was seen in more than one way: `call.behaviour`.
//! - Large bytes: `call.blobs.put(..)` gives a `Digest` to store; `State::blobs` lists the digests in use, the frame removes the rest.
//! - Shared rules: `pattern::Pattern` (AWS's regular expressions), `validate::Checks` (its constraint sentences), `page::page`,
//!   `tag::merge`, `call.entropy` (ids, repeatable by seed).
//! - Writes whose work goes on after the answer are marked `.deferred()`: only those can meet [`FaultKind::FailLater`], as `call.failure`.
//! - Reads that AWS makes eventually consistent are marked `.eventual()`: only those can meet [`FaultKind::StaleRead`].
//! - Tests ask through `testing::Client`, in-process and without a socket: `client.json(Service::Logs, "CreateLogGroup", json!({…})).await.ok()`.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod answer;
mod api;
mod behaviour;
mod blob;
mod call;
mod clock;
mod delays;
mod endpoint;
mod entropy;
mod fault;
mod input;
mod kept;
mod log;
mod namespace;
mod network;
mod operation;
mod page;
mod pattern;
mod presigned;
mod protocol;
mod route;
mod serve;
mod service;
mod services;
mod store;
mod tag;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod validate;
mod wording;
mod world;

pub use behaviour::{Behaviour, Inspection, Missing, NoPolicy, Republish};
pub use clock::Clock;
pub use delays::Delays;
pub use endpoint::snapshot::Snapshot;
pub use endpoint::{Config, Endpoint, Reset};
pub use fault::{Failure, Fault, FaultKind};
pub use log::{Entry, RequestLog};
pub use serve::ServeError;
pub use service::Service;
pub use store::StoreError;
