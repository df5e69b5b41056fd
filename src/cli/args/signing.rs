//! What a signature states, locks and where its result goes: options that `apply` and `sign` share.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::cli::args::values::{Name, Tsa};

/// Where results go.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Output")]
pub struct Output {
    /// File to write, for a single document [default: NAME.sealed.EXT or NAME.signed.EXT beside the input]
    #[arg(short, long, value_name = "FILE", group = "target")]
    pub output: Option<PathBuf>,

    /// Folder for the results
    #[arg(long, value_name = "DIR", group = "target")]
    pub out_dir: Option<PathBuf>,

    /// Replace the input by the result
    #[arg(long, group = "target")]
    pub in_place: bool,

    /// Replace a file that exists
    #[arg(long)]
    pub force: bool,
}

/// What is stated and locked.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Signing options")]
pub struct Signing {
    /// Why it is signed
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,

    /// Where it is signed
    #[arg(long, value_name = "TEXT")]
    pub location: Option<String>,

    /// How the signer can be reached
    #[arg(long, value_name = "TEXT")]
    pub contact: Option<String>,

    /// In which role the signer acts
    #[arg(long, value_enum, value_name = "ROLE")]
    pub role: Option<Role>,

    /// The organisation for which the signer acts
    #[arg(long, value_name = "ORG")]
    pub on_behalf_of: Option<String>,

    /// Business number of the matter
    #[arg(long, value_name = "ID")]
    pub reference: Option<String>,

    /// Show the day of signing, by the clocks of China (UTC+8), below the seal; without a seal it is always shown (PDF)
    #[arg(long, conflicts_with = "straddle")]
    pub visible_date: bool,

    /// Show a line of text below the seal, or below the signer's name (PDF)
    #[arg(long, value_name = "TEXT", conflicts_with = "straddle", value_parser = crate::cli::args::values::visible_text)]
    pub visible_text: Option<String>,

    /// Show a QR code of a text, for example the address of a verification service: at most 400 bytes (PDF)
    #[arg(long, value_name = "TEXT", conflicts_with = "straddle", value_parser = crate::cli::args::values::code_text)]
    pub qr: Option<String>,

    /// Certify the document: which later changes stay allowed (PDF)
    #[arg(long, value_enum, value_name = "CHANGES")]
    pub certify: Option<Certify>,

    /// Allow no further change
    #[arg(long)]
    pub lock: bool,

    /// Container of the signature value [default: auto]
    #[arg(long, value_enum, value_name = "FORM", default_value_t, hide_default_value = true)]
    pub container: Container,

    /// Level of the signature: t carries a timestamp over its value, and nothing is signed without one; lt and lta then bring a PDF that far, as extend does
    #[arg(long, value_enum, value_name = "LEVEL", requires_ifs([("t", "tsa"), ("lt", "tsa"), ("lta", "tsa")]))]
    pub level: Option<Level>,

    /// With --level lt or lta: fetch the evidence that is lacking from the public addresses that the certificates name
    #[arg(long, requires = "level")]
    pub online: bool,

    /// Timestamp authority: an address, or store:NAME for a certificate of this store; without --level t a signature is made even where none can be had
    #[arg(long, value_name = "URL")]
    pub tsa: Option<Tsa>,

    /// Who operates the program, for the trail [default: the login name]
    #[arg(long, value_name = "NAME")]
    pub operator: Option<Name>,
}

/// Level of a signature (ETSI EN 319 142-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Level {
    /// No timestamp
    B,
    /// A timestamp over the value
    T,
    /// And the evidence of every path in the document (PDF)
    Lt,
    /// And a timestamp over that (PDF)
    Lta,
}

/// In which role a signer acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Role {
    /// For oneself
    #[value(name = "self")]
    Own,
    /// As legal representative
    LegalRepresentative,
    /// As the person who handles the matter
    Handler,
}

/// Which later changes a certified document allows (ISO 32000-1 12.8.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Certify {
    /// None
    None,
    /// Filling in forms and signing
    Forms,
    /// These and annotations
    Annotations,
}

/// Container of the signature value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Container {
    /// SES for seals with SM2 and for every seal in OFD, CMS for all else
    #[default]
    Auto,
    /// CMS; a seal travels beside it (PDF)
    Cms,
    /// GB/T 38540; needs a seal
    Ses,
}
