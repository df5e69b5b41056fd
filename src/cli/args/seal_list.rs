//! `eseal seal list`.

use clap::Args;

/// List the seals of the store
#[derive(Args, Clone, Debug)]
#[command(about = "List the seals of the store", after_help = "Example:\n  eseal seal list")]
pub struct SealList {}
