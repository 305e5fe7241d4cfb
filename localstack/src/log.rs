//! The request log: what was asked, how it was answered, and how much at once.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::fault::FaultKind;
use crate::service::Service;

/// Requests that are remembered one by one; older ones are only counted, so that a server that stays up does not grow.
const REMEMBERED: usize = 100_000;

/// A request that was seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its number, from 1.
    pub number: u64,
    /// When it came, on the endpoint's clock.
    pub time: Timestamp,
    /// The service, when the request named a known one.
    pub service: Option<Service>,
    /// The operation, when the service has it.
    pub operation: Option<&'static str>,
    /// The region of the credential scope.
    pub region: String,
    /// The account of the access key.
    pub account: String,
    /// Whether the operation is one that changes something, whatever became of it.
    pub write: bool,
    /// The HTTP status; absent when the connection was dropped instead.
    pub status: Option<u16>,
    /// The error code, when it was refused.
    pub error: Option<String>,
    /// The fault it met.
    pub fault: Option<FaultKind>,
}

/// The requests an endpoint has seen.
#[derive(Debug, Default)]
pub struct RequestLog {
    records: Mutex<Records>,
}

#[derive(Debug, Default)]
struct Records {
    entries: VecDeque<Entry>,
    counts: BTreeMap<(Service, &'static str), u64>,
    seen: u64,
    writes: u64,
    in_flight: usize,
    greatest: usize,
}

impl RequestLog {
    /// Lists the requests in the order in which they were answered, at most the last 100,000.
    pub fn entries(&self) -> Vec<Entry> {
        self.records().entries.iter().cloned().collect()
    }

    /// Counts the requests for one operation.
    pub fn count(&self, service: Service, operation: &str) -> u64 {
        let records = self.records();
        records
            .counts
            .iter()
            .filter(|((of, name), _)| *of == service && *name == operation)
            .map(|(_, count)| count)
            .sum()
    }

    /// Counts the requests for operations that change something, refused ones included.
    pub fn writes(&self) -> u64 {
        self.records().writes
    }

    /// Returns how many requests were in the endpoint at once, at most.
    pub fn greatest_concurrency(&self) -> usize {
        self.records().greatest
    }

    /// Forgets everything, numbers included.
    pub fn clear(&self) {
        let mut records = self.records();
        let in_flight = records.in_flight;
        *records = Records {
            in_flight,
            greatest: in_flight,
            ..Records::default()
        };
    }

    /// Counts a request as being in the endpoint until the guard is dropped, and gives its number.
    pub(crate) fn enter(&self) -> (u64, InFlight<'_>) {
        let mut records = self.records();
        records.seen += 1;
        records.in_flight += 1;
        records.greatest = records.greatest.max(records.in_flight);
        (records.seen, InFlight(self))
    }

    pub(crate) fn note(&self, entry: Entry) {
        let mut records = self.records();
        if let (Some(service), Some(operation)) = (entry.service, entry.operation) {
            *records.counts.entry((service, operation)).or_default() += 1;
        }
        records.writes += u64::from(entry.write);
        if records.entries.len() == REMEMBERED {
            records.entries.pop_front();
        }
        records.entries.push_back(entry);
    }

    fn records(&self) -> MutexGuard<'_, Records> {
        // Counters and whole entries: nothing in here can be left half done by a panic.
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps a request counted as being in the endpoint.
#[derive(Debug)]
pub(crate) struct InFlight<'a>(&'a RequestLog);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        let mut records = self.0.records();
        records.in_flight = records.in_flight.saturating_sub(1);
    }
}
