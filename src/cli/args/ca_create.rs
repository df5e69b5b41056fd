//! `eseal ca create`.

use clap::{Args, ValueEnum};

use crate::cli::args::values::Name;
use crate::time::Time;

/// Make a certification authority in this store
#[derive(Args, Clone, Debug)]
#[command(
    about = "Make a certification authority in this store",
    long_about = "Make a certification authority in this store. Its certificate becomes a trust anchor of this store.",
    after_help = "Example:\n  eseal ca create root --subject \"CN=Example Root,O=Example,C=CN\""
)]
pub struct CaCreate {
    /// Name of the CA in the store
    pub name: Name,

    /// Distinguished name, for example CN=Example Root,O=Example,C=CN
    #[arg(long, value_name = "DN")]
    pub subject: String,

    /// Algorithms of its key [default: sm2, or those of the parent]
    #[arg(long, value_enum, value_name = "SUITE")]
    pub suite: Option<CaSuite>,

    /// Days of validity [default: 7300, cut to the parent's end]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub days: Option<u32>,

    /// Begin of its validity, RFC 3339 or a date [default: now]
    #[arg(long, value_name = "TIME", value_parser = crate::cli::args::values::time)]
    pub valid_from: Option<Time>,

    /// A CA of this store that issues it [default: it signs itself]
    #[arg(long, value_name = "NAME")]
    pub parent: Option<Name>,

    /// Where its certificates say that revocations are published
    #[arg(long, value_name = "URL")]
    pub crl_url: Option<String>,
}

/// Algorithms of a CA.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CaSuite {
    /// SM2 with SM3
    Sm2,
    /// P-256 with SHA-256
    P256,
}
