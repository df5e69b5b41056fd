//! `eseal completions`.

use clap::Args;
use clap_complete::Shell;

/// Print a completion script for a shell
#[derive(Args, Clone, Debug)]
#[command(about = "Print a completion script for a shell", after_help = "Example:\n  eseal completions bash")]
pub struct Completions {
    /// Shell
    #[arg(value_enum)]
    pub shell: Shell,
}
