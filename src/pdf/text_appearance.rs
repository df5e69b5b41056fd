//! The visible text of a signature, in a subset of the bundled font that the document carries: it is shown alike
//! everywhere, can be searched and copied, and PDF/A allows it.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;

use crate::drawing::FontSubset;
use crate::pdf::appearance::operands;
use crate::pdf::object::{Dictionary, Object, ObjectId};
use crate::pdf::update::Update;
use crate::pdf::update_error::UpdateError;

/// A font that was put into the document, and the text that it is for.
#[derive(Clone, Debug)]
pub(in crate::pdf) struct TextFont {
    pub(in crate::pdf) text: String,
    pub(in crate::pdf) subset: FontSubset,
    pub(in crate::pdf) id: ObjectId,
}

/// Name of the font in the document: a tag of six letters marks a subset (ISO 32000-1 9.6.4).
const NAME: &str = "ESEALA+ESealSong";

impl TextFont {
    /// Puts the characters of some text into the document as a composite font (ISO 32000-1 9.7), and how they are to be
    /// read (9.10.3). `None` if the bundled font could not be cut, which no text causes.
    pub(in crate::pdf) fn embed(text: &str, update: &mut Update<'_>) -> Result<Option<Self>, UpdateError> {
        let Some(subset) = FontSubset::of_song(text) else { return Ok(None) };
        let flate = || Dictionary::new().with("Filter", Object::name("FlateDecode"));
        let file = flate().with("Subtype", Object::name("CIDFontType0C"));
        let file = update.add_stream(file, deflate(&subset.cff))?;
        // Which CIDs the file has, a bit each from 0 on (ISO 32000-1 9.8.3.2; ISO 19005-1 6.3.5 asks for it).
        let count = subset.glyphs.iter().map(|glyph| usize::from(glyph.id)).max().unwrap_or_default() + 1;
        let mut present = vec![0xFF_u8; count / 8];
        if !count.is_multiple_of(8) {
            present.push(!(0xFF_u8 >> (count % 8)));
        }
        let present = update.add_stream(flate(), deflate(&present))?;
        let numbers = |values: &[i64]| Object::Array(values.iter().map(|v| Object::Integer(*v)).collect());
        let descriptor = Dictionary::new()
            .with("Type", Object::name("FontDescriptor"))
            .with("FontName", Object::name(NAME))
            .with("Flags", Object::Integer(4 | 2))
            .with("FontBBox", numbers(&[-300, -300, 1300, 1100]))
            .with("ItalicAngle", Object::Integer(0))
            .with("Ascent", Object::Integer(880))
            .with("Descent", Object::Integer(-120))
            .with("CapHeight", Object::Integer(730))
            .with("StemV", Object::Integer(110))
            .with("CIDSet", Object::Reference(present))
            .with("FontFile3", Object::Reference(file));
        let descriptor = update.add(Object::Dictionary(descriptor))?;
        let identity = Dictionary::new()
            .with("Registry", Object::String(b"Adobe".to_vec()))
            .with("Ordering", Object::String(b"Identity".to_vec()))
            .with("Supplement", Object::Integer(0));
        let descendant = Dictionary::new()
            .with("Type", Object::name("Font"))
            .with("Subtype", Object::name("CIDFontType0"))
            .with("BaseFont", Object::name(NAME))
            .with("CIDSystemInfo", Object::Dictionary(identity))
            .with("FontDescriptor", Object::Reference(descriptor))
            .with("DW", Object::Integer(1000))
            .with("W", widths(&subset));
        let descendant = update.add(Object::Dictionary(descendant))?;
        let meanings = update.add_stream(flate(), deflate(meanings(&subset).as_bytes()))?;
        let font = Dictionary::new()
            .with("Type", Object::name("Font"))
            .with("Subtype", Object::name("Type0"))
            .with("BaseFont", Object::name(&format!("{NAME}-Identity-H")))
            .with("Encoding", Object::name("Identity-H"))
            .with("DescendantFonts", Object::Array(vec![Object::Reference(descendant)]))
            .with("ToUnicode", Object::Reference(meanings));
        let id = update.add(Object::Dictionary(font))?;
        Ok(Some(TextFont { text: text.to_owned(), subset, id }))
    }
}

/// The widths of the glyphs from number 1 on, in thousandths of the font size (ISO 32000-1 9.7.4.3).
fn widths(subset: &FontSubset) -> Object {
    let mut glyphs: Vec<_> = subset.glyphs.iter().collect();
    glyphs.sort_by_key(|glyph| glyph.id);
    // Two characters may share a glyph.
    glyphs.dedup_by_key(|glyph| glyph.id);
    let own = glyphs.iter().map(|glyph| Object::Real((glyph.advance * 1000.0).round())).collect();
    Object::Array(vec![Object::Integer(1), Object::Array(own)])
}

/// The `CMap` from codes to characters (ISO 32000-1 9.10.3), at most a hundred to a block.
fn meanings(subset: &FontSubset) -> String {
    let mut out = String::from(
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CIDSystemInfo << /Registry (Adobe) \
         /Ordering (UCS) /Supplement 0 >> def\n/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n\
         1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n",
    );
    for block in subset.glyphs.chunks(100) {
        out.push_str(&format!("{} beginbfchar\n", block.len()));
        for glyph in block {
            let units: String =
                glyph.character.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("{unit:04X}")).collect();
            out.push_str(&format!("<{:04X}> <{units}>\n", glyph.id));
        }
        out.push_str("endbfchar\n");
    }
    out.push_str("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n");
    out
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    // Writing to a vector does not fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

/// How lines stand in their box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextAlign {
    /// At the left.
    Left,
    /// In the middle.
    Centre,
}

/// Distance between lines as a multiple of the font size.
const LEADING: f64 = 1.25;
/// Free border as a share of the box's smaller side.
const BORDER: f64 = 0.06;

/// The operators that show lines in a box from (x, y): as large as it allows, centred from top to bottom.
pub(in crate::pdf) fn text_content(
    lines: &[String],
    place: [f64; 4],
    align: TextAlign,
    font: &FontSubset,
    out: &mut Vec<u8>,
) {
    let [x, y, width, height] = place;
    let border = width.min(height) * BORDER;
    let widest = lines.iter().map(|line| font.length(line)).fold(0.5, f64::max);
    #[allow(clippy::cast_precision_loss, reason = "a handful of lines")]
    let rows = (lines.len().max(1)) as f64;
    let size = ((width - 2.0 * border) / widest).min((height - 2.0 * border) / (rows * LEADING));
    let mut base = y + (height + rows * LEADING * size) / 2.0 - size;
    out.extend_from_slice(b"BT\n/Text ");
    operands(&[size], "Tf", out);
    for line in lines {
        let left = match align {
            TextAlign::Left => border,
            TextAlign::Centre => (width - font.length(line) * size) / 2.0,
        };
        operands(&[1.0, 0.0, 0.0, 1.0, x + left, base], "Tm", out);
        shown(line, font).write(out);
        out.extend_from_slice(b" Tj\n");
        base -= LEADING * size;
    }
    out.extend_from_slice(b"ET\n");
}

/// The codes of a line: two bytes a glyph.
fn shown(line: &str, font: &FontSubset) -> Object {
    Object::String(line.chars().filter_map(|c| font.glyph(c)).flat_map(|glyph| glyph.id.to_be_bytes()).collect())
}

#[cfg(test)]
mod tests {
    use crate::drawing::FontSubset;
    use crate::pdf::text_appearance::{TextAlign, meanings, text_content};

    fn content(lines: &[&str], align: TextAlign) -> String {
        let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        let font = FontSubset::of_song(&lines.concat()).unwrap();
        let mut out = Vec::new();
        text_content(&lines, [0.0, 0.0, 100.0, 40.0], align, &font, &mut out);
        String::from_utf8_lossy(&out).into_owned()
    }

    #[test]
    fn a_long_line_is_set_smaller_until_it_fits() {
        let size = |text: &str| -> f64 {
            let line = text.lines().find(|l| l.ends_with("Tf")).unwrap();
            line.split(' ').nth(1).unwrap().parse().unwrap()
        };
        let long = "Wolfeschlegelsteinhausenbergerdorff";
        let (few, many) = (content(&["Li"], TextAlign::Left), content(&[long], TextAlign::Left));
        assert!(size(&many) < size(&few));
        assert!(size(&many) * FontSubset::of_song(long).unwrap().length(long) < 100.0);
    }

    #[test]
    fn a_centred_line_begins_further_in() {
        let start = |text: &str| -> f64 {
            let line = text.lines().find(|l| l.ends_with("Tm")).unwrap();
            line.split(' ').nth(4).unwrap().parse().unwrap()
        };
        assert!(start(&content(&["张"], TextAlign::Centre)) > 30.0);
        assert!(start(&content(&["张"], TextAlign::Left)) < 3.0);
    }

    #[test]
    fn every_code_has_its_character() {
        let font = FontSubset::of_song("张A").unwrap();
        let map = meanings(&font);
        assert!(map.contains("2 beginbfchar\n<0001> <0041>\n<0002> <5F20>\nendbfchar"), "{map}");
    }
}
