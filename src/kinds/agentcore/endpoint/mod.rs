//! Endpoints: the name under which callers reach a version of a runtime.
//!
//! The endpoint `DEFAULT` is the service's own: it follows the newest version, and comes and goes with the runtime.

#[cfg(feature = "aws")]
mod aws;
#[cfg(test)]
mod tests;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};

#[cfg(feature = "aws")]
pub use self::aws::{EndpointReader, EndpointWriter};
use super::runtime;
use crate::resource::address::{Address, PhysicalName};
use crate::resource::kind::{Effect, FieldRule, Kind, Leftover};
use crate::resource::reference::{Declared, Input, OutputField, Stage};

/// The endpoint's ARN.
pub const ARN: OutputField<String> = OutputField::new("arn");
/// The endpoint's name, which is the qualifier of an invocation.
pub const NAME: OutputField<String> = OutputField::new("name");

/// What has to be encoded in a part of a path: all but the unreserved characters (RFC 3986, 2.3).
const IN_PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The endpoint that the service makes with a runtime and takes along with it.
pub const DEFAULT: &str = "DEFAULT";

/// What the description of every endpoint of ours begins with. `TagResource` is documented for runtimes and not for endpoints, and
/// a description is read without a call of its own. Endpoints that others made for our runtimes are theirs.
pub const MARK: &str = "agentctl:";

/// The kind; its physical name is made by [`physical_name`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AgentcoreEndpoint {}

/// What may be wished of an endpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "", rename_all = "camelCase", deny_unknown_fields)]
pub struct EndpointSpec<S: Stage> {
    /// The runtime's id.
    pub runtime: S::Ref<String>,
    /// The number of the version that callers reach.
    pub version: S::Ref<String>,
    /// What the endpoint is for, in words.
    pub description: String,
    /// [`APPLIED`](super::APPLIED), or why the last move was given up. The version before is reached as before then.
    pub last_update: String,
}

/// What only the service can tell of an endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EndpointOutputs {
    /// See [`ARN`].
    pub arn: String,
    /// See [`NAME`].
    pub name: String,
}

/// Names an endpoint of a runtime, whose id is known once the runtime is made: `<runtime id>/<endpoint>`.
pub fn physical_name(runtime: &Address, endpoint: &str) -> Input<PhysicalName> {
    Input::Template(vec![
        runtime::ID.part(runtime),
        format!("/{endpoint}").as_str().into(),
    ])
}

impl Kind for AgentcoreEndpoint {
    const NAME: &'static str = "agentcore-endpoint";
    type Spec<S: Stage> = EndpointSpec<S>;
    type Outputs = EndpointOutputs;
    const RULES: &'static [FieldRule] = &[
        FieldRule::new("/runtime", Effect::Replaces),
        FieldRule::new("/lastUpdate", Effect::Progress),
    ];
    const POINTER: bool = true;
    const PIN: Option<&'static str> = Some("/version");
    const LEFTOVER: Leftover = Leftover::Delete;
    const SETTLE_MINUTES: u64 = 20;

    // AgentCore API, InvokeAgentRuntime: the runtime's ARN is a part of the path, the endpoint the qualifier.
    fn invocation_url(outputs: &EndpointOutputs) -> Option<String> {
        let (runtime, _) = outputs.arn.split_once("/runtime-endpoint/")?;
        let mut parts = runtime.split(':').skip(1);
        let (partition, _, region) = (parts.next()?, parts.next()?, parts.next()?);
        // AWS General Reference, "AWS service endpoints": the regions in China have a domain of their own.
        let domain = match partition {
            "aws-cn" => "amazonaws.com.cn",
            _ => "amazonaws.com",
        };
        let runtime = utf8_percent_encode(runtime, IN_PATH);
        let name = &outputs.name;
        Some(format!(
            "https://bedrock-agentcore.{region}.{domain}/runtimes/{runtime}/invocations?qualifier={name}"
        ))
    }

    fn canonical<S: Stage>(spec: EndpointSpec<S>) -> EndpointSpec<S> {
        spec
    }

    fn summary(spec: &EndpointSpec<Declared>) -> String {
        match &spec.version {
            Input::Literal(version) => format!("to version {version}"),
            Input::Output(_) | Input::Template(_) => "to the newest version".to_owned(),
        }
    }
}
