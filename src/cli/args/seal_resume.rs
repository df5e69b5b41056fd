//! `eseal seal resume`.

use clap::Args;

use crate::cli::args::values::Name;

/// Resume a suspended seal
#[derive(Args, Clone, Debug)]
#[command(
    about = "Resume a suspended seal",
    after_help = "Example:\n  eseal seal resume office --reason \"review ended\""
)]
pub struct SealResume {
    /// Name of the seal
    pub name: Name,

    /// Why; it stands in the register, the trail and the list for verifiers
    #[arg(long, value_name = "TEXT", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub reason: String,
}
