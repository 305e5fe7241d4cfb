//! The whole plan for pull requests, as GitHub renders Markdown.
//!
//! Every text from outside is written as code, where it cannot be a link, a mention or HTML and cannot end the code.

use super::step::{StepLines, block};
use super::text::{
    by_agent, counts, elsewhere, foreign, incomplete, kept, older, unchanged, unreadable,
};
use super::value::cut;
use crate::plan::model::Plan;
use crate::resource::registry::Registry;
use crate::ui::command::{Command, Invocation};
use crate::ui::heading::Heading;
use crate::ui::line::Line;
use crate::ui::markdown::{self, code};
use crate::ui::number::counted;

/// The longest page, in bytes: GitHub allows comments of 65,536 characters.
const LONGEST: usize = 60_000;

/// The longest line in a listing.
const LONGEST_LINE: usize = 240;

/// Returns a plan as Markdown: project, count, warnings, and then each agent.
pub fn markdown(plan: &Plan, heading: &Heading, registry: &Registry) -> String {
    let mut page = Page::default();
    page.paragraph(&format!("### Plan for {}", place(heading)));
    if let Some(identity) = &heading.identity {
        page.paragraph(&format!("Read as {}.", code(identity)));
    }
    if let Some(incomplete) = incomplete(plan) {
        page.paragraph(&format!("**{incomplete}**"));
    }
    page.paragraph(&format!("**{}**", counts(plan)));
    let blocks: Vec<(Option<&str>, Vec<StepLines>)> = by_agent(plan)
        .into_iter()
        .map(|(agent, steps)| (agent, block(plan, registry, &steps)))
        .collect();
    let words = blocks.iter().flat_map(|(_, steps)| steps);
    page.listing("Before you agree:", words.flat_map(|step| &step.words));
    page.listing("", &unreadable(&plan.unreadable, &heading.invocation));
    for (agent, steps) in &blocks {
        let fields = steps.iter().flat_map(|step| &step.fields);
        page.listing(
            &title(*agent, heading),
            fields.chain(&unchanged(plan, *agent)),
        );
    }
    let rest = (!blocks.is_empty())
        .then(|| elsewhere(plan, &by_agent(plan)))
        .flatten();
    let kept = kept(plan, &heading.invocation);
    let older = older(plan, &heading.invocation);
    let foreign = foreign(plan);
    let whole = kept.iter().chain(&foreign).chain(&older).chain(&rest);
    page.listing("", whole);
    page.end(&heading.invocation)
}

fn title(agent: Option<&str>, heading: &Heading) -> String {
    match agent.map(|agent| (agent, heading.sides.get(agent))) {
        None => "#### shared".to_owned(),
        Some((agent, Some(side))) => format!("#### {} ({})", code(agent), code(side)),
        Some((agent, None)) => format!("#### {}", code(agent)),
    }
}

fn place(heading: &Heading) -> String {
    let mut parts = vec![
        code(&heading.project),
        format!("account {}", code(&heading.account)),
        code(&heading.region),
        code(&heading.env),
    ];
    parts.extend(heading.endpoint.as_deref().map(code));
    parts.join(" · ")
}

/// Writes the sign of an update as GitHub colours it in a listing of differences.
fn coloured(line: String) -> String {
    match line.strip_prefix('~') {
        Some(rest) => format!("!{rest}"),
        None => line,
    }
}

/// The page so far.
#[derive(Default)]
struct Page {
    text: String,
    /// How many lines did not fit.
    left_out: usize,
}

impl Page {
    fn paragraph(&mut self, text: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(text);
        self.text.push('\n');
    }

    /// Adds as many lines as fit, as a listing under a title; nothing if there are none.
    fn listing<'a>(&mut self, title: &str, lines: impl IntoIterator<Item = &'a Line>) {
        let lines: Vec<String> = lines
            .into_iter()
            .map(|line| coloured(cut(&line.sign_first(), LONGEST_LINE)))
            .collect();
        let mut length = self.text.len() + title.len();
        let is_room = |line: &&String| {
            length += line.len() + 1;
            length <= LONGEST
        };
        let shown = lines.iter().take_while(is_room).count();
        self.left_out += lines.len() - shown;
        if shown == 0 {
            return;
        }
        if !title.is_empty() {
            self.paragraph(title);
        }
        self.paragraph(markdown::block("diff", &lines[..shown]).trim_end());
    }

    /// Adds how many lines were left out, and returns the page.
    fn end(mut self, invocation: &Invocation) -> String {
        if self.left_out > 0 {
            let lines = counted(self.left_out, "more line");
            let diff = Command::Diff.shown(invocation);
            self.paragraph(&format!("*{lines}; {diff} shows all.*"));
        }
        self.text
    }
}
