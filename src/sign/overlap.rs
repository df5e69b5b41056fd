//! Whether a new seal would lie over an earlier one. Seals of several organs stand side by side, neither touching nor
//! crossing (GB/T 9704-2012 7.3.5.2); a seal over a seal is most often a command run twice.

use crate::geometry::{Millimetres, Rect};
use crate::limits::Budget;
use crate::sign::{Show, Shown, SignError, shown_on_ofd, shown_on_pdf};

/// What rectangles may share for the rounding of earlier writers: a twentieth of a millimetre.
const SLACK: f64 = 0.05;

/// An earlier signature as it is seen.
struct Earlier {
    id: String,
    page: usize,
    rect: Rect,
}

/// Refuses a place that lies over a visible signature of a PDF. A field of the document's own is where its author wants
/// it.
///
/// # Errors
/// [`SignError::Overlaps`]; those of [`shown_on_pdf`].
pub fn overlap_on_pdf(document: &crate::pdf::Document, show: &Show) -> Result<(), SignError> {
    if matches!(show, Show::Invisible | Show::Field { .. }) {
        return Ok(());
    }
    let view = document.current()?;
    let mut names = Vec::new();
    let mut widgets = Vec::new();
    for signature in view.signatures()? {
        for widget in signature.field.widgets {
            names.push(signature.field.name.clone());
            widgets.push(widget);
        }
    }
    if widgets.is_empty() {
        return Ok(());
    }
    let places = view.pages_of(&widgets)?;
    let earlier = names.into_iter().zip(widgets).zip(places).filter_map(|((id, widget), place)| {
        let (page, page_box) = place?;
        Some(Earlier { id, page, rect: page_box.to_viewed(widget.rect?) })
    });
    refuse(&shown_on_pdf(document, show)?, earlier)
}

/// Refuses a place that lies over a stamp on one document of an OFD package, counted from 0.
///
/// # Errors
/// [`SignError::Overlaps`]; those of [`shown_on_ofd`].
pub fn overlap_on_ofd(
    document: &crate::ofd::Document,
    body: usize,
    budget: &Budget,
    show: &Show,
) -> Result<(), SignError> {
    let found = document.body(body)?;
    let sealed = found.signatures().filter(|list| !list.entries().is_empty());
    let Some(list) = sealed.filter(|_| *show != Show::Invisible) else { return Ok(()) };
    let shown = shown_on_ofd(document, body, budget, show)?;
    let mut earlier = Vec::new();
    for entry in list.entries() {
        let Ok(content) = &entry.content else { continue };
        for stamp in &content.stamps {
            let page = found.pages().iter().position(|page| page.id == stamp.page_ref);
            let (Some(page), Some(whole)) = (page, stamp.boundary) else { continue };
            if !shown.iter().any(|one| one.page == page) {
                continue;
            }
            let area = document.page_area(body, page, budget)?;
            let rect = Rect { x: whole.x - area.x, y: whole.y - area.y, ..whole };
            let rect = Shown { page, rect, clip: stamp.clip, hit: None }.visible();
            earlier.push(Earlier { id: entry.id.clone(), page, rect });
        }
    }
    refuse(&shown, earlier.into_iter())
}

fn refuse(shown: &[Shown], earlier: impl Iterator<Item = Earlier>) -> Result<(), SignError> {
    for one in earlier {
        for new in shown.iter().filter(|new| new.page == one.page) {
            let (width, height) = shared(new.visible(), one.rect);
            if width.0 > SLACK && height.0 > SLACK {
                return Err(SignError::Overlaps { page: one.page.saturating_add(1), id: one.id, width, height });
            }
        }
    }
    Ok(())
}

/// Extent of what two rectangles share; not above zero where they are apart.
fn shared(a: Rect, b: Rect) -> (Millimetres, Millimetres) {
    let length = |from: f64, to: f64| Millimetres(((to - from) * 100.0).round() / 100.0);
    let width = length(a.x.0.max(b.x.0), a.right().0.min(b.right().0));
    let height = length(a.y.0.max(b.y.0), a.bottom().0.min(b.bottom().0));
    (width, height)
}

#[cfg(test)]
mod tests {
    use crate::geometry::{Millimetres, Rect, Size};
    use crate::sign::overlap::{Earlier, refuse};
    use crate::sign::{Shown, SignError};

    fn rect(x: f64, y: f64) -> Rect {
        Rect::centred(Millimetres(x), Millimetres(y), Size { width: Millimetres(40.0), height: Millimetres(40.0) })
    }

    fn against(earlier: Rect, new: Rect, clip: Option<Rect>) -> Result<(), SignError> {
        let earlier = Earlier { id: "s1".to_owned(), page: 0, rect: earlier };
        refuse(&[Shown { page: 0, rect: new, clip, hit: None }], std::iter::once(earlier))
    }

    #[test]
    fn it_says_by_how_much() {
        let error = against(rect(100.0, 100.0), rect(130.0, 95.0), None).unwrap_err();
        let SignError::Overlaps { page: 1, id, width, height } = error else { panic!("{error}") };
        assert_eq!((id.as_str(), width.0, height.0), ("s1", 10.0, 35.0));
    }

    #[test]
    fn seals_side_by_side_may_touch() {
        assert!(against(rect(100.0, 100.0), rect(140.0, 100.0), None).is_ok());
        assert!(against(rect(100.0, 100.0), rect(100.0, 60.02), None).is_ok());
        assert!(against(rect(100.0, 100.0), rect(100.0, 60.2), None).is_err());
        // Of a riding seal only the strip counts.
        let strip =
            Rect { x: Millimetres(0.0), y: Millimetres(0.0), width: Millimetres(5.0), height: Millimetres(40.0) };
        assert!(against(rect(100.0, 100.0), rect(65.0, 100.0), Some(strip)).is_ok());
    }
}
