//! Every use of the touched objects in the signed revision.
//!
//! A later revision may put new content under an old number, or under a number that was dangling. Whether that matters
//! depends on **every** path by which the signed revision reached that number; so the signed revision is walked once,
//! and each use of a touched number is written down as an [`Edge`]. A rule clears the edges that it explains; an edge
//! that no rule clears is a change that nobody allowed.

use std::collections::{HashMap, HashSet};

use crate::pdf::object::{Dictionary, Object, ObjectId};
use crate::pdf::{PdfError, View};

/// A step from a value to one inside it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum PathStep {
    /// A dictionary's key.
    Key(Vec<u8>),
    /// An array's index.
    Index(usize),
}

/// One use: who refers, and where inside him.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Edge {
    /// The indirect object that refers; `None` is the trailer.
    pub(crate) parent: Option<ObjectId>,
    /// Where in it.
    pub(crate) path: Vec<PathStep>,
}

/// All uses of the touched numbers in the signed revision.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    edges: HashMap<u32, Vec<Edge>>,
    unreadable: Vec<ObjectId>,
}

impl Graph {
    /// Walks everything that a revision's trailer reaches, each object once.
    ///
    /// # Errors
    /// [`PdfError::Limit`]; an object that cannot be read is noted and passed over, for no reader sees it either.
    pub(crate) fn walk(view: View<'_>, touched: &HashSet<u32>) -> Result<Graph, PdfError> {
        let mut graph = Graph::default();
        let mut seen: HashSet<u32> = HashSet::new();
        let mut pending: Vec<ObjectId> = Vec::new();
        graph.uses(None, &trailer_graph(view.trailer()), touched, &mut |id| pending.push(id));
        while let Some(id) = pending.pop() {
            if !seen.insert(id.number) {
                continue;
            }
            match view.get(id) {
                Ok(object) => graph.uses(Some(id), &object, touched, &mut |id| pending.push(id)),
                Err(PdfError::Limit(limit)) => return Err(PdfError::Limit(limit)),
                Err(PdfError::Encrypted) => return Err(PdfError::Encrypted),
                Err(_) => graph.unreadable.push(id),
            }
        }
        Ok(graph)
    }

    /// The uses of a number; none if the signed revision does not reach it.
    pub(crate) fn uses_of(&self, number: u32) -> &[Edge] {
        self.edges.get(&number).map_or(&[], Vec::as_slice)
    }

    /// Objects that are reached and cannot be read.
    pub(crate) fn unreadable(&self) -> &[ObjectId] {
        &self.unreadable
    }

    /// Records the uses inside one value. Values nest no deeper than the reader's limit, so the stack is bounded.
    fn uses(
        &mut self,
        parent: Option<ObjectId>,
        value: &Object,
        touched: &HashSet<u32>,
        follow: &mut dyn FnMut(ObjectId),
    ) {
        let mut stack: Vec<(Vec<PathStep>, &Object)> = vec![(Vec::new(), value)];
        while let Some((path, value)) = stack.pop() {
            match value {
                Object::Reference(id) => {
                    follow(*id);
                    if touched.contains(&id.number) {
                        self.edges.entry(id.number).or_default().push(Edge { parent, path });
                    }
                }
                Object::Array(items) => {
                    for (index, item) in items.iter().enumerate().filter(|(_, item)| is_container(item)) {
                        stack.push((extended(&path, PathStep::Index(index)), item));
                    }
                }
                Object::Dictionary(dictionary) => push_entries(&mut stack, &path, dictionary),
                Object::Stream(stream) => push_entries(&mut stack, &path, &stream.dictionary),
                _ => {}
            }
        }
    }
}

/// Trailer entries that lead into the document; /Prev and the keys of xref streams do not (ISO 32000-1 tables 15, 17).
fn trailer_graph(trailer: &Dictionary) -> Object {
    let mut kept = Dictionary::new();
    for (key, value) in trailer.iter() {
        if !matches!(key, b"Prev" | b"XRefStm" | b"Length" | b"Filter" | b"DecodeParms" | b"W" | b"Index") {
            kept.set(key, value.clone());
        }
    }
    Object::Dictionary(kept)
}

fn push_entries<'o>(stack: &mut Vec<(Vec<PathStep>, &'o Object)>, path: &[PathStep], dictionary: &'o Dictionary) {
    for (key, value) in dictionary.iter().filter(|(_, value)| is_container(value)) {
        stack.push((extended(path, PathStep::Key(key.to_vec())), value));
    }
}

fn is_container(value: &Object) -> bool {
    matches!(value, Object::Reference(_) | Object::Array(_) | Object::Dictionary(_) | Object::Stream(_))
}

fn extended(path: &[PathStep], step: PathStep) -> Vec<PathStep> {
    let mut longer = Vec::with_capacity(path.len() + 1);
    longer.extend_from_slice(path);
    longer.push(step);
    longer
}
