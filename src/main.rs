//! The program `eseal`: see the library for everything it does.

use std::panic::catch_unwind;
use std::process::ExitCode;

use eseal::cli::{Exit, run};

fn main() -> ExitCode {
    // A panic is a fault of ours and has its own exit status; the text of the panic is on standard error already.
    let exit = catch_unwind(|| run(std::env::args_os())).unwrap_or(Exit::Fault);
    ExitCode::from(exit.status())
}
