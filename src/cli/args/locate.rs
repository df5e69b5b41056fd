//! `eseal locate`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::args::{PageList, Password};

/// Show where a text stands on a document
#[derive(Args, Clone, Debug)]
#[command(
    about = "Show where a text stands on a document, as apply --keyword sees it",
    after_help = "Example:\n  eseal locate notice.pdf --keyword 盖章"
)]
pub struct Locate {
    /// Document: PDF or OFD
    pub file: PathBuf,

    /// The text. Spaces within it, full and half width do not matter
    #[arg(long, value_name = "TEXT")]
    pub keyword: String,

    /// It stands alone: no letter, digit or ideograph beside it, and spaces within it count
    #[arg(long)]
    pub whole_word: bool,

    /// Pages: 1, 1-3,5,-1 (from the end), odd, even, all or last [default: all]
    #[arg(long, value_name = "PAGES", allow_hyphen_values = true)]
    pub page: Option<PageList>,

    /// Which document of an OFD package with several, from 1 [default: 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub document: Option<u32>,

    /// Password of an encrypted document.
    #[command(flatten)]
    pub password: Password,
}
