//! The result of a drift check.

use crate::manifest::DriftIgnore;
use crate::plan::diff::FieldChange;
use crate::plan::kept::KeptReason;
use crate::resource::address::{Address, PhysicalName};
use crate::resource::fault::Fault;
use crate::resource::kind::Status;
use crate::resource::owner::Ownership;

/// What somebody else changed, and what was not compared.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DriftReport {
    /// Resources that somebody else changed: the shared ones, then those of each agent, in the order of the plan.
    pub drifted: Vec<Drifted>,
    /// Fields that somebody else changed and that an entry ignores.
    pub ignored: Vec<Ignored>,
    /// Entries that have expired.
    pub expired: Vec<DriftIgnore>,
    /// Entries that are valid and match nothing. Empty if anything could not be read.
    pub unused: Vec<DriftIgnore>,
    /// Resources that differ because the manifests changed since the last apply.
    pub unapplied: Vec<Address>,
    /// Our resources that are not declared, and why each still exists.
    pub orphans: Vec<(Address, KeptReason)>,
    /// Resources that could not be read, and why.
    pub unreadable: Vec<(Address, Fault)>,
    /// Why the records could not be read.
    pub unread_records: Option<Fault>,
    /// How many resources do not differ.
    pub unchanged: usize,
}

/// The result in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Everything was read, and nobody else changed anything.
    Clean,
    /// Everything was read, and somebody else changed something.
    Drifted,
    /// Something could not be read, so the result is not known.
    Incomplete,
}

/// A resource that somebody else changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Drifted {
    /// The resource.
    pub address: Address,
    /// Its physical name, unless that waits for an output.
    pub name: Option<PhysicalName>,
    /// Its agent; `None` for a resource that all agents share.
    pub agent: Option<String>,
    /// What was found.
    pub finding: Finding,
    /// Whether a record has it. Otherwise it is not known who changed it.
    pub is_recorded: bool,
    /// The status that the service reports, if it was found.
    pub status: Option<Status>,
}

/// How a resource drifted.
#[derive(Debug, Clone, PartialEq)]
pub enum Finding {
    /// These fields do not have their desired values.
    Changed(Vec<FieldChange>),
    /// It no longer exists.
    Missing,
    /// It was deleted and created again with the same name and marks.
    Remade {
        /// The id that was recorded.
        was: String,
        /// The id that it has now.
        now: String,
    },
    /// A resource without its marks has its name.
    Taken(Ownership),
    /// The service reports this failure; these fields changed too.
    Failed(String, Vec<FieldChange>),
    /// It has the marks of an agent, and neither the manifests nor the records have it.
    Unknown,
}

impl Finding {
    /// Returns the fields that differ.
    pub fn fields(&self) -> &[FieldChange] {
        match self {
            Self::Changed(fields) | Self::Failed(_, fields) => fields,
            Self::Missing | Self::Remade { .. } | Self::Taken(_) | Self::Unknown => &[],
        }
    }
}

/// A field that somebody else changed and that an entry ignores.
#[derive(Debug, Clone, PartialEq)]
pub struct Ignored {
    /// The resource.
    pub address: Address,
    /// The field.
    pub change: FieldChange,
    /// The entry that ignores it.
    pub entry: DriftIgnore,
}

impl DriftReport {
    /// Returns the result in one word. It is [`Verdict::Incomplete`] if anything could not be read, even if something differs.
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
