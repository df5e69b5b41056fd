//! On which pages and where: the language that all vendors share, resolved against a document.

use crate::geometry::{Millimetres, Rect, Size};
use crate::sign::keyword::Paper;
use crate::sign::straddle::strips;
use crate::sign::{AtKeyword, Gongwen, Shown, SignError, Straddle, gongwen, keyword};

/// Pages of a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Pages {
    /// The last one.
    #[default]
    Last,
    /// Pages 1, 3, 5, ...
    Odd,
    /// Pages 2, 4, 6, ...
    Even,
    /// All.
    All,
    /// Those named, each once, in ascending order.
    List(Vec<PageRange>),
}

/// Pages from one to another, both included, counted from 1; negative from the end, -1 being the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageRange {
    /// First.
    pub from: i64,
    /// Last.
    pub to: i64,
}

/// Where a signature is shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Show {
    /// Nowhere.
    #[default]
    Invisible,
    /// The same rectangle on each of the pages.
    At {
        /// Which pages.
        pages: Pages,
        /// Centre, from the left of the page as viewed.
        x: Millimetres,
        /// Centre, from the top.
        y: Millimetres,
        /// Size.
        size: Size,
    },
    /// A strip of it on each of several pages.
    Straddle(Straddle),
    /// Where a text stands.
    Keyword(AtKeyword),
    /// Over the issuer's name and the date of an official document.
    Gongwen(Gongwen),
    /// In an empty signature field of the document, where the document itself put it (PDF).
    Field {
        /// Full name of the field.
        name: String,
    },
}

/// The pages that a choice means in a document of so many pages, counted from 0.
///
/// # Errors
/// [`SignError::PageOutOfRange`] where one is not there, or where the choice means none.
pub fn resolve(pages: &Pages, count: usize) -> Result<Vec<usize>, SignError> {
    let every = |first: usize, step: usize| (first..count).step_by(step).collect::<Vec<_>>();
    let chosen = match pages {
        Pages::Last => every(count.saturating_sub(1), 1),
        Pages::Odd => every(0, 2),
        Pages::Even => every(1, 2),
        Pages::All => every(0, 1),
        Pages::List(ranges) => {
            let mut listed = Vec::new();
            for range in ranges {
                let (from, to) = (index(range.from, count)?, index(range.to, count)?);
                if from > to {
                    return Err(SignError::PageOutOfRange { page: range.from, count });
                }
                listed.extend(from..=to);
            }
            listed.sort_unstable();
            listed.dedup();
            listed
        }
    };
    if chosen.is_empty() { Err(SignError::PageOutOfRange { page: 2, count }) } else { Ok(chosen) }
}

/// Where it is shown on each page, after checking that it lies on the page.
///
/// # Errors
/// [`SignError::PageOutOfRange`], [`SignError::OffPage`]; for a riding seal, a keyword and an official document also
/// those of their own.
pub(crate) fn rectangles(show: &Show, paper: &mut dyn Paper) -> Result<Vec<Shown>, SignError> {
    let count = paper.count();
    let shown = match show {
        Show::Invisible | Show::Field { .. } => return Ok(Vec::new()),
        Show::Straddle(straddle) => {
            return strips(straddle, &resolve(&straddle.pages, count)?, &mut |page| paper.size(page));
        }
        Show::At { pages, x, y, size } => {
            let rect = Rect::centred(*x, *y, *size);
            resolve(pages, count)?.into_iter().map(|page| Shown { page, rect, clip: None, hit: None }).collect()
        }
        Show::Keyword(ask) => keyword::placed(ask, &resolve(&ask.keyword.pages, count)?, paper)?,
        Show::Gongwen(ask) => gongwen::placed(ask, &resolve(&ask.pages, count)?, paper)?,
    };
    for one in &shown {
        let overhang = one.rect.overhang(paper.size(one.page)?);
        // Rounding of page sizes from points to millimetres is no reason to refuse.
        if overhang.0 > TOLERANCE {
            return Err(SignError::OffPage { page: one.page.saturating_add(1), overhang });
        }
    }
    Ok(shown)
}

/// Hundredth of a millimetre.
pub(crate) const TOLERANCE: f64 = 0.01;

fn index(page: i64, count: usize) -> Result<usize, SignError> {
    let out = SignError::PageOutOfRange { page, count };
    let total = i64::try_from(count).map_err(|_| out.clone())?;
    let at = if page < 0 { total.checked_add(page) } else { page.checked_sub(1) };
    at.and_then(|at| usize::try_from(at).ok()).filter(|at| *at < count).ok_or(out)
}

#[cfg(test)]
mod tests {
    use crate::sign::{PageRange, Pages, resolve};

    fn list(ranges: &[(i64, i64)]) -> Pages {
        Pages::List(ranges.iter().map(|(from, to)| PageRange { from: *from, to: *to }).collect())
    }

    #[test]
    fn pages_count_from_one_and_from_the_end() {
        assert_eq!(resolve(&list(&[(1, 3), (5, 5), (-1, -1)]), 7).unwrap(), [0, 1, 2, 4, 6]);
        assert_eq!(resolve(&list(&[(-2, -1), (6, 7)]), 7).unwrap(), [5, 6]);
        assert_eq!(resolve(&Pages::Last, 7).unwrap(), [6]);
        assert_eq!(resolve(&Pages::Even, 5).unwrap(), [1, 3]);
        assert_eq!(resolve(&Pages::Odd, 5).unwrap(), [0, 2, 4]);
    }

    #[test]
    fn a_page_that_is_not_there_is_an_error() {
        for pages in [list(&[(8, 8)]), list(&[(0, 0)]), list(&[(-8, -8)]), list(&[(3, 2)]), list(&[(i64::MIN, 1)])] {
            assert!(resolve(&pages, 7).is_err(), "{pages:?}");
        }
        assert!(resolve(&Pages::Even, 1).is_err());
        assert!(resolve(&Pages::Last, 0).is_err());
    }
}
