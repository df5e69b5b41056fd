//! Character maps of fonts (ISO 32000-1 9.7.5, 9.10.3): from codes to CIDs, and from codes to text.

use crate::pdf::lexer::{Lexer, Token};

/// Most entries of one map: no font has more glyphs than 65 536.
const ENTRIES: usize = 100_000;
/// Most characters that one code stands for.
const TEXT: usize = 32;

/// What a map says.
#[derive(Clone, Debug, Default)]
pub(crate) struct CMap {
    /// Lengths and bounds of codes.
    spaces: Vec<(usize, u32, u32)>,
    /// First and last code, first CID.
    cids: Vec<(u32, u32, u32)>,
    /// First and last code; the text of the first, whose last character counts on.
    texts: Vec<(u32, u32, Vec<char>)>,
    /// The map that this one extends.
    pub(crate) base: Option<Vec<u8>>,
    /// /WMode 1.
    pub(crate) vertical: bool,
}

/// A section of the map, by the word after `begin`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Space,
    CidRange,
    CidChar,
    TextRange,
    TextChar,
}

/// An operand.
enum Item {
    Code(Vec<u8>),
    Number(u32),
    List(Vec<Vec<u8>>),
}

impl CMap {
    /// Reads what can be read: a map is data of one font, and a faulty entry no reason to lose the others.
    pub(crate) fn read(bytes: &[u8]) -> CMap {
        let mut map = CMap::default();
        let mut lexer = Lexer::memory(bytes);
        let mut section = None;
        let mut items = Vec::new();
        let mut name = None;
        let mut mode = false;
        let mut list: Option<Vec<Vec<u8>>> = None;
        loop {
            let before = lexer.position();
            let token = match lexer.next() {
                Ok((_, token)) => token,
                Err(_) => {
                    lexer.seek(lexer.position().max(before.saturating_add(1)));
                    continue;
                }
            };
            match (token, &mut list) {
                (Token::End, _) => break,
                (Token::Hex(code) | Token::Literal(code), Some(open)) if open.len() < ENTRIES => open.push(code),
                (Token::ArrayClose, _) => items.extend(list.take().map(Item::List)),
                (Token::ArrayOpen, _) => list = Some(Vec::new()),
                (Token::Hex(code) | Token::Literal(code), None) => items.push(Item::Code(code)),
                (Token::Integer(n), None) => {
                    if std::mem::take(&mut mode) {
                        map.vertical = n == 1;
                    }
                    items.extend(u32::try_from(n).ok().map(Item::Number));
                }
                (Token::Name(word), None) => {
                    mode = word == b"WMode";
                    name = Some(word);
                }
                (Token::Keyword(word), _) => {
                    section = match word.as_slice() {
                        b"begincodespacerange" => Some(Section::Space),
                        b"begincidrange" => Some(Section::CidRange),
                        b"begincidchar" => Some(Section::CidChar),
                        b"beginbfrange" => Some(Section::TextRange),
                        b"beginbfchar" => Some(Section::TextChar),
                        _ => None,
                    };
                    if word == b"usecmap" {
                        map.base = name.take();
                    }
                    items.clear();
                    list = None;
                    mode = false;
                }
                _ => {}
            }
            if let Some(section) = section {
                map.take(section, &mut items);
            } else if items.len() > 8 {
                items.clear();
            }
        }
        map.cids.sort_by_key(|entry| entry.0);
        map.texts.sort_by_key(|entry| entry.0);
        map
    }

    /// Takes an entry, once it is complete.
    fn take(&mut self, section: Section, items: &mut Vec<Item>) {
        let length = if matches!(section, Section::CidChar | Section::TextChar) { 2 } else { 3 };
        let full = self.cids.len().saturating_add(self.texts.len()).saturating_add(self.spaces.len()) >= ENTRIES;
        match (section, items.as_slice()) {
            (Section::Space, [Item::Code(low), Item::Code(high)]) => {
                if !full && low.len() == high.len() && (1..=4).contains(&low.len()) {
                    self.spaces.push((low.len(), number(low), number(high)));
                }
                items.clear();
                return;
            }
            _ if items.len() < length => return,
            (Section::CidRange, [Item::Code(low), Item::Code(high), Item::Number(cid)]) if !full => {
                self.cids.push((number(low), number(high), *cid));
            }
            (Section::CidChar, [Item::Code(code), Item::Number(cid)]) if !full => {
                self.cids.push((number(code), number(code), *cid));
            }
            (Section::TextChar, [Item::Code(code), Item::Code(text)]) if !full => {
                self.texts.push((number(code), number(code), utf16(text)));
            }
            (Section::TextRange, [Item::Code(low), Item::Code(high), Item::Code(text)]) if !full => {
                self.texts.push((number(low), number(high), utf16(text)));
            }
            (Section::TextRange, [Item::Code(low), Item::Code(_), Item::List(texts)]) if !full => {
                for (code, text) in (number(low)..=u32::MAX).zip(texts.iter().take(ENTRIES)) {
                    self.texts.push((code, code, utf16(text)));
                }
            }
            _ => {}
        }
        items.clear();
    }

    /// The text of a code.
    pub(crate) fn text(&self, code: u32) -> Option<Vec<char>> {
        let (low, _, text) = find(&self.texts, code, |entry| (entry.0, entry.1))?;
        let mut text = text.clone();
        let last = text.last_mut()?;
        *last = u32::from(*last).checked_add(code.saturating_sub(*low)).and_then(char::from_u32)?;
        Some(text)
    }

    /// Whether it names any CID itself.
    pub(crate) fn has_cids(&self) -> bool {
        !self.cids.is_empty()
    }

    /// The CID of a code.
    pub(crate) fn cid(&self, code: u32) -> Option<u32> {
        let (low, _, cid) = find(&self.cids, code, |entry| (entry.0, entry.1))?;
        cid.checked_add(code.saturating_sub(*low))
    }

    /// The code at the head of a string, and its length in bytes; two bytes where no code space has it.
    pub(crate) fn code(&self, bytes: &[u8]) -> Option<(u32, usize)> {
        for length in 1..=4_usize {
            let Some(code) = bytes.get(..length) else { break };
            let value = number(code);
            // Every byte lies within its own bounds (9.7.6.2).
            let within = |(n, low, high): &(usize, u32, u32)| {
                *n == length
                    && low
                        .to_be_bytes()
                        .iter()
                        .zip(high.to_be_bytes())
                        .zip(value.to_be_bytes())
                        .all(|((low, high), byte)| (*low..=high).contains(&byte))
            };
            if self.spaces.iter().any(within) {
                return Some((value, length));
            }
        }
        let length = bytes.len().min(2);
        (length > 0).then(|| (number(bytes.get(..length).unwrap_or_default()), length))
    }
}

fn find<T>(entries: &[T], code: u32, bounds: impl Fn(&T) -> (u32, u32)) -> Option<&T> {
    let after = entries.partition_point(|entry| bounds(entry).0 <= code);
    entries.get(after.checked_sub(1)?).filter(|entry| bounds(entry).1 >= code)
}

/// The number that a code is; of a longer one its last four bytes.
pub(crate) fn number(code: &[u8]) -> u32 {
    code.iter().fold(0, |value: u32, byte| value << 8 | u32::from(*byte))
}

/// UTF-16BE, a single byte taken as it is.
fn utf16(bytes: &[u8]) -> Vec<char> {
    if let [byte] = bytes {
        return vec![char::from(*byte)];
    }
    let units = bytes.chunks_exact(2).map(|pair| u16::try_from(number(pair)).unwrap_or_default());
    char::decode_utf16(units).take(TEXT).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

#[cfg(test)]
mod tests {
    use crate::pdf::cmap::CMap;

    #[test]
    fn every_section_is_read() {
        let map = CMap::read(
            b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /WMode 1 def\n\
              1 begincodespacerange <00> <7F> <8140> <FEFE> endcodespacerange\n\
              2 beginbfchar <0041> <76D6> <42> <00660069> endbfchar\n\
              2 beginbfrange <0100> <01FF> <4E00> <0200><0202> [<7AE0> <D840DC00> <0041>] endbfrange\n\
              1 begincidrange <8140> <8142> 7 endcidrange 1 begincidchar <20> 1 endcidchar endcmap",
        );
        let text = |code| map.text(code).map(|text| text.into_iter().collect::<String>());
        assert_eq!(text(0x41).as_deref(), Some("盖"));
        assert_eq!(text(0x42).as_deref(), Some("fi"));
        assert_eq!(text(0x101).as_deref(), Some("丁"));
        assert_eq!(text(0x200).as_deref(), Some("章"));
        assert_eq!(text(0x201).as_deref(), Some("𠀀"));
        assert_eq!(text(0x203), None);
        assert_eq!((map.cid(0x8141), map.cid(0x20), map.cid(0x21)), (Some(8), Some(1), None));
        assert!(map.vertical);
        assert_eq!(map.code(b"\x20\x81\x40"), Some((0x20, 1)));
        assert_eq!(map.code(b"\x81\x40\x20"), Some((0x8140, 2)));
        assert_eq!(map.code(b"\x81\x20"), Some((0x8120, 2)));
        assert_eq!(map.code(b""), None);
    }

    #[test]
    fn nonsense_is_survived() {
        for bytes in [
            &b"1 beginbfchar <0041 )) >> } <"[..],
            b"beginbfrange <FFFFFFFF> <00> [ [ ] <41> endbfrange",
            b"begincidrange <01> <02> 99999999999 endcidrange beginbfrange <0000> <FFFF> <FFFFFF> endbfrange",
        ] {
            let map = CMap::read(bytes);
            let _ = (map.text(0), map.cid(0xFFFF_FFFF), map.code(b"\xFF\xFF\xFF"));
        }
    }
}
