//! `eseal seal issue`.

use std::path::PathBuf;

use clap::{ArgGroup, Args, ValueEnum};

use crate::cli::args::values::Name;
use crate::cli::args::{Drawn, PictureSize, SealForm};
use crate::time::Time;

/// Issue a seal: picture, name, number and holders signed by a maker
#[derive(Args, Clone, Debug)]
#[command(
    about = "Issue a seal: picture, name, number and holders signed by a maker",
    long_about = "Issue a seal: picture, name, number and holders signed by a maker. The picture comes from a file, or is drawn in an official form: then every sealed PDF shows it in outlines, sharp at any size. A drawn seal bears its title, --text where that differs, and --number along the rim where it is given (on an invoice seal the --owner-code in the middle).",
    after_help = "Example:\n  eseal seal issue office --maker maker --holder clerk --name \"示例市行政审批局\" --picture seal.png --size 42",
    group = ArgGroup::new("appearance").required(true).args(["picture", "draw"])
)]
pub struct SealIssue {
    /// Name of the seal in the store
    #[arg(value_name = "NAME")]
    pub label: Name,

    /// Certificate that signs the seal (profile seal-maker)
    #[arg(long, value_name = "CERT")]
    pub maker: Name,

    /// Certificates that may apply the seal
    #[arg(long, value_name = "CERT", value_delimiter = ',', required = true)]
    pub holder: Vec<Name>,

    /// Title inside the seal
    #[arg(long = "name", value_name = "TITLE")]
    pub title: String,

    /// Picture of the seal: PNG or JPEG
    #[arg(long, value_name = "FILE", conflicts_with_all = ["purpose", "serial", "emblem", "font", "sample"])]
    pub picture: Option<PathBuf>,

    /// Draw the picture in this form
    #[arg(long, value_enum, value_name = "STYLE")]
    pub draw: Option<SealForm>,

    /// Width, or width x height, on paper; millimetres unless a unit follows (42, 4.2cm, 45x30) [default: 42, or the usual
    /// one of the drawn style]
    #[arg(long, value_name = "MM[xMM]")]
    pub size: Option<PictureSize>,

    /// What a drawn seal bears, where it is not the title
    #[arg(long, value_name = "TEXT", requires = "draw")]
    pub text: Option<String>,

    /// What else is on a drawn seal.
    #[command(flatten)]
    pub drawn: Drawn,

    /// Number of the seal: at most 64 letters and digits [default: 20 random digits]
    #[arg(long, value_name = "ID", value_parser = crate::cli::args::values::seal_number)]
    pub number: Option<String>,

    /// Type of the seal, as its register numbers them
    #[arg(long = "type", value_name = "T", default_value_t = 1, value_parser = clap::value_parser!(u32).range(0..=65_535))]
    pub kind: u32,

    /// Unified social credit code of the owner (GB 32100), kept in the seal
    #[arg(long, value_name = "USCC", value_parser = crate::cli::args::values::owner_code)]
    pub owner_code: Option<crate::operations::OwnerCode>,

    /// Days of validity [default: 365, cut to the maker's end]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub days: Option<u32>,

    /// Begin of its validity, RFC 3339 or a date [default: now]
    #[arg(long, value_name = "TIME", value_parser = crate::cli::args::values::time)]
    pub valid_from: Option<Time>,

    /// Structure of the seal
    #[arg(long, value_enum, value_name = "STANDARD", default_value_t = SealStandard::V4)]
    pub standard: SealStandard,

    /// Whether the seal carries its holders' certificates or their digests
    #[arg(long, value_enum, value_name = "KIND", default_value_t = CertListKind::Certs)]
    pub cert_list: CertListKind,
}

/// Structure of a seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SealStandard {
    /// GB/T 38540-2020
    V4,
    /// GM/T 0031-2025, without its timestamp; readers of before 2025 may refuse it
    V5,
}

/// How a seal names its holders (GB/T 38540-2020 6.1, certListType).
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CertListKind {
    /// Whole certificates
    Certs,
    /// Their digests
    Digests,
}
