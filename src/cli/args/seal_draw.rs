//! `eseal seal draw`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::args::{Drawn, PictureSize, SealForm};

/// Draw the picture of a seal
#[derive(Args, Clone, Debug)]
#[command(
    about = "Draw the picture of a seal",
    long_about = "Draw the picture of a seal in its official form. Nothing is signed and no store is needed: for a seal that signs documents see eseal seal issue --draw. Text on an arc is fitted by measuring its letters; a text that does not fit is refused, and by how much.",
    after_help = "Example:\n  eseal seal draw \"示例市行政审批局\" --style government --sample -o seal.png"
)]
pub struct SealDraw {
    /// The name on the seal
    pub text: String,

    /// Form of the seal
    #[arg(long, value_enum, value_name = "STYLE", default_value_t = SealForm::Company)]
    pub style: SealForm,

    /// Width, or width x height; millimetres unless a unit follows [default: the usual one of the style]
    #[arg(long, value_name = "MM[xMM]")]
    pub size: Option<PictureSize>,

    /// Number along the lower rim; on an invoice seal the tax number in the middle
    #[arg(long, value_name = "TEXT")]
    pub number: Option<String>,

    /// What else is on it.
    #[command(flatten)]
    pub drawn: Drawn,

    /// File to write: .png (600 dpi, transparent) or .svg (outlines)
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,

    /// Replace the file if it exists
    #[arg(long)]
    pub force: bool,
}
