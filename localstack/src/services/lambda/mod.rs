//! AWS Lambda: functions, versions, aliases, layers and tags. Nothing is run: only the control plane is here.
//!
//! Sentences and shapes marked "recorded" are those in the snapshots of `localstack/localstack`, which were validated against AWS
//! (`tests/aws/services/lambda_/test_lambda_api.snapshot.json`). Lengths, ranges and patterns are those of botocore's
//! service model. What has no source is marked "guess".

use http::StatusCode;

use crate::api::{Api, read, write};
use crate::protocol::kind::{ErrorBody, Protocol};
use crate::service::Service;
use crate::wording::{Wording, Words};

mod alias;
mod arn;
mod check;
mod code;
mod code_signing;
mod configuration;
mod create;
mod delete;
mod environment;
mod function;
mod grant;
mod layer;
mod lookup;
mod network;
mod page;
mod refusal;
mod role;
mod rule;
mod shape;
pub(crate) mod state;
mod tag;
#[cfg(test)]
mod tests;
mod unbuilt;
mod update;
mod version;
mod view;

/// How the service speaks.
pub(crate) const API: Api = Api {
    protocol: Protocol::RestJson {
        errors: ErrorBody::Lambda,
    },
    lines: &[
        write("CreateFunction", create::create)
            .at("POST", "/2015-03-31/functions")
            .deferred()
            .limited(),
        read("ListFunctions", function::list)
            .at("GET", "/2015-03-31/functions")
            .eventual(),
        read("GetFunction", function::read)
            .at("GET", "/2015-03-31/functions/{FunctionName}")
            .eventual(),
        write("DeleteFunction", delete::delete)
            .at("DELETE", "/2015-03-31/functions/{FunctionName}"),
        read("GetFunctionConfiguration", function::read_configuration)
            .at("GET", "/2015-03-31/functions/{FunctionName}/configuration")
            .eventual(),
        write("UpdateFunctionConfiguration", update::configuration)
            .at("PUT", "/2015-03-31/functions/{FunctionName}/configuration")
            .deferred(),
        write("UpdateFunctionCode", update::code)
            .at("PUT", "/2015-03-31/functions/{FunctionName}/code")
            .deferred()
            .limited(),
        write("PublishVersion", version::publish)
            .at("POST", "/2015-03-31/functions/{FunctionName}/versions")
            .deferred()
            .limited(),
        read("ListVersionsByFunction", version::list)
            .at("GET", "/2015-03-31/functions/{FunctionName}/versions")
            .eventual(),
        write("CreateAlias", alias::create)
            .at("POST", "/2015-03-31/functions/{FunctionName}/aliases"),
        read("ListAliases", alias::list)
            .at("GET", "/2015-03-31/functions/{FunctionName}/aliases")
            .eventual(),
        read("GetAlias", alias::read)
            .at("GET", "/2015-03-31/functions/{FunctionName}/aliases/{Name}")
            .eventual(),
        write("UpdateAlias", alias::update)
            .at("PUT", "/2015-03-31/functions/{FunctionName}/aliases/{Name}"),
        write("DeleteAlias", alias::delete).at(
            "DELETE",
            "/2015-03-31/functions/{FunctionName}/aliases/{Name}",
        ),
        read("GetFunctionCodeSigningConfig", code_signing::read).at(
            "GET",
            "/2020-06-30/functions/{FunctionName}/code-signing-config",
        ),
        write("PublishLayerVersion", layer::publish)
            .at("POST", "/2018-10-31/layers/{LayerName}/versions")
            .limited(),
        read("GetLayerVersion", layer::read).at(
            "GET",
            "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}",
        ),
        read("GetLayerVersionByArn", layer::read_by_arn)
            .at("GET", "/2018-10-31/layers")
            .with_query("find")
            .needs("lambda:GetLayerVersion"),
        write("DeleteLayerVersion", layer::delete).at(
            "DELETE",
            "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}",
        ),
        read("ListTags", tag::list)
            .at("GET", "/2017-03-31/tags/{Resource}")
            .eventual(),
        write("TagResource", tag::add).at("POST", "/2017-03-31/tags/{Resource}"),
        write("UntagResource", tag::remove).at("DELETE", "/2017-03-31/tags/{Resource}"),
    ],
    unbuilt: unbuilt::UNBUILT,
    wording: Wording {
        service: Service::Lambda,
        // The model lets `Retry-After` come with it; control-plane throttles have not been seen with one.
        throttled: Words(
            StatusCode::TOO_MANY_REQUESTS,
            "TooManyRequestsException",
            "Rate exceeded",
        ),
        failed: Words(
            StatusCode::INTERNAL_SERVER_ERROR,
            "ServiceException",
            "The Lambda service encountered an internal error.",
        ),
        limit: Some(Words(
            StatusCode::BAD_REQUEST,
            "CodeStorageExceededException",
            "Code storage limit exceeded.",
        )),
        unsigned: Words(
            StatusCode::FORBIDDEN,
            "MissingAuthenticationTokenException",
            "Missing Authentication Token",
        ),
        denied: (StatusCode::FORBIDDEN, "AccessDeniedException"),
        invalid: "ValidationException",
    },
};
