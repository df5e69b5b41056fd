//! The text of a page with its places (ISO 32000-1 clause 9): the operators of text in the page's content and in the
//! forms that it shows.

use std::collections::HashMap;
use std::rc::Rc;

use crate::geometry::{Glyph, Rect, TextRun, Transform, Writing};
use crate::limits::{Exhausted, Limit};
use crate::pdf::content::Content;
use crate::pdf::error::PdfError;
use crate::pdf::font::{Font, tolerant};
use crate::pdf::object::{Dictionary, Object, ObjectId, Stream};
use crate::pdf::page::Page;
use crate::pdf::view::View;

/// Largest content taken for one page or form: 64 MiB, as of object streams.
const CONTENT_BYTES: u64 = 64 << 20;
/// Most operators of one page, its forms included.
const OPERATORS: u64 = 10_000_000;
/// Most forms shown on one page, repeated ones counted.
const FORMS: u64 = 10_000;
/// Most characters of one page.
const GLYPHS: u64 = 1_000_000;
/// Deepest nesting of forms, and of saved states (ISO 32000-1 annex C has 28).
const DEPTH: usize = 16;
const STATES: usize = 512;

/// Reads the text of pages; fonts are read once.
pub struct PageText<'d> {
    view: View<'d>,
    fonts: HashMap<ObjectId, Option<Rc<Font>>>,
}

impl<'d> View<'d> {
    /// A reader of this revision's text.
    #[must_use]
    pub fn page_text(&self) -> PageText<'d> {
        PageText { view: *self, fonts: HashMap::new() }
    }
}

impl PageText<'_> {
    /// The text that a page shows, in the order of the file, with its places as viewed. What lies wholly outside the
    /// page is left out; invisible text (rendering mode 3), as under scanned pages, is not.
    ///
    /// # Errors
    /// [`PdfError`] where the page's content cannot be read; [`PdfError::Limit`].
    pub fn runs(&mut self, page: &Page) -> Result<Vec<TextRun>, PdfError> {
        let mut bytes = Vec::new();
        let contents = page.dictionary.get("Contents").map(|contents| self.view.resolve(contents)).transpose()?;
        let streams = match contents {
            Some(Object::Array(items)) => items.iter().map(|item| self.view.resolve(item)).collect::<Result<_, _>>()?,
            Some(other) => vec![other],
            None => Vec::new(),
        };
        for stream in &streams {
            let Object::Stream(stream) = stream else { continue };
            let room = CONTENT_BYTES.saturating_sub(bytes.len() as u64);
            bytes.extend_from_slice(&self.view.stream_data(stream, room)?);
            // The parts are one stream, divided between tokens (7.8.2).
            bytes.push(b'\n');
        }
        let resources = page.resources.as_ref().map(|value| tolerant(self.view.resolve(value))).transpose()?.flatten();
        let resources = resources.as_ref().and_then(Object::as_dictionary).cloned().unwrap_or_default();
        let size = page.page_box.viewed_size();
        let area = Rect { width: size.width, height: size.height, ..Rect::default() };
        let mut machine = Machine {
            text: self,
            area,
            runs: Vec::new(),
            operators: OPERATORS,
            forms: FORMS,
            glyphs: GLYPHS,
            direct: Vec::new(),
        };
        machine.show(&bytes, &Rc::new(resources), &page.page_box.viewing(), 0)?;
        Ok(machine.runs)
    }
}

/// What text looks like (9.3.1) and where user space lies.
#[derive(Clone)]
struct State {
    space: Transform,
    font: Option<Rc<Font>>,
    size: f64,
    character: f64,
    word: f64,
    stretch: f64,
    leading: f64,
    rise: f64,
}

/// What runs the operators.
struct Machine<'t, 'd> {
    text: &'t mut PageText<'d>,
    area: Rect,
    runs: Vec<TextRun>,
    operators: u64,
    forms: u64,
    glyphs: u64,
    /// Fonts written inside resources, which have no number to be known by.
    direct: Vec<(Dictionary, Rc<Font>)>,
}

/// Where a piece of content stands.
struct Frame {
    state: State,
    saved: Vec<State>,
    /// States beyond those that are kept.
    unsaved: u32,
    matrix: Transform,
    line: Transform,
    resources: Rc<Dictionary>,
    depth: usize,
}

fn spent(allowed: u64) -> PdfError {
    PdfError::Limit(Exhausted { limit: Limit::Objects, allowed })
}

impl Machine<'_, '_> {
    fn show(
        &mut self,
        bytes: &[u8],
        resources: &Rc<Dictionary>,
        space: &Transform,
        depth: usize,
    ) -> Result<(), PdfError> {
        let state = State {
            space: *space,
            font: None,
            size: 0.0,
            character: 0.0,
            word: 0.0,
            stretch: 1.0,
            leading: 0.0,
            rise: 0.0,
        };
        let resources = Rc::clone(resources);
        let (matrix, line) = (Transform::IDENTITY, Transform::IDENTITY);
        let mut frame = Frame { state, saved: Vec::new(), unsaved: 0, matrix, line, resources, depth };
        let mut content = Content::new(bytes);
        while let Some((operator, operands)) = content.next() {
            self.operators = self.operators.checked_sub(1).ok_or_else(|| spent(OPERATORS))?;
            self.operate(&mut frame, &operator, &operands)?;
        }
        Ok(())
    }

    fn operate(&mut self, frame: &mut Frame, operator: &[u8], operands: &[Object]) -> Result<(), PdfError> {
        let number = |at: usize| operands.get(at).and_then(Object::as_number).unwrap_or(0.0);
        let text = |at: usize| operands.get(at).and_then(Object::as_string).unwrap_or_default();
        match operator {
            b"q" if frame.saved.len() < STATES => frame.saved.push(frame.state.clone()),
            b"q" => frame.unsaved = frame.unsaved.saturating_add(1),
            b"Q" if frame.unsaved > 0 => frame.unsaved -= 1,
            b"Q" => frame.state = frame.saved.pop().unwrap_or_else(|| frame.state.clone()),
            b"cm" => frame.state.space = matrix(operands).then(&frame.state.space),
            b"BT" => frame.set(Transform::IDENTITY),
            b"Tm" => frame.set(matrix(operands)),
            b"Td" => frame.next_line(number(0), number(1)),
            b"TD" => {
                frame.state.leading = -number(1);
                frame.next_line(number(0), number(1));
            }
            b"T*" => frame.next_line(0.0, -frame.state.leading),
            b"Tc" => frame.state.character = number(0),
            b"Tw" => frame.state.word = number(0),
            b"Tz" => frame.state.stretch = number(0) / 100.0,
            b"TL" => frame.state.leading = number(0),
            b"Ts" => frame.state.rise = number(0),
            b"Tf" => {
                frame.state.size = number(1);
                frame.state.font = self.named_font(&frame.resources, operands.first())?;
            }
            b"gs" => self.set_state(frame, operands.first())?,
            b"Tj" => self.strings(frame, &[Object::String(text(0).to_vec())])?,
            b"TJ" => self.strings(frame, operands.first().and_then(Object::as_array).unwrap_or_default())?,
            b"'" => {
                frame.next_line(0.0, -frame.state.leading);
                self.strings(frame, &[Object::String(text(0).to_vec())])?;
            }
            b"\"" => {
                (frame.state.word, frame.state.character) = (number(0), number(1));
                frame.next_line(0.0, -frame.state.leading);
                self.strings(frame, &[Object::String(text(2).to_vec())])?;
            }
            b"Do" => self.form(frame, operands.first())?,
            _ => {}
        }
        Ok(())
    }

    /// Shows strings with the shifts between them (9.4.3, TJ).
    fn strings(&mut self, frame: &mut Frame, items: &[Object]) -> Result<(), PdfError> {
        let Some(font) = frame.state.font.clone() else { return Ok(()) };
        let mut run = TextRun::default();
        for item in items {
            match item {
                Object::String(string) => self.string(frame, &font, string, &mut run)?,
                other => {
                    let shift = -other.as_number().unwrap_or(0.0) / 1000.0 * frame.state.size;
                    frame.advance(&font, shift);
                }
            }
        }
        if !run.glyphs.is_empty() {
            self.runs.push(run);
        }
        Ok(())
    }

    fn string(&mut self, frame: &mut Frame, font: &Font, string: &[u8], run: &mut TextRun) -> Result<(), PdfError> {
        for code in font.codes(string) {
            let State { size, character, word, stretch, rise, .. } = frame.state;
            let space = frame.matrix.then(&frame.state.space);
            let extent = code.advance * size;
            let count = code.text.len().max(1);
            #[allow(clippy::cast_precision_loss, reason = "a ligature has a handful of letters")]
            for (at, character) in code.text.iter().enumerate() {
                self.glyphs = self.glyphs.checked_sub(1).ok_or_else(|| spent(GLYPHS))?;
                // A ligature's letters share its width.
                let (from, to) = (at as f64 / count as f64 * extent, (at + 1) as f64 / count as f64 * extent);
                let glyph = if font.is_vertical() {
                    Glyph::place(*character, [(0.0, from), (0.0, to)], (0.0, size), Writing::Vertical, &space)
                } else {
                    let pen = [(from * stretch, rise), (to * stretch, rise)];
                    Glyph::place(*character, pen, (0.0, size), Writing::Horizontal, &space)
                };
                run.glyphs.extend(glyph.filter(|glyph| self.is_seen(glyph)));
            }
            frame.advance(font, extent + character + if code.is_space { word } else { 0.0 });
        }
        Ok(())
    }

    fn is_seen(&self, glyph: &Glyph) -> bool {
        let (seen, area) = (glyph.bounds(), self.area);
        seen.x < area.width && seen.right().0 > 0.0 && seen.y < area.height && seen.bottom().0 > 0.0
    }

    /// A form (8.10.1): its matrix stands before the space in which it is shown; its own resources, else those of what
    /// shows it.
    fn form(&mut self, frame: &Frame, name: Option<&Object>) -> Result<(), PdfError> {
        let Some(name) = name.and_then(Object::as_name).filter(|_| frame.depth < DEPTH) else { return Ok(()) };
        let Some(Object::Stream(stream)) = self.resource(&frame.resources, "XObject", name)? else { return Ok(()) };
        if !self.value(&stream.dictionary, "Subtype")?.is_name("Form") {
            return Ok(());
        }
        self.forms = self.forms.checked_sub(1).ok_or_else(|| spent(FORMS))?;
        let Some(bytes) = self.data(&stream)? else { return Ok(()) };
        let own = match self.value(&stream.dictionary, "Matrix")? {
            Object::Array(items) => matrix(&items),
            _ => Transform::IDENTITY,
        };
        let resources = match self.value(&stream.dictionary, "Resources")? {
            Object::Dictionary(own) => Rc::new(own),
            _ => Rc::clone(&frame.resources),
        };
        self.show(&bytes, &resources, &own.then(&frame.state.space), frame.depth + 1)
    }

    fn data(&self, stream: &Stream) -> Result<Option<Vec<u8>>, PdfError> {
        tolerant(self.text.view.stream_data(stream, CONTENT_BYTES))
    }

    /// /Font of an ExtGState (table 58).
    fn set_state(&mut self, frame: &mut Frame, name: Option<&Object>) -> Result<(), PdfError> {
        let Some(name) = name.and_then(Object::as_name) else { return Ok(()) };
        let Some(Object::Dictionary(state)) = self.resource(&frame.resources, "ExtGState", name)? else {
            return Ok(());
        };
        if let Object::Array(pair) = self.value(&state, "Font")?
            && let [font, size] = pair.as_slice()
        {
            frame.state.size = size.as_number().unwrap_or(frame.state.size);
            frame.state.font = self.font(font)?;
        }
        Ok(())
    }

    fn named_font(&mut self, resources: &Dictionary, name: Option<&Object>) -> Result<Option<Rc<Font>>, PdfError> {
        let Some(name) = name.and_then(Object::as_name).and_then(|name| std::str::from_utf8(name).ok()) else {
            return Ok(None);
        };
        let Object::Dictionary(fonts) = self.value(resources, "Font")? else { return Ok(None) };
        fonts.get(name).map_or(Ok(None), |font| self.font(font))
    }

    fn font(&mut self, object: &Object) -> Result<Option<Rc<Font>>, PdfError> {
        if let Some(id) = object.as_reference() {
            if let Some(known) = self.text.fonts.get(&id) {
                return Ok(known.clone());
            }
            let read = match tolerant(self.text.view.resolve(object))? {
                Some(Object::Dictionary(dictionary)) => Some(Rc::new(Font::read(&self.text.view, &dictionary)?)),
                _ => None,
            };
            self.text.fonts.insert(id, read.clone());
            return Ok(read);
        }
        let Object::Dictionary(dictionary) = object else { return Ok(None) };
        if let Some((_, font)) = self.direct.iter().find(|(known, _)| known == dictionary) {
            return Ok(Some(Rc::clone(font)));
        }
        let font = Rc::new(Font::read(&self.text.view, dictionary)?);
        if self.direct.len() < 64 {
            self.direct.push((dictionary.clone(), Rc::clone(&font)));
        }
        Ok(Some(font))
    }

    fn resource(&self, resources: &Dictionary, kind: &str, name: &[u8]) -> Result<Option<Object>, PdfError> {
        let Object::Dictionary(all) = self.value(resources, kind)? else { return Ok(None) };
        let Some(value) = std::str::from_utf8(name).ok().and_then(|name| all.get(name)) else { return Ok(None) };
        tolerant(self.text.view.resolve(value))
    }

    fn value(&self, dictionary: &Dictionary, key: &str) -> Result<Object, PdfError> {
        tolerant(self.text.view.lookup(dictionary, key)).map(|value| value.unwrap_or(Object::Null))
    }
}

impl Frame {
    fn set(&mut self, matrix: Transform) {
        (self.matrix, self.line) = (matrix, matrix);
    }

    fn next_line(&mut self, x: f64, y: f64) {
        self.set(Transform::shift(x, y).then(&self.line));
    }

    /// Moves the pen along the text (9.4.4).
    fn advance(&mut self, font: &Font, by: f64) {
        let (x, y) = if font.is_vertical() { (0.0, by) } else { (by * self.state.stretch, 0.0) };
        self.matrix = Transform::shift(x, y).then(&self.matrix);
    }
}

/// Six numbers; none of them missing or infinite.
fn matrix(items: &[Object]) -> Transform {
    let numbers: Vec<f64> = items.iter().filter_map(Object::as_number).take(6).collect();
    <[f64; 6]>::try_from(numbers).map_or(Transform::IDENTITY, Transform::from_array)
}
