//! Text strings (ISO 32000-1 7.9.2.2, annex D).

/// PDFDocEncoding 0x18 to 0x1F.
const LOW: [char; 8] = ['\u{2d8}', '\u{2c7}', '\u{2c6}', '\u{2d9}', '\u{2dd}', '\u{2db}', '\u{2da}', '\u{2dc}'];
/// PDFDocEncoding 0x80 to 0xA0.
const HIGH: [char; 33] = [
    '\u{2022}', '\u{2020}', '\u{2021}', '\u{2026}', '\u{2014}', '\u{2013}', '\u{192}', '\u{2044}', '\u{2039}',
    '\u{203a}', '\u{2212}', '\u{2030}', '\u{201e}', '\u{201c}', '\u{201d}', '\u{2018}', '\u{2019}', '\u{201a}',
    '\u{2122}', '\u{fb01}', '\u{fb02}', '\u{141}', '\u{152}', '\u{160}', '\u{178}', '\u{17d}', '\u{131}', '\u{142}',
    '\u{153}', '\u{161}', '\u{17e}', '\u{fffd}', '\u{20ac}',
];

/// A text string as text: UTF-16BE or UTF-8 by its mark, else PDFDocEncoding. Never fails; what cannot be text
/// becomes U+FFFD.
#[must_use]
pub fn decode_text(bytes: &[u8]) -> String {
    if let Some(rest) = bytes.strip_prefix(&[0xFE, 0xFF]) {
        let units = rest.chunks(2).map(|pair| match pair {
            [high, low] => u16::from_be_bytes([*high, *low]),
            _ => 0xFFFD,
        });
        return char::decode_utf16(units).map(|unit| unit.unwrap_or('\u{fffd}')).collect();
    }
    // ISO 32000-2 7.9.2.2.
    if let Some(rest) = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]) {
        return String::from_utf8_lossy(rest).into_owned();
    }
    bytes.iter().map(|byte| pdf_doc(*byte)).collect()
}

/// Text in PDFDocEncoding; `None` where it has characters that are not in it.
pub(crate) fn encode_pdf_doc(text: &str) -> Option<Vec<u8>> {
    let place = |table: &[char], from: u8, c: char| {
        let at = table.iter().position(|known| *known == c && c != '\u{fffd}')?;
        u8::try_from(at).ok()?.checked_add(from)
    };
    let encode = |c: char| {
        let special = place(&LOW, 0x18, c).or_else(|| place(&HIGH, 0x80, c));
        special.or_else(|| u8::try_from(u32::from(c)).ok().filter(|byte| pdf_doc(*byte) == c))
    };
    text.chars().map(encode).collect()
}

fn pdf_doc(byte: u8) -> char {
    let special = match byte {
        0x18..=0x1F => LOW.get(usize::from(byte - 0x18)),
        0x80..=0xA0 => HIGH.get(usize::from(byte - 0x80)),
        _ => None,
    };
    special.copied().unwrap_or(char::from(byte))
}

#[cfg(test)]
mod tests {
    use crate::pdf::object::Object;
    use crate::pdf::text::{decode_text, encode_pdf_doc};

    #[test]
    fn what_pdf_doc_encoding_has_comes_back() {
        let text: String = (0..=255_u8).map(|byte| decode_text(&[byte])).filter(|text| text != "\u{fffd}").collect();
        assert_eq!(decode_text(&encode_pdf_doc(&text).unwrap()), text);
        assert_eq!(encode_pdf_doc("\u{2022}\u{20ac}é"), Some(vec![0x80, 0xA0, 0xE9]));
        assert_eq!(encode_pdf_doc("章"), None);
        assert_eq!(encode_pdf_doc("\u{9f}"), None);
    }

    #[test]
    fn text_is_read_by_its_mark() {
        assert_eq!(decode_text(b"\xFE\xFF\x7A\xE0"), "章");
        assert_eq!(decode_text("\u{feff}章".as_bytes()), "章");
        assert_eq!(decode_text(b"a\x80\xA0\xE9"), "a\u{2022}\u{20ac}é");
        assert_eq!(decode_text(b"\xFE\xFF\xD8"), "\u{fffd}");
        assert_eq!(decode_text(Object::text("公章 \u{1f58b}").as_string().unwrap()), "公章 \u{1f58b}");
    }
}
