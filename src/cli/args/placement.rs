//! Where a seal or signature is shown.

use clap::{Args, ValueEnum};

use crate::cli::args::{PageList, PictureSize, Point};
use crate::geometry::{Millimetres, Size};

/// Where a seal or signature is shown.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Placement")]
pub struct Placement {
    /// Pages: 1, 1-3,5,-1 (from the end), odd, even, all or last [default: last]
    #[arg(long, value_name = "PAGES", allow_hyphen_values = true)]
    pub page: Option<PageList>,

    /// Position of the seal's middle (see --anchor), from the top left of the page as viewed; millimetres unless a unit
    /// follows (mm, cm, pt, in)
    #[arg(long, value_name = "X,Y", allow_hyphen_values = true)]
    pub at: Option<Point>,

    /// Which point of the seal --at names [default: center]
    #[arg(long, value_enum, value_name = "POINT", requires = "at")]
    pub anchor: Option<Anchor>,

    /// Width, or width x height, of what is shown [default: the size inside the seal]
    #[arg(long, value_name = "MM[xMM]")]
    pub size: Option<PictureSize>,

    /// Empty signature field that takes it, where the document put it (PDF)
    #[arg(long, value_name = "NAME", conflicts_with_all = ["at", "page", "size"])]
    pub field: Option<String>,

    /// Print the final rectangles as JSON and write nothing
    #[arg(long)]
    pub dry_run: bool,
}

impl Placement {
    /// Whether a place was named at all.
    #[must_use]
    pub fn is_given(&self) -> bool {
        self.at.is_some() || self.field.is_some()
    }

    /// Point of the seal that --at names.
    #[must_use]
    pub fn anchor(&self) -> Anchor {
        self.anchor.unwrap_or_default()
    }

    /// Pages, the last one unless said.
    #[must_use]
    pub fn pages(&self) -> PageList {
        self.page.clone().unwrap_or(PageList::Last)
    }
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
