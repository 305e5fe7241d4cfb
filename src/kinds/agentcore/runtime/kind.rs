//! The kind of runtimes.

use super::spec::{Artifact, COUNT, ID, RuntimeOutputs, RuntimeSpec, VERSION};
use crate::kinds::agentcore::endpoint::AgentcoreEndpoint;
use crate::kinds::agentcore::old_version::AgentcoreOldVersion;
use crate::resource::environment::PLAIN_VARIABLES;
use crate::resource::kind::{Effect, FieldRule, Kind, Leftover, MovingOutput, Pointers, Versions};
use crate::resource::reference::{Declared, Stage};

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
    const POINTERS: Option<Pointers> = Some(Pointers {
        kind: AgentcoreEndpoint::NAME,
        old: AgentcoreOldVersion::NAME,
    });
    // Names of log groups contain it.
    const ID: Option<&'static str> = Some(ID.name());
    const IDENTITY: Option<&'static str> = Some(ID.name());
    // Four minutes were seen for a deletion, three for the platform V2, and eight for a network that failed.
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
