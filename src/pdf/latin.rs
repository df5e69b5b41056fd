//! Simple fonts without a map to text (ISO 32000-1 9.6.6 and annex D): names of glyphs, encodings, and the widths of the
//! standard fonts, which a file need not hold (9.6.2.2).

use encoding_rs::{MACINTOSH, WINDOWS_1252};
use unicode_normalization::UnicodeNormalization;

/// An encoding that a file names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum BaseEncoding {
    /// Also what stands in for an encoding inside the font.
    #[default]
    Standard,
    Windows,
    Mac,
}

impl BaseEncoding {
    /// By its name in a file.
    pub(crate) fn named(name: &[u8]) -> Option<Self> {
        match name {
            b"StandardEncoding" => Some(BaseEncoding::Standard),
            b"WinAnsiEncoding" => Some(BaseEncoding::Windows),
            b"MacRomanEncoding" => Some(BaseEncoding::Mac),
            _ => None,
        }
    }

    /// The character of a code (ISO 32000-1 annex D.2).
    pub(crate) fn character(self, code: u8) -> Option<char> {
        let encoding = match self {
            BaseEncoding::Standard => return standard(code),
            BaseEncoding::Windows => WINDOWS_1252,
            BaseEncoding::Mac => MACINTOSH,
        };
        let bytes = [code];
        let (text, _) = encoding.decode_without_bom_handling(&bytes);
        text.chars().next().filter(|c| !c.is_control())
    }
}

fn standard(code: u8) -> Option<char> {
    match code {
        b'\'' => Some('\u{2019}'),
        b'`' => Some('\u{2018}'),
        0x20..=0x7E => Some(char::from(code)),
        _ => STANDARD.iter().find(|(own, _)| *own == code).map(|(_, character)| *character),
    }
}

/// StandardEncoding above ASCII (annex D.2).
const STANDARD: [(u8, char); 54] = [
    (0xA1, '¡'),
    (0xA2, '¢'),
    (0xA3, '£'),
    (0xA4, '⁄'),
    (0xA5, '¥'),
    (0xA6, 'ƒ'),
    (0xA7, '§'),
    (0xA8, '¤'),
    (0xA9, '\''),
    (0xAA, '“'),
    (0xAB, '«'),
    (0xAC, '‹'),
    (0xAD, '›'),
    (0xAE, 'ﬁ'),
    (0xAF, 'ﬂ'),
    (0xB1, '–'),
    (0xB2, '†'),
    (0xB3, '‡'),
    (0xB4, '·'),
    (0xB6, '¶'),
    (0xB7, '•'),
    (0xB8, '‚'),
    (0xB9, '„'),
    (0xBA, '”'),
    (0xBB, '»'),
    (0xBC, '…'),
    (0xBD, '‰'),
    (0xBF, '¿'),
    (0xC1, '`'),
    (0xC2, '´'),
    (0xC3, 'ˆ'),
    (0xC4, '˜'),
    (0xC5, '¯'),
    (0xC6, '˘'),
    (0xC7, '˙'),
    (0xC8, '¨'),
    (0xCA, '˚'),
    (0xCB, '¸'),
    (0xCD, '˝'),
    (0xCE, '˛'),
    (0xCF, 'ˇ'),
    (0xD0, '—'),
    (0xE1, 'Æ'),
    (0xE3, 'ª'),
    (0xE8, 'Ł'),
    (0xE9, 'Ø'),
    (0xEA, 'Œ'),
    (0xEB, 'º'),
    (0xF1, 'æ'),
    (0xF5, 'ı'),
    (0xF8, 'ł'),
    (0xF9, 'ø'),
    (0xFA, 'œ'),
    (0xFB, 'ß'),
];

/// Names that are no letter with an accent and no code point (Adobe Glyph List).
const NAMES: [(&str, char); 115] = [
    ("zero", '0'),
    ("one", '1'),
    ("two", '2'),
    ("three", '3'),
    ("four", '4'),
    ("five", '5'),
    ("six", '6'),
    ("seven", '7'),
    ("eight", '8'),
    ("nine", '9'),
    ("exclam", '!'),
    ("quotedbl", '"'),
    ("numbersign", '#'),
    ("dollar", '$'),
    ("percent", '%'),
    ("ampersand", '&'),
    ("quotesingle", '\''),
    ("parenleft", '('),
    ("parenright", ')'),
    ("asterisk", '*'),
    ("plus", '+'),
    ("hyphen", '-'),
    ("minus", '−'),
    ("period", '.'),
    ("slash", '/'),
    ("colon", ':'),
    ("semicolon", ';'),
    ("less", '<'),
    ("equal", '='),
    ("greater", '>'),
    ("question", '?'),
    ("at", '@'),
    ("bracketleft", '['),
    ("backslash", '\\'),
    ("bracketright", ']'),
    ("asciicircum", '^'),
    ("underscore", '_'),
    ("grave", '`'),
    ("braceleft", '{'),
    ("braceright", '}'),
    ("asciitilde", '~'),
    ("quoteleft", '‘'),
    ("quoteright", '’'),
    ("quotedblleft", '“'),
    ("quotedblright", '”'),
    ("quotesinglbase", '‚'),
    ("quotedblbase", '„'),
    ("endash", '–'),
    ("emdash", '—'),
    ("bullet", '•'),
    ("ellipsis", '…'),
    ("dagger", '†'),
    ("daggerdbl", '‡'),
    ("perthousand", '‰'),
    ("guilsinglleft", '‹'),
    ("guilsinglright", '›'),
    ("guillemotleft", '«'),
    ("guillemotright", '»'),
    ("fraction", '⁄'),
    ("Euro", '€'),
    ("florin", 'ƒ'),
    ("fi", 'ﬁ'),
    ("fl", 'ﬂ'),
    ("ff", 'ﬀ'),
    ("ffi", 'ﬃ'),
    ("ffl", 'ﬄ'),
    ("exclamdown", '¡'),
    ("questiondown", '¿'),
    ("cent", '¢'),
    ("sterling", '£'),
    ("currency", '¤'),
    ("yen", '¥'),
    ("brokenbar", '¦'),
    ("section", '§'),
    ("dieresis", '¨'),
    ("copyright", '©'),
    ("ordfeminine", 'ª'),
    ("logicalnot", '¬'),
    ("registered", '®'),
    ("macron", '¯'),
    ("degree", '°'),
    ("plusminus", '±'),
    ("acute", '´'),
    ("mu", 'µ'),
    ("paragraph", '¶'),
    ("periodcentered", '·'),
    ("cedilla", '¸'),
    ("ordmasculine", 'º'),
    ("onequarter", '¼'),
    ("onehalf", '½'),
    ("threequarters", '¾'),
    ("multiply", '×'),
    ("divide", '÷'),
    ("AE", 'Æ'),
    ("ae", 'æ'),
    ("OE", 'Œ'),
    ("oe", 'œ'),
    ("Oslash", 'Ø'),
    ("oslash", 'ø'),
    ("Eth", 'Ð'),
    ("eth", 'ð'),
    ("Thorn", 'Þ'),
    ("thorn", 'þ'),
    ("germandbls", 'ß'),
    ("dotlessi", 'ı'),
    ("Lslash", 'Ł'),
    ("lslash", 'ł'),
    ("trademark", '™'),
    ("circumflex", 'ˆ'),
    ("tilde", '˜'),
    ("caron", 'ˇ'),
    ("ring", '˚'),
    ("space", ' '),
    ("nbspace", '\u{a0}'),
    ("comma", ','),
];

/// Accents in names of letters, and the marks that they are.
const ACCENTS: [(&str, char); 12] = [
    ("grave", '\u{300}'),
    ("acute", '\u{301}'),
    ("circumflex", '\u{302}'),
    ("tilde", '\u{303}'),
    ("macron", '\u{304}'),
    ("breve", '\u{306}'),
    ("dotaccent", '\u{307}'),
    ("dieresis", '\u{308}'),
    ("ring", '\u{30A}'),
    ("caron", '\u{30C}'),
    ("cedilla", '\u{327}'),
    ("ogonek", '\u{328}'),
];

/// The text of a glyph's name, by the rules of the Adobe Glyph List: `A`, `aacute`, `uni76D6`, `u20000`, `f_i`, `a.alt`.
pub(crate) fn of_name(name: &str) -> Option<Vec<char>> {
    let name = name.split('.').next().filter(|name| !name.is_empty())?;
    let parts: Vec<char> = name.split('_').take(8).filter_map(component).flatten().collect();
    (!parts.is_empty()).then_some(parts)
}

fn component(name: &str) -> Option<Vec<char>> {
    let mut letters = name.chars();
    if let (Some(letter), None) = (letters.next(), letters.next()) {
        return letter.is_ascii_alphabetic().then(|| vec![letter]);
    }
    let hexadecimal = |digits: &str| {
        let fit = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit());
        fit.then(|| u32::from_str_radix(digits, 16).ok().and_then(char::from_u32)).flatten()
    };
    if let Some(digits) = name.strip_prefix("uni").filter(|digits| digits.len() >= 4 && digits.len() % 4 == 0) {
        let units = digits.as_bytes().chunks(4).map(|four| std::str::from_utf8(four).ok().and_then(hexadecimal));
        if let Some(text) = units.collect::<Option<Vec<char>>>() {
            return Some(text);
        }
    }
    if let Some(character) = name.strip_prefix('u').filter(|d| (4..=6).contains(&d.len())).and_then(hexadecimal) {
        return Some(vec![character]);
    }
    if let Some((_, character)) = NAMES.iter().find(|(own, _)| *own == name) {
        return Some(vec![*character]);
    }
    let (base, mark) = ACCENTS.iter().find_map(|(accent, mark)| Some((name.strip_suffix(accent)?, *mark)))?;
    let mut base = base.chars();
    let letter = base.next().filter(|letter| letter.is_ascii_alphabetic() && base.as_str().is_empty())?;
    Some([letter, mark].into_iter().nfc().collect())
}

/// The width of a character in a standard font, in thousandths of the em; nothing for other fonts and characters.
pub(crate) fn standard_width(font: &[u8], character: char) -> Option<f64> {
    let name = std::str::from_utf8(font).ok()?;
    // A subset's tag stands before the name (9.6.4).
    let name = name.split_once('+').map_or(name, |(_, name)| name);
    if name.starts_with("Courier") {
        return Some(600.0);
    }
    let (bold, slanted) = (name.contains("Bold"), name.contains("Italic") || name.contains("Oblique"));
    let table = match (name, bold, slanted) {
        (name, false, _) if name.starts_with("Helvetica") || name.starts_with("Arial") => 0,
        (name, true, _) if name.starts_with("Helvetica") || name.starts_with("Arial") => 1,
        (name, bold, slanted) if name.starts_with("Times") => 2 + usize::from(bold) + 2 * usize::from(slanted),
        _ => return None,
    };
    let place = usize::try_from(u32::from(character).checked_sub(32)?).ok()?;
    WIDTHS.get(table)?.get(place).map(|width| f64::from(*width))
}

/// Widths of the characters from space to tilde (Adobe's metrics of the standard fonts).
#[rustfmt::skip]
const WIDTHS: [[u16; 95]; 6] = [
    // Helvetica
    [
        278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
        556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
        611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
        667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500,
        222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
    ],
    // Helvetica-Bold
    [
        278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
        556, 556, 556, 556, 556, 556, 556, 333, 333, 584, 584, 584, 611, 975, 722, 722, 722, 722, 667,
        611, 778, 722, 278, 556, 722, 611, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
        667, 611, 333, 278, 333, 584, 556, 333, 556, 611, 556, 611, 556, 333, 611, 611, 278, 278, 556,
        278, 889, 611, 611, 611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389, 280, 389, 584,
    ],
    // Times-Roman
    [
        250, 333, 408, 500, 500, 833, 778, 180, 333, 333, 500, 564, 250, 333, 250, 278, 500, 500, 500,
        500, 500, 500, 500, 500, 500, 500, 278, 278, 564, 564, 564, 444, 921, 722, 667, 667, 722, 611,
        556, 722, 722, 333, 389, 722, 611, 889, 722, 722, 556, 722, 667, 556, 611, 722, 722, 944, 722,
        722, 611, 333, 278, 333, 469, 500, 333, 444, 500, 444, 500, 444, 333, 500, 500, 278, 278, 500,
        278, 778, 500, 500, 500, 500, 333, 389, 278, 500, 500, 722, 500, 500, 444, 480, 200, 480, 541,
    ],
    // Times-Bold
    [
        250, 333, 555, 500, 500, 1000, 833, 278, 333, 333, 500, 570, 250, 333, 250, 278, 500, 500, 500,
        500, 500, 500, 500, 500, 500, 500, 333, 333, 570, 570, 570, 500, 930, 722, 667, 722, 722, 667,
        611, 778, 778, 389, 500, 778, 667, 944, 722, 778, 611, 778, 722, 556, 667, 722, 722, 1000, 722,
        722, 667, 333, 278, 333, 581, 500, 333, 500, 556, 444, 556, 444, 333, 500, 556, 278, 333, 556,
        278, 833, 556, 500, 556, 556, 444, 389, 333, 556, 500, 722, 500, 500, 444, 394, 220, 394, 520,
    ],
    // Times-Italic
    [
        250, 333, 420, 500, 500, 833, 778, 214, 333, 333, 500, 675, 250, 333, 250, 278, 500, 500, 500,
        500, 500, 500, 500, 500, 500, 500, 333, 333, 675, 675, 675, 500, 920, 611, 611, 667, 722, 611,
        611, 722, 722, 333, 444, 667, 556, 833, 667, 722, 611, 722, 611, 500, 556, 722, 611, 833, 611,
        556, 556, 389, 278, 389, 422, 500, 333, 500, 500, 444, 500, 444, 278, 500, 500, 278, 278, 444,
        278, 722, 500, 500, 500, 500, 389, 389, 278, 500, 444, 667, 444, 444, 389, 400, 275, 400, 541,
    ],
    // Times-BoldItalic
    [
        250, 389, 555, 500, 500, 833, 778, 278, 333, 333, 500, 570, 250, 333, 250, 278, 500, 500, 500,
        500, 500, 500, 500, 500, 500, 500, 333, 333, 570, 570, 570, 500, 832, 667, 667, 667, 722, 667,
        667, 722, 778, 389, 500, 667, 611, 889, 722, 722, 611, 722, 667, 556, 611, 722, 667, 889, 667,
        611, 611, 333, 278, 333, 570, 500, 333, 500, 500, 444, 500, 444, 333, 500, 556, 278, 278, 500,
        278, 778, 556, 500, 500, 500, 389, 389, 278, 556, 444, 667, 500, 444, 389, 348, 220, 348, 570,
    ],
];

#[cfg(test)]
mod tests {
    use crate::pdf::latin::{BaseEncoding, of_name, standard_width};

    fn text(name: &str) -> Option<String> {
        of_name(name).map(|text| text.into_iter().collect())
    }

    #[test]
    fn names_of_glyphs_are_text() {
        let all = [
            ("A", "A"),
            ("one", "1"),
            ("space", " "),
            ("aacute", "á"),
            ("Udieresis", "Ü"),
            ("ccedilla", "ç"),
            ("uni76D6", "盖"),
            ("uni76D67AE0", "盖章"),
            ("u20000", "𠀀"),
            ("f_i", "fi"),
            ("a.sc", "a"),
            ("germandbls", "ß"),
        ];
        for (name, wanted) in all {
            assert_eq!(text(name).as_deref(), Some(wanted), "{name}");
        }
        for name in ["", ".notdef", "g123", "uniXYZW", "u110000", "_"] {
            assert_eq!(text(name), None, "{name}");
        }
    }

    #[test]
    fn encodings_differ_above_ascii() {
        assert_eq!(BaseEncoding::Windows.character(0x80), Some('€'));
        assert_eq!(BaseEncoding::Mac.character(0x8A), Some('ä'));
        assert_eq!(BaseEncoding::Standard.character(0xAE), Some('ﬁ'));
        assert_eq!(BaseEncoding::Standard.character(0x27), Some('’'));
        assert_eq!(BaseEncoding::Standard.character(0x80), None);
        assert_eq!(BaseEncoding::Windows.character(0x0A), None);
    }

    #[test]
    fn standard_fonts_have_their_widths() {
        assert_eq!(standard_width(b"Helvetica", 'A'), Some(667.0));
        assert_eq!(standard_width(b"ABCDEF+Times-BoldItalic", ' '), Some(250.0));
        assert_eq!(standard_width(b"Times-Bold", 'A'), Some(722.0));
        assert_eq!(standard_width(b"Courier-Bold", '盖'), Some(600.0));
        assert_eq!(standard_width(b"SimSun", 'A'), None);
    }
}
