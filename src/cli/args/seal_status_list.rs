//! `eseal seal status-list`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Signed lists of seal states, for verifiers without a network
#[derive(Args, Clone, Debug)]
#[command(
    about = "Signed lists of seal states, for verifiers without a network",
    after_help = "Example:\n  eseal seal status-list export -o seals.status"
)]
pub struct SealStatusList {
    /// What to do.
    #[command(subcommand)]
    pub command: StatusListCommand,
}

/// `eseal seal status-list ...`
#[derive(Subcommand, Clone, Debug)]
#[allow(missing_docs)]
pub enum StatusListCommand {
    Export(StatusListExport),
    Import(StatusListImport),
}

/// Write the states of all seals made in this store, signed by their makers
#[derive(Args, Clone, Debug)]
#[command(
    about = "Write the states of all seals made in this store, signed by their makers",
    after_help = "Example:\n  eseal seal status-list export -o seals.status"
)]
pub struct StatusListExport {
    /// File to write, DER
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,

    /// Days until the next list is due
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=3_650))]
    pub days: u32,

    /// Replace the file if it exists
    #[arg(long)]
    pub force: bool,
}

/// Take in a list that a maker of seals has signed
#[derive(Args, Clone, Debug)]
#[command(
    about = "Take in a list that a maker of seals has signed",
    after_help = "Example:\n  eseal seal status-list import seals.status"
)]
pub struct StatusListImport {
    /// The list
    pub file: PathBuf,
}
