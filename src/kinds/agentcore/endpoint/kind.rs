//! The kind of endpoints.

use super::spec::{EndpointOutputs, EndpointSpec};
use crate::kinds::agentcore::runtime;
use crate::resource::address::{Address, PhysicalName};
use crate::resource::kind::{Effect, FieldRule, Kind, Leftover};
use crate::resource::reference::{Declared, Input, Stage};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The characters that a part of a path encodes: all but the unreserved ones (RFC 3986, 2.3).
const IN_PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The kind; [`physical_name`] makes its physical name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AgentcoreEndpoint {}

/// Returns the physical name of an endpoint, `<runtime id>/<endpoint>`. The runtime's id is known after its creation.
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

    // AgentCore API, InvokeAgentRuntime: the runtime's ARN is a part of the path, and the endpoint is the qualifier.
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
