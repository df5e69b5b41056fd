//! `eseal audit show`.

use clap::Args;

use crate::time::Time;

/// Show the trail of acts
#[derive(Args, Clone, Debug)]
#[command(about = "Show the trail of acts", after_help = "Example:\n  eseal audit show --since 2026-11-01")]
pub struct AuditShow {
    /// Only acts with the seal of this number or name
    #[arg(long, value_name = "N")]
    pub seal: Option<String>,

    /// Only acts on this document: a file, or its digest in hexadecimal
    #[arg(long, value_name = "FILE|DIGEST")]
    pub document: Option<String>,

    /// Only acts of this operator
    #[arg(long, value_name = "O")]
    pub operator: Option<String>,

    /// Only acts at or after this time
    #[arg(long, value_name = "T", value_parser = crate::cli::args::values::time)]
    pub since: Option<Time>,

    /// Only acts at or before this time
    #[arg(long, value_name = "T", value_parser = crate::cli::args::values::time)]
    pub until: Option<Time>,

    /// Only acts with this result
    #[arg(long, value_name = "R")]
    pub result: Option<String>,
}
