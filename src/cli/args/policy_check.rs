//! `eseal policy check`.

use std::path::PathBuf;

use clap::Args;

/// Check the file of a policy
#[derive(Args, Clone, Debug)]
#[command(
    about = "Check the file of a policy",
    after_help = "Exit status: 0 it can be used, 5 it cannot; every fault is told with its line.\n\nExample:\n  \
                  eseal policy check office.toml"
)]
pub struct PolicyCheck {
    /// The file, see eseal-policy(5)
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}
