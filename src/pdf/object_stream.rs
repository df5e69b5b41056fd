//! Object streams (ISO 32000-1 7.5.7).

use std::rc::Rc;

use crate::limits::{Budget, Limit};
use crate::pdf::blocks::VALUE;
use crate::pdf::error::PdfError;
use crate::pdf::lexer::Lexer;
use crate::pdf::object::{Object, Stream};
use crate::pdf::parser::Parser;

/// Largest decoded object stream. Writers put 100 to 200 objects into one; 64 MiB is far above all seen.
pub(crate) const STREAM_BYTES: u64 = 64 << 20;
/// Decoded bytes kept in the cache.
const KEPT_BYTES: usize = 8 << 20;

/// A decoded object stream.
pub(crate) struct ObjectStream {
    data: Vec<u8>,
    /// Number and offset in `data` of each object.
    objects: Vec<(u32, usize)>,
}

impl ObjectStream {
    /// Reads the head of decoded data.
    pub(crate) fn new(stream: &Stream, data: Vec<u8>, budget: &Budget) -> Option<Result<Self, PdfError>> {
        let number = |key: &str| {
            let value = stream.dictionary.get(key).and_then(Object::as_integer);
            value.and_then(|value| usize::try_from(value).ok())
        };
        let (count, first) = (number("N")?, number("First")?);
        // No reader asks for /Type, but one that says something else is no object stream.
        if stream.dictionary.get("Type").is_some_and(|kind| !kind.is_name("ObjStm")) {
            return None;
        }
        let mut objects = Vec::new();
        let mut lexer = Lexer::memory(data.get(..first)?);
        for _ in 0..count {
            if let Err(error) = budget.spend(Limit::Objects, 1) {
                return Some(Err(error.into()));
            }
            // /N may tell too many: what the head names is there.
            let Some(number) = lexer.unsigned().ok()? else { break };
            let number = u32::try_from(number).ok()?;
            let offset = lexer.unsigned().ok()?.and_then(|offset| usize::try_from(offset).ok())?;
            objects.push((number, first.checked_add(offset)?));
        }
        Some(Ok(ObjectStream { data, objects }))
    }

    /// The numbers of its objects, in their order.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = u32> + '_ {
        self.objects.iter().map(|(number, _)| *number)
    }

    /// The object at `index`, if it has this number; the text of its notes' kinds comes with it.
    pub(crate) fn get(&self, index: u32, number: u32, budget: &Budget) -> Option<Result<Parsed, PdfError>> {
        let index = usize::try_from(index).ok()?;
        let (found, offset) = *self.objects.get(index)?;
        if found != number {
            return None;
        }
        let mut parser = Parser::new(Lexer::memory(self.data.get(offset..)?), budget);
        let value = parser.value();
        if let Err(error) = budget.spend(Limit::Objects, parser.lexer.position() / VALUE) {
            return Some(Err(error.into()));
        }
        let notes = parser.take_notes().into_iter().map(|note| note.kind).collect();
        Some(value.map(|object| Parsed { object, notes }))
    }
}

/// An object of an object stream and what was odd in it.
pub(crate) struct Parsed {
    pub(crate) object: Object,
    pub(crate) notes: Vec<crate::pdf::note::NoteKind>,
}

/// The object streams used last.
#[derive(Default)]
pub(crate) struct StreamCache {
    streams: Vec<(u64, Rc<ObjectStream>)>,
}

impl StreamCache {
    /// The stream whose data begin at this offset of the file.
    pub(crate) fn get(&mut self, offset: u64) -> Option<Rc<ObjectStream>> {
        let at = self.streams.iter().position(|(key, _)| *key == offset)?;
        let entry = self.streams.remove(at);
        let stream = Rc::clone(&entry.1);
        self.streams.push(entry);
        Some(stream)
    }

    /// Keeps a stream and drops the oldest above the limit.
    pub(crate) fn put(&mut self, offset: u64, stream: Rc<ObjectStream>) {
        self.streams.push((offset, stream));
        let mut total: usize = self.streams.iter().map(|(_, stream)| stream.data.len()).sum();
        while total > KEPT_BYTES && self.streams.len() > 1 {
            let (_, dropped) = self.streams.remove(0);
            total = total.saturating_sub(dropped.data.len());
        }
    }
}
