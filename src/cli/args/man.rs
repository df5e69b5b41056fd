//! `eseal man`.

use std::path::PathBuf;

use clap::Args;

/// Write the manual pages into a folder
#[derive(Args, Clone, Debug)]
#[command(about = "Write the manual pages into a folder", after_help = "Example:\n  eseal man man")]
pub struct Man {
    /// Folder; it must exist
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}
