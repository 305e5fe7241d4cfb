//! What a drift check reports.

use crate::manifest::DriftIgnore;
use crate::plan::diff::FieldChange;
use crate::plan::kept::KeptReason;
use crate::resource::address::{Address, PhysicalName};
use crate::resource::fault::Fault;
use crate::resource::kind::Status;
use crate::resource::owner::Ownership;

/// What somebody else changed, and what else is to be known about it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DriftReport {
    /// Resources that somebody else changed, those of the account first, then by agent, each in the order of the plan.
    pub drifted: Vec<Drifted>,
    /// Fields that somebody else changed and that are let be.
    pub ignored: Vec<Ignored>,
    /// Entries of the file of what to ignore that hold no longer.
    pub expired: Vec<DriftIgnore>,
    /// Entries that hold and that nothing matched, where everything was compared.
    pub unused: Vec<DriftIgnore>,
    /// Resources that differ by what the manifests say and nobody applied yet.
    pub unapplied: Vec<Address>,
    /// Resources that are ours and not declared, with what becomes of them.
    pub orphans: Vec<(Address, KeptReason)>,
    /// Resources that could not be read, and why.
    pub unreadable: Vec<(Address, Fault)>,
    /// Why the records could not be read.
    pub unread_records: Option<Fault>,
    /// How many resources are as they were left.
    pub unchanged: usize,
}

/// What a report comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Everything was read, and nobody else changed anything.
    Clean,
    /// Everything was read, and somebody else changed something.
    Drifted,
    /// Something could not be read, so nobody knows.
    Incomplete,
}

/// A resource that somebody else changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Drifted {
    /// The resource.
    pub address: Address,
    /// Its physical name, unless that waits for an output.
    pub name: Option<PhysicalName>,
    /// The agent that it belongs to; `None` for what the account shares.
    pub agent: Option<String>,
    /// What was found.
    pub finding: Finding,
    /// Whether a record tells that it was applied. Otherwise nobody can be named.
    pub is_recorded: bool,
    /// What the service says of it, when it was found.
    pub status: Option<Status>,
}

/// What was found of a resource that somebody else changed.
#[derive(Debug, Clone, PartialEq)]
pub enum Finding {
    /// These fields have other values than those wished for.
    Changed(Vec<FieldChange>),
    /// It is not there any more.
    Missing,
    /// What stands under its name does not carry its marks.
    Taken(Ownership),
    /// The service gave up on it, for this reason; these fields were changed as well.
    Failed(String, Vec<FieldChange>),
    /// It carries the marks of an agent, and neither the manifests nor the records know of it.
    Unknown,
}

impl Finding {
    /// Returns the fields that differ.
    pub fn fields(&self) -> &[FieldChange] {
        match self {
            Self::Changed(fields) | Self::Failed(_, fields) => fields,
            Self::Missing | Self::Taken(_) | Self::Unknown => &[],
        }
    }
}

/// A field that somebody else changed and that is let be.
#[derive(Debug, Clone, PartialEq)]
pub struct Ignored {
    /// The resource.
    pub address: Address,
    /// The field.
    pub change: FieldChange,
    /// The entry that says so.
    pub entry: DriftIgnore,
}

impl DriftReport {
    /// Says what the report comes to. What could not be read beats what differs.
    pub fn verdict(&self) -> Verdict {
        if !self.unreadable.is_empty() || self.unread_records.is_some() {
            Verdict::Incomplete
        } else if self.drifted.is_empty() {
            Verdict::Clean
        } else {
            Verdict::Drifted
        }
    }

    /// Counts the fields that differ in resources that somebody else changed.
    pub fn fields(&self) -> usize {
        self.drifted
            .iter()
            .map(|drifted| drifted.finding.fields().len())
            .sum()
    }
}
