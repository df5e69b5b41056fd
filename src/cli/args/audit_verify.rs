//! `eseal audit verify`.

use clap::Args;

/// Check that the trail is complete and unchanged
#[derive(Args, Clone, Debug)]
#[command(about = "Check that the trail is complete and unchanged", after_help = "Example:\n  eseal audit verify")]
pub struct AuditVerify {}
