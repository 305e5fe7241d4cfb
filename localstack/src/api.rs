//! A service's table: its protocol, its words, and for each operation the function that answers it.

use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::operation::Operation;
use crate::protocol::kind::Protocol;
use crate::wording::Wording;
use crate::world::World;

/// How a service speaks: protocol, operations, and its words for the errors that every operation can meet.
#[derive(Debug)]
pub(crate) struct Api {
    pub(crate) protocol: Protocol,
    pub(crate) lines: &'static [Line],
    /// Name and place of the operations of a REST service that are not built, in the form of `Place`.
    pub(crate) unbuilt: &'static [(&'static str, &'static str)],
    pub(crate) wording: Wording,
}

/// One line of a service's table.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) operation: Operation,
    pub(crate) run: Run,
}

/// The function that answers an operation.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Run {
    /// Changes nothing.
    Read(fn(&Call<'_>, &World) -> Result<Answer, Refusal>),
    /// May change the world; what it changes is undone when it refuses.
    Write(fn(&Call<'_>, &mut World) -> Result<Answer, Refusal>),
}

/// Makes the line of an operation that changes nothing.
pub(crate) const fn read(
    name: &'static str,
    run: fn(&Call<'_>, &World) -> Result<Answer, Refusal>,
) -> Line {
    Line {
        operation: Operation::reading(name),
        run: Run::Read(run),
    }
}

/// Makes the line of an operation that may change the world.
pub(crate) const fn write(
    name: &'static str,
    run: fn(&Call<'_>, &mut World) -> Result<Answer, Refusal>,
) -> Line {
    Line {
        operation: Operation::writing(name),
        run: Run::Write(run),
    }
}

impl Line {
    /// Says where a REST protocol finds it. Of several that match a request the first in the table is taken.
    pub(crate) const fn at(mut self, method: &'static str, path: &'static str) -> Self {
        self.operation = self.operation.at(method, path);
        self
    }

    /// Demands a parameter in the URL, such as `list-type`, after `at`.
    pub(crate) const fn with_query(mut self, name: &'static str) -> Self {
        self.operation = self.operation.with_query(name);
        self
    }

    /// Marks a read that AWS may answer from before the last write.
    pub(crate) const fn eventual(mut self) -> Self {
        self.operation.eventual = true;
        self
    }

    /// Marks a write whose work goes on after the answer and may fail then.
    pub(crate) const fn deferred(mut self) -> Self {
        self.operation.deferred = true;
        self
    }

    /// Marks a write that can be refused because a quota of the account is used up, by the `Errors` of its page in the API reference.
    pub(crate) const fn limited(mut self) -> Self {
        self.operation.limited = true;
        self
    }

    /// Names the IAM action, where it is not the operation's own name.
    pub(crate) const fn needs(mut self, action: &'static str) -> Self {
        self.operation.action = Some(action);
        self
    }
}
