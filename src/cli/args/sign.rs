//! `eseal sign`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::args::values::Name;
use crate::cli::args::{Output, Password, Placement, Signing};

/// Sign documents without a seal
#[derive(Args, Clone, Debug)]
#[command(
    about = "Sign documents without a seal",
    long_about = "Sign documents without a seal. Without a placement nothing is shown; with one, the name of the signer and the date are.",
    after_help = "Example:\n  eseal sign notice.pdf --cert clerk --reason \"approved\" -o notice.signed.pdf"
)]
pub struct Sign {
    /// Documents: PDF or OFD
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,

    /// Certificate of this store that signs
    #[arg(long, value_name = "NAME")]
    pub cert: Name,

    /// Where results go.
    #[command(flatten)]
    pub output: Output,

    /// Where the signature is shown.
    #[command(flatten)]
    pub placement: Placement,

    /// What is stated and locked.
    #[command(flatten)]
    pub signing: Signing,

    /// Password of encrypted documents.
    #[command(flatten)]
    pub password: Password,
}
