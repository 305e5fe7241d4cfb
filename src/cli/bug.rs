//! A panic is a bug of agentctl. Its place is printed, and not its message, which may hold a value that is secret.

use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};

use super::failure::Failure;
use crate::code::{Code, Status};
use crate::ui::Terminal;

/// Prints a panic, from now on and wherever it happens, as an error with a code.
pub(super) fn report_on(terminal: &Terminal) {
    let terminal = terminal.clone();
    set_hook(Box::new(move |panic| {
        let place = panic.location().map(|place| (place.file(), place.line()));
        terminal.leave();
        terminal.error(&failure(place).render(&terminal));
    }));
}

/// Does some work. A panic in it ends it with a status of its own.
pub(super) fn caught(work: impl FnOnce() -> Status) -> Status {
    // Nothing is used after a panic.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Status::Bug)
}

fn failure(place: Option<(&str, u32)>) -> Failure {
    let place = place.map_or_else(String::new, |(file, line)| {
        // Without the folders of the machine on which agentctl was built.
        let parts: Vec<&str> = file.rsplitn(4, '/').take(3).collect();
        let file: Vec<&str> = parts.into_iter().rev().collect();
        format!(" at `{}:{line}`", file.join("/"))
    });
    Failure::new(format!("agentctl {} has a bug{place}", env!("CARGO_PKG_VERSION")))
        .code(Code::Bug)
        .hint("report it with this line; if AWS was being changed, run the same command again to continue; on another machine, when the locks are five minutes old")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::command::Invocation;
    use crate::ui::{Loss, Style};

    #[test]
    fn a_panic_has_a_status_of_its_own() {
        assert_eq!(caught(|| Status::Done), Status::Done);
        assert_eq!(caught(|| panic!("on purpose")), Status::Bug);
    }

    #[test]
    fn a_bug_has_a_place_without_the_folders_of_the_machine() {
        let terminal = Terminal {
            data_style: Style::Plain,
            note_style: Style::Plain,
            is_quiet: false,
            is_drawn_on: false,
            loss: Loss::default(),
            invocation: Invocation::default(),
        };
        let shown = |file: &str| {
            let text = failure(Some((file, 7))).render(&terminal);
            text.replace(env!("CARGO_PKG_VERSION"), "[version]")
        };
        let of_crate = shown("/home/ada/.cargo/registry/src/index/crate-1.2.3/src/endpoint.rs");
        assert!(
            of_crate.starts_with("error[AC0901]: agentctl [version] has a bug at `crate-1.2.3/src/endpoint.rs:7`\nhint: "),
            "{of_crate}"
        );
        assert!(shown("src/cli/mod.rs").contains("`src/cli/mod.rs:7`"));
    }
}
