//! `agentctl explain`: what an error code means, and how to mend it.

use super::failure::Status;
use crate::manifest::nearest;
use crate::ui::Terminal;

/// Explain an error code
#[derive(Debug, clap::Args)]
pub(super) struct ExplainArgs {
    /// Code of the error, such as AC0105 (all codes are listed when none)
    #[arg(value_name = "CODE", value_parser = page)]
    page: Option<&'static Page>,
}

/// What is said of a code.
#[derive(Debug)]
struct Page {
    code: &'static str,
    text: &'static str,
}

/// Takes in the pages of these codes.
macro_rules! pages {
    ($($code:ident)+) => {
        [$(Page {
            code: stringify!($code),
            text: include_str!(concat!("../../docs/errors/", stringify!($code), ".md")),
        }),+]
    };
}

static PAGES: &[Page] = &pages! {
    AC0101 AC0102 AC0103 AC0104 AC0105 AC0106 AC0107 AC0108 AC0109 AC0110 AC0111 AC0112 AC0113 AC0114 AC0115 AC0116 AC0117
    AC0118 AC0119
    AC0201 AC0202 AC0203 AC0204 AC0205 AC0206 AC0207 AC0208 AC0209 AC0210
    AC0301 AC0302 AC0303 AC0304 AC0305 AC0306 AC0307 AC0308 AC0309 AC0310 AC0311
    AC0401 AC0402 AC0403 AC0404 AC0405 AC0406 AC0407 AC0410
    AC0601 AC0602 AC0603 AC0604 AC0605 AC0606 AC0607
    AC0701 AC0702 AC0703 AC0704 AC0705
};

impl Page {
    /// Returns the line that names the code and its error.
    fn title(&self) -> &'static str {
        let first = self.text.lines().next().unwrap_or_default();
        first.trim_start_matches("# ")
    }
}

fn page(code: &str) -> Result<&'static Page, String> {
    let upper = code.to_uppercase();
    PAGES.iter().find(|page| page.code == upper).ok_or_else(|| {
        let codes: Vec<&str> = PAGES.iter().map(|page| page.code).collect();
        let advice = nearest(&upper, &codes)
            .unwrap_or_else(|| "`agentctl explain` lists the codes".to_owned());
        format!("there is no such code; {advice}")
    })
}

pub(super) fn explain(args: &ExplainArgs, terminal: &Terminal) -> Status {
    if let Some(page) = args.page {
        terminal.data(page.text);
    } else {
        let titles: Vec<&str> = PAGES.iter().map(Page::title).collect();
        terminal.data(&titles.join("\n"));
    }
    Status::Done
}
