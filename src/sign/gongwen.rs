//! The place of the seal on an official document (公文, GB/T 9704-2012 7.3.5): pressing over the issuer's name and the
//! date, both a little below its middle, its top within a line of the text.

use crate::geometry::{Millimetres, Rect, Size};
use crate::sign::keyword::Paper;
use crate::sign::line::{Line, lines};
use crate::sign::{Pages, Shown, SignError};

/// A seal on an official document.
#[derive(Clone, Debug, PartialEq)]
pub struct Gongwen {
    /// On which pages the date is looked for; the last one found counts.
    pub pages: Pages,
    /// Size of the seal.
    pub size: Size,
}

/// How far the middle of name and date lies below that of the seal, as a share of its height: "slightly below".
const BELOW_MIDDLE: f64 = 0.08;
/// What of the seal's height must remain below the date.
const FOOT: f64 = 0.1;
/// Height of a line where the document does not tell: 22 lines on 225 mm (GB/T 9704-2012 5.2.3).
const LINE: f64 = 10.2;
/// The name stands above the date by at most so many lines.
const NAME: f64 = 2.2;

/// The rectangle of the seal.
pub(crate) fn placed(ask: &Gongwen, pages: &[usize], paper: &mut dyn Paper) -> Result<Vec<Shown>, SignError> {
    let mut found: Option<(usize, Rect)> = None;
    let mut widths = Vec::new();
    for page in pages {
        widths.push((*page, paper.size(*page)?.width));
    }
    paper.texts(pages, &mut |page, runs| {
        let width = widths.iter().find(|(own, _)| *own == page).map_or(Millimetres(0.0), |(_, width)| *width);
        if let Some(rect) = on_page(&lines(&runs), width, ask.size) {
            found = Some((page, rect));
        }
        Ok(())
    })?;
    let (page, rect) = found.ok_or(SignError::DateLineMissing { pages: pages.len() })?;
    Ok(vec![Shown { page, rect, clip: None, hit: None }])
}

/// A line and where it stands.
struct Seen {
    text: String,
    rect: Rect,
}

fn on_page(lines: &[Line], width: Millimetres, size: Size) -> Option<Rect> {
    let seen = lines.iter().map(|line| Seen { text: line.compact(), rect: line.bounds() });
    let mut seen: Vec<Seen> = seen.filter(|seen| !seen.text.is_empty()).collect();
    seen.sort_by(|a, b| a.rect.y.0.total_cmp(&b.rect.y.0));
    let right = |rect: &Rect| rect.middle().x > width * 0.5;
    let date = seen.iter().rposition(|one| is_date(&one.text) && right(&one.rect))?;
    let (above, date) = (seen.get(..date)?, seen.get(date)?.rect);
    let line = |rect: Rect| Millimetres((rect.height.0 * 1.8).clamp(LINE * 0.6, LINE * 1.6));
    // Above the date, in its half of the page and not as wide as the text itself.
    let name = above.iter().rev().map(|one| one.rect).find(|rect| {
        let apart = date.y - rect.y;
        apart.0 > date.height.0 * 0.5 && apart.0 <= NAME * line(date).0 && right(rect) && rect.width < width * 0.55
    });
    let pitch = name.map_or(line(date), |name| date.y - name.y);
    let top = name.map_or(date.y, |name| name.y);
    let text = above.iter().map(|one| one.rect.bottom()).filter(|bottom| *bottom <= top + Millimetres(0.5));
    let text = text.fold(None, |last: Option<Millimetres>, bottom| {
        Some(last.map_or(bottom, |l| if l > bottom { l } else { bottom }))
    });
    let block = (top.0 + date.bottom().0) * 0.5;
    let mut middle = block - BELOW_MIDDLE * size.height.0;
    if let Some(text) = text {
        // Its top neither on the text nor more than a line below it, so long as it still presses over the date.
        let (first, last) = (text.0, text.0 + pitch.0);
        middle = middle.clamp(first + size.height.0 * 0.5, last + size.height.0 * 0.5);
    }
    let lowest = block;
    let highest = date.bottom().0 - size.height.0 * (0.5 - FOOT);
    middle = middle.min(lowest).max(highest.min(lowest));
    Some(Rect::centred(date.middle().x, Millimetres(middle), size))
}

/// `2026年11月22日` or `二〇二六年十一月二十二日`, and nothing else: 印发 after it is the date of printing.
fn is_date(text: &str) -> bool {
    let text: String = text.chars().map(plain).collect();
    let Some((year, rest)) = text.split_once('年') else { return false };
    let Some((month, rest)) = rest.split_once('月') else { return false };
    let Some(day) = rest.strip_suffix('日') else { return false };
    let year_fits = year.chars().count() == 4 && year.chars().all(|c| c.is_ascii_digit() || CHINESE.contains(c));
    year_fits && matches!(count(month), Some(1..=12)) && matches!(count(day), Some(1..=31))
}

/// Full-width digits and the radicals that some fonts map to.
fn plain(character: char) -> char {
    match character {
        '⽉' => '月',
        '⽇' => '日',
        '０'..='９' => u32::from(character).checked_sub(0xFEE0).and_then(char::from_u32).unwrap_or(character),
        other => other,
    }
}

/// Digits of years in Chinese; the zero is written in several ways.
const CHINESE: &str = "〇○零OＯ一二三四五六七八九";

/// A number up to 31, in digits or in Chinese.
fn count(text: &str) -> Option<u32> {
    if !text.is_empty() && text.len() <= 2 && text.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse().ok();
    }
    let digit =
        |c: char| "一二三四五六七八九".chars().position(|own| own == c).and_then(|at| u32::try_from(at + 1).ok());
    match text.split_once('十') {
        None => {
            let mut letters = text.chars();
            letters.next().and_then(digit).filter(|_| letters.next().is_none())
        }
        Some((tens, ones)) => {
            let part = |text: &str, empty: u32| {
                let mut letters = text.chars();
                match (letters.next(), letters.next()) {
                    (None, _) => Some(empty),
                    (Some(letter), None) => digit(letter),
                    _ => None,
                }
            };
            Some(part(tens, 1)?.checked_mul(10)?.saturating_add(part(ones, 0)?))
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::geometry::{Glyph, Millimetres, Rect, Size, TextRun, Transform, Writing};
    use crate::sign::gongwen::{is_date, on_page};
    use crate::sign::line::lines;

    /// Text in third-size type (16 pt), its top left corner here.
    fn run(text: &str, x: f64, y: f64) -> TextRun {
        let space = Transform::shift(x, y + 0.88 * 5.6);
        let place = |(at, c): (usize, char)| {
            let at = 5.6 * at as f64;
            Glyph::place(c, [(at, 0.0), (at + 5.6, 0.0)], (0.0, -5.6), Writing::Horizontal, &space)
        };
        TextRun { glyphs: text.chars().enumerate().filter_map(place).collect() }
    }

    fn seal(runs: &[TextRun], side: f64) -> Option<Rect> {
        let size = Size { width: Millimetres(side), height: Millimetres(side) };
        on_page(&lines(runs), Millimetres(210.0), size)
    }

    #[test]
    fn dates_are_known_in_digits_and_in_chinese() {
        for date in
            ["2026年1月2日", "2026年11月22日", "二〇二六年十一月二十二日", "二○二六年三月三十一日", "２０２６年1⽉2⽇"]
        {
            assert!(is_date(date), "{date}");
        }
        for text in [
            "",
            "2026年13月1日",
            "2026年1月32日",
            "26年1月1日",
            "2026年1月2日印发",
            "自2026年1月2日",
            "年月日",
            "2026年0月1日",
        ] {
            assert!(!is_date(text), "{text}");
        }
    }

    #[test]
    fn it_presses_over_name_and_date() {
        let text = run("特此通知，请遵照执行。特此通知，请遵照执行。", 28.0, 200.0);
        let (name, date) = (run("示例市行政审批局", 120.0, 222.0), run("2026年11月22日", 114.6, 232.0));
        let early = run("2020年1月1日", 120.0, 60.0);
        let printed = run("2026年11月23日印发", 100.0, 280.0);
        let all = [early, text, name, date, printed];
        let rect = seal(&all, 42.0).unwrap();
        // Centred on the date; name and date within it and a little below its middle; its top within a line of the text.
        assert!((rect.middle().x.0 - (114.6 + 5.5 * 5.6)).abs() < 0.01, "{rect:?}");
        let block = (222.0 + 237.6) / 2.0;
        assert!(rect.middle().y.0 < block && block - rect.middle().y.0 < 10.0, "{rect:?}");
        assert!(rect.bottom().0 > 237.6 && rect.y.0 < 222.0, "{rect:?}");
        let top = rect.y.0 - 205.6;
        assert!((-1e-9..=10.0).contains(&top), "{top}");
    }

    #[test]
    fn the_date_alone_far_below_the_text_is_still_pressed_over() {
        let all = [run("特此通知。", 28.0, 60.0), run("2026年11月22日", 120.0, 232.0)];
        let rect = seal(&all, 42.0).unwrap();
        assert!(rect.y.0 < 232.0 && rect.bottom().0 > 237.6, "{rect:?}");
        assert!(seal(&[run("2026年11月22日", 20.0, 232.0)], 42.0).is_none(), "on the left half");
        assert!(seal(&[run("特此通知。", 120.0, 60.0)], 42.0).is_none());
    }
}
