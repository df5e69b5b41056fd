//! The command line: arguments, prompts, printed text, exit status. No judgement is made here.

pub mod args;
mod exit;
pub mod messages;

pub use exit::Exit;
