//! Fonts: which characters they have, and the outlines of these.

use std::sync::Arc;

use skrifa::instance::{LocationRef, Size};
use skrifa::outline::{DrawSettings, OutlinePen};
use skrifa::{FontRef, MetadataProvider};

use crate::drawing::shape::{Bounds, Path, Segment, Spot};

/// ESeal Song: 宋体, GB 2312 and more. See `font/ORIGIN.txt`.
const SONG: &[u8] = include_bytes!("font/eseal-song.otf");
/// ESeal Digits: numbers as Arial has them.
const DIGITS: &[u8] = include_bytes!("font/eseal-digits.ttf");

/// Largest font file that is read: the largest collections of Chinese fonts have 20 to 60 MB.
pub const FONT_BYTES: u64 = 64 << 20;
/// Most steps of one glyph's outline; the busiest character of the bundled font has some hundred.
const STEPS: usize = 20_000;

/// A font.
#[derive(Clone)]
pub struct Font {
    data: Data,
}

#[derive(Clone)]
enum Data {
    Bundled(&'static [u8]),
    Given(Arc<[u8]>),
}

/// Why bytes are not a font that can be drawn with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FontError {
    /// Neither TrueType nor OpenType nor a collection of these, or broken.
    #[error("not a TrueType or OpenType font")]
    NotAFont,
    /// It has no outlines, or no table of characters.
    #[error("a font without outlines or without a table of characters")]
    NothingToDraw,
}

/// A glyph in units of the em, y growing downwards from the base line, x to the right from its origin.
#[derive(Clone, Debug, PartialEq)]
pub struct Glyph {
    /// Its number in the font.
    pub id: u16,
    /// How far the next glyph's origin lies.
    pub advance: f64,
    /// Its outline; empty for a space.
    pub outline: Path,
    /// Extremes of its ink.
    pub bounds: Option<Bounds>,
}

impl std::fmt::Debug for Font {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Font({} bytes)", self.bytes().len())
    }
}

impl Font {
    /// The bundled song-style font.
    #[must_use]
    pub fn song() -> Self {
        Font { data: Data::Bundled(SONG) }
    }

    /// The bundled font for numbers.
    #[must_use]
    pub fn digits() -> Self {
        Font { data: Data::Bundled(DIGITS) }
    }

    /// A font from a TTF or OTF file, or the first of a TTC.
    ///
    /// # Errors
    /// [`FontError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FontError> {
        let font = FontRef::from_index(bytes, 0).map_err(|_| FontError::NotAFont)?;
        let sound = font.charmap().has_map() && font.outline_glyphs().format().is_some();
        let units = font.metrics(Size::unscaled(), LocationRef::default()).units_per_em;
        if sound && units > 0 {
            Ok(Font { data: Data::Given(Arc::from(bytes)) })
        } else {
            Err(FontError::NothingToDraw)
        }
    }

    /// The file.
    pub(in crate::drawing) fn bytes(&self) -> &[u8] {
        match &self.data {
            Data::Bundled(bytes) => bytes,
            Data::Given(bytes) => bytes,
        }
    }

    /// Whether it has a character.
    #[must_use]
    pub fn has(&self, character: char) -> bool {
        self.reference().and_then(|font| font.charmap().map(character)).is_some()
    }

    /// The glyph of a character; `None` where the font lacks it or its outline is broken.
    #[must_use]
    pub fn glyph(&self, character: char) -> Option<Glyph> {
        let font = self.reference()?;
        let found = font.charmap().map(character)?;
        // In the font's own units nothing is rounded.
        let size = Size::unscaled();
        let units = f64::from(font.metrics(size, LocationRef::default()).units_per_em);
        let advance = f64::from(font.glyph_metrics(size, LocationRef::default()).advance_width(found)?) / units;
        let mut pen = Pen::new(units);
        let outlines = font.outline_glyphs();
        let outline = outlines.get(found)?;
        outline.draw(DrawSettings::unhinted(size, LocationRef::default()), &mut pen).ok()?;
        let finite = |p: &Spot| p.x.abs() < 64.0 && p.y.abs() < 64.0;
        let outline = pen.finish()?;
        let points = outline.points();
        if !points.iter().all(finite) || !(0.0..64.0).contains(&advance) {
            return None;
        }
        let id = u16::try_from(found.to_u32()).ok()?;
        Some(Glyph { id, advance, bounds: Bounds::of(points), outline })
    }

    fn reference(&self) -> Option<FontRef<'_>> {
        FontRef::from_index(self.bytes(), 0).ok()
    }
}

/// Collects an outline, quadratic curves as cubic ones.
struct Pen {
    units: f64,
    segments: Vec<Segment>,
    at: Spot,
    overrun: bool,
}

impl Pen {
    fn new(units: f64) -> Self {
        Pen { units, segments: Vec::new(), at: Spot::default(), overrun: false }
    }

    /// In ems; fonts have y upwards.
    fn spot(&self, x: f32, y: f32) -> Spot {
        Spot::new(f64::from(x) / self.units, -f64::from(y) / self.units)
    }

    fn push(&mut self, segment: Segment) {
        self.overrun |= self.segments.len() >= STEPS;
        if !self.overrun {
            self.segments.push(segment);
        }
    }

    fn finish(self) -> Option<Path> {
        (!self.overrun).then_some(Path { segments: self.segments })
    }
}

impl OutlinePen for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.at = self.spot(x, y);
        self.push(Segment::Move(self.at));
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.at = self.spot(x, y);
        self.push(Segment::Line(self.at));
    }

    fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
        let (control, end) = (self.spot(cx, cy), self.spot(x, y));
        let handle = |p: Spot| Spot::new(p.x + (control.x - p.x) * 2.0 / 3.0, p.y + (control.y - p.y) * 2.0 / 3.0);
        self.push(Segment::Cubic(handle(self.at), handle(end), end));
        self.at = end;
    }

    fn curve_to(&mut self, ax: f32, ay: f32, bx: f32, by: f32, x: f32, y: f32) {
        self.at = self.spot(x, y);
        let (a, b) = (self.spot(ax, ay), self.spot(bx, by));
        self.push(Segment::Cubic(a, b, self.at));
    }

    fn close(&mut self) {
        self.push(Segment::Close);
    }
}
