//! How a seal is drawn: options that `seal draw` and `seal issue` share.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// The form of a drawn seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SealForm {
    /// Company or institution: round 42, star
    Company,
    /// Government: round 45 (province, ministry: --size 50; State Council: 60), star or --emblem
    Government,
    /// Special seal: round 40, star, --purpose straight below
    Special,
    /// Foreign-invested company: oval 45x30, --purpose in the middle
    Oval,
    /// Invoice seal: oval 40x30, --number in the middle, 发票专用章 below
    Invoice,
    /// Legal representative: square 20, letters in columns from the right
    Square,
    /// Person: square 18, letters in columns from the right
    Personal,
}

/// What else is on a drawn seal.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Drawing")]
pub struct Drawn {
    /// What the seal is for, in a straight line, for example 合同专用章
    #[arg(long, value_name = "TEXT")]
    pub purpose: Option<String>,

    /// Serial number below, where an invoice seal is one of several
    #[arg(long, value_name = "TEXT")]
    pub serial: Option<String>,

    /// Picture in the place of the star: PNG or JPEG
    #[arg(long, value_name = "FILE")]
    pub emblem: Option<PathBuf>,

    /// Font of the letters: TTF, OTF or TTC [default: the bundled song-style font]
    #[arg(long, value_name = "FILE")]
    pub font: Option<PathBuf>,

    /// Mark it as a specimen: 样章 stands across it
    #[arg(long)]
    pub sample: bool,
}
