//! Lists of pages, as people write them: `1`, `1-3,5,-1`, `odd`, `even`, `all`, `last`.

use std::fmt;
use std::str::FromStr;

/// Which pages. Numbers start with 1; negative ones count from the end, -1 being the last page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PageList {
    /// 1, 3, 5 ...
    Odd,
    /// 2, 4, 6 ...
    Even,
    /// Every page.
    All,
    /// The last page.
    #[default]
    Last,
    /// Single pages and spans, in the order given.
    Spans(Vec<PageSpan>),
}

/// Pages from one to another, both included; a single page is a span of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageSpan {
    /// First page, never 0.
    pub first: i32,
    /// Last page, never 0.
    pub last: i32,
}

/// Most spans in one list: more is surely a mistake.
const SPANS: usize = 1_000;

/// A text is no list of pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a list of pages; write 1, 1-3,5,-1, odd, even, all or last")]
pub struct NotPages;

impl FromStr for PageList {
    type Err = NotPages;

    fn from_str(text: &str) -> Result<Self, NotPages> {
        match text {
            "odd" => return Ok(PageList::Odd),
            "even" => return Ok(PageList::Even),
            "all" => return Ok(PageList::All),
            "last" => return Ok(PageList::Last),
            _ => {}
        }
        let spans = text.split(',').map(|part| span(part.trim())).collect::<Result<Vec<_>, _>>()?;
        if spans.len() > SPANS { Err(NotPages) } else { Ok(PageList::Spans(spans)) }
    }
}

impl PageList {
    /// The pages of a document with `count` pages, ascending and once each.
    ///
    /// # Errors
    /// The number as typed of the first page that the document does not have, or whose span runs backwards.
    pub fn resolve(&self, count: u32) -> Result<Vec<u32>, i32> {
        let every = |keep: fn(u32) -> bool| (1..=count).filter(|page| keep(*page)).collect();
        let pages: Vec<u32> = match self {
            PageList::Odd => every(|page| page % 2 == 1),
            PageList::Even => every(|page| page % 2 == 0),
            PageList::All => every(|_| true),
            PageList::Last => (count..=count).filter(|page| *page > 0).collect(),
            PageList::Spans(spans) => return resolve_spans(spans, count),
        };
        Ok(pages)
    }
}

fn resolve_spans(spans: &[PageSpan], count: u32) -> Result<Vec<u32>, i32> {
    let mut pages = Vec::new();
    for span in spans {
        let first = absolute(span.first, count)?;
        let last = absolute(span.last, count)?;
        if first > last {
            return Err(span.last);
        }
        pages.extend(first..=last);
        pages.sort_unstable();
        pages.dedup();
    }
    Ok(pages)
}

/// A page counted from 1, of a number that may count from the end.
fn absolute(number: i32, count: u32) -> Result<u32, i32> {
    let page = if number < 0 { i64::from(count) + 1 + i64::from(number) } else { i64::from(number) };
    u32::try_from(page).ok().filter(|page| (1..=count).contains(page)).ok_or(number)
}

/// `5`, `-1`, `1-3`, `2--1` (from the second to the last).
fn span(text: &str) -> Result<PageSpan, NotPages> {
    let dash = text.char_indices().skip(1).find(|(_, c)| *c == '-').map(|(at, _)| at);
    let (first, last) = match dash {
        Some(at) => (text.get(..at), text.get(at + 1..)),
        None => (Some(text), Some(text)),
    };
    Ok(PageSpan { first: number(first)?, last: number(last)? })
}

fn number(text: Option<&str>) -> Result<i32, NotPages> {
    let text = text.ok_or(NotPages)?;
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(NotPages);
    }
    text.parse().ok().filter(|n| *n != 0).ok_or(NotPages)
}

impl fmt::Display for PageList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PageList::Odd => f.write_str("odd"),
            PageList::Even => f.write_str("even"),
            PageList::All => f.write_str("all"),
            PageList::Last => f.write_str("last"),
            PageList::Spans(spans) => {
                for (n, span) in spans.iter().enumerate() {
                    let comma = if n == 0 { "" } else { "," };
                    if span.first == span.last {
                        write!(f, "{comma}{}", span.first)?;
                    } else {
                        write!(f, "{comma}{}-{}", span.first, span.last)?;
                    }
                }
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::cli::args::{PageList, PageSpan};

    #[test]
    fn every_form_is_read_and_written() {
        for text in ["1", "1-3,5,-1", "odd", "even", "all", "last", "2--1", "-3--1"] {
            let list: PageList = text.parse().unwrap();
            assert_eq!(list.to_string(), text);
        }
        assert_eq!("7".parse(), Ok(PageList::Spans(vec![PageSpan { first: 7, last: 7 }])));
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "0", "1,", ",1", "1-", "-", "--1", "a", "1-2-3", "+1", "1-0", "99999999999", "Odd", "1 2"] {
            assert!(text.parse::<PageList>().is_err(), "{text}");
        }
    }

    #[test]
    fn pages_are_counted_from_both_ends() {
        let pages = |text: &str, count| text.parse::<PageList>().unwrap().resolve(count);
        assert_eq!(pages("1-3,5,-1", 9), Ok(vec![1, 2, 3, 5, 9]));
        assert_eq!(pages("3,1-3", 9), Ok(vec![1, 2, 3]));
        assert_eq!(pages("odd", 5), Ok(vec![1, 3, 5]));
        assert_eq!(pages("even", 1), Ok(vec![]));
        assert_eq!(pages("last", 5), Ok(vec![5]));
        assert_eq!(pages("2--1", 4), Ok(vec![2, 3, 4]));
        assert_eq!(pages("6", 5), Err(6));
        assert_eq!(pages("-6", 5), Err(-6));
        assert_eq!(pages("3-2", 5), Err(2));
        assert_eq!(pages("1-2147483647", 5), Err(2_147_483_647));
    }
}
