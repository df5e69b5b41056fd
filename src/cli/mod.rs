//! The command line: arguments, prompts, printed text, exit status. No judgement is made here.
//!
//! [`run`] is the whole program. `args` declares, `commands` does, `output` shows: the same file name in each.

pub mod args;
mod commands;
mod exit;
pub mod messages;
mod output;
mod pages;
mod secrets;
mod session;
mod usage;

pub use exit::Exit;
pub use pages::manual;

use std::ffi::OsString;

use clap::Parser;

use crate::cli::args::Arguments;
use crate::cli::messages::Messages;
use crate::cli::session::Session;

/// Runs the program with these arguments, the first being its name.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let words: Vec<OsString> = arguments.into_iter().collect();
    let arguments = match Arguments::try_parse_from(&words) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version come as errors too; clap says which stream they belong to.
            usage::complain(&error, &words);
            return if error.use_stderr() { Exit::Usage } else { Exit::Done };
        }
    };
    let messages = Messages::new(session::language(&arguments.global));
    let session = Session::new(&arguments.global, &messages);
    match commands::run(&arguments.command, &session) {
        Ok(exit) => exit,
        Err(error) => {
            session.complain(&error);
            Exit::from(error.reason())
        }
    }
}
