//! The visible text of a signature. ASCII stands in Helvetica, all else in a predefined Chinese font; neither is
//! embedded, so a file that must embed every font (PDF/A) should carry a picture instead.

use crate::pdf::appearance::operands;
use crate::pdf::object::{Dictionary, Object, ObjectId};

/// The fonts that lines of text need, as objects of the update.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::pdf) struct TextFonts {
    /// Helvetica, where a line is ASCII.
    pub(in crate::pdf) latin: Option<ObjectId>,
    /// STSong-Light, where a line is not.
    pub(in crate::pdf) chinese: Option<ObjectId>,
}

impl TextFonts {
    /// Resource names and fonts.
    pub(in crate::pdf) fn resources(&self) -> impl Iterator<Item = (&'static str, ObjectId)> {
        [("Latin", self.latin), ("Chinese", self.chinese)].into_iter().filter_map(|(name, id)| Some((name, id?)))
    }
}

/// Helvetica, one of the standard 14 fonts (ISO 32000-1 9.6.2.2).
pub(in crate::pdf) fn latin_font() -> Object {
    Object::Dictionary(
        Dictionary::new()
            .with("Type", Object::name("Font"))
            .with("Subtype", Object::name("Type1"))
            .with("BaseFont", Object::name("Helvetica"))
            .with("Encoding", Object::name("WinAnsiEncoding")),
    )
}

/// STSong-Light as a composite font with a predefined `CMap` (ISO 32000-1 9.7.5.2, 9.7.6.1).
pub(in crate::pdf) fn chinese_font() -> Object {
    let numbers = |values: &[i64]| Object::Array(values.iter().map(|v| Object::Integer(*v)).collect());
    let system = Dictionary::new()
        .with("Registry", Object::String(b"Adobe".to_vec()))
        .with("Ordering", Object::String(b"GB1".to_vec()))
        .with("Supplement", Object::Integer(4));
    let descriptor = Dictionary::new()
        .with("Type", Object::name("FontDescriptor"))
        .with("FontName", Object::name("STSong-Light"))
        .with("Flags", Object::Integer(6))
        .with("FontBBox", numbers(&[-25, -254, 1000, 880]))
        .with("ItalicAngle", Object::Integer(0))
        .with("Ascent", Object::Integer(880))
        .with("Descent", Object::Integer(-120))
        .with("CapHeight", Object::Integer(880))
        .with("StemV", Object::Integer(93));
    let cid = Dictionary::new()
        .with("Type", Object::name("Font"))
        .with("Subtype", Object::name("CIDFontType0"))
        .with("BaseFont", Object::name("STSong-Light"))
        .with("CIDSystemInfo", Object::Dictionary(system))
        .with("FontDescriptor", Object::Dictionary(descriptor))
        .with("DW", Object::Integer(1000))
        // CIDs 1 to 95 and 814 to 939 of Adobe-GB1 are the proportional and half-width Latin letters.
        .with("W", Object::Array([1, 95, 500, 814, 939, 500].map(Object::Integer).to_vec()));
    Object::Dictionary(
        Dictionary::new()
            .with("Type", Object::name("Font"))
            .with("Subtype", Object::name("Type0"))
            .with("BaseFont", Object::name("STSong-Light-UniGB-UTF16-H"))
            .with("Encoding", Object::name("UniGB-UTF16-H"))
            .with("DescendantFonts", Object::Array(vec![Object::Dictionary(cid)])),
    )
}

/// Distance between lines as a multiple of the font size.
const LEADING: f64 = 1.25;
/// Free border as a share of the box's smaller side.
const BORDER: f64 = 0.06;

/// The content stream: as large as the box allows, left aligned, centred from top to bottom.
pub(in crate::pdf) fn text_content(lines: &[String], width: f64, height: f64) -> Vec<u8> {
    let border = width.min(height) * BORDER;
    let widest = lines.iter().map(|line| width_in_ems(line)).fold(0.5, f64::max);
    #[allow(clippy::cast_precision_loss, reason = "a handful of lines")]
    let rows = (lines.len().max(1)) as f64;
    let size = ((width - 2.0 * border) / widest).min((height - 2.0 * border) / (rows * LEADING));
    let mut out = b"q\nBT\n0 g\n".to_vec();
    let first = (height + rows * LEADING * size) / 2.0 - size;
    operands(&[border, first], "Td", &mut out);
    operands(&[LEADING * size], "TL", &mut out);
    for line in lines {
        out.extend_from_slice(if line.is_ascii() { b"/Latin " } else { b"/Chinese " });
        operands(&[size], "Tf", &mut out);
        shown(line).write(&mut out);
        out.extend_from_slice(b" Tj T*\n");
    }
    out.extend_from_slice(b"ET\nQ\n");
    out
}

/// The string in its font's encoding: `WinAnsi`, or UTF-16BE without mark.
fn shown(line: &str) -> Object {
    if line.is_ascii() {
        return Object::String(line.bytes().filter(|b| !b.is_ascii_control()).collect());
    }
    let printable = line.chars().filter(|c| !c.is_control()).collect::<String>();
    Object::String(printable.encode_utf16().flat_map(u16::to_be_bytes).collect())
}

/// Width of a line as a multiple of the font size.
fn width_in_ems(line: &str) -> f64 {
    if line.is_ascii() {
        return line.bytes().map(|b| f64::from(helvetica_width(b))).sum::<f64>() / 1000.0;
    }
    line.chars().map(|c| if c.is_ascii() { 0.5 } else { 1.0 }).sum()
}

/// Widths of Helvetica from the space on, in thousandths of the font size (Adobe's metrics of the standard 14 fonts).
const HELVETICA: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833,
    722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556,
    556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334,
    260, 334, 584,
];

fn helvetica_width(byte: u8) -> u16 {
    let at = usize::from(byte.saturating_sub(b' '));
    HELVETICA.get(at).copied().unwrap_or(556)
}

#[cfg(test)]
mod tests {
    use crate::pdf::text_appearance::{text_content, width_in_ems};

    #[test]
    fn a_long_line_is_set_smaller_until_it_fits() {
        let text = |line: &str| String::from_utf8(text_content(&[line.to_string()], 100.0, 20.0)).unwrap();
        let size = |content: &str| -> f64 {
            let line = content.lines().find(|l| l.ends_with("Tf") || l.contains(" Tf")).unwrap();
            line.split(' ').nth(1).unwrap().parse().unwrap()
        };
        let (short, long) = (text("Li"), text("Wolfeschlegelsteinhausenbergerdorff"));
        assert!(size(&long) < size(&short));
        assert!(size(&long) * width_in_ems("Wolfeschlegelsteinhausenbergerdorff") < 100.0);
    }

    #[test]
    fn chinese_is_utf16_in_the_chinese_font() {
        let content = String::from_utf8(text_content(&["张三".to_string(), "(a)".to_string()], 100.0, 40.0)).unwrap();
        assert!(content.contains("/Chinese "), "{content}");
        assert!(content.contains("<5F204E09> Tj"), "{content}");
        assert!(content.contains(r"(\(a\)) Tj"), "{content}");
    }
}
