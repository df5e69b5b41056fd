//! `eseal unseal`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::args::values::Name;
use crate::cli::args::{Output, Password};

/// Take the last seal or signature off documents again
#[derive(Args, Clone, Debug)]
#[command(
    about = "Take the last seal or signature off documents again",
    long_about = "Take the last seal or signature off documents that were not delivered yet. Only the store that sealed \
                  or signed them does it, and only where nothing came after: a document that is not byte for byte as the \
                  store left it is refused, also one that somebody else signed or that was extended.\n\n\
                  A PDF comes back byte for byte as it came. Of an OFD package every file comes back as it was; \
                  the package itself is written anew. Without -o, the result is NAME.unsealed.EXT beside the input. The trail records it; the record of the sealing stays.",
    after_help = "Exit status: 7 where there is no seal, or it is not this store's last one.\n\nExample:\n  \
                  eseal unseal notice.sealed.pdf -o notice.pdf"
)]
pub struct Unseal {
    /// Documents: PDF or OFD
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,

    /// Who operates the program, for the trail [default: the login name]
    #[arg(long, value_name = "NAME")]
    pub operator: Option<Name>,

    /// Where results go.
    #[command(flatten)]
    pub output: Output,

    /// Password of encrypted documents.
    #[command(flatten)]
    pub password: Password,
}
