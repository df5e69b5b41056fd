//! `eseal demo`.

use std::path::PathBuf;

use clap::Args;

/// Show the whole journey on sample documents
#[derive(Args, Clone, Debug)]
#[command(
    about = "Show the whole journey on sample documents",
    long_about = "Make a store, issue a seal, seal a PDF and an OFD, verify both, and show a tampered copy failing.",
    after_help = "Example:\n  eseal demo"
)]
pub struct Demo {
    /// Folder for the journey; it may be run again
    #[arg(value_name = "DIR", default_value = "eseal-demo")]
    pub folder: PathBuf,
}
