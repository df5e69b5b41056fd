//! The page tree (ISO 32000-1 7.7.3), walked only as far as it is asked for.

use std::collections::HashSet;
use std::rc::Rc;

use crate::geometry::{PageBox, Rotation, UserRect};
use crate::limits::{Limit, PDF_NESTING};
use crate::pdf::error::{PdfError, TreeProblem};
use crate::pdf::note::NoteKind;
use crate::pdf::object::{Dictionary, Object, ObjectId};
use crate::pdf::view::View;
use crate::pdf::xref::Location;

/// A4, for pages that do not say how large they are.
const A4: UserRect = UserRect { x0: 0.0, y0: 0.0, x1: 595.276, y1: 841.89 };
/// Largest coordinate taken for a box: 100 km of paper are no page.
const FARTHEST: f64 = 1e8;

/// A page.
#[derive(Clone, Debug)]
pub struct Page {
    /// Its place, the first page being 0.
    pub index: usize,
    /// Its object; `None` for a page written inside its parent, which 7.7.3.2 forbids.
    pub id: Option<ObjectId>,
    /// Its dictionary, without what it inherits.
    pub dictionary: Dictionary,
    /// What is seen of it.
    pub page_box: PageBox,
    /// Its /Resources, own or inherited, not resolved.
    pub resources: Option<Object>,
    /// The items of /Annots, most often references.
    pub annots: Vec<Object>,
}

/// What a page takes from its ancestors (7.7.3.4).
#[derive(Clone, Default)]
struct Inherited {
    resources: Option<Rc<Object>>,
    media: Option<Rc<Object>>,
    crop: Option<Rc<Object>>,
    rotate: Option<Rc<Object>>,
}

/// The pages in order. Ends after the first error.
pub struct Pages<'d> {
    view: View<'d>,
    /// Nodes being walked: their kids, which one is next, what they hand down.
    stack: Vec<(Vec<Object>, usize, Rc<Inherited>)>,
    nodes: HashSet<ObjectId>,
    leaves: HashSet<ObjectId>,
    index: usize,
    state: State,
}

#[derive(PartialEq, Eq)]
enum State {
    Fresh,
    Walking,
    Ended,
}

impl<'d> View<'d> {
    /// The pages in order, read as the iterator moves.
    #[must_use]
    pub fn pages(&self) -> Pages<'d> {
        Pages {
            view: *self,
            stack: Vec::new(),
            nodes: HashSet::new(),
            leaves: HashSet::new(),
            index: 0,
            state: State::Fresh,
        }
    }

    /// How many pages there are: counted, /Count is not believed.
    ///
    /// # Errors
    /// [`PdfError`] when the page tree is damaged.
    pub fn page_count(&self) -> Result<usize, PdfError> {
        let mut count = 0;
        for page in self.pages() {
            page?;
            count += 1;
        }
        Ok(count)
    }

    /// A page, the first being 0.
    ///
    /// # Errors
    /// [`PdfError::PageOutOfRange`], and [`PdfError`] when the page tree is damaged before it.
    pub fn page(&self, index: usize) -> Result<Page, PdfError> {
        let mut count = 0;
        for page in self.pages() {
            let page = page?;
            if page.index == index {
                return Ok(page);
            }
            count += 1;
        }
        Err(PdfError::PageOutOfRange { index, count })
    }
}

impl Iterator for Pages<'_> {
    type Item = Result<Page, PdfError>;

    fn next(&mut self) -> Option<Self::Item> {
        let result = self.step();
        if !matches!(result, Ok(Some(_))) {
            self.state = State::Ended;
        }
        result.transpose()
    }
}

fn damaged(problem: TreeProblem) -> PdfError {
    PdfError::PageTree { problem }
}

impl Pages<'_> {
    fn step(&mut self) -> Result<Option<Page>, PdfError> {
        match self.state {
            State::Ended => return Ok(None),
            State::Walking => {}
            State::Fresh => {
                self.state = State::Walking;
                let catalog = self.view.catalog()?;
                let pages = catalog.get("Pages").ok_or(damaged(TreeProblem::NoRoot))?;
                let Object::Dictionary(root) = self.view.resolve(pages)? else {
                    return Err(damaged(TreeProblem::NoRoot));
                };
                if root.get("Type").is_some_and(|kind| kind.is_name("Page")) && root.get("Kids").is_none() {
                    // A document of one page, named as if it were the tree: readers show it.
                    let (id, place) = (pages.as_reference(), self.place(pages.as_reference()));
                    self.view.file().note(place, NoteKind::PageType);
                    return self.leaf(id, root, &Inherited::default(), place).map(Some);
                }
                self.descend(pages.as_reference(), &root, &Inherited::default())?;
            }
        }
        loop {
            let Some((kids, next, inherited)) = self.stack.last_mut() else { return Ok(None) };
            let Some(kid) = kids.get(*next).cloned() else {
                self.stack.pop();
                continue;
            };
            *next += 1;
            let inherited = Rc::clone(inherited);
            let id = kid.as_reference();
            let place = self.place(id);
            let Object::Dictionary(node) = self.view.resolve(&kid)? else {
                self.view.file().note(place, NoteKind::PageNode);
                continue;
            };
            if !is_leaf(&node) {
                self.descend(id, &node, &inherited)?;
                continue;
            }
            if !node.get("Type").is_some_and(|kind| kind.is_name("Page")) {
                self.view.file().note(place, NoteKind::PageType);
            }
            match id {
                None => self.view.file().note(place, NoteKind::PageDirect),
                Some(id) if !self.leaves.insert(id) => self.view.file().note(place, NoteKind::PageTree),
                Some(_) => {}
            }
            let page = self.leaf(id, node, &inherited, place)?;
            self.index += 1;
            return Ok(Some(page));
        }
    }

    /// Where a note about a node belongs: its entry's offset, else the revision's section.
    fn place(&self, id: Option<ObjectId>) -> u64 {
        let location = id.and_then(|id| self.view.location(id).ok().flatten());
        match location {
            Some(Location::Offset(offset)) => offset,
            _ => self.view.revision().xref_offset,
        }
    }

    fn descend(&mut self, id: Option<ObjectId>, node: &Dictionary, above: &Inherited) -> Result<(), PdfError> {
        if id.is_some_and(|id| !self.nodes.insert(id)) {
            return Err(damaged(TreeProblem::Loop));
        }
        if self.stack.len() >= PDF_NESTING as usize {
            return Err(damaged(TreeProblem::Depth));
        }
        let Object::Array(kids) = self.view.lookup(node, "Kids")? else {
            return Err(damaged(TreeProblem::Malformed));
        };
        self.stack.push((kids, 0, Rc::new(above.with(node))));
        Ok(())
    }

    fn leaf(&self, id: Option<ObjectId>, node: Dictionary, above: &Inherited, at: u64) -> Result<Page, PdfError> {
        let inherited = above.with(&node);
        let page_box = self.page_box(&node, &inherited, at)?;
        let annots = match self.view.lookup(&node, "Annots")? {
            Object::Array(items) => items,
            _ => Vec::new(),
        };
        // A large dictionary that many pages inherit is copied for each: that is paid for.
        let resources = inherited.resources.as_deref();
        self.view.budget().spend(Limit::Objects, resources.map_or(0, Object::weight))?;
        Ok(Page { index: self.index, id, dictionary: node, page_box, resources: resources.cloned(), annots })
    }

    /// 14.11.2 and table 30: the crop box cut by the media box.
    fn page_box(&self, node: &Dictionary, inherited: &Inherited, at: u64) -> Result<PageBox, PdfError> {
        let note = |kind| self.view.file().note(at, kind);
        let media = self.rectangle(inherited.media.as_deref())?;
        if media.is_none() {
            note(if inherited.media.is_none() { NoteKind::MediaBoxMissing } else { NoteKind::PageBox });
        }
        let media = media.unwrap_or(A4);
        let crop = match &inherited.crop {
            None => media,
            Some(crop) => self.rectangle(Some(crop))?.and_then(|crop| intersect(crop, media)).unwrap_or_else(|| {
                note(NoteKind::PageBox);
                media
            }),
        };
        let rotation = match inherited.rotate.as_ref().map(|value| self.view.resolve(value)).transpose()? {
            None | Some(Object::Null) => Rotation::None,
            #[allow(clippy::cast_possible_truncation, reason = "a real such as 90.0 is meant as an integer")]
            Some(value) => match value.as_number().and_then(|degrees| Rotation::from_degrees(degrees as i64)) {
                Some(rotation) => rotation,
                None => {
                    note(NoteKind::PageBox);
                    Rotation::None
                }
            },
        };
        let user_unit = match self.view.lookup(node, "UserUnit")? {
            Object::Null => 1.0,
            value => value.as_number().filter(|unit| (1e-3..=1e5).contains(unit)).unwrap_or_else(|| {
                note(NoteKind::PageBox);
                1.0
            }),
        };
        Ok(PageBox { crop, rotation, user_unit })
    }

    /// A rectangle (7.9.5) with its corners in order; `None` if it is none or empty.
    fn rectangle(&self, object: Option<&Object>) -> Result<Option<UserRect>, PdfError> {
        let Some(object) = object else { return Ok(None) };
        self.view.rectangle(object)
    }
}

impl View<'_> {
    /// A rectangle (ISO 32000-1 7.9.5) with its corners in order; `None` if it is none or has no area.
    ///
    /// # Errors
    /// As [`View::get`].
    pub fn rectangle(&self, object: &Object) -> Result<Option<UserRect>, PdfError> {
        let Object::Array(items) = self.resolve(object)? else { return Ok(None) };
        let mut numbers = Vec::with_capacity(4);
        for item in items.iter().take(4) {
            let number = self.resolve(item)?.as_number().filter(|number| number.abs() <= FARTHEST);
            numbers.extend(number);
        }
        let [x0, y0, x1, y1] = numbers.as_slice() else { return Ok(None) };
        let rect = UserRect { x0: x0.min(*x1), y0: y0.min(*y1), x1: x0.max(*x1), y1: y0.max(*y1) };
        Ok((rect.x1 > rect.x0 && rect.y1 > rect.y0).then_some(rect))
    }
}

impl Inherited {
    /// What a node hands down: its own entries over those from above.
    fn with(&self, node: &Dictionary) -> Inherited {
        let own = |key: &str, above: &Option<Rc<Object>>| match node.get(key) {
            None | Some(Object::Null) => above.clone(),
            Some(value) => Some(Rc::new(value.clone())),
        };
        Inherited {
            resources: own("Resources", &self.resources),
            media: own("MediaBox", &self.media),
            crop: own("CropBox", &self.crop),
            rotate: own("Rotate", &self.rotate),
        }
    }
}

/// A page, or a node with kids.
fn is_leaf(node: &Dictionary) -> bool {
    node.get("Kids").is_none() || node.get("Type").is_some_and(|kind| kind.is_name("Page"))
}

fn intersect(a: UserRect, b: UserRect) -> Option<UserRect> {
    let cut = UserRect { x0: a.x0.max(b.x0), y0: a.y0.max(b.y0), x1: a.x1.min(b.x1), y1: a.y1.min(b.y1) };
    (cut.x1 > cut.x0 && cut.y1 > cut.y0).then_some(cut)
}
