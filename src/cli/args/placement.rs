//! Where a seal or signature is shown.

use clap::{Args, ValueEnum};

use crate::cli::args::values::{Length, Nth};
use crate::cli::args::{PageList, PictureSize, Point};
use crate::geometry::{Millimetres, Size};

/// Where a seal or signature is shown.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Placement")]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub struct Placement {
    /// Which document of an OFD package with several, from 1; its pages are counted from 1 too [default: 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub document: Option<u32>,

    /// Pages: 1, 1-3,5,-1 (from the end), odd, even, all or last [default: last; all for --straddle, --keyword and --preset]
    #[arg(long, value_name = "PAGES", allow_hyphen_values = true)]
    pub page: Option<PageList>,

    /// Position of the seal's middle (see --anchor), from the top left of the page as viewed; millimetres unless a unit
    /// follows (mm, cm, pt, in). With --straddle only the coordinate along the edge counts: Y at the right and left, X at
    /// the top and bottom
    #[arg(long, value_name = "X,Y", allow_hyphen_values = true)]
    pub at: Option<Point>,

    /// Which point of the seal --at names [default: center]
    #[arg(long, value_enum, value_name = "POINT")]
    pub anchor: Option<Anchor>,

    /// Text that the seal goes to: its middle (see --anchor) to the middle of the text. Real text is looked for, however
    /// the file cuts it into pieces; spaces within it, full and half width do not matter [default pages: all]
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["at", "straddle", "field", "preset"])]
    pub keyword: Option<String>,

    /// Which place of the keyword, from the top of the first page: 1, 2, ..., -1 (the last) or all [default: 1]
    #[arg(long, value_name = "N", requires = "keyword", allow_hyphen_values = true)]
    pub nth: Option<Nth>,

    /// From the middle of the keyword to the right and downwards
    #[arg(long, value_name = "DX,DY", requires = "keyword", allow_hyphen_values = true)]
    pub offset: Option<Point>,

    /// The keyword stands alone: no letter, digit or ideograph beside it, and spaces within it count
    #[arg(long, requires = "keyword")]
    pub whole_word: bool,

    /// A place by the kind of document. gongwen (公文): over the issuer's name and the last date line of the right half,
    /// as GB/T 9704 has it [default for apply, where there is such a line]
    #[arg(long, value_enum, value_name = "KIND", conflicts_with_all = ["at", "straddle", "field"])]
    pub preset: Option<PresetKind>,

    /// Width, or width x height, of what is shown [default: the size inside the seal]
    #[arg(long, value_name = "MM[xMM]")]
    pub size: Option<PictureSize>,

    /// Riding seal (骑缝章): a strip of the seal on each page at this edge, under one signature; in the middle of the edge
    /// unless --at is given
    #[arg(long, value_enum, value_name = "EDGE")]
    pub straddle: Option<StraddleEdge>,

    /// With --straddle: the pages are printed on both sides. On even pages the strip stands at the opposite edge; odd
    /// pages share one seal, even pages another, and a single even page gets none
    #[arg(long, requires = "straddle")]
    pub duplex: bool,

    /// Pages that share one riding seal; the seal is repeated for each group, and a single page left over joins the
    /// group before it [default: all pages]
    #[arg(long, value_name = "N", requires = "straddle", value_parser = clap::value_parser!(u32).range(2..))]
    pub group: Option<u32>,

    /// Narrowest strip of a riding seal; below 4 mm a warning tells that printers may lose it [default: 2]
    #[arg(long, value_name = "MM", requires = "straddle", value_parser = crate::cli::args::values::positive_length)]
    pub min_strip: Option<Length>,

    /// Empty signature field that takes it, where the document put it (PDF)
    #[arg(long, value_name = "NAME", conflicts_with_all = ["at", "page", "size", "straddle"])]
    pub field: Option<String>,

    /// Take a place that lies over an earlier seal or signature
    #[arg(long)]
    pub allow_overlap: bool,

    /// Print the final rectangles as JSON and write nothing
    #[arg(long)]
    pub dry_run: bool,
}

impl Placement {
    /// Whether a place was named at all.
    #[must_use]
    pub fn is_given(&self) -> bool {
        self.at.is_some()
            || self.field.is_some()
            || self.straddle.is_some()
            || self.keyword.is_some()
            || self.preset.is_some()
    }

    /// Point of the seal that --at names.
    #[must_use]
    pub fn anchor(&self) -> Anchor {
        self.anchor.unwrap_or_default()
    }

    /// Pages; unless said the last one, for a riding seal, a keyword and a preset all.
    #[must_use]
    pub fn pages(&self) -> PageList {
        let usual = if self.at.is_some() && self.straddle.is_none() { PageList::Last } else { PageList::All };
        self.page.clone().unwrap_or(usual)
    }
}

/// A kind of document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PresetKind {
    /// Official document (公文, GB/T 9704)
    Gongwen,
}

/// An edge of the page as viewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum StraddleEdge {
    /// Right edge: pages bound at the left
    Right,
    /// Left edge
    Left,
    /// Upper edge
    Top,
    /// Lower edge
    Bottom,
}

/// A point of the seal. Vendors disagree; the middle is ours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Anchor {
    /// Middle
    #[default]
    #[value(alias = "centre")]
    Center,
    /// Upper left corner
    TopLeft,
    /// Upper right corner
    TopRight,
    /// Lower left corner
    BottomLeft,
    /// Lower right corner
    BottomRight,
}

impl Anchor {
    /// The middle of a rectangle of this size whose named point lies here.
    #[must_use]
    pub fn middle(self, point: Point, size: Size) -> (Millimetres, Millimetres) {
        let (w, h) = (size.width * 0.5, size.height * 0.5);
        match self {
            Anchor::Center => (point.x, point.y),
            Anchor::TopLeft => (point.x + w, point.y + h),
            Anchor::TopRight => (point.x - w, point.y + h),
            Anchor::BottomLeft => (point.x + w, point.y - h),
            Anchor::BottomRight => (point.x - w, point.y - h),
        }
    }
}
