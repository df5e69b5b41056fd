//! Riding seals (骑缝章): one seal cut into equal strips, one on each page, along the edge at which the pages are fanned
//! out. Laid together, the strips of a group are the whole seal.

use std::ops::Range;

use crate::geometry::{Millimetres, Rect, Size};
use crate::sign::placement::TOLERANCE;
use crate::sign::{Pages, Shown, SignError};

/// The smallest strip unless told otherwise.
pub const SMALLEST_STRIP: Millimetres = Millimetres(2.0);
/// Printers leave a border of 3 to 5 mm blank: a strip below this is likely to be lost on paper.
pub const SAFE_STRIP: Millimetres = Millimetres(4.0);

/// A riding seal.
#[derive(Clone, Debug, PartialEq)]
pub struct Straddle {
    /// On which pages.
    pub pages: Pages,
    /// At which edge of the page as viewed.
    pub edge: Edge,
    /// How the pages are printed.
    pub print: Print,
    /// Pages that share one seal; all unless given. A single page left over joins the group before it.
    pub group: Option<usize>,
    /// No strip may be narrower than this.
    pub smallest: Millimetres,
    /// Centre of the seal along the edge, from the top (right and left edge) or from the left (top and bottom edge);
    /// the middle of each page unless given.
    pub along: Option<Millimetres>,
    /// Size of the whole seal.
    pub size: Size,
}

/// An edge of a page as viewed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Edge {
    #[default]
    Right,
    Left,
    Top,
    Bottom,
}

/// How the pages are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Print {
    /// A sheet for each page: every page has its strip at the same edge.
    #[default]
    OneSided,
    /// Two pages a sheet, bound at the side. The edge named is that of the odd pages; on the even ones, the backs, the
    /// same side of the paper is the opposite edge. The fronts share one seal, the backs another, so that the sheets
    /// fanned out show a whole seal from either side.
    TwoSided,
}

impl Edge {
    /// The edge of a sheet's back that is the same side of the paper, the sheet being turned about its vertical axis.
    fn behind(self) -> Edge {
        match self {
            Edge::Right => Edge::Left,
            Edge::Left => Edge::Right,
            Edge::Top => Edge::Top,
            Edge::Bottom => Edge::Bottom,
        }
    }

    /// Extent of a size across this edge: what is cut into strips.
    fn across(self, size: Size) -> Millimetres {
        match self {
            Edge::Right | Edge::Left => size.width,
            Edge::Top | Edge::Bottom => size.height,
        }
    }

    /// Extent of a size along this edge.
    fn along(self, size: Size) -> Millimetres {
        match self {
            Edge::Right | Edge::Left => size.height,
            Edge::Top | Edge::Bottom => size.width,
        }
    }
}

/// The narrowest strip of what is shown, where a printer would likely lose it.
#[must_use]
pub fn narrow_strip(shown: &[Shown]) -> Option<Millimetres> {
    let strip =
        |one: &Shown| one.clip.map(|clip| if clip.width < one.rect.width { clip.width.0 } else { clip.height.0 });
    let narrowest = shown.iter().filter_map(strip).fold(f64::INFINITY, f64::min);
    (narrowest < SAFE_STRIP.0 - TOLERANCE).then_some(Millimetres(narrowest))
}

/// The strips of a riding seal on these pages (counted from 0), each after checking that it lies on its page.
pub(crate) fn strips(
    straddle: &Straddle,
    pages: &[usize],
    size_of: &mut dyn FnMut(usize) -> Result<Size, SignError>,
) -> Result<Vec<Shown>, SignError> {
    if straddle.print == Print::OneSided {
        return strips_of(straddle, pages, Face::Front, size_of);
    }
    // Page 1 has the index 0.
    let (fronts, backs): (Vec<usize>, Vec<usize>) = pages.iter().partition(|page| **page % 2 == 0);
    let mut shown = strips_of(straddle, &fronts, Face::Front, size_of)?;
    // A single back has nothing to ride with.
    if backs.len() > 1 {
        shown.extend(strips_of(straddle, &backs, Face::Back, size_of)?);
    }
    shown.sort_by_key(|one| one.page);
    Ok(shown)
}

/// Which side of the sheets is looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Face {
    Front,
    Back,
}

/// The strips on one side of the sheets.
fn strips_of(
    straddle: &Straddle,
    pages: &[usize],
    face: Face,
    size_of: &mut dyn FnMut(usize) -> Result<Size, SignError>,
) -> Result<Vec<Shown>, SignError> {
    if pages.len() < 2 {
        return Err(SignError::StraddleOnePage);
    }
    let mut pages = pages.to_vec();
    let mut straddle = straddle.clone();
    if face == Face::Back {
        // The stack turned over has its last sheet on top.
        pages.reverse();
        straddle.edge = straddle.edge.behind();
    }
    let mut shown = Vec::with_capacity(pages.len());
    for group in groups(pages.len(), straddle.group) {
        let members = pages.get(group).unwrap_or_default();
        let strip = strip_width(&straddle, members.len())?;
        for (place, page) in members.iter().enumerate() {
            let one = strip_on(&straddle, *page, size_of(*page)?, strip, place..members.len())?;
            shown.push(one);
        }
    }
    Ok(shown)
}

/// Places of the chosen pages that share one seal.
fn groups(count: usize, size: Option<usize>) -> Vec<Range<usize>> {
    // One page is no group: nothing would ride.
    let size = size.unwrap_or(count).max(2);
    let mut groups: Vec<Range<usize>> =
        (0..count).step_by(size).map(|start| start..start.saturating_add(size).min(count)).collect();
    if groups.len() > 1 && groups.last().is_some_and(|last| last.len() == 1) {
        groups.pop();
        if let Some(last) = groups.last_mut() {
            last.end = count;
        }
    }
    groups
}

#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "pages of a document, and a quotient of positive lengths"
)]
fn strip_width(straddle: &Straddle, pages: usize) -> Result<Millimetres, SignError> {
    let whole = straddle.edge.across(straddle.size);
    let strip = whole * (1.0 / pages as f64);
    if strip.0 + 1e-9 < straddle.smallest.0 {
        let most = (whole.0 / straddle.smallest.0 + 1e-9).floor() as usize;
        return Err(SignError::StripTooNarrow { pages, strip, smallest: straddle.smallest, most });
    }
    Ok(strip)
}

/// The strip of one page. `place` is its place in its group, up to the number of pages there.
fn strip_on(
    straddle: &Straddle,
    page: usize,
    area: Size,
    strip: Millimetres,
    place: Range<usize>,
) -> Result<Shown, SignError> {
    let (edge, size) = (straddle.edge, straddle.size);
    let (seal, room) = (edge.along(size), edge.along(area));
    if seal.0 > room.0 + TOLERANCE {
        return Err(SignError::StraddleTooTall { page: page.saturating_add(1), seal, room });
    }
    let along = straddle.along.unwrap_or(room * 0.5) - seal * 0.5;
    // Fanned out with the first page on top, it shows the strip that lies innermost: the first one of the picture at
    // the right and the bottom, the last one at the left and the top.
    #[allow(clippy::cast_precision_loss, reason = "pages of a document")]
    let (before, after) = (strip * place.start as f64, strip * place.len().saturating_sub(1) as f64);
    let (offset, start) = match edge {
        Edge::Right => (before, area.width - strip - before),
        Edge::Bottom => (before, area.height - strip - before),
        Edge::Left | Edge::Top => (after, Millimetres(0.0) - after),
    };
    let zero = Millimetres(0.0);
    let (x, y, clip) = match edge {
        Edge::Right | Edge::Left => (start, along, Rect { x: offset, y: zero, width: strip, height: size.height }),
        Edge::Top | Edge::Bottom => (along, start, Rect { x: zero, y: offset, width: size.width, height: strip }),
    };
    let shown =
        Shown { page, rect: Rect { x, y, width: size.width, height: size.height }, clip: Some(clip), hit: None };
    let overhang = shown.visible().overhang(area);
    if overhang.0 > TOLERANCE {
        return Err(SignError::OffPage { page: page.saturating_add(1), overhang });
    }
    Ok(shown)
}

#[cfg(test)]
mod tests {
    use crate::geometry::{Millimetres, Size};
    use crate::sign::straddle::{groups, strips};
    use crate::sign::{Edge, Pages, Print, SMALLEST_STRIP, Shown, SignError, Straddle, narrow_strip};

    const A4: Size = Size { width: Millimetres(210.0), height: Millimetres(297.0) };

    fn straddle(edge: Edge, group: Option<usize>, size: (f64, f64)) -> Straddle {
        let size = Size { width: Millimetres(size.0), height: Millimetres(size.1) };
        Straddle { pages: Pages::All, edge, print: Print::OneSided, group, smallest: SMALLEST_STRIP, along: None, size }
    }

    fn on(straddle: &Straddle, sizes: &[Size]) -> Result<Vec<Shown>, SignError> {
        let pages: Vec<usize> = (0..sizes.len()).collect();
        strips(straddle, &pages, &mut |page| Ok(sizes[page]))
    }

    fn numbers(shown: &Shown) -> [f64; 8] {
        let (r, c) = (shown.rect, shown.clip.unwrap());
        [r.x, r.y, r.width, r.height, c.x, c.y, c.width, c.height].map(|mm| (mm.0 * 1e6).round() / 1e6)
    }

    #[test]
    fn the_right_edge_is_cut_as_a_real_file_has_it() {
        let mut ask = straddle(Edge::Right, None, (40.0, 40.0));
        ask.along = Some(Millimetres(60.0));
        let shown = on(&ask, &[A4; 5]).unwrap();
        assert_eq!(numbers(&shown[0]), [202.0, 40.0, 40.0, 40.0, 0.0, 0.0, 8.0, 40.0]);
        assert_eq!(numbers(&shown[1]), [194.0, 40.0, 40.0, 40.0, 8.0, 0.0, 8.0, 40.0]);
        assert_eq!(numbers(&shown[4]), [170.0, 40.0, 40.0, 40.0, 32.0, 0.0, 8.0, 40.0]);
    }

    #[test]
    fn every_edge_shows_each_strip_once_flush_with_the_edge() {
        let sizes = [A4, Size { width: A4.height, height: A4.width }, Size { width: Millimetres(100.0), ..A4 }];
        for edge in [Edge::Right, Edge::Left, Edge::Top, Edge::Bottom] {
            let shown = on(&straddle(edge, None, (45.0, 30.0)), &sizes).unwrap();
            let mut offsets = Vec::new();
            for (one, page) in shown.iter().zip(sizes) {
                let seen = one.visible();
                let gap = match edge {
                    Edge::Right => seen.right().0 - page.width.0,
                    Edge::Left => seen.x.0,
                    Edge::Top => seen.y.0,
                    Edge::Bottom => seen.bottom().0 - page.height.0,
                };
                assert!(gap.abs() < 1e-9, "{edge:?} {one:?}");
                let (strip, middle, half) = match edge {
                    Edge::Right | Edge::Left => (seen.width.0, seen.y.0 + 15.0, page.height.0 / 2.0),
                    Edge::Top | Edge::Bottom => (seen.height.0, seen.x.0 + 22.5, page.width.0 / 2.0),
                };
                let strips = if matches!(edge, Edge::Right | Edge::Left) { 15.0 } else { 10.0 };
                assert!((strip - strips).abs() < 1e-9 && (middle - half).abs() < 1e-9, "{edge:?} {one:?}");
                offsets.push(one.clip.unwrap().x.0 + one.clip.unwrap().y.0);
            }
            // The innermost strip is on the first page.
            let rising = matches!(edge, Edge::Right | Edge::Bottom);
            let step = if matches!(edge, Edge::Right | Edge::Left) { 15.0 } else { 10.0 };
            let expected = if rising { [0.0, step, 2.0 * step] } else { [2.0 * step, step, 0.0] };
            assert!(offsets.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-9), "{edge:?} {offsets:?}");
        }
    }

    #[test]
    fn groups_repeat_the_seal_and_leave_no_page_alone() {
        assert_eq!(groups(6, Some(3)), [0..3, 3..6]);
        assert_eq!(groups(8, Some(3)), [0..3, 3..6, 6..8]);
        assert_eq!(groups(7, Some(3)), [0..3, 3..7]);
        assert_eq!(groups(3, Some(2)), std::slice::from_ref(&(0..3)));
        assert_eq!(groups(4, None), std::slice::from_ref(&(0..4)));
        assert_eq!(groups(4, Some(9)), std::slice::from_ref(&(0..4)));
        let shown = on(&straddle(Edge::Right, Some(2), (42.0, 42.0)), &[A4; 4]).unwrap();
        let offsets: Vec<f64> = shown.iter().map(|one| one.clip.unwrap().x.0).collect();
        assert_eq!(offsets, [0.0, 21.0, 0.0, 21.0]);
    }

    #[test]
    fn a_narrow_strip_says_how_many_pages_may_share_the_seal() {
        let ask = straddle(Edge::Right, None, (42.0, 42.0));
        assert!(on(&ask, &[A4; 21]).is_ok());
        let error = on(&ask, &[A4; 22]).unwrap_err();
        assert!(matches!(error, SignError::StripTooNarrow { pages: 22, most: 21, .. }), "{error}");
        for (smallest, most) in [(4.0, 10), (8.0, 5)] {
            let ask = Straddle { smallest: Millimetres(smallest), ..ask.clone() };
            assert!(on(&ask, &vec![A4; most]).is_ok());
            let error = on(&ask, &vec![A4; most + 1]).unwrap_err();
            assert!(matches!(error, SignError::StripTooNarrow { most: m, .. } if m == most), "{error}");
        }
        assert_eq!(narrow_strip(&on(&ask, &[A4; 10]).unwrap()), None);
        assert!(narrow_strip(&on(&ask, &[A4; 11]).unwrap()).is_some());
    }

    #[test]
    fn sheets_printed_on_both_sides_show_a_whole_seal_from_either() {
        let mut ask = straddle(Edge::Right, None, (40.0, 40.0));
        ask.print = Print::TwoSided;
        let shown = on(&ask, &[A4; 8]).unwrap();
        let seen: Vec<[f64; 2]> = shown.iter().map(|one| [one.visible().x.0, one.clip.unwrap().x.0]).collect();
        // Fronts from the inside out at the right; backs, the last sheet on top, at the left.
        let (right, left) = (200.0, 0.0);
        let fronts = [[right, 0.0], [right, 10.0], [right, 20.0], [right, 30.0]];
        let backs = [[left, 0.0], [left, 10.0], [left, 20.0], [left, 30.0]];
        for sheet in 0..4 {
            assert_eq!(seen[2 * sheet], fronts[sheet]);
            assert_eq!(seen[2 * sheet + 1], backs[sheet]);
        }
        assert!(shown.windows(2).all(|pair| pair[0].page < pair[1].page));
        // Two sheets, the last one blank behind: its front rides, the one back does not.
        let pages: Vec<usize> = on(&ask, &[A4; 3]).unwrap().iter().map(|one| one.page).collect();
        assert_eq!(pages, [0, 2]);
        // One sheet cannot be fanned out.
        assert!(matches!(on(&ask, &[A4; 2]), Err(SignError::StraddleOnePage)));
        let top = Straddle { edge: Edge::Top, ..ask };
        assert!(on(&top, &[A4; 4]).unwrap().iter().all(|one| one.visible().y.0.abs() < 1e-9));
    }

    #[test]
    fn one_page_and_a_seal_taller_than_a_page_are_errors() {
        let ask = straddle(Edge::Right, None, (42.0, 42.0));
        assert!(matches!(on(&ask, &[A4]), Err(SignError::StraddleOnePage)));
        let low = Size { width: Millimetres(100.0), height: Millimetres(40.0) };
        assert!(matches!(on(&ask, &[A4, low]), Err(SignError::StraddleTooTall { page: 2, .. })));
        let top = Straddle { edge: Edge::Top, ..ask.clone() };
        assert!(on(&top, &[A4, low]).is_ok());
        let off = Straddle { along: Some(Millimetres(290.0)), ..ask };
        assert!(matches!(on(&off, &[A4, A4]), Err(SignError::OffPage { page: 1, .. })));
    }
}
