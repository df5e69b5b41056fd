//! Where a seal is shown: its StampAnnots (GB/T 33190-2016 18.2.5) must name pages of the document and touch them.

use std::collections::HashMap;

use crate::geometry::{Millimetres, Rect, Size};
use crate::limits::Budget;
use crate::ofd::{Document, SignatureContent};
use crate::report::{Code, Finding, Kind, Placement};
use crate::verify::draft::Draft;

/// Sizes of pages, looked up once for all stamps of a package: a page may have to be unpacked for it.
#[derive(Default)]
pub(crate) struct PageSizes(HashMap<(usize, usize), Option<Size>>);

impl PageSizes {
    fn of(&mut self, document: &Document, budget: &Budget, body: usize, page: usize) -> Option<Size> {
        *self.0.entry((body, page)).or_insert_with(|| document.page_size(body, page, budget).ok())
    }
}

/// Lists the stamps of a signature and checks them.
pub(crate) fn check(
    (document, budget): (&Document, &Budget),
    body: usize,
    content: &SignatureContent,
    sizes: &mut PageSizes,
    draft: &mut Draft,
) {
    const STEP: &str = "stamps";
    const CLAUSE: &str = "GB/T 33190-2016 18.2.5";
    if content.stamps.is_empty() {
        if draft.report.kind == Kind::Seal {
            draft.end(STEP, CLAUSE, Finding::new(Code::StampInvalid).with("detail", "no stamp"));
        } else {
            draft.not_applicable(STEP, CLAUSE);
        }
        return;
    }
    let pages = document.bodies().get(body).map(crate::ofd::DocBody::pages).unwrap_or_default();
    // The first page of an identifier counts.
    let places: HashMap<&str, usize> =
        pages.iter().enumerate().rev().map(|(at, page)| (page.id.as_str(), at)).collect();
    let mut findings = Vec::new();
    for stamp in &content.stamps {
        let invalid = |detail: &str| Finding::new(Code::StampInvalid).at(&stamp.id).with("detail", detail);
        let Some(index) = places.get(stamp.page_ref.as_str()).copied() else {
            findings.push(invalid("no such page"));
            continue;
        };
        let Some(rectangle) = stamp.boundary else {
            findings.push(invalid("no boundary"));
            continue;
        };
        let size = sizes.of(document, budget, body, index);
        let shown = stamp.clip.map_or(rectangle, |clip| visible(rectangle, clip));
        if !(shown.width.0 > 0.0 && shown.height.0 > 0.0) {
            findings.push(invalid("nothing is shown"));
        } else if size.is_some_and(|size| !touches(shown, size)) {
            findings.push(invalid("outside the page"));
        }
        let page = u32::try_from(index).unwrap_or(u32::MAX).saturating_add(1);
        draft.report.placements.push(Placement { page, rectangle, clip: stamp.clip });
    }
    draft.settle(STEP, CLAUSE, findings);
}

/// What a clip, relative to its rectangle, leaves of it.
fn visible(rect: Rect, clip: Rect) -> Rect {
    let left = clip.x.0.max(0.0);
    let top = clip.y.0.max(0.0);
    let width = clip.right().0.min(rect.width.0) - left;
    let height = clip.bottom().0.min(rect.height.0) - top;
    let mm = Millimetres;
    Rect { x: rect.x + mm(left), y: rect.y + mm(top), width: mm(width), height: mm(height) }
}

/// Whether anything of a rectangle lies on a page.
fn touches(rect: Rect, page: Size) -> bool {
    rect.right().0 > 0.0 && rect.bottom().0 > 0.0 && rect.x < page.width && rect.y < page.height
}
