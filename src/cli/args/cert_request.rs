//! `eseal cert request`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::args::Suite;
use crate::cli::args::values::Name;

/// Make a key in this store and a request for its certificate, to be sent to an outside CA
#[derive(Args, Clone, Debug)]
#[command(
    about = "Make a key in this store and a request for its certificate, to be sent to an outside CA",
    after_help = "Example:\n  eseal cert request clerk --subject \"CN=Clerk,O=Example,C=CN\" -o clerk.csr\n  eseal cert import clerk clerk.pem"
)]
pub struct CertRequest {
    /// Name of the key, and of the certificate once it is imported
    pub name: Name,

    /// Distinguished name, for example CN=Clerk,O=Example,C=CN
    #[arg(long, value_name = "DN")]
    pub subject: String,

    /// Algorithms of the key
    #[arg(long, value_enum, value_name = "SUITE", default_value_t = Suite::Sm2)]
    pub suite: Suite,

    /// File to write, PEM
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,

    /// Replace the file if it exists
    #[arg(long)]
    pub force: bool,
}
