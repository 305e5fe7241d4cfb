//! Why a saved plan cannot be used or made.

use std::io;

use camino::Utf8PathBuf;

/// Why a saved plan cannot be used or made.
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
    /// The file holds something else, or too much.
    #[error("`{0}` is no saved plan")]
    NotAPlan(Utf8PathBuf),
    /// The file is not as it was written.
    #[error("the saved plan `{0}` is damaged")]
    Damaged(Utf8PathBuf),
    /// The file was made by somebody who does not have the key it names.
    #[error("the saved plan was changed, or made by somebody who does not have the project's key")]
    Forged,
    /// The project has another key than when the plan was made, or has one by now, or none any more.
    #[error("the project's key is not the one that the plan was made with: {0}")]
    OtherKey(&'static str),
    /// Another agentctl may plan otherwise.
    #[error("the saved plan was made by {planned}, this is {actual}")]
    OtherVersion {
        /// What made it.
        planned: String,
        /// What this is.
        actual: String,
    },
    /// The plan is for another place.
    #[error("the saved plan is for {what} `{planned}`, this is `{actual}`")]
    OtherTarget {
        /// Which part of the place differs.
        what: &'static str,
        /// What it was made for.
        planned: String,
        /// Where this is.
        actual: String,
    },
    /// The manifests declare other agents.
    #[error("the saved plan was made for other manifests: {0}")]
    OtherAgents(String),
    /// Something stands where the plan is to be saved.
    #[error("the plan cannot be saved as `{0}`: it exists and is no saved plan")]
    Occupied(Utf8PathBuf),
    /// What is there would be read as a manifest.
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
