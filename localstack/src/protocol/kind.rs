//! The protocols, and how their errors are written.

/// How a service is spoken to (Smithy specification, "AWS protocols").
#[derive(Debug, Clone, Copy)]
pub(crate) enum Protocol {
    /// A form in, XML out: awsQuery.
    Query {
        /// The namespace of answers.
        namespace: &'static str,
        /// The API version that requests name.
        version: &'static str,
    },
    /// JSON in and out, the operation in `X-Amz-Target`: awsJson1.1.
    Json {
        /// The part of `X-Amz-Target` before the dot.
        target: &'static str,
    },
    /// Method and path, JSON bodies: restJson1.
    RestJson {
        /// How its errors are written.
        errors: ErrorBody,
    },
    /// Method and path, XML bodies: restXml, as S3 speaks it.
    RestXml,
}

/// How a service writes its errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorBody {
    /// With `Type`, and some messages with a capital.
    Lambda,
    /// As the error's shape in the model.
    Modelled,
}
