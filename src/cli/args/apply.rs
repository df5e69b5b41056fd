//! `eseal apply`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::args::values::Name;
use crate::cli::args::{Output, Password, Placement, Signing};

/// Put a seal on documents
#[derive(Args, Clone, Debug)]
#[command(
    about = "Put a seal on documents",
    long_about = "Put a seal on documents. --at names the middle of the seal, in millimetres from the top left of the page as viewed, unless --anchor says otherwise. The input is never changed without --in-place.",
    after_help = "Example:\n  eseal apply notice.pdf --seal office --page 1 --at 150,230 -o notice.sealed.pdf"
)]
pub struct Apply {
    /// Documents: PDF or OFD
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,

    /// Name of the seal
    #[arg(long, value_name = "NAME")]
    pub seal: Name,

    /// Which of the seal's holders signs [default: the only one whose key is in the store]
    #[arg(long = "as", value_name = "CERT")]
    pub signer: Option<Name>,

    /// Where results go.
    #[command(flatten)]
    pub output: Output,

    /// Where the seal is shown.
    #[command(flatten)]
    pub placement: Placement,

    /// What is stated and locked.
    #[command(flatten)]
    pub signing: Signing,

    /// Password of encrypted documents.
    #[command(flatten)]
    pub password: Password,
}
