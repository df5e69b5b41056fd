//! The text of a page with its places (GB/T 33190-2016 11.1 to 11.4): text objects of the page and of its templates.

use std::collections::HashMap;

use roxmltree::Node;

use crate::container::EntryPath;
use crate::geometry::{Glyph, TextRun, Transform, Writing};
use crate::limits::{Budget, Limit};
use crate::ofd::document::{Document, locate, refuse_hostile};
use crate::ofd::error::OfdError;
use crate::ofd::xml;

/// Reads the text of pages; the list of templates is read once.
pub struct PageText<'d> {
    document: &'d Document,
    budget: &'d Budget,
    body: usize,
    templates: HashMap<String, EntryPath>,
}

impl Document {
    /// A reader of one document's text, counted from 0.
    ///
    /// # Errors
    /// [`OfdError::BodyOutOfRange`]; [`OfdError`] where Document.xml cannot be read.
    pub fn page_text<'d>(&'d self, body: usize, budget: &'d Budget) -> Result<PageText<'d>, OfdError> {
        let root = self.body(body)?.root().clone();
        let mut reader = PageText { document: self, budget, body, templates: HashMap::new() };
        let mut templates = HashMap::new();
        reader.read(&root, &mut |top| {
            // GB/T 33190-2016 7.5, CommonData/TemplatePage.
            for node in xml::children(top, "CommonData").flat_map(|common| xml::children(common, "TemplatePage")) {
                let (id, target) = (node.attribute("ID"), node.attribute("BaseLoc"));
                let (Some(id), Some(target)) = (id, target) else { continue };
                if let (Some(path), _) = locate(&self.package, &root, target) {
                    templates.insert(id.trim().to_owned(), path);
                }
            }
        })?;
        reader.templates = templates;
        Ok(reader)
    }
}

impl PageText<'_> {
    /// The text that a page (counted from 0) shows, its templates' first, with its places as viewed. A page or template
    /// that is not there or is no XML shows none.
    ///
    /// # Errors
    /// As [`Document::page_area`]; [`OfdError`] for hostile XML.
    pub fn runs(&self, page: usize) -> Result<Vec<TextRun>, OfdError> {
        let area = self.document.page_area(self.body, page, self.budget)?;
        let found = self.document.body(self.body)?.pages().get(page).map(|page| page.path.clone());
        let Some(path) = found else { return Ok(Vec::new()) };
        // Positions count from the corner of the area (GB/T 33190-2016 7.5, 8.1).
        let space = Transform::shift(-area.x.0, -area.y.0);
        let (mut own, mut used) = (Vec::new(), Vec::new());
        let mut spent = Ok(());
        self.read(&path, &mut |top| {
            // GB/T 33190-2016 7.7, Template.
            used.extend(
                xml::children(top, "Template").filter_map(|node| node.attribute("TemplateID")).map(str::to_owned),
            );
            spent = content(top, &space, self.budget, &mut own);
        })?;
        spent?;
        let mut runs = Vec::new();
        used.dedup();
        for path in used.iter().take(TEMPLATES).filter_map(|id| self.templates.get(id.trim())) {
            let mut spent = Ok(());
            self.read(path, &mut |top| spent = content(top, &space, self.budget, &mut runs))?;
            spent?;
        }
        runs.append(&mut own);
        Ok(runs)
    }

    /// Hands over the root element of a file, where there is one.
    fn read(&self, path: &EntryPath, take: &mut dyn FnMut(Node<'_, '_>)) -> Result<(), OfdError> {
        let Some(entry) = self.document.package.get(path) else { return Ok(()) };
        let bytes = self.document.package.read_at_most(entry, xml::XML_BYTES, self.budget)?;
        let text = xml::text(&bytes);
        match text.as_deref().map_err(|fault| *fault).and_then(xml::parse) {
            Ok(tree) => take(tree.root_element()),
            Err(fault) => {
                refuse_hostile(path, fault)?;
            }
        }
        Ok(())
    }
}

/// Most templates of one page; the standard names no number, real pages have one or two.
const TEMPLATES: usize = 64;

/// The text objects of a page's content, however deep page blocks nest (GB/T 33190-2016 7.7, table 14). Depth was
/// bounded when the XML was read.
fn content(top: Node<'_, '_>, space: &Transform, budget: &Budget, runs: &mut Vec<TextRun>) -> Result<(), OfdError> {
    for content in xml::children(top, "Content") {
        let objects = content.descendants().filter(|n| n.is_element() && n.tag_name().name() == "TextObject");
        for object in objects {
            text_object(object, space, budget, runs)?;
        }
    }
    Ok(())
}

/// What a text object says of its text (GB/T 33190-2016 11.2, table 45).
struct Style {
    space: Transform,
    size: f64,
    stretch: f64,
    /// Quarter turns of each character, clockwise.
    turn: Turn,
}

/// CharDirection.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    None,
    Right,
    Half,
    Left,
}

impl Turn {
    /// A vector turned; y grows downwards.
    fn of(self, (x, y): (f64, f64)) -> (f64, f64) {
        match self {
            Turn::None => (x, y),
            Turn::Right => (-y, x),
            Turn::Half => (-x, -y),
            Turn::Left => (y, -x),
        }
    }
}

fn number(node: Node<'_, '_>, name: &str) -> Option<f64> {
    node.attribute(name).and_then(|text| text.trim().parse::<f64>().ok()).filter(|n| n.is_finite())
}

fn text_object(
    object: Node<'_, '_>,
    space: &Transform,
    budget: &Budget,
    runs: &mut Vec<TextRun>,
) -> Result<(), OfdError> {
    let Some([x, y, _, _]) = object.attribute("Boundary").and_then(xml::numbers::<4>) else { return Ok(()) };
    let Some(size) = number(object, "Size").filter(|size| *size > 0.0) else { return Ok(()) };
    // GB/T 33190-2016 8.5: the object's own space is changed by CTM, then set at the corner of its boundary.
    let own = object.attribute("CTM").and_then(xml::numbers::<6>).map_or(Transform::IDENTITY, Transform::from_array);
    let turn = match number(object, "CharDirection") {
        Some(90.0) => Turn::Right,
        Some(180.0) => Turn::Half,
        Some(270.0) => Turn::Left,
        _ => Turn::None,
    };
    let stretch = number(object, "HScale").filter(|scale| *scale > 0.0).unwrap_or(1.0);
    let style = Style { space: own.then(&Transform::shift(x, y)).then(space), size, stretch, turn };
    // A code without X or Y goes on at that of the code before it (table 46).
    let mut start = (0.0, 0.0);
    for code in xml::children(object, "TextCode") {
        start = (number(code, "X").unwrap_or(start.0), number(code, "Y").unwrap_or(start.1));
        let run = text_code(code, object, start, &style);
        budget.spend(Limit::Objects, run.glyphs.len() as u64).map_err(crate::container::ContainerError::from)?;
        if !run.glyphs.is_empty() {
            runs.push(run);
        }
    }
    Ok(())
}

/// The characters of a TextCode (GB/T 33190-2016 11.3): the first stands at X, Y, each other one at the offsets of
/// DeltaX and DeltaY from the one before.
fn text_code(code: Node<'_, '_>, object: Node<'_, '_>, start: (f64, f64), style: &Style) -> TextRun {
    let raw = code.descendants().filter(Node::is_text).filter_map(|text| text.text());
    let characters: Vec<char> = raw.flat_map(str::chars).filter(|c| !c.is_control()).collect();
    let count = characters.len();
    let (dx, dy) = (deltas(code.attribute("DeltaX"), count), deltas(code.attribute("DeltaY"), count));
    let slots = slots(object, count, dx.as_ref().or(dy.as_ref()).map_or(0, Vec::len));
    let natural = |character: char| {
        let (x, y) = style.turn.of((if is_wide(character) { 1.0 } else { 0.5 } * style.size * style.stretch, 0.0));
        (x, y)
    };
    let offset = |list: &Option<Vec<f64>>, at: usize| list.as_ref().and_then(|list| list.get(at)).copied();
    let mut glyphs = Vec::with_capacity(count);
    let (mut pen, mut slot) = (start, 0);
    for (at, character) in characters.iter().enumerate() {
        let step = match (dx.is_some(), dy.is_some()) {
            // "Not there" means no offset in that direction; where both are not, readers take the font's widths.
            (false, false) => natural(*character),
            _ => (offset(&dx, slot).unwrap_or(0.0), offset(&dy, slot).unwrap_or(0.0)),
        };
        let wide = width(step, natural(*character), style.size);
        let (up, end) = (style.turn.of((0.0, -style.size)), (pen.0 + wide.0, pen.1 + wide.1));
        glyphs.extend(Glyph::place(*character, [pen, end], up, Writing::Horizontal, &style.space));
        let next = slots.get(at.saturating_add(1)).copied().unwrap_or(slot.saturating_add(1));
        if next != slot {
            pen = (pen.0 + step.0, pen.1 + step.1);
            slot = next;
        }
    }
    TextRun { glyphs }
}

/// How far a character reaches: as far as the next one, if that stands beside it at a distance that a character may
/// have; else as far as characters of its kind do.
fn width(step: (f64, f64), natural: (f64, f64), size: f64) -> (f64, f64) {
    let along = (step.0 * natural.0 + step.1 * natural.1) / natural.0.hypot(natural.1).max(f64::MIN_POSITIVE);
    let across = step.0.hypot(step.1) - along.abs();
    let longest = natural.0.hypot(natural.1).max(size * 0.5) * 1.05;
    if across.abs() < 0.01 * size && along > 0.15 * size && along <= longest { step } else { natural }
}

/// Offsets, `g n v` standing for n times v (GB/T 33190-2016 11.3, table 46); as many as there are characters.
fn deltas(text: Option<&str>, count: usize) -> Option<Vec<f64>> {
    let mut words = text?.split_whitespace();
    let mut offsets = Vec::new();
    while let Some(word) = words.next() {
        if offsets.len() >= count {
            break;
        }
        if word == "g" {
            let times = words.next().and_then(|n| n.parse::<usize>().ok());
            let value = words.next().and_then(|v| v.parse::<f64>().ok());
            let (Some(times), Some(value)) = (times, value.filter(|v| v.is_finite())) else { break };
            offsets.extend(std::iter::repeat_n(value, times.min(count)));
        } else {
            offsets.push(word.parse().ok().filter(|v: &f64| v.is_finite())?);
        }
    }
    Some(offsets)
}

/// Which glyph each character belongs to, where a CGTransform (GB/T 33190-2016 11.4) joins several into one glyph and
/// the offsets count glyphs; else every character has its own.
fn slots(object: Node<'_, '_>, count: usize, offsets: usize) -> Vec<usize> {
    let own = || (0..count).collect();
    if offsets.saturating_add(1) >= count {
        return own();
    }
    let mut starts = vec![true; count];
    for node in xml::children(object, "CGTransform") {
        let part = |name| node.attribute(name).and_then(|text| text.trim().parse::<usize>().ok());
        let (Some(at), codes) = (part("CodePosition"), part("CodeCount").unwrap_or(1)) else { continue };
        if part("GlyphCount").unwrap_or(1) == 1 && codes > 1 {
            let joined = at.saturating_add(1)..at.saturating_add(codes).min(count);
            starts.get_mut(joined).into_iter().flatten().for_each(|starts| *starts = false);
        }
    }
    let numbered = starts.iter().scan(0_usize, |next, starts| {
        *next = next.saturating_add(usize::from(*starts));
        Some(next.saturating_sub(1))
    });
    let slots: Vec<usize> = numbered.collect();
    if slots.last().is_some_and(|last| *last == offsets) { slots } else { own() }
}

/// Whether a character is as wide as high in Chinese fonts (Unicode Standard Annex 11, wide and full-width).
fn is_wide(character: char) -> bool {
    matches!(u32::from(character), 0x1100..=0x115F | 0x2E80..=0xA4CF | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF
        | 0xFE30..=0xFE4F | 0xFF00..=0xFF60 | 0xFFE0..=0xFFE6 | 0x20000..=0x3FFFD | 0x2014..=0x2026)
}

#[cfg(test)]
mod tests {
    use crate::geometry::{TextRun, Transform};
    use crate::limits::Budget;
    use crate::ofd::page_text::{content, deltas};

    fn runs(objects: &str) -> Vec<TextRun> {
        let text = format!("<Page><Content><Layer>{objects}</Layer></Content></Page>");
        let tree = crate::ofd::xml::parse(&text).unwrap();
        let mut runs = Vec::new();
        content(tree.root_element(), &Transform::IDENTITY, &Budget::default(), &mut runs).unwrap();
        runs
    }

    fn starts(run: &TextRun) -> Vec<(char, f64, f64)> {
        let round = |n: f64| (n * 1000.0).round() / 1000.0;
        run.glyphs.iter().map(|g| (g.character, round(g.start.x.0), round(g.start.y.0))).collect()
    }

    #[test]
    fn offsets_are_counted_from_the_character_before() {
        assert_eq!(deltas(Some("1 g 3 2 4"), 9), Some(vec![1.0, 2.0, 2.0, 2.0, 4.0]));
        assert_eq!(deltas(Some("g 4000000000 2"), 3), Some(vec![2.0, 2.0, 2.0]));
        assert_eq!(deltas(Some("g"), 3), Some(vec![]));
        assert_eq!(deltas(Some("x"), 3), None);
        assert_eq!(deltas(None, 3), None);
        let found = runs(
            "<TextObject Boundary='10 20 50 10' Size='5'><TextCode X='1' Y='4' DeltaX='g 2 5'>盖章处</TextCode></TextObject>",
        );
        assert_eq!(starts(&found[0]), [('盖', 11.0, 24.0), ('章', 16.0, 24.0), ('处', 21.0, 24.0)]);
        let bounds = found[0].glyphs[2].bounds();
        assert!((bounds.x.0 - 21.0).abs() < 1e-9 && (bounds.width.0 - 5.0).abs() < 1e-9);
        assert!((bounds.y.0 - 19.6).abs() < 1e-9 && (bounds.height.0 - 5.0).abs() < 1e-9);
    }

    #[test]
    fn text_runs_down_and_is_turned() {
        let down = runs(
            "<TextObject Boundary='0 0 9 90' Size='5'><TextCode X='1' Y='4' DeltaY='5'>盖章</TextCode></TextObject>",
        );
        assert_eq!(starts(&down[0]), [('盖', 1.0, 4.0), ('章', 1.0, 9.0)]);
        let turned = runs(
            "<PageBlock><PageBlock><TextObject Boundary='30 40 9 90' CTM='0 1 -1 0 0 0' Size='5'><TextCode X='1' Y='4' DeltaX='5'>盖章</TextCode><TextCode Y='9'>处</TextCode></TextObject></PageBlock></PageBlock>",
        );
        assert_eq!(starts(&turned[0]), [('盖', 26.0, 41.0), ('章', 26.0, 46.0)]);
        assert_eq!(starts(&turned[1]), [('处', 21.0, 41.0)]);
        let characters = runs(
            "<TextObject Boundary='0 0 9 9' Size='5' CharDirection='90'><TextCode X='1' Y='4'>盖章</TextCode></TextObject>",
        );
        assert_eq!(starts(&characters[0]), [('盖', 1.0, 4.0), ('章', 1.0, 9.0)]);
    }

    #[test]
    fn a_ligature_has_one_place() {
        let joined = "<CGTransform CodePosition='0' CodeCount='2' GlyphCount='1'><Glyphs>7</Glyphs></CGTransform>";
        let found = runs(&format!(
            "<TextObject Boundary='0 0 9 9' Size='5'>{joined}<TextCode X='0' Y='4' DeltaX='3'>fix</TextCode></TextObject>"
        ));
        assert_eq!(starts(&found[0]), [('f', 0.0, 4.0), ('i', 0.0, 4.0), ('x', 3.0, 4.0)]);
    }

    #[test]
    fn objects_without_a_place_or_size_have_no_text() {
        for object in [
            "<TextObject Size='5'><TextCode X='0' Y='0'>a</TextCode></TextObject>",
            "<TextObject Boundary='0 0 1' Size='5'><TextCode>a</TextCode></TextObject>",
            "<TextObject Boundary='0 0 1 1' Size='NaN'><TextCode>a</TextCode></TextObject>",
            "<TextObject Boundary='0 0 1 1' Size='-5'><TextCode>a</TextCode></TextObject>",
            "<TextObject Boundary='0 0 1 1' Size='5'><TextCode X='1e300' Y='0'>a</TextCode></TextObject>",
        ] {
            assert!(runs(object).is_empty(), "{object}");
        }
    }
}
