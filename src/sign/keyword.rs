//! Keywords: where a text stands on pages, by what is seen and not by how the file is cut up.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::geometry::{Glyph, Millimetres, Rect, Size, TextRun};
use crate::sign::line::{Line, bounds, lines};
use crate::sign::{Pages, Shown, SignError};

/// A text to look for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keyword {
    /// The text. Compared after compatibility normalisation (NFKC): full and half width, radicals and ideographs are one.
    pub text: String,
    /// What may stand beside it.
    pub bounds: WordBounds,
    /// On which pages.
    pub pages: Pages,
}

/// What may stand beside a hit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WordBounds {
    /// Anything; spaces within the text do not count.
    #[default]
    Any,
    /// No letter, digit or ideograph, and spaces within the text count.
    WholeWord,
}

/// Which hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// One: counted from 1; negative from the end, -1 being the last.
    Nth(i64),
    /// Every one.
    All,
}

/// A seal set by a keyword.
#[derive(Clone, Debug, PartialEq)]
pub struct AtKeyword {
    /// The keyword.
    pub keyword: Keyword,
    /// Which hits.
    pub which: Which,
    /// From the middle of the hit to that of the seal, to the right.
    pub dx: Millimetres,
    /// And downwards.
    pub dy: Millimetres,
    /// Size of the seal.
    pub size: Size,
}

/// A place where the text stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// Which one of the document, from 1.
    pub number: usize,
    /// Page, from 0.
    pub page: usize,
    /// Around its characters, on the page as viewed.
    pub rect: Rect,
}

/// Where text is read from, page by page.
pub(crate) trait Paper {
    /// How many pages there are.
    fn count(&self) -> usize;
    /// Size of a page, counted from 0.
    fn size(&mut self, page: usize) -> Result<Size, SignError>;
    /// Hands over the text of these pages, which are in ascending order.
    fn texts(
        &mut self,
        pages: &[usize],
        take: &mut dyn FnMut(usize, Vec<TextRun>) -> Result<(), SignError>,
    ) -> Result<(), SignError>;
}

/// A gap of more of the em is a space, where spaces count.
const SPACE: f64 = 0.3;
/// Hits whose tops differ by less millimetres are beside one another.
const BESIDE: f64 = 1.0;
/// Most hits of one document.
const HITS: usize = 100_000;

/// Every hit, page by page, from the top down, then from left to right.
pub(crate) fn hits(keyword: &Keyword, pages: &[usize], paper: &mut dyn Paper) -> Result<Vec<Hit>, SignError> {
    let wanted = Wanted::new(keyword);
    let mut hits = Vec::new();
    paper.texts(pages, &mut |page, runs| {
        let mut found: Vec<Rect> = lines(&runs).iter().flat_map(|line| wanted.on(line)).collect();
        found.sort_by(|a, b| a.y.0.total_cmp(&b.y.0).then(a.x.0.total_cmp(&b.x.0)));
        for row in found.chunk_by_mut(|a, b| b.y.0 - a.y.0 < BESIDE) {
            row.sort_by(|a, b| a.x.0.total_cmp(&b.x.0));
        }
        for rect in found.into_iter().take(HITS.saturating_sub(hits.len())) {
            hits.push(Hit { number: hits.len().saturating_add(1), page, rect });
        }
        Ok(())
    })?;
    if hits.is_empty() {
        return Err(SignError::KeywordMissing { text: keyword.text.clone(), pages: pages.len() });
    }
    Ok(hits)
}

/// The hits meant, each with the rectangle of its seal.
pub(crate) fn placed(ask: &AtKeyword, pages: &[usize], paper: &mut dyn Paper) -> Result<Vec<Shown>, SignError> {
    let hits = hits(&ask.keyword, pages, paper)?;
    let count = hits.len();
    let chosen: Vec<Hit> = match ask.which {
        Which::All => hits,
        Which::Nth(nth) => {
            let out = || SignError::HitOutOfRange { text: ask.keyword.text.clone(), nth, count };
            let total = i64::try_from(count).map_err(|_| out())?;
            let at = if nth < 0 { total.checked_add(nth) } else { nth.checked_sub(1) };
            let at = at.and_then(|at| usize::try_from(at).ok()).ok_or_else(out)?;
            vec![hits.into_iter().nth(at).ok_or_else(out)?]
        }
    };
    let shown = chosen.into_iter().map(|hit| {
        let middle = hit.rect.middle();
        let rect = Rect::centred(middle.x + ask.dx, middle.y + ask.dy, ask.size);
        Shown { page: hit.page, rect, clip: None, hit: Some(hit.number) }
    });
    Ok(shown.collect())
}

/// The text looked for, as it is compared.
struct Wanted {
    text: Vec<char>,
    bounds: WordBounds,
}

impl Wanted {
    fn new(keyword: &Keyword) -> Self {
        let mut text = Vec::new();
        for character in keyword.text.trim().nfkc() {
            push(&mut text, character, keyword.bounds);
        }
        Wanted { text, bounds: keyword.bounds }
    }

    /// Rectangles of the hits on a line.
    fn on(&self, line: &Line) -> Vec<Rect> {
        let mut characters: Vec<char> = Vec::new();
        let mut origin: Vec<usize> = Vec::new();
        let mut before: Option<&Glyph> = None;
        for (at, glyph) in line.glyphs.iter().enumerate() {
            if before.is_some_and(|before| gap(before, glyph) > SPACE * glyph.em().0) {
                push(&mut characters, ' ', self.bounds);
            }
            for character in std::iter::once(glyph.character).nfkc() {
                push(&mut characters, character, self.bounds);
            }
            before = Some(glyph);
            origin.resize(characters.len(), at);
        }
        if self.text.is_empty() {
            return Vec::new();
        }
        let mut found = Vec::new();
        let mut at = 0_usize;
        while let Some(window) = characters.get(at..at.saturating_add(self.text.len())) {
            let end = at.saturating_add(self.text.len());
            if window != self.text.as_slice() || !self.stands_alone(&characters, at, end) {
                at = at.saturating_add(1);
                continue;
            }
            let glyphs = origin.get(at..end).unwrap_or_default().iter().filter_map(|at| line.glyphs.get(*at));
            found.push(bounds(glyphs.filter(|glyph| !glyph.character.is_whitespace())));
            at = end;
        }
        found
    }

    fn stands_alone(&self, characters: &[char], from: usize, to: usize) -> bool {
        let letter = |at: Option<usize>| at.and_then(|at| characters.get(at)).is_some_and(|c| c.is_alphanumeric());
        self.bounds == WordBounds::Any || !(letter(from.checked_sub(1)) || letter(Some(to)))
    }
}

/// Adds a character as it is compared: white space is none, or one space where it counts.
fn push(text: &mut Vec<char>, character: char, bounds: WordBounds) {
    if character.is_whitespace() {
        if bounds == WordBounds::WholeWord && text.last() != Some(&' ') {
            text.push(' ');
        }
    } else if !is_combining_mark(character) || !text.is_empty() {
        text.push(character);
    }
}

fn gap(before: &Glyph, after: &Glyph) -> f64 {
    (after.start.x.0 - before.end.x.0).hypot(after.start.y.0 - before.end.y.0)
}

#[cfg(test)]
mod tests {
    use crate::geometry::{Glyph, Millimetres, Size, TextRun, Transform, Writing};
    use crate::sign::keyword::{AtKeyword, Keyword, Paper, Which, WordBounds, hits, placed};
    use crate::sign::{Pages, SignError};

    /// A text from a point on, every character 5 mm, on a line turned clockwise.
    fn run(text: &str, x: f64, y: f64, turn: f64) -> TextRun {
        let (sin, cos) = turn.to_radians().sin_cos();
        let space = Transform::from_array([cos, sin, -sin, cos, x, y]);
        let place = |(at, c): (usize, char)| {
            let at = 5.0 * at as f64;
            Glyph::place(c, [(at, 0.0), (at + 5.0, 0.0)], (0.0, -5.0), Writing::Horizontal, &space)
        };
        TextRun { glyphs: text.chars().enumerate().filter_map(place).collect() }
    }

    struct Sheets(Vec<Vec<TextRun>>);

    impl Paper for Sheets {
        fn count(&self) -> usize {
            self.0.len()
        }
        fn size(&mut self, _: usize) -> Result<Size, SignError> {
            Ok(Size { width: Millimetres(210.0), height: Millimetres(297.0) })
        }
        fn texts(
            &mut self,
            pages: &[usize],
            take: &mut dyn FnMut(usize, Vec<TextRun>) -> Result<(), SignError>,
        ) -> Result<(), SignError> {
            pages.iter().try_for_each(|page| take(*page, self.0[*page].clone()))
        }
    }

    fn keyword(text: &str, bounds: WordBounds) -> Keyword {
        Keyword { text: text.to_owned(), bounds, pages: Pages::All }
    }

    fn find(runs: Vec<TextRun>, text: &str, bounds: WordBounds) -> Vec<(f64, f64)> {
        let found = hits(&keyword(text, bounds), &[0], &mut Sheets(vec![runs])).unwrap_or_default();
        let middle = |n: f64| (n * 100.0).round() / 100.0;
        found.iter().map(|hit| (middle(hit.rect.middle().x.0), middle(hit.rect.middle().y.0))).collect()
    }

    #[test]
    fn pieces_of_a_line_are_one_text() {
        // In the order of the file, the end comes first.
        let pieces = vec![run("章处", 30.0, 50.0, 0.0), run("请盖", 20.0, 50.0, 0.0), run("盖", 20.0, 80.0, 0.0)];
        assert_eq!(find(pieces, "盖章", WordBounds::Any), [(30.0, 48.1)]);
        // Not over the gap between columns, nor from line to line.
        assert!(find(vec![run("盖", 20.0, 50.0, 0.0), run("章", 60.0, 50.0, 0.0)], "盖章", WordBounds::Any).is_empty());
        assert!(find(vec![run("盖", 20.0, 50.0, 0.0), run("章", 20.0, 56.0, 0.0)], "盖章", WordBounds::Any).is_empty());
    }

    #[test]
    fn spaces_widths_and_radicals_do_not_matter() {
        let any = |text: &str, wanted: &str| find(vec![run(text, 20.0, 50.0, 0.0)], wanted, WordBounds::Any).len();
        assert_eq!(any("盖　 章：（公章）", "盖章:(公章)"), 1);
        assert_eq!(any("2026年11⽉22⽇", "２０２６年11月22日"), 1);
        assert_eq!(any("盖章", "盖 章"), 1);
        assert_eq!(any("盖章", " "), 0);
        assert_eq!(any("章章章", "章章"), 1);
        assert_eq!(any("章", "盖章"), 0);
    }

    #[test]
    fn whole_words_stand_alone() {
        let whole =
            |text: &str, wanted: &str| find(vec![run(text, 20.0, 50.0, 0.0)], wanted, WordBounds::WholeWord).len();
        assert_eq!(whole("(盖章)", "盖章"), 1);
        assert_eq!(whole("请盖章", "盖章"), 0);
        assert_eq!(whole("请 盖章 处", "盖章"), 1);
        assert_eq!(whole("盖 章", "盖章"), 0);
        assert_eq!(whole("seal here", "seal"), 1);
        assert_eq!(whole("seals", "seal"), 0);
    }

    #[test]
    fn turned_text_and_text_drawn_twice_is_found() {
        for turn in [90.0, 180.0, 270.0, 33.0] {
            assert_eq!(find(vec![run("请盖章处", 100.0, 100.0, turn)], "盖章", WordBounds::Any).len(), 1, "{turn}");
        }
        assert_eq!(find(vec![run("盖章", 100.0, 100.0, 90.0)], "盖章", WordBounds::Any), [(101.9, 105.0)]);
        let bold = vec![run("盖章", 20.0, 50.0, 0.0), run("盖章", 20.2, 50.0, 0.0)];
        assert_eq!(find(bold, "盖章", WordBounds::Any).len(), 1);
    }

    #[test]
    fn hits_are_counted_in_reading_order_and_from_the_end() {
        let page = vec![run("章", 90.0, 50.4, 0.0), run("章", 20.0, 50.0, 0.0), run("章", 20.0, 20.0, 0.0)];
        let mut sheets = Sheets(vec![page, vec![run("章", 40.0, 40.0, 0.0)]]);
        let size = Size { width: Millimetres(40.0), height: Millimetres(30.0) };
        let mut at = |which| {
            let keyword = keyword("章", WordBounds::Any);
            let ask = AtKeyword { keyword, which, dx: Millimetres(1.0), dy: Millimetres(-2.0), size };
            placed(&ask, &[0, 1], &mut sheets).map(|all| {
                all.iter().map(|one| (one.page, one.rect.x.0.round(), one.rect.y.0.round())).collect::<Vec<_>>()
            })
        };
        assert_eq!(at(Which::Nth(1)).unwrap(), [(0, 4.0, 1.0)]);
        assert_eq!(at(Which::Nth(2)).unwrap(), [(0, 4.0, 31.0)]);
        assert_eq!(at(Which::Nth(-1)).unwrap(), [(1, 24.0, 21.0)]);
        assert_eq!(at(Which::All).unwrap().len(), 4);
        assert!(matches!(at(Which::Nth(5)), Err(SignError::HitOutOfRange { count: 4, .. })));
        assert!(matches!(at(Which::Nth(0)), Err(SignError::HitOutOfRange { .. })));
        let none = hits(&keyword("印", WordBounds::Any), &[0, 1], &mut sheets);
        assert!(matches!(none, Err(SignError::KeywordMissing { pages: 2, .. })));
    }
}
