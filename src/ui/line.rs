//! Lines of output for people. Every piece of text is cleaned when it is added, so that no renderer can forget it.

use super::printable::printable;
use super::style::{Style, Tone};

/// One line, without its line end.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Line {
    pieces: Vec<(Tone, String)>,
    width: usize,
}

impl Line {
    /// Begins a line after some spaces.
    pub(super) fn indented(spaces: usize) -> Self {
        Self::default().text(&" ".repeat(spaces))
    }

    /// Adds a text.
    pub(super) fn text(self, text: &str) -> Self {
        self.toned(Tone::Normal, text)
    }

    /// Adds a text with a tone.
    pub(super) fn toned(mut self, tone: Tone, text: &str) -> Self {
        let shown = printable(text);
        if !shown.is_empty() {
            self.width += shown.chars().count();
            self.pieces.push((tone, shown));
        }
        self
    }

    /// Adds at least two spaces, up to a column.
    pub(super) fn column(self, column: usize) -> Self {
        let spaces = column.saturating_sub(self.width).max(2);
        self.text(&" ".repeat(spaces))
    }

    /// Returns the column after the last character.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// Returns the line for a listing whose first column shows the type of the line, as in `diff`.
    ///
    /// A sign after the indentation moves before it. A text that looks like a sign does not move.
    pub(super) fn sign_first(&self) -> String {
        let is_indent = |(tone, text): &&(Tone, String)| {
            *tone == Tone::Normal && text.trim_start_matches(' ').is_empty()
        };
        let indent = self.pieces.iter().take_while(is_indent).count();
        let text = |pieces: &[(Tone, String)]| -> String {
            pieces.iter().map(|(_, text)| text.as_str()).collect()
        };
        let before = text(&self.pieces[..indent]);
        let shown = match self.pieces.get(indent) {
            Some((Tone::Create | Tone::Update | Tone::Delete | Tone::Warning, sign)) => {
                let rest = text(&self.pieces[indent + 1..]);
                format!("{sign}{before}{rest}")
            }
            // At the margin, the first character of a text would look like a sign.
            _ if indent == 0 => format!(" {}", text(&self.pieces)),
            _ => text(&self.pieces),
        };
        shown.trim_end_matches(' ').to_owned()
    }

    /// Returns the line with its line end and without trailing spaces.
    pub(super) fn render(&self, style: Style) -> String {
        let used = self
            .pieces
            .iter()
            .rposition(|(_, text)| !text.trim_end_matches(' ').is_empty())
            .map_or(0, |last| last + 1);
        let mut out = String::new();
        for (place, (tone, text)) in self.pieces[..used].iter().enumerate() {
            let text = if place + 1 == used {
                text.trim_end_matches(' ')
            } else {
                text
            };
            out.push_str(&style.paint(*tone, text));
        }
        out.push('\n');
        out
    }
}

/// Returns the lines as text.
pub(super) fn render(lines: &[Line], style: Style) -> String {
    lines.iter().map(|line| line.render(style)).collect()
}
