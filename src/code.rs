//! The codes of all errors, each with its page, and the status with which the process ends.
//!
//! A code is written here and nowhere else; a number is given once and never to another error.

use std::fmt;

/// How the process ends; `docs/guide/exit-status.md` explains each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Everything is done, or nothing differs.
    Done = 0,
    /// An error without a status of its own.
    Error = 1,
    /// Something differs.
    Differences = 2,
    /// Something could not be read.
    Incomplete = 3,
    /// The plan is no longer valid.
    Stale = 4,
    /// Another run holds the lock.
    Locked = 5,
    /// A part is done.
    Partial = 6,
    /// AWS accepted every change and still works on some.
    Accepted = 7,
    /// The command line is wrong.
    Usage = 64,
    /// agentctl has a bug.
    Bug = 70,
    /// The user interrupted.
    Interrupted = 130,
}

/// Declares the codes: name, number, and the exit status if it is not [`Status::Error`].
macro_rules! codes {
    ($($(#[$doc:meta])+ $name:ident = $number:ident $(=> $status:ident)?,)+) => {
        /// What an error is about, with a page in `docs/errors/`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($(#[$doc])+ $name,)+
        }

        impl Code {
            /// All codes, in the order of their numbers.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// Returns the code as users see it.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($number),)+
                }
            }

            /// Returns the page that explains it.
            pub fn page(self) -> &'static str {
                match self {
                    $(Self::$name => {
                        include_str!(concat!("../docs/errors/", stringify!($number), ".md"))
                    })+
                }
            }

            /// Returns the exit status that it causes.
            pub fn status(self) -> Status {
                match self {
                    $(Self::$name => status!($($status)?),)+
                }
            }
        }
    };
}

macro_rules! status {
    () => {
        Status::Error
    };
    ($status:ident) => {
        Status::$status
    };
}

codes! {
    /// No folder `deploy-plans` in the working directory or above it.
    NoProjectFolder = AC0101,
    /// A file or folder that cannot be read.
    UnreadableManifest = AC0102,
    /// Text that is neither YAML nor JSON.
    Syntax = AC0103,
    /// A file beyond the limits on size, depth, documents, nodes or aliases.
    ManifestTooLarge = AC0104,
    /// A key that is not known.
    UnknownKey = AC0105,
    /// A value of another type than the key takes.
    WrongType = AC0106,
    /// A key that has no counterpart in AWS.
    NoSuchThing = AC0107,
    /// A key that is written twice in one map.
    DuplicateKey = AC0108,
    /// A key that must be given and is not.
    MissingKey = AC0109,
    /// A value of the right type that is outside its form or limits.
    IllegalValue = AC0110,
    /// Something documented that this version does not do yet.
    Unsupported = AC0111,
    /// Two agents of one name.
    DuplicateAgent = AC0112,
    /// No `Project` document, or more than one.
    ProjectCount = AC0113,
    /// A local file that is missing, of the wrong sort, or outside the project.
    LocalFile = AC0114,
    /// The name of an agent that is not declared, or a path without agents.
    UnknownAgent = AC0115,
    /// Keys that exclude each other.
    ConflictingKeys = AC0116,
    /// An `apiVersion` or `kind` that agentctl does not have.
    UnknownDocument = AC0117,
    /// A key that is kept for later use.
    ReservedKey = AC0118,
    /// A reference to a variable that has no value.
    UnsetVariable = AC0119,
    /// A manifest inside a folder that another manifest names.
    ManifestInCode = AC0120,
    /// Files that cannot become an archive.
    UnpackableFiles = AC0201,
    /// Code that is larger than the service takes.
    CodeTooLarge = AC0202,
    /// A handler that is not in the code.
    UnknownHandler = AC0203,
    /// An environment that the service does not take.
    IllegalEnvironment = AC0204,
    /// A variable that agentctl sets itself.
    TakenVariable = AC0205,
    /// A policy that is larger than IAM takes.
    PolicyTooLarge = AC0206,
    /// Variables of `OpenTelemetry` without the program that reads them.
    MissingTelemetry = AC0207,
    /// A region that the project does not allow.
    ForbiddenRegion = AC0208,
    /// A statement id that is used twice in one policy.
    DuplicateStatementId = AC0209,
    /// A file to start that is not in the code.
    UnknownEntryPoint = AC0210,
    /// Something in another region, partition or account than the agent.
    Elsewhere = AC0211,
    /// A project and environment of which nothing exists.
    UnknownProject = AC0212,
    /// No region is set.
    NoRegion = AC0301,
    /// Credentials of another account.
    WrongAccount = AC0302,
    /// No account is named in CI.
    NoAccountInCi = AC0303,
    /// A call that failed.
    FailedCall = AC0304,
    /// A local endpoint that cannot be used.
    NoLocalEndpoint = AC0305,
    /// No credentials, or credentials that are not accepted.
    NotSignedIn = AC0306,
    /// AWS was not reached.
    NotReached = AC0307,
    /// No terminal to ask for confirmation at.
    CannotAsk = AC0308 => Usage,
    /// Certificates that cannot be used.
    UnusableCertificates = AC0309,
    /// A profile that cannot be used.
    UnusableProfile = AC0310,
    /// Standard output that could not be written.
    LostOutput = AC0311,
    /// A setting of the AWS SDK that cannot be used.
    UnusableSetting = AC0312,
    /// A resource that is not this project's.
    ForeignResource = AC0401,
    /// A plan that contradicts itself.
    ImpossiblePlan = AC0402,
    /// Resources that could not be read.
    IncompleteComparison = AC0403 => Incomplete,
    /// A lock that another run holds.
    Locked = AC0404 => Locked,
    /// A journal that cannot be written.
    NoJournal = AC0405,
    /// A resource that changed since the plan was shown.
    StalePlan = AC0406 => Stale,
    /// The end of the process by a second signal.
    Quit = AC0407 => Interrupted,
    /// Permissions that are too large while both the old and the new ones are needed.
    PermissionsTooLarge = AC0410,
    /// A deletion that would take away what others use.
    UsedByOthers = AC0411,
    /// A file that is no saved plan.
    NoSavedPlan = AC0601,
    /// A saved plan that is not as it was written.
    DamagedPlan = AC0602,
    /// A saved plan of another version of agentctl.
    OtherVersion = AC0603 => Stale,
    /// A saved plan for another project, environment, account, region or endpoint.
    OtherTarget = AC0604 => Stale,
    /// A saved plan for other manifests.
    OtherManifests = AC0605 => Stale,
    /// A saved plan that AWS has changed since.
    StaleSavedPlan = AC0606 => Stale,
    /// A plan that cannot be saved.
    UnsavablePlan = AC0607,
    /// No version is served yet.
    NothingServed = AC0701,
    /// A pointer that is not this agent's.
    ForeignPointer = AC0702,
    /// A version that does not exist.
    UnknownVersion = AC0703,
    /// No version before the one that is served.
    NothingBefore = AC0704,
    /// A version whose callers would be refused.
    RefusedVersion = AC0705,
    /// A version that cannot be deleted, because something holds it.
    HeldVersion = AC0706,
    /// It is not known which version was applied last.
    NotApplied = AC0707,
    /// A pinned version that no longer exists.
    GonePin = AC0708,
    /// A panic.
    Bug = AC0901 => Bug,
}

impl Code {
    /// Returns the title of its page, with the code before it.
    pub fn title(self) -> &'static str {
        let first = self.page().lines().next().unwrap_or_default();
        first.trim_start_matches("# ")
    }
}

impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests;
