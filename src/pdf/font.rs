//! Fonts as far as text positions need them (ISO 32000-1 9.6, 9.7, 9.10): from the codes of a string to characters and
//! widths. No font program is read.

use std::collections::HashMap;

use encoding_rs::{BIG5, EUC_JP, EUC_KR, Encoding, GB18030, SHIFT_JIS};

use crate::pdf::cmap::{CMap, number};
use crate::pdf::error::PdfError;
use crate::pdf::latin::{BaseEncoding, of_name, standard_width};
use crate::pdf::object::{Dictionary, Object};
use crate::pdf::view::View;

/// Largest character map: those of the largest fonts have some 2 MB.
const CMAP_BYTES: u64 = 16 << 20;
/// CID of the half-width exclamation mark of Adobe-GB1, less one: where the space of that row would be.
const HALF_WIDTH_GB: u32 = 813;
/// Most widths taken, as there are glyphs in a font.
const WIDTHS: usize = 65_536;

/// A font.
#[derive(Debug)]
pub(crate) struct Font {
    codes: Codes,
    to_text: Option<CMap>,
    widths: HashMap<u32, f64>,
    default_width: f64,
    /// Extent of vertical glyphs, and where their origin lies above that of horizontal ones: /DW2 (9.7.4.3).
    vertical: Option<Column>,
    base_font: Vec<u8>,
    /// Glyph space to text space: 1/1000, but for Type 3.
    scale: f64,
}

/// Vertical metrics in thousandths.
#[derive(Debug)]
struct Column {
    default: f64,
    heights: HashMap<u32, f64>,
}

/// How strings are cut into codes, and what codes are.
#[derive(Debug)]
enum Codes {
    /// One byte each, with the text of each.
    Simple(Vec<Option<Vec<char>>>),
    /// As an embedded map says.
    Embedded(CMap),
    /// Two bytes each, which are the CID.
    Identity,
    /// Unicode in two bytes, with surrogates; CID of the space.
    Unicode(u32),
    /// An encoding of single and double bytes; CID of the space.
    National(&'static Encoding, u32),
}

/// One code of a string.
#[derive(Debug)]
pub(crate) struct Code {
    /// What it shows; nothing where that is not known.
    pub(crate) text: Vec<char>,
    /// How far the pen moves, in units of the font size: to the right, or down where the font is vertical.
    pub(crate) advance: f64,
    /// Whether word spacing is added (9.3.3): a single byte 32.
    pub(crate) is_space: bool,
}

impl Font {
    /// Reads a font's dictionary. What is faulty in it makes text unknown, not the page unreadable.
    ///
    /// # Errors
    /// [`PdfError::Limit`] alone.
    pub(crate) fn read(view: &View<'_>, dictionary: &Dictionary) -> Result<Font, PdfError> {
        let reader = Reader { view };
        let to_text = match reader.value(dictionary, "ToUnicode")? {
            Object::Stream(_) => reader.cmap(dictionary, "ToUnicode")?,
            _ => None,
        };
        let subtype = reader.value(dictionary, "Subtype")?;
        if subtype.is_name("Type0") {
            reader.composite(dictionary, to_text)
        } else {
            reader.simple(dictionary, to_text)
        }
    }

    /// Whether text runs downwards.
    pub(crate) fn is_vertical(&self) -> bool {
        self.vertical.is_some()
    }

    /// The codes of a string.
    pub(crate) fn codes<'a>(&'a self, string: &'a [u8]) -> impl Iterator<Item = Code> + 'a {
        let mut rest = string;
        std::iter::from_fn(move || {
            let (code, length) = self.cut(rest)?;
            let (own, after) = rest.split_at_checked(length)?;
            rest = after;
            Some(self.code(code, own))
        })
    }

    /// The code at the head, and its length.
    fn cut(&self, rest: &[u8]) -> Option<(u32, usize)> {
        let length = match &self.codes {
            Codes::Embedded(map) => return map.code(rest),
            Codes::Simple(_) => 1,
            Codes::Identity => 2,
            Codes::Unicode(_) => match rest {
                [0xD8..=0xDB, _, _, _, ..] => 4,
                _ => 2,
            },
            Codes::National(encoding, _) => match rest {
                [0x81..=0xFE, 0x30..=0x39, 0x81..=0xFE, 0x30..=0x39, ..] if *encoding == GB18030 => 4,
                // Half-width katakana are single bytes.
                [0xA1..=0xDF, ..] if *encoding == SHIFT_JIS => 1,
                [0x81..=0xFE, _, ..] => 2,
                _ => 1,
            },
        };
        let own = rest.get(..length.min(rest.len())).filter(|own| !own.is_empty())?;
        Some((number(own), own.len()))
    }

    fn code(&self, code: u32, bytes: &[u8]) -> Code {
        let text = self.to_text.as_ref().and_then(|map| map.text(code)).filter(|text| !text.is_empty());
        let text = text.or_else(|| self.own_text(code, bytes)).unwrap_or_default();
        let cid = self.cid(code, &text);
        let advance = match &self.vertical {
            Some(column) => column.heights.get(&cid).copied().unwrap_or(column.default),
            None => self.widths.get(&cid).copied().unwrap_or_else(|| self.usual_width(&text)),
        };
        Code { text, advance: advance * self.scale, is_space: bytes == [32] }
    }

    fn usual_width(&self, text: &[char]) -> f64 {
        let standard = text.first().filter(|_| self.widths.is_empty() && matches!(self.codes, Codes::Simple(_)));
        standard.and_then(|c| standard_width(&self.base_font, *c)).unwrap_or(self.default_width)
    }

    /// The text of a code by the font's encoding.
    fn own_text(&self, code: u32, bytes: &[u8]) -> Option<Vec<char>> {
        match &self.codes {
            Codes::Simple(texts) => texts.get(usize::try_from(code).ok()?)?.clone(),
            Codes::Embedded(map) => map.text(code),
            Codes::Identity => None,
            Codes::Unicode(_) => {
                let units = bytes.chunks_exact(2).map(|pair| u16::try_from(number(pair)).unwrap_or_default());
                char::decode_utf16(units).collect::<Result<_, _>>().ok()
            }
            Codes::National(encoding, _) => {
                let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
                Some(text.chars().collect())
            }
        }
    }

    /// What widths are listed by. In maps that the file does not hold, ASCII is a row of CIDs from that of the space on;
    /// all else has the default width, as ideographs do.
    fn cid(&self, code: u32, text: &[char]) -> u32 {
        match &self.codes {
            Codes::Simple(_) | Codes::Identity => code,
            Codes::Embedded(map) => map.cid(code).unwrap_or_default(),
            Codes::Unicode(space) | Codes::National(_, space) => match text {
                // Adobe-GB1 has its half-width space apart from the row of the others.
                [' '] if *space == HALF_WIDTH_GB => 7716,
                [c @ ' '..='~'] => u32::from(*c).saturating_sub(32).saturating_add(*space),
                _ => u32::MAX,
            },
        }
    }
}

/// Reads the parts of a font.
struct Reader<'v, 'd> {
    view: &'v View<'d>,
}

impl Reader<'_, '_> {
    /// The value of a key; null where it cannot be read, but limits hold.
    fn value(&self, dictionary: &Dictionary, key: &str) -> Result<Object, PdfError> {
        tolerant(self.view.lookup(dictionary, key)).map(|value| value.unwrap_or(Object::Null))
    }

    fn number(&self, dictionary: &Dictionary, key: &str) -> Result<Option<f64>, PdfError> {
        Ok(self.value(dictionary, key)?.as_number())
    }

    fn dictionary(&self, dictionary: &Dictionary, key: &str) -> Result<Dictionary, PdfError> {
        Ok(self.value(dictionary, key)?.as_dictionary().cloned().unwrap_or_default())
    }

    fn cmap(&self, dictionary: &Dictionary, key: &str) -> Result<Option<CMap>, PdfError> {
        let Object::Stream(stream) = self.value(dictionary, key)? else { return Ok(None) };
        let data = tolerant(self.view.stream_data(&stream, CMAP_BYTES))?;
        let mut map = data.map(|data| CMap::read(&data));
        if let Some(map) = &mut map {
            map.vertical |= self.value(&stream.dictionary, "WMode")?.as_integer() == Some(1);
        }
        Ok(map)
    }

    fn simple(&self, dictionary: &Dictionary, to_text: Option<CMap>) -> Result<Font, PdfError> {
        let mut widths = HashMap::new();
        let first = self.value(dictionary, "FirstChar")?.as_integer().unwrap_or(0);
        if let (Object::Array(items), Ok(first)) = (self.value(dictionary, "Widths")?, u32::try_from(first)) {
            for (code, item) in (first..=255).zip(items.iter()) {
                widths.extend(tolerant(self.view.resolve(item))?.and_then(|w| w.as_number()).map(|w| (code, w)));
            }
        }
        let descriptor = self.dictionary(dictionary, "FontDescriptor")?;
        let is_type3 = self.value(dictionary, "Subtype")?.is_name("Type3");
        let scale = match self.value(dictionary, "FontMatrix")? {
            Object::Array(items) if is_type3 => items.first().and_then(Object::as_number).unwrap_or(0.001).abs(),
            _ => 0.001,
        };
        Ok(Font {
            codes: Codes::Simple(self.encoding(dictionary, &descriptor)?),
            to_text,
            widths,
            default_width: self.number(&descriptor, "MissingWidth")?.unwrap_or(0.0),
            vertical: None,
            base_font: self.value(dictionary, "BaseFont")?.as_name().unwrap_or_default().to_vec(),
            scale,
        })
    }

    /// The text of each code (9.6.6): the base encoding with its differences.
    fn encoding(&self, font: &Dictionary, descriptor: &Dictionary) -> Result<Vec<Option<Vec<char>>>, PdfError> {
        // Symbolic TrueType fonts of Chinese programs are most often subsets in the order of WinAnsi.
        let truetype = self.value(font, "Subtype")?.is_name("TrueType") || descriptor.get("FontFile2").is_some();
        let usual = if truetype { BaseEncoding::Windows } else { BaseEncoding::Standard };
        let value = self.value(font, "Encoding")?;
        let (base, differences) = match &value {
            Object::Name(name) => (BaseEncoding::named(name), Object::Null),
            Object::Dictionary(own) => {
                let base = self.value(own, "BaseEncoding")?;
                (base.as_name().and_then(BaseEncoding::named), self.value(own, "Differences")?)
            }
            _ => (None, Object::Null),
        };
        let base = base.unwrap_or(usual);
        let mut texts: Vec<Option<Vec<char>>> = (0..=255).map(|code| base.character(code).map(|c| vec![c])).collect();
        let mut code = 0_usize;
        for item in differences.as_array().unwrap_or_default().iter().take(WIDTHS) {
            match tolerant(self.view.resolve(item))? {
                Some(Object::Integer(n)) => code = usize::try_from(n).unwrap_or(usize::MAX),
                Some(Object::Name(name)) => {
                    if let Some(text) = texts.get_mut(code) {
                        *text = std::str::from_utf8(&name).ok().and_then(of_name);
                    }
                    code = code.saturating_add(1);
                }
                _ => {}
            }
        }
        Ok(texts)
    }

    fn composite(&self, dictionary: &Dictionary, to_text: Option<CMap>) -> Result<Font, PdfError> {
        let descendant = match self.value(dictionary, "DescendantFonts")? {
            Object::Array(items) => items.first().map(|item| tolerant(self.view.resolve(item))).transpose()?.flatten(),
            other => Some(other),
        };
        let descendant = descendant.as_ref().and_then(Object::as_dictionary).cloned().unwrap_or_default();
        let encoding = self.value(dictionary, "Encoding")?;
        let (codes, vertical) = match &encoding {
            Object::Name(name) => predefined(name),
            Object::Stream(_) => self.embedded(dictionary)?,
            _ => (Codes::Identity, false),
        };
        let column = Column { default: -1000.0, heights: HashMap::new() };
        let column = if vertical { Some(self.column(&descendant, column)?) } else { None };
        Ok(Font {
            codes,
            to_text,
            widths: self.cid_list(&descendant, "W", 1)?,
            default_width: self.number(&descendant, "DW")?.unwrap_or(1000.0),
            vertical: column,
            base_font: Vec::new(),
            scale: 0.001,
        })
    }

    /// A map that the file holds; what it extends is taken for what it lacks.
    fn embedded(&self, dictionary: &Dictionary) -> Result<(Codes, bool), PdfError> {
        let Some(map) = self.cmap(dictionary, "Encoding")? else { return Ok((Codes::Identity, false)) };
        let vertical = map.vertical;
        match &map.base {
            Some(base) if !map.has_cids() => {
                let (codes, of_base) = predefined(base);
                Ok((codes, vertical || of_base))
            }
            _ => Ok((Codes::Embedded(map), vertical)),
        }
    }

    fn column(&self, descendant: &Dictionary, mut column: Column) -> Result<Column, PdfError> {
        if let Object::Array(pair) = self.value(descendant, "DW2")? {
            column.default = pair.get(1).and_then(Object::as_number).unwrap_or(column.default);
        }
        column.heights = self.cid_list(descendant, "W2", 3)?;
        Ok(column)
    }

    /// /W and /W2 (9.7.4.3): `c [w ...]` and `first last w`, each entry of so many numbers, of which the first counts.
    fn cid_list(&self, descendant: &Dictionary, key: &str, numbers: usize) -> Result<HashMap<u32, f64>, PdfError> {
        let mut found = HashMap::new();
        let Object::Array(items) = self.value(descendant, key)? else { return Ok(found) };
        let mut items = items.iter();
        while let Some(first) = items.next() {
            let Some(first) = self.cid(first)? else { continue };
            let Some(next) = items.next() else { break };
            if let Some(Object::Array(list)) = tolerant(self.view.resolve(next))? {
                let widths = list.chunks(numbers).map(<[Object]>::first);
                for (cid, width) in (first..=u32::MAX).zip(widths).take(WIDTHS) {
                    found.extend(width.and_then(Object::as_number).map(|width| (cid, width)));
                }
                continue;
            }
            let last = self.cid(next)?.unwrap_or(first);
            let width = items.next().map(|item| tolerant(self.view.resolve(item))).transpose()?.flatten();
            for _ in 1..numbers {
                items.next();
            }
            if let Some(width) = width.and_then(|width| width.as_number()) {
                found.extend((first..=last).take(WIDTHS).map(|cid| (cid, width)));
            }
            if found.len() > WIDTHS {
                break;
            }
        }
        Ok(found)
    }

    fn cid(&self, item: &Object) -> Result<Option<u32>, PdfError> {
        let number = tolerant(self.view.resolve(item))?.and_then(|item| item.as_integer());
        Ok(number.and_then(|n| u32::try_from(n).ok()))
    }
}

/// A map by its name (9.7.5.2), and whether it is a vertical one.
fn predefined(name: &[u8]) -> (Codes, bool) {
    let name = String::from_utf8_lossy(name);
    let vertical = name.ends_with("-V") || name == "V";
    // CID of the space, where ASCII is half as wide as an ideograph in that map: Adobe-GB1 813, Adobe-Japan1 231.
    let national = |encoding, space| Codes::National(encoding, space);
    let codes = match &*name {
        "Identity-H" | "Identity-V" => Codes::Identity,
        n if n.starts_with("Uni") && (n.contains("UCS2") || n.contains("UTF16")) => {
            Codes::Unicode(if n.contains("-HW-") { 231 } else { 1 })
        }
        n if n.starts_with("GBK-") || n.starts_with("GB-") => national(GB18030, HALF_WIDTH_GB),
        n if n.starts_with("GB") => national(GB18030, 1),
        n if n.starts_with("ETen-B5") => national(BIG5, 13_648),
        n if n.contains("B5") || n.starts_with("HKscs") => national(BIG5, 1),
        n if n.starts_with("90msp-RKSJ") || n.starts_with("90pv-RKSJ") => national(SHIFT_JIS, 1),
        n if n.contains("RKSJ") => national(SHIFT_JIS, 231),
        n if n.starts_with("KSCms-UHC-HW") => national(EUC_KR, 8094),
        n if n.starts_with("KSC") => national(EUC_KR, 1),
        "EUC-H" | "EUC-V" => national(EUC_JP, 231),
        _ => Codes::Identity,
    };
    (codes, vertical)
}

/// What cannot be read is left out; a limit ends the work.
pub(crate) fn tolerant<T>(result: Result<T, PdfError>) -> Result<Option<T>, PdfError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error @ PdfError::Limit(_)) => Err(error),
        Err(_) => Ok(None),
    }
}
