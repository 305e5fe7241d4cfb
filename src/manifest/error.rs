//! The mistakes in manifests: each error has a code, a place and, if there is one, a hint.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use miette::{Diagnostic, LabeledSpan, SourceCode};

use super::source::{Place, Position};
use crate::code::Code;

/// Escapes control characters, with which a manifest could change what the terminal shows.
fn legible(text: String) -> String {
    if !text.contains(char::is_control) {
        return text;
    }
    text.chars()
        .map(|character| match character {
            _ if character.is_control() => character.escape_default().to_string(),
            _ => character.to_string(),
        })
        .collect()
}

/// One mistake: what it is, where, and what to do.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct ManifestError {
    code: Code,
    message: String,
    place: Option<Place>,
    earlier: Option<Box<Place>>,
    hint: Option<String>,
    #[source]
    cause: Option<Arc<std::io::Error>>,
}

impl ManifestError {
    pub(super) fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: legible(message.into()),
            place: None,
            earlier: None,
            hint: None,
            cause: None,
        }
    }

    pub(super) fn at(mut self, place: &Place) -> Self {
        self.place = Some(place.clone());
        self
    }

    /// Adds the earlier place that this one conflicts with.
    pub(super) fn earlier(mut self, place: &Place) -> Self {
        self.earlier = Some(Box::new(place.clone()));
        self
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(super) fn cause(mut self, cause: std::io::Error) -> Self {
        self.cause = Some(Arc::new(cause));
        self
    }

    /// Returns the code.
    pub fn code(&self) -> Code {
        self.code
    }

    /// Returns the place, unless the mistake is in no file.
    pub fn place(&self) -> Option<&Place> {
        self.place.as_ref()
    }

    /// Returns what the user can do.
    pub fn advice(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

impl Diagnostic for ManifestError {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.code))
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let hint = self.hint.as_ref()?;
        Some(Box::new(hint))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        let place = self.place.as_ref()?;
        Some(place)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let place = self.place.as_ref()?;
        let main = LabeledSpan::new_primary_with_span(None, (place.offset, place.length));
        // Labels share one source, so a place in another file is only named in the message.
        let earlier = self
            .earlier
            .as_ref()
            .filter(|earlier| earlier.is_in_same_file(place))
            .map(|earlier| {
                let span = (earlier.offset, earlier.length);
                LabeledSpan::new_with_span(Some("first here".to_owned()), span)
            });
        Some(Box::new(std::iter::once(main).chain(earlier)))
    }
}

impl SourceCode for Place {
    fn read_span<'a>(
        &'a self,
        span: &miette::SourceSpan,
        context_lines_before: usize,
        context_lines_after: usize,
    ) -> Result<Box<dyn miette::SpanContents<'a> + 'a>, miette::MietteError> {
        let text = &self.source.text;
        let contents = text.read_span(span, context_lines_before, context_lines_after)?;
        if contents
            .data()
            .split(|byte| *byte == b'\n')
            .any(|line| line.len() > WIDEST_LINE)
        {
            return Ok(Box::new(self.window(span)));
        }
        Ok(Box::new(miette::MietteSpanContents::new_named(
            self.source.path.to_string(),
            contents.data(),
            *contents.span(),
            contents.line(),
            contents.column(),
            contents.line_count(),
        )))
    }
}

// A line of JSON can have any length.
const WIDEST_LINE: usize = 400;

impl Place {
    /// Returns the text around a span of a line that is too long to be shown.
    fn window(&self, span: &miette::SourceSpan) -> miette::MietteSpanContents<'_> {
        const AROUND: usize = 60;
        let text = &self.source.text;
        let start = text.floor_char_boundary(span.offset().saturating_sub(AROUND));
        let start = text[start..span.offset()]
            .rfind('\n')
            .map_or(start, |newline| start + newline + 1);
        let end = text.ceil_char_boundary((span.offset() + AROUND).min(text.len()));
        let end = text[span.offset()..end]
            .find('\n')
            .map_or(end, |newline| span.offset() + newline);
        let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        miette::MietteSpanContents::new_named(
            self.source.path.to_string(),
            &text.as_bytes()[start..end],
            (start, end - start).into(),
            text[..start].matches('\n').count(),
            text[line_start..start].chars().count(),
            1,
        )
    }
}

/// All mistakes in the manifests of a project: never empty, in the order of the files.
#[derive(Debug, Clone)]
pub struct ManifestErrors(Vec<ManifestError>);

impl ManifestErrors {
    /// Turns a list into an error; `None` if the list is empty.
    pub(super) fn from_list(list: Vec<ManifestError>) -> Option<Self> {
        // A mistake in the defaults is found once for each agent that inherits it.
        let mut seen = HashSet::new();
        let mut errors: Vec<_> = list
            .into_iter()
            .filter(|error| seen.insert((error.code, error.message.clone(), error.position())))
            .collect();
        errors.sort_by_key(ManifestError::position);
        (!errors.is_empty()).then_some(Self(errors))
    }

    /// Iterates over the errors: first those without a place, then by file and line.
    pub fn iter(&self) -> std::slice::Iter<'_, ManifestError> {
        self.0.iter()
    }
}

impl ManifestError {
    fn position(&self) -> Option<Position> {
        self.place.as_ref().map(Place::position)
    }
}

impl From<ManifestError> for ManifestErrors {
    fn from(error: ManifestError) -> Self {
        Self(vec![error])
    }
}

impl<'a> IntoIterator for &'a ManifestErrors {
    type Item = &'a ManifestError;
    type IntoIter = std::slice::Iter<'a, ManifestError>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for ManifestErrors {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => formatter.write_str("1 error in the manifests"),
            count => write!(formatter, "{count} errors in the manifests"),
        }
    }
}

impl std::error::Error for ManifestErrors {}

impl Diagnostic for ManifestErrors {
    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        let errors = self.0.iter().map(|error| -> &dyn Diagnostic { error });
        Some(Box::new(errors))
    }
}
