//! The time by S3's clock, so that nothing depends on the local one.

use std::sync::{Arc, OnceLock};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::DateTime;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::date_time::Format;
use jiff::Timestamp;

/// The time in the `Date` header of an answer (S3 API, "Common response headers").
#[derive(Debug, Clone, Default)]
pub(super) struct AnswerTime(Arc<OnceLock<Timestamp>>);

impl AnswerTime {
    /// Returns when S3 answered, if the answer has a date.
    pub(super) fn said(&self) -> Option<Timestamp> {
        self.0.get().copied()
    }
}

impl Intercept for AnswerTime {
    fn name(&self) -> &'static str {
        "AnswerTime"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let said = context
            .response()
            .headers()
            .get("date")
            .and_then(|text| DateTime::from_str(text, Format::HttpDate).ok())
            .and_then(|time| timestamp(&time));
        if let Some(said) = said {
            // If a call is retried, the first answer counts, which makes a lock look younger by a few seconds.
            self.0.get_or_init(|| said);
        }
        Ok(())
    }
}

/// Converts a time of the SDK, unless it is out of range.
pub(super) fn timestamp(time: &DateTime) -> Option<Timestamp> {
    let nanoseconds = i32::try_from(time.subsec_nanos()).ok()?;
    Timestamp::new(time.secs(), nanoseconds).ok()
}
