//! The manual pages, made from the same declarations as the program's help.

use clap::{Command, CommandFactory};
use clap_mangen::Man;

use crate::cli::args::Arguments;

/// The file of a policy: the one page that no declaration gives.
const POLICY: &str = include_str!("eseal-policy.5");

/// File name and text of every page: the program, one for each command, and the file of a policy.
#[must_use]
pub fn manual() -> Vec<(String, String)> {
    let mut program = Arguments::command();
    program.build();
    let mut pages = Vec::new();
    collect(&program, "eseal", &mut pages);
    pages.push(("eseal-policy.5".to_owned(), POLICY.to_owned()));
    pages
}

fn collect(command: &Command, name: &str, pages: &mut Vec<(String, String)>) {
    let mut page = Vec::new();
    // The date stays out, so that the same program always gives the same pages.
    let titled = command.clone().display_name(name.to_owned());
    let man = Man::new(titled).title(name.to_uppercase()).section("1").date("").manual("eseal");
    // Writing into memory does not fail.
    let _ = man.render(&mut page);
    pages.push((format!("{name}.1"), String::from_utf8_lossy(&page).into_owned()));
    for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
        collect(sub, &format!("{name}-{}", sub.get_name()), pages);
    }
}
