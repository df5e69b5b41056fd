//! A few characters of a font as a font of their own, for a document to carry.

use subsetter::{GlyphRemapper, subset};

use crate::drawing::font::Font;

/// Stands for what the font lacks, as Chinese typesetters have it.
const GETA: char = '〓';

/// A part of a font, its glyphs numbered anew.
#[derive(Clone, Debug, PartialEq)]
pub struct FontSubset {
    /// The bare CFF table, CID-keyed, its CIDs being the new glyph numbers.
    pub cff: Vec<u8>,
    /// The glyphs from number 1 on.
    pub glyphs: Vec<SubsetGlyph>,
}

/// A glyph of a subset.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SubsetGlyph {
    /// The character; where the font lacks it the glyph is 〓.
    pub character: char,
    /// Its number in the subset.
    pub id: u16,
    /// Advance in ems.
    pub advance: f64,
}

impl FontSubset {
    /// The part of the bundled song-style font that a text needs; `None` only if the font could not be cut.
    #[must_use]
    pub fn of_song(text: &str) -> Option<Self> {
        let font = Font::song();
        let mut characters: Vec<char> = text.chars().filter(|c| !c.is_control()).collect();
        characters.sort_unstable();
        characters.dedup();
        let mut mapper = GlyphRemapper::new();
        let mut glyphs = Vec::new();
        for character in characters {
            let glyph = font.glyph(character).or_else(|| font.glyph(GETA))?;
            glyphs.push(SubsetGlyph { character, id: mapper.remap(glyph.id), advance: glyph.advance });
        }
        let file = subset(font.bytes(), 0, &mapper).ok()?;
        Some(FontSubset { cff: table(&file, *b"CFF ")?.to_vec(), glyphs })
    }

    /// The glyph of a character.
    #[must_use]
    pub fn glyph(&self, character: char) -> Option<&SubsetGlyph> {
        let at = self.glyphs.binary_search_by_key(&character, |glyph| glyph.character).ok()?;
        self.glyphs.get(at)
    }

    /// Length of a line in ems.
    #[must_use]
    pub fn length(&self, line: &str) -> f64 {
        line.chars().filter_map(|c| self.glyph(c)).map(|glyph| glyph.advance).sum()
    }
}

/// A table of an OpenType file: the records of 16 bytes behind the first 12 (OpenType 1.9, Organization).
fn table(file: &[u8], tag: [u8; 4]) -> Option<&[u8]> {
    let record = file.get(12..)?.chunks_exact(16).find(|record| record.starts_with(&tag))?;
    let number = |at: usize| {
        let four = record.get(at..)?.first_chunk::<4>()?;
        usize::try_from(u32::from_be_bytes(*four)).ok()
    };
    let (start, length) = (number(8)?, number(12)?);
    file.get(start..start.checked_add(length)?)
}

#[cfg(test)]
mod tests {
    use crate::drawing::FontSubset;

    #[test]
    fn a_subset_has_what_the_text_needs_and_little_more() {
        let subset = FontSubset::of_song("张三 2026年11月22日").unwrap();
        assert_eq!(subset.glyphs.len(), 10);
        assert!(subset.cff.len() < 8_000, "{}", subset.cff.len());
        assert!(subset.cff.starts_with(&[1, 0]));
        assert!((subset.length("张三") - 2.0).abs() < 1e-9);
        assert!(subset.glyph('三').unwrap().id > 0);
    }

    #[test]
    fn what_the_font_lacks_is_a_geta() {
        let subset = FontSubset::of_song("😀\n").unwrap();
        assert_eq!(subset.glyphs.len(), 1);
        assert!((subset.glyphs[0].advance - 1.0).abs() < 1e-9);
    }
}
