//! Runtimes: an agent's code with its role, network and limits.
//!
//! Three fields of the service are missing from the SDK and so can be neither wished for nor seen: `hooksConfiguration` and
//! `resourceConfigurations`, which an update of ours resets as it does everything that it leaves out, and
//! `certificateConfigurations` of an authorizer. `requireServiceS3Endpoint` of a network is left alone: the service refuses it
//! for every runtime that agentctl can have made (`AgentCore` control API, `VpcConfig`).

pub mod authorizer;
#[cfg(feature = "aws")]
mod aws;
mod spec;
#[cfg(test)]
mod tests;

#[cfg(feature = "aws")]
pub use self::aws::{RuntimeReader, RuntimeWriter};
pub use self::spec::{
    Artifact, Code, Container, Filesystem, HTTP, Lifecycle, Network, PLATFORM, Ports, Protocol,
    RuntimeOutputs, RuntimeSpec,
};
use super::old_version::AgentcoreOldVersion;
use crate::resource::environment::PLAIN_VARIABLES;
use crate::resource::kind::{Effect, FieldRule, Kind, Leftover, MovingOutput, Versions};
use crate::resource::reference::{Declared, OutputField, Stage};

/// The runtime's id: its name and ten characters that the service chose.
pub const ID: OutputField<String> = OutputField::new("id");
/// The runtime's ARN.
pub const ARN: OutputField<String> = OutputField::new("arn");
/// The runtime's name.
pub const NAME: OutputField<String> = OutputField::new("name");
/// The number of the newest version, as text.
pub const VERSION: OutputField<String> = OutputField::new("version");

/// How many versions there are, or are at most.
pub const COUNT: OutputField<u64> = OutputField::new("count");

/// The kind; its physical name is the runtime's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AgentcoreRuntime {}

impl Kind for AgentcoreRuntime {
    const NAME: &'static str = "agentcore-runtime";
    type Spec<S: Stage> = RuntimeSpec<S>;
    type Outputs = RuntimeOutputs;
    const RULES: &'static [FieldRule] = &[
        FieldRule::new(
            "/environment/*",
            Effect::Sensitive {
                except: PLAIN_VARIABLES,
            },
        ),
        FieldRule::new("/lastUpdate", Effect::Progress),
    ];
    const MOVING: &'static [MovingOutput] = &[
        MovingOutput {
            output: VERSION.name(),
            except: &["/tags"],
        },
        MovingOutput {
            output: COUNT.name(),
            except: &["/tags"],
        },
    ];
    const VERSIONS: Option<Versions> = Some(Versions {
        old: AgentcoreOldVersion::NAME,
        count: COUNT.name(),
        number: VERSION.name(),
    });
    const LEFTOVER: Leftover = Leftover::Delete;
    // Log groups are named after it.
    const ID: Option<&'static str> = Some(ID.name());
    // Four minutes for a deletion and three for the platform V2 were seen, eight for a network that failed.
    const SETTLE_MINUTES: u64 = 20;

    fn canonical<S: Stage>(spec: RuntimeSpec<S>) -> RuntimeSpec<S> {
        spec.canonical()
    }

    fn summary(spec: &RuntimeSpec<Declared>) -> String {
        let artifact = match &spec.artifact {
            Artifact::Code(code) => code.runtime.as_str(),
            Artifact::Container(_) => "container",
        };
        let network = match &spec.network {
            Some(_) => "own network",
            None => "public network",
        };
        let callers = match &spec.authorizer {
            Some(_) => "for tokens",
            None => "for IAM",
        };
        format!("{artifact}, {} {callers}, {network}", spec.protocol.server)
    }
}

fn sort_unique<T: Ord>(items: &mut Vec<T>) {
    items.sort();
    items.dedup();
}
