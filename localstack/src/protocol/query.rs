//! awsQuery: a form with `Action` and `Version` in, XML out. IAM and STS.

use bytes::Bytes;
use http::Response;
use http::request::Parts;

use super::message::{Located, form_pairs, respond, set_header};
use super::xml::Xml;
use crate::answer::{Answer, Content, Refusal};
use crate::api::Api;
use crate::input::Input;
use crate::operation::Operation;

const CONTENT_TYPE: &str = "text/xml";
const REQUEST_ID: &str = "x-amzn-requestid";

pub(super) fn locate(
    api: &'static Api,
    version: &str,
    parts: &Parts,
    body: &Bytes,
) -> Result<Located, Refusal> {
    // A GET carries the form in the URL, where a presigned one also has its signature.
    let form: Vec<u8> = match parts.uri.query() {
        Some(query) if body.is_empty() => query
            .split('&')
            .filter(|pair| !pair.starts_with("X-Amz-"))
            .collect::<Vec<_>>()
            .join("&")
            .into_bytes(),
        _ => body.to_vec(),
    };
    let fields = form_pairs(&form)?;
    let Some(action) = fields.one("Action") else {
        return Err(Refusal::bad_request("MissingAction", "Missing Action"));
    };
    if fields.one("Version") != Some(version) {
        let message = format!(
            "Could not find operation {action} for version {}",
            fields.one("Version").unwrap_or("NO_VERSION_SPECIFIED")
        );
        return Err(Refusal::bad_request("InvalidAction", message));
    }
    let mut lines = api.lines.iter();
    let line = lines.find(|line| line.operation.name == action);
    let line = line.ok_or_else(|| {
        Refusal::not_built(format!(
            "operation `{action}` of `{}` is not built",
            api.wording.service
        ))
    })?;
    Ok(Located {
        line,
        input: Input {
            fields,
            ..Input::default()
        },
    })
}

pub(super) fn answer(
    namespace: &str,
    operation: &Operation,
    answer: &Answer,
    request_id: &str,
) -> Response<Bytes> {
    let name = operation.name;
    let mut xml = Xml::new();
    xml.root(&format!("{name}Response"), namespace, |xml| {
        if let Content::Xml(result) = &answer.content {
            xml.element(&format!("{name}Result"), |xml| {
                xml.raw(result);
            });
        }
        xml.element("ResponseMetadata", |xml| {
            xml.text("RequestId", request_id);
        });
    });
    respond(
        answer,
        xml.into_string().into(),
        CONTENT_TYPE,
        (REQUEST_ID, request_id),
    )
}

pub(super) fn refuse(namespace: &str, refusal: &Refusal, request_id: &str) -> Response<Bytes> {
    let mut xml = Xml::new();
    xml.root("ErrorResponse", namespace, |xml| {
        xml.element("Error", |xml| {
            xml.text(
                "Type",
                if refusal.status.is_server_error() {
                    "Receiver"
                } else {
                    "Sender"
                },
            );
            xml.text("Code", &refusal.code)
                .text("Message", &refusal.message);
            for (name, value) in &refusal.members {
                xml.text(name, value);
            }
        });
        xml.text("RequestId", request_id);
    });
    let mut response = Response::new(xml.into_string().into());
    *response.status_mut() = refusal.status;
    set_header(&mut response, "content-type", CONTENT_TYPE);
    set_header(&mut response, REQUEST_ID, request_id);
    response
}
