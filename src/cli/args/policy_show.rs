//! `eseal policy show`.

use clap::Args;

/// Show a policy
#[derive(Args, Clone, Debug)]
#[command(
    about = "Show a policy: its text, or with --format json every rule with its value",
    after_help = "Policies: default, strict, gm, eidas.\n\nExample:\n  eseal policy show strict"
)]
pub struct PolicyShow {
    /// Name of a policy, or a file
    #[arg(value_name = "NAME", default_value = "default")]
    pub name: String,
}
