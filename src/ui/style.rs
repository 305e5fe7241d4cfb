//! Colour, which only repeats what the text says.

use anstyle::{AnsiColor, Effects};

/// Whether output is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// No escape sequences at all.
    Plain,
    /// With ANSI colours.
    Colour,
}

/// The meaning of a piece of text; decides its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Normal,
    Title,
    Faint,
    Create,
    Update,
    Delete,
    Warning,
}

impl Style {
    /// Colours a cleaned text.
    pub(super) fn paint(self, tone: Tone, text: &str) -> String {
        let colour = |colour: AnsiColor| anstyle::Style::new().fg_color(Some(colour.into()));
        let style = match (self, tone) {
            (Self::Plain, _) | (_, Tone::Normal) => return text.to_owned(),
            (Self::Colour, Tone::Title) => anstyle::Style::new().effects(Effects::BOLD),
            (Self::Colour, Tone::Faint) => anstyle::Style::new().effects(Effects::DIMMED),
            (Self::Colour, Tone::Create) => colour(AnsiColor::Green),
            (Self::Colour, Tone::Update) => colour(AnsiColor::Yellow),
            (Self::Colour, Tone::Delete) => colour(AnsiColor::Red),
            (Self::Colour, Tone::Warning) => colour(AnsiColor::Yellow).effects(Effects::BOLD),
        };
        format!("{style}{text}{style:#}")
    }
}
