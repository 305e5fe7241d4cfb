//! The heading of every plan and prompt: project, account, region, environment and identity.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::command::Invocation;
use super::line::{Line, render};
use super::number::{counted, lasting};
use super::style::{Style, Tone};
use crate::event::milliseconds;

/// The project, where it is deployed, and the identity that calls.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Heading {
    pub project: String,
    pub account: String,
    pub region: String,
    pub env: String,
    /// The ARN of the identity that calls, if it is known.
    pub identity: Option<String>,
    /// Where calls go if not to AWS, in words or as a URL, such as `local endpoint`.
    pub endpoint: Option<String>,
    /// The side that each agent is on, such as `lambda`.
    pub sides: BTreeMap<String, String>,
    /// What reading took; absent when nothing was read.
    pub effort: Option<Effort>,
    /// What commands in advice repeat.
    pub invocation: Invocation,
}

/// The cost of reading everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effort {
    pub calls: u64,
    pub elapsed: Duration,
}

impl Heading {
    /// Returns the heading alone, for a prompt.
    pub fn text(&self, style: Style) -> String {
        render(&self.lines(), style)
    }

    /// Returns the lines of the heading.
    pub(super) fn lines(&self) -> Vec<Line> {
        let mut parts = vec![
            self.project.clone(),
            format!("account {}", self.account),
            self.region.clone(),
            self.env.clone(),
        ];
        parts.extend(self.endpoint.clone());
        let mut lines = vec![Line::default().toned(Tone::Title, &parts.join(" · "))];
        if let Some(identity) = &self.identity {
            lines.push(Line::default().toned(Tone::Faint, &format!("as {identity}")));
        }
        lines
    }

    /// Returns the title of the resources of an agent, or of those that agents share.
    pub(super) fn title(&self, agent: Option<&str>) -> Line {
        let Some(agent) = agent else {
            return Line::default().toned(Tone::Title, "shared");
        };
        let line = Line::default().toned(Tone::Title, agent);
        match self.sides.get(agent) {
            Some(side) => line.text(&format!("  ({side})")),
            None => line,
        }
    }

    /// Says what reading took: `11 calls in 0.31 s`.
    pub(super) fn effort_text(&self) -> Option<String> {
        self.effort.map(|effort| {
            let calls = usize::try_from(effort.calls).unwrap_or(usize::MAX);
            format!("{} in {}", counted(calls, "call"), lasting(effort.elapsed))
        })
    }

    /// Returns the heading for programs.
    pub(super) fn to_json(&self) -> Value {
        json!({
            "project": self.project,
            "account": self.account,
            "region": self.region,
            "env": self.env,
            "identity": self.identity,
            "endpoint": self.endpoint,
            "sides": self.sides,
            "calls": self.effort.map(|effort| effort.calls),
            "elapsed_ms": self.effort.map(|effort| milliseconds(effort.elapsed)),
        })
    }
}
