//! What an operator asks for: with what documents are signed, where it is shown, what is stated, where results go.

use std::path::PathBuf;

use crate::files::Overwrite;
use crate::geometry::{Millimetres, Size};
use crate::operations::TimestampOrder;
use crate::seal::Seal;
use crate::sign::{
    AtKeyword, Closing, ContainerChoice, Edge, Gongwen, Keyword, Pages, Print, SMALLEST_STRIP, Show, Stated, Straddle,
    Which,
};
use crate::store::Name;

/// With what documents are signed.
#[derive(Clone, Debug)]
pub enum Instrument {
    /// A seal, by one of its holders; the only one whose key is here unless named.
    Seal {
        /// The seal.
        name: Name,
        /// The holder.
        holder: Option<Name>,
    },
    /// A certificate alone.
    Certificate(Name),
}

/// What to do with each document.
#[derive(Clone, Debug, Default)]
pub struct Orders {
    /// Which document of an OFD package, counted from 0.
    pub document: usize,
    /// Where it is shown.
    pub placement: Option<Placement>,
    /// The empty signature field that takes it (PDF); outranks a placement.
    pub field: Option<String>,
    /// A riding seal; outranks a placement.
    pub straddle: Option<StraddleOrder>,
    /// At a keyword; outranks a placement.
    pub keyword: Option<KeywordOrder>,
    /// Where official documents have it; outranks a placement.
    pub preset: Option<Preset>,
    /// Whether it may lie over an earlier seal.
    pub overlap: Overlap,
    /// What the signer states.
    pub stated: Stated,
    /// What may follow.
    pub closing: Closing,
    /// Container of the value.
    pub container: ContainerChoice,
    /// The timestamp that it is to carry.
    pub timestamp: Option<TimestampOrder>,
}

/// A seal where a text stands.
#[derive(Clone, Debug)]
pub struct KeywordOrder {
    /// The text.
    pub keyword: Keyword,
    /// Which hits.
    pub which: Which,
    /// From the middle of the hit to the seal's point, to the right and downwards.
    pub offset: (Millimetres, Millimetres),
    /// Which point of the seal.
    pub anchor: AnchorPoint,
    /// Size; that of the seal unless given.
    pub size: Option<Size>,
}

/// A place that the document's kind gives.
#[derive(Clone, Debug)]
pub struct Preset {
    /// What to do where the document is not of that kind.
    pub wish: PresetWish,
    /// On which pages the last date line is looked for.
    pub pages: Pages,
    /// Size; that of the seal unless given.
    pub size: Option<Size>,
}

/// Whether a preset was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PresetWish {
    /// By name: a document without a date line is refused as that.
    Named,
    /// Nothing was asked for: without a date line a place is missing.
    Assumed,
}

/// Whether a seal may lie over an earlier one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Overlap {
    /// No: seals neither cross nor cover one another (GB/T 9704-2012 7.3.5.2).
    #[default]
    Refuse,
    /// Yes.
    Allow,
}

/// Where a seal or signature is shown.
#[derive(Clone, Debug)]
pub struct Placement {
    /// On which pages.
    pub pages: Pages,
    /// The point.
    pub x: Millimetres,
    /// The point, from the top.
    pub y: Millimetres,
    /// Which point of the rectangle lies there.
    pub anchor: AnchorPoint,
    /// Size; that of the seal, or of a text, unless given.
    pub size: Option<Size>,
}

/// A riding seal (骑缝章): a strip of the seal on each page.
#[derive(Clone, Debug)]
pub struct StraddleOrder {
    /// On which pages.
    pub pages: Pages,
    /// At which edge.
    pub edge: Edge,
    /// How the pages are printed.
    pub print: Print,
    /// Pages that share one seal; all unless given.
    pub group: Option<usize>,
    /// No strip may be narrower.
    pub smallest: Option<Millimetres>,
    /// A point of the page, of which only the coordinate along the edge counts, and the seal's point that lies there;
    /// the middle of the edge unless given.
    pub at: Option<(Millimetres, Millimetres, AnchorPoint)>,
    /// Size; that of the seal unless given.
    pub size: Option<Size>,
}

/// Which point of the rectangle a position names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum AnchorPoint {
    #[default]
    Center,
    TopLeft,
    TopRight,
    BottomLeft,
    BottomRight,
}

/// One document to sign.
#[derive(Clone, Debug)]
pub struct DocumentRequest {
    /// The document.
    pub input: PathBuf,
    /// Where the result goes.
    pub target: Target,
}

/// Where a result goes.
#[derive(Clone, Debug)]
pub enum Target {
    /// A new file, or an existing one if that may be replaced.
    File {
        /// The file.
        path: PathBuf,
        /// Whether it may be replaced.
        overwrite: Overwrite,
    },
    /// The input itself.
    InPlace,
}

/// Size of a visible signature without a seal, unless given.
const TEXT_SIZE: Size = Size { width: Millimetres(50.0), height: Millimetres(15.0) };

/// Where to show it, with the seal's own size unless another was given.
pub(in crate::operations) fn show(orders: &Orders, seal: Option<&Seal>) -> Show {
    if let Some(name) = &orders.field {
        return Show::Field { name: name.clone() };
    }
    let of_seal = |seal: &Seal| {
        #[allow(clippy::cast_precision_loss, reason = "a seal's size in mm is small")]
        let mm = |n: u64| Millimetres(n as f64);
        Size { width: mm(seal.picture().width_mm), height: mm(seal.picture().height_mm) }
    };
    let usual = seal.map_or(TEXT_SIZE, of_seal);
    if let Some(order) = &orders.straddle {
        let size = order.size.unwrap_or(usual);
        let along = order.at.map(|(x, y, anchor)| {
            let (x, y) = anchor.centre(x, y, size);
            if matches!(order.edge, Edge::Right | Edge::Left) { y } else { x }
        });
        return Show::Straddle(Straddle {
            pages: order.pages.clone(),
            edge: order.edge,
            print: order.print,
            group: order.group,
            smallest: order.smallest.unwrap_or(SMALLEST_STRIP),
            along,
            size,
        });
    }
    if let Some(order) = &orders.keyword {
        let size = order.size.unwrap_or(usual);
        let (dx, dy) = order.anchor.centre(order.offset.0, order.offset.1, size);
        return Show::Keyword(AtKeyword { keyword: order.keyword.clone(), which: order.which, dx, dy, size });
    }
    if let Some(preset) = &orders.preset {
        return Show::Gongwen(Gongwen { pages: preset.pages.clone(), size: preset.size.unwrap_or(usual) });
    }
    let Some(placement) = &orders.placement else { return Show::Invisible };
    let size = placement.size.unwrap_or(usual);
    let (x, y) = placement.anchor.centre(placement.x, placement.y, size);
    Show::At { pages: placement.pages.clone(), x, y, size }
}

impl AnchorPoint {
    /// The centre of a rectangle of this size whose named point lies here.
    fn centre(self, x: Millimetres, y: Millimetres, size: Size) -> (Millimetres, Millimetres) {
        let (w, h) = (size.width * 0.5, size.height * 0.5);
        match self {
            AnchorPoint::Center => (x, y),
            AnchorPoint::TopLeft => (x + w, y + h),
            AnchorPoint::TopRight => (x - w, y + h),
            AnchorPoint::BottomLeft => (x + w, y - h),
            AnchorPoint::BottomRight => (x - w, y - h),
        }
    }
}
