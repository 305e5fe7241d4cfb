//! What went wrong, for people: code and message, the place with its source line, and advice.

use std::error::Error;

use miette::{Diagnostic, LabeledSpan, SourceSpan};

use super::advice::Advice;
use super::command::Invocation;
use super::line::{Line, render};
use super::style::{Style, Tone};
use crate::code::Code;
use crate::manifest::{ManifestError, Place, Position};

/// Something that went wrong, with everything that helps to fix it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Problem {
    /// The code that has a page in the documentation.
    pub code: Option<Code>,
    /// What went wrong.
    pub text: String,
    pub position: Option<Position>,
    /// The source lines at that place.
    pub excerpt: Vec<Row>,
    /// What to do about it.
    pub hint: Option<Advice>,
}

/// A source line, and what is marked in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    number: usize,
    /// The offset of its text in the line; a very long line is shown in pieces.
    offset: usize,
    text: String,
    marks: Vec<Mark>,
}

/// A range in a line; columns count characters from zero.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Mark {
    column: usize,
    width: usize,
    tone: Tone,
    remark: String,
}

/// A range of text with a remark.
struct Label {
    span: SourceSpan,
    tone: Tone,
    remark: String,
}

impl Label {
    /// Returns the mark in the line at an offset, if the label begins in it.
    fn mark(&self, text: &str, offset: usize, length: usize) -> Option<Mark> {
        let start = self.span.offset().checked_sub(offset)?;
        if start >= length {
            return None;
        }
        let start = text.floor_char_boundary(start);
        let end = text.floor_char_boundary(start + self.span.len());
        Some(Mark {
            column: text[..start].chars().count(),
            width: text[start..end].chars().count().max(1),
            tone: self.tone,
            remark: self.remark.clone(),
        })
    }
}

impl Problem {
    /// Creates a problem with only a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }

    /// Creates a problem from a mistake in a manifest, with each line concerned and one line before it.
    pub fn of(error: &ManifestError) -> Self {
        let labels: Vec<LabeledSpan> = error.labels().into_iter().flatten().collect();
        let mut problem = Self {
            code: Some(error.code()),
            position: error.place().map(Place::position),
            hint: error.advice().map(Advice::from),
            ..Self::new(match error.source() {
                Some(cause) => format!("{error}: {cause}"),
                None => error.to_string(),
            })
        };
        let Some(source) = error.source_code() else {
            return problem;
        };
        for label in &labels {
            // A place outside its source has no lines; show the message alone.
            let Ok(contents) = source.read_span(label.inner(), 1, 1) else {
                continue;
            };
            let label = Label {
                span: *label.inner(),
                tone: if label.primary() {
                    Tone::Delete
                } else {
                    Tone::Update
                },
                remark: label.label().unwrap_or_default().to_owned(),
            };
            let text = String::from_utf8_lossy(contents.data());
            problem.show(&text, contents.span().offset(), contents.line(), &label);
        }
        problem.excerpt.sort_by_key(|row| row.offset);
        problem
    }

    /// Adds the lines of a text to the excerpt, up to the line in which the label begins, and marks it there.
    fn show(&mut self, text: &str, offset: usize, first: usize, label: &Label) {
        let mut offset = offset;
        for (number, line) in (first + 1..).zip(text.split_inclusive('\n')) {
            if label.span.offset() < offset {
                break;
            }
            let mark = label.mark(line.trim_end(), offset, line.len());
            match self.excerpt.iter_mut().find(|row| row.offset == offset) {
                Some(row) => row.marks.extend(mark),
                None => self.excerpt.push(Row {
                    number,
                    offset,
                    // A tab becomes one character, so that marks are below what they mark.
                    text: line.trim_end().replace('\t', " "),
                    marks: mark.into_iter().collect(),
                }),
            }
            offset += line.len();
        }
    }

    fn lines(&self, invocation: &Invocation) -> Vec<Line> {
        let head = match &self.code {
            Some(code) => format!("error[{code}]:"),
            None => "error:".to_owned(),
        };
        let mut lines = vec![
            Line::default()
                .toned(Tone::Delete, &head)
                .text(" ")
                .toned(Tone::Title, &self.text),
        ];
        if let Some(position) = &self.position {
            lines.push(
                Line::default()
                    .toned(Tone::Faint, "  -->")
                    .text(&format!(" {position}")),
            );
        }
        lines.extend(self.excerpt_lines());
        if let Some(hint) = &self.hint {
            lines.push(
                Line::default()
                    .toned(Tone::Create, "hint:")
                    .text(&format!(" {}", hint.shown(invocation))),
            );
        }
        lines
    }

    fn excerpt_lines(&self) -> Vec<Line> {
        let Some(last) = self.excerpt.last() else {
            return Vec::new();
        };
        let width = last.number.to_string().len().max(2);
        let margin =
            |number: &str| Line::default().toned(Tone::Faint, &format!("{number:>width$} | "));
        let mut lines = Vec::new();
        let mut before = None;
        for row in &self.excerpt {
            if before.is_some_and(|before| before + 1 < row.number) {
                lines.push(Line::indented(width).toned(Tone::Faint, "…"));
            }
            before = Some(row.number);
            lines.push(margin(&row.number.to_string()).text(&row.text));
            lines.extend(row.marks.iter().map(|mark| {
                let line = margin("").text(&" ".repeat(mark.column));
                let line = line.toned(mark.tone, &"^".repeat(mark.width));
                line.toned(mark.tone, &format!(" {}", mark.remark))
            }));
        }
        lines
    }
}

/// Returns problems as text for people.
pub fn problems(problems: &[Problem], invocation: &Invocation, style: Style) -> String {
    let shown: Vec<String> = problems
        .iter()
        .map(|problem| render(&problem.lines(invocation), style))
        .collect();
    shown.join("\n")
}
