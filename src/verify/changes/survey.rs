//! Every use of the touched numbers in the signed revision.
//!
//! The oldest signed revision is walked once. First its skeleton (catalog, pages, fields, structure), then everything that
//! hangs on it; so a reference from an outline to a page is known to be a link. Each object is visited once for each
//! role, which costs time in proportion to the document and memory in proportion to the number of its objects.
//!
//! For a signature of a later revision the same survey is carried on ([`Survey::carry_on`]): an object that no revision
//! between lists leads where it led, so that only those are walked which one lists, and what they lead to for the first
//! time. Uses that ended in between are kept: whatever is then changed has to be explained in those, too.

use std::collections::{HashMap, HashSet};

use crate::pdf::object::{Dictionary, Object, ObjectId};
use crate::pdf::{Location, PdfError, SectionKind, View};
use crate::verify::changes::forms::Forms;
use crate::verify::changes::role::{Closed, Role};

/// One use of a touched object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Use {
    /// As what.
    pub(crate) role: Role,
    /// The page on which the way to it led over, if any.
    pub(crate) page: Option<ObjectId>,
    /// The field likewise: its object, or that of its widget.
    pub(crate) field: Option<ObjectId>,
}

/// What the walk found.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    uses: HashMap<u32, Vec<(ObjectId, Use)>>,
    seen: HashMap<ObjectId, u32>,
    /// Numbers of the object streams met.
    containers: HashSet<u32>,
    /// Objects of the fields that are signed or locked.
    closed: HashSet<ObjectId>,
}

/// A visit still to be paid.
struct Visit {
    id: ObjectId,
    as_used: Use,
}

/// A walk under way.
struct Walk<'a, 'd> {
    view: View<'d>,
    forms: &'a Forms,
    survey: Survey,
    /// Numbers whose uses are wanted.
    touched: &'a HashSet<u32>,
    /// Roles in which objects were visited that are to be visited once more.
    again: HashMap<ObjectId, u32>,
    skeleton: Vec<Visit>,
    rest: Vec<Visit>,
}

impl Survey {
    /// Walks what the trailer of a revision reaches.
    ///
    /// # Errors
    /// [`PdfError::Limit`], [`PdfError::Read`], [`PdfError::Encrypted`]; any other object that cannot be read is passed
    /// over: no reader sees it either, and if it is touched it is compared all the same.
    pub(crate) fn walk(view: View<'_>, forms: &Forms, touched: &HashSet<u32>) -> Result<Survey, PdfError> {
        Survey::default().carry_on(view, forms, touched, &HashSet::new())
    }

    /// Carries the survey of an older revision on to a younger one: `between` are the numbers listed since.
    ///
    /// # Errors
    /// As [`Survey::walk`].
    pub(crate) fn carry_on(
        mut self,
        view: View<'_>,
        forms: &Forms,
        touched: &HashSet<u32>,
        between: &HashSet<u32>,
    ) -> Result<Survey, PdfError> {
        let closed: HashSet<ObjectId> = forms.closed().collect();
        let fresh: Vec<ObjectId> = closed.difference(&self.closed).copied().collect();
        self.closed = closed;
        let again = HashMap::new();
        let mut walk = Walk { view, forms, survey: self, touched, again, skeleton: Vec::new(), rest: Vec::new() };
        for number in between {
            for (id, as_used) in walk.survey.uses(*number).to_vec() {
                walk.once_more(id, as_used);
            }
        }
        // Where a field was closed, what hangs on it is used in another way.
        for id in fresh {
            walk.once_more(id, Use { role: Role::Field, page: None, field: None });
        }
        walk.trailer(view.trailer());
        walk.run()?;
        Ok(walk.survey)
    }

    /// The uses of a number, under each generation that is referred to.
    pub(crate) fn uses(&self, number: u32) -> &[(ObjectId, Use)] {
        self.uses.get(&number).map_or(&[], Vec::as_slice)
    }

    /// Writes down a use, once for each role.
    fn note(&mut self, id: ObjectId, as_used: Use) {
        let uses = self.uses.entry(id.number).or_default();
        if !uses.iter().any(|(known, use_)| *known == id && use_.role == as_used.role) {
            uses.push((id, as_used));
        }
    }

    /// Whether the signed revision uses an object in a role outside of a set.
    pub(crate) fn uses_otherwise(&self, id: ObjectId, roles: &[Role]) -> bool {
        let set = roles.iter().fold(0, |set, role| set | role.bit());
        self.seen.get(&id).is_some_and(|seen| seen & !set != 0)
    }

    /// Whether the signed revision uses an object in a role.
    pub(crate) fn used_as(&self, id: ObjectId, role: Role) -> bool {
        self.seen.get(&id).is_some_and(|seen| seen & role.bit() != 0)
    }

    /// Whether the signed revision reaches an object.
    pub(crate) fn reaches(&self, id: ObjectId) -> bool {
        self.seen.contains_key(&id)
    }
}

impl Walk<'_, '_> {
    /// Visits an object although it was visited.
    fn once_more(&mut self, id: ObjectId, as_used: Use) {
        self.again.entry(id).or_default();
        self.push(Visit { id, as_used });
    }

    fn push(&mut self, visit: Visit) {
        if visit.as_used.role.is_skeleton() { self.skeleton.push(visit) } else { self.rest.push(visit) }
    }

    fn run(&mut self) -> Result<(), PdfError> {
        let compressed = self.view.document().revisions().iter().any(|revision| revision.kind != SectionKind::Table);
        while let Some(Visit { id, as_used }) = self.next() {
            let bit = as_used.role.bit();
            let seen = self.survey.seen.get(&id).copied().unwrap_or_default();
            let visited = match self.again.get_mut(&id) {
                Some(again) => std::mem::replace(again, *again | bit),
                None => seen,
            };
            if visited & bit != 0 || (as_used.role.links() && seen & Role::hubs() != 0) {
                continue;
            }
            self.survey.seen.insert(id, seen | bit);
            if self.touched.contains(&id.number) {
                self.survey.note(id, as_used);
            }
            if compressed {
                self.container(id)?;
            }
            if as_used.role == Role::Free {
                continue;
            }
            match self.view.get(id) {
                Ok(object) => self.enter(id, as_used, &object),
                Err(error @ (PdfError::Limit(_) | PdfError::Read { .. } | PdfError::Encrypted)) => return Err(error),
                Err(_) => {}
            }
        }
        Ok(())
    }

    fn next(&mut self) -> Option<Visit> {
        self.skeleton.pop().or_else(|| self.rest.pop())
    }

    /// ISO 32000-1 tables 15 and 17: what leads into the document.
    fn trailer(&mut self, trailer: &Dictionary) {
        for (key, value) in trailer.iter() {
            let role = match key {
                b"Root" => Role::Catalog,
                b"Info" => Role::Free,
                b"Prev" | b"XRefStm" | b"Length" | b"Filter" | b"DecodeParms" | b"W" | b"Index" => continue,
                _ => Role::Opaque,
            };
            self.values(Use { role, page: None, field: None }, value, Closed::Signed);
        }
    }

    /// An object stream that holds an object in use is in use itself, and so is what its own dictionary names.
    fn container(&mut self, id: ObjectId) -> Result<(), PdfError> {
        if let Some(Location::InStream { stream, .. }) = self.view.location(id)?
            && self.survey.containers.insert(stream)
        {
            let id = ObjectId { number: stream, generation: 0 };
            self.rest.push(Visit { id, as_used: Use { role: Role::Container, page: None, field: None } });
        }
        Ok(())
    }

    fn enter(&mut self, id: ObjectId, as_used: Use, object: &Object) {
        let mut inside = as_used;
        let mut closed = Closed::Signed;
        match as_used.role {
            Role::PageNode => inside.page = Some(id),
            Role::Field => {
                inside.field = self.forms.place(id).map(|_| id);
                closed = self.forms.state(id);
            }
            _ => {}
        }
        self.values(inside, object, closed);
    }

    /// Everything that a value refers to. Values nest no deeper than the reader allows.
    fn values(&mut self, as_used: Use, value: &Object, closed: Closed) {
        let mut stack = vec![(as_used.role, value)];
        while let Some((role, value)) = stack.pop() {
            match value {
                Object::Reference(id) => self.refer(*id, Use { role, ..as_used }),
                Object::Array(items) => {
                    stack.extend(items.iter().filter(|i| is_container(i)).map(|item| (role.item(), item)));
                }
                Object::Dictionary(dictionary) => push_entries(&mut stack, role, dictionary, closed),
                Object::Stream(stream) => push_entries(&mut stack, role, &stream.dictionary, closed),
                _ => {}
            }
        }
    }

    fn refer(&mut self, id: ObjectId, as_used: Use) {
        // A field's widget is met again as a field, where the form reaches it.
        if as_used.role == Role::Annotation && self.forms.place(id).is_some() {
            return;
        }
        self.push(Visit { id, as_used });
    }
}

fn push_entries<'o>(stack: &mut Vec<(Role, &'o Object)>, role: Role, dictionary: &'o Dictionary, closed: Closed) {
    for (key, value) in dictionary.iter().filter(|(_, value)| is_container(value)) {
        stack.push((role.entry(key, closed), value));
    }
}

fn is_container(value: &Object) -> bool {
    matches!(value, Object::Reference(_) | Object::Array(_) | Object::Dictionary(_) | Object::Stream(_))
}
