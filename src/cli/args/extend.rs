//! `eseal extend`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::cli::args::{Output, Password, Tsa};

/// Keep signed PDF documents provable
#[derive(Args, Clone, Debug)]
#[command(
    about = "Keep signed PDF documents provable",
    long_about = "Keep signed PDF documents provable for longer than their certificates last: by a timestamp (t), by the \
                  certificates and the evidence of revocation of every path in the document (lt), and by a timestamp over \
                  all of that (lta). Run again with lta before the newest timestamp's certificate ends, this renews it.\n\n\
                  What is there stays byte for byte. Evidence comes from the store, from the document and from the files \
                  named; for the years to come it should be issued after the signature.",
    after_help = "Exit status: 7 where evidence is wanting or a signature fails.\n\nExample:\n  eseal extend notice.signed.pdf \
                  --level lta --tsa store:clock --revocation root.crl -o notice.kept.pdf"
)]
pub struct Extend {
    /// Documents: PDF
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,

    /// How far to go
    #[arg(long, value_enum, value_name = "LEVEL")]
    pub level: ArchiveLevel,

    /// Who stamps: an authority by its URL, or a certificate of this store as store:NAME
    #[arg(long, value_name = "URL|store:NAME")]
    pub tsa: Option<Tsa>,

    /// Trust these certificates too: a file or a folder
    #[arg(long, value_name = "FILE")]
    pub trust: Vec<PathBuf>,

    /// Certificates that may help to build a path, without being trusted
    #[arg(long, value_name = "FILE")]
    pub untrusted: Vec<PathBuf>,

    /// Revocation lists and OCSP responses
    #[arg(long, value_name = "FILE")]
    pub revocation: Vec<PathBuf>,

    /// Fetch what is lacking from the public addresses that the certificates name
    #[arg(long)]
    pub online: bool,

    /// Where results go.
    #[command(flatten)]
    pub output: Output,

    /// Password of encrypted documents.
    #[command(flatten)]
    pub password: Password,
}

/// How far a document is kept provable (ETSI EN 319 142-1 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ArchiveLevel {
    /// A timestamp
    T,
    /// And the evidence inside
    Lt,
    /// And a timestamp over that; again: renewed
    Lta,
}
