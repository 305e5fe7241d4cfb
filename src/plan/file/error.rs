//! Why a saved plan cannot be read, used or written.

use std::io;

use camino::Utf8PathBuf;

/// Why a saved plan cannot be read, used or written.
#[derive(Debug, thiserror::Error)]
pub enum PlanFileError {
    /// The file cannot be read.
    #[error("the saved plan `{path}` cannot be read")]
    Read {
        /// Which file.
        path: Utf8PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The file has other content, or is too long.
    #[error("`{0}` is no saved plan")]
    NotAPlan(Utf8PathBuf),
    /// The file changed since it was written.
    #[error("the saved plan `{0}` is damaged")]
    Damaged(Utf8PathBuf),
    /// The tag of the file was not made with its key.
    #[error("the saved plan was changed, or made by somebody who does not have the project's key")]
    Forged,
    /// The project's key changed since the plan was made, or was created or deleted.
    #[error("the project's key is not the one that the plan was made with: {0}")]
    OtherKey(&'static str),
    /// Another version of agentctl made the file.
    #[error("the saved plan was made by {planned}, this is {actual}")]
    OtherVersion {
        /// The version that made it.
        planned: String,
        /// This version.
        actual: String,
    },
    /// The plan is for another target.
    #[error("the saved plan is for {what} `{planned}`, this is `{actual}`")]
    OtherTarget {
        /// The part that differs.
        what: &'static str,
        /// The value in the plan.
        planned: String,
        /// The value now.
        actual: String,
    },
    /// The manifests declare other agents than the plan.
    #[error("the saved plan was made for other manifests: {0}")]
    OtherAgents(String),
    /// Another file exists at the path.
    #[error("the plan cannot be saved as `{0}`: it exists and is no saved plan")]
    Occupied(Utf8PathBuf),
    /// The file would be read as a manifest.
    #[error("the plan cannot be saved as `{0}`: all files in that folder are read as manifests")]
    AmongManifests(Utf8PathBuf),
    /// The file cannot be written.
    #[error("the plan cannot be saved as `{path}`")]
    Write {
        /// Which file.
        path: Utf8PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
}
