//! AWS STS: who asks.

use http::StatusCode;

use crate::answer::{Answer, Refusal};
use crate::api::{Api, read};
use crate::call::Call;
use crate::protocol::kind::Protocol;
use crate::protocol::xml::Xml;
use crate::service::Service;
use crate::wording::{Wording, Words};
use crate::world::World;

/// How the service speaks.
pub(crate) const API: Api = Api {
    protocol: Protocol::Query {
        namespace: "https://sts.amazonaws.com/doc/2011-06-15/",
        version: "2011-06-15",
    },
    lines: &[read("GetCallerIdentity", caller_identity)],
    unbuilt: &[],
    wording: Wording {
        service: Service::Sts,
        throttled: Words(StatusCode::BAD_REQUEST, "Throttling", "Rate exceeded"),
        failed: Words(
            StatusCode::INTERNAL_SERVER_ERROR,
            "InternalFailure",
            "The request processing has failed because of an unknown error, exception or failure.",
        ),
        limit: None,
        unsigned: Words(
            StatusCode::FORBIDDEN,
            "MissingAuthenticationToken",
            "Request is missing Authentication Token",
        ),
        denied: (StatusCode::FORBIDDEN, "AccessDenied"),
        invalid: "ValidationError",
    },
};

// The frame's signature for handlers: this one cannot refuse.
#[expect(clippy::unnecessary_wraps, reason = "every handler has this signature")]
fn caller_identity(call: &Call<'_>, _world: &World) -> Result<Answer, Refusal> {
    let mut xml = Xml::new();
    xml.text("Arn", call.caller_arn())
        .text("UserId", call.caller_id())
        .text("Account", call.account);
    Ok(Answer::xml(xml))
}
