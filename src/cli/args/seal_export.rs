//! `eseal seal export`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::args::values::Name;

/// Write a seal as a file for other programs
#[derive(Args, Clone, Debug)]
#[command(
    about = "Write a seal as a file for other programs",
    after_help = "Example:\n  eseal seal export office -o office.esl"
)]
pub struct SealExport {
    /// Name of the seal
    pub name: Name,

    /// File to write, DER
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,

    /// Replace the file if it exists
    #[arg(long)]
    pub force: bool,
}
