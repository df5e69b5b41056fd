//! Where keywords stand: PDFs as several programs write them, OFD, and the same text in both.
#![allow(missing_docs, unreachable_pub, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/text_pages.rs"]
mod text_pages;
#[path = "support/zip.rs"]
mod zip;

use std::fmt::Write as _;
use std::path::Path;
use std::rc::Rc;

use eseal::geometry::{Millimetres, Rect, Size};
use eseal::limits::Budget;
use eseal::sign::{
    AtKeyword, Gongwen, Hit, Keyword, Pages, Show, Shown, SignError, Which, WordBounds, locate_on_ofd, locate_on_pdf,
    shown_on_ofd, shown_on_pdf,
};
use eseal::source::Bytes;

use text_pages::recipes;
use zip::Zip;

fn keyword(text: &str) -> Keyword {
    Keyword { text: text.to_owned(), bounds: WordBounds::Any, pages: Pages::All }
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)).unwrap()
}

fn open(bytes: &[u8]) -> Result<eseal::pdf::Document, SignError> {
    Ok(eseal::pdf::Document::open(Bytes::shared(bytes.to_vec()), Rc::new(Budget::default()))?)
}

fn in_pdf(bytes: &[u8], text: &str) -> Result<Vec<Hit>, SignError> {
    locate_on_pdf(&open(bytes)?, &keyword(text))
}

fn in_ofd(bytes: &[u8], text: &str) -> Result<Vec<Hit>, SignError> {
    let budget = Budget::default();
    let document = eseal::ofd::Document::open(Bytes::shared(bytes.to_vec()), &budget)?;
    locate_on_ofd(&document, 0, &budget, &keyword(text))
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() < 0.1
}

fn numbers(rect: Rect) -> [f64; 4] {
    [rect.x.0, rect.y.0, rect.width.0, rect.height.0]
}

#[test]
fn a_word_is_found_where_it_is_seen() {
    for recipe in recipes() {
        let hits = in_pdf(&recipe.bytes, "盖章").unwrap_or_else(|error| panic!("{}: {error}", recipe.name));
        assert_eq!(hits.len(), 1, "{}", recipe.name);
        let (middle, rect) = (hits[0].rect.middle(), hits[0].rect);
        let fits = near(middle.x.0, recipe.middle.0) && near(middle.y.0, recipe.middle.1);
        assert!(fits, "{}: {middle:?}, wanted {:?}", recipe.name, recipe.middle);
        let fits = near(rect.width.0, recipe.size.0) && near(rect.height.0, recipe.size.1);
        assert!(fits, "{}: {rect:?}, wanted {:?}", recipe.name, recipe.size);
        let missing = in_pdf(&recipe.bytes, "印鉴").unwrap_err();
        assert!(matches!(missing, SignError::KeywordMissing { pages: 1, .. }), "{missing}");
    }
}

const MM: f64 = 25.4 / 72.0;

/// The same lines as PDF and as OFD: text, left end and base line in points from the top left, size.
fn both(lines: &[(&str, f64, f64, f64)]) -> [Vec<u8>; 2] {
    let (font, extra) = text_pages::predefined("UniGB-UCS2-H");
    let (mut content, mut objects) = (String::new(), String::new());
    for (text, x, y, size) in lines {
        let codes: String = text.encode_utf16().map(|unit| format!("{unit:04X}")).collect();
        write!(content, "BT /F1 {size} Tf {x} {} Td <{codes}> Tj ET ", 842.0 - y).unwrap();
        let offsets = vec![format!("{}", size * MM); text.chars().count() - 1].join(" ");
        let (top, height) = ((y - size) * MM, size * MM);
        write!(
            objects,
            "<ofd:TextObject ID=\"99\" Boundary=\"{} {top} 150 {}\" Font=\"3\" Size=\"{height}\"><ofd:TextCode X=\"0\" Y=\"{height}\" DeltaX=\"{offsets}\">{text}</ofd:TextCode></ofd:TextObject>",
            x * MM,
            height * 1.3
        )
        .unwrap();
    }
    let mut zip = Zip::of(&fixture("notice.ofd"));
    let (width, height) = (595.0 * MM, 842.0 * MM);
    let area = format!("<ofd:Area><ofd:PhysicalBox>0 0 {width} {height}</ofd:PhysicalBox></ofd:Area>");
    let page = format!(
        "<ofd:Page xmlns:ofd=\"http://www.ofdspec.org/2016\">{area}<ofd:Content><ofd:Layer ID=\"2\">{objects}</ofd:Layer></ofd:Content></ofd:Page>"
    );
    zip.put("Doc_0/Pages/Page_0/Content.xml", page.as_bytes());
    [text_pages::page("/MediaBox[0 0 595 842]", &content, &font, &extra), zip.build()]
}

fn shown(files: &[Vec<u8>; 2], show: &Show) -> [Vec<Shown>; 2] {
    let budget = Budget::default();
    let ofd = eseal::ofd::Document::open(Bytes::shared(files[1].clone()), &budget).unwrap();
    [shown_on_pdf(&open(&files[0]).unwrap(), show).unwrap(), shown_on_ofd(&ofd, 0, &budget, show).unwrap()]
}

fn same(a: Rect, b: Rect) -> bool {
    numbers(a).iter().zip(numbers(b)).all(|(a, b)| near(*a, b))
}

#[test]
fn the_same_placement_is_the_same_rectangle_on_both_forms() {
    let lines = [
        ("特此通知，请各单位遵照执行。", 80.0, 500.0, 16.0),
        ("示例市行政审批局", 340.0, 545.0, 16.0),
        ("二〇二六年十一月二十二日", 310.0, 574.0, 16.0),
        ("（盖章处）", 80.0, 700.0, 12.0),
    ];
    let files = both(&lines);
    for text in ["盖章", "审批局", "二日", "(盖 章"] {
        let (pdf, ofd) = (in_pdf(&files[0], text).unwrap(), in_ofd(&files[1], text).unwrap());
        assert_eq!((pdf.len(), ofd.len()), (1, 1), "{text}");
        assert!(same(pdf[0].rect, ofd[0].rect), "{text}: {:?} {:?}", pdf[0].rect, ofd[0].rect);
    }
    let size = Size { width: Millimetres(42.0), height: Millimetres(42.0) };
    let (dx, dy) = (Millimetres(5.0), Millimetres(-3.0));
    let at = Show::Keyword(AtKeyword { keyword: keyword("审批局"), which: Which::Nth(-1), dx, dy, size });
    let [pdf, ofd] = shown(&files, &at);
    assert!(same(pdf[0].rect, ofd[0].rect), "{pdf:?} {ofd:?}");
    // Five letters into the name, and 1.5 to the middle of the word.
    assert!(near(pdf[0].rect.middle().x.0, (340.0 + 6.5 * 16.0) * MM + 5.0), "{pdf:?}");
    let [pdf, ofd] = shown(&files, &Show::Gongwen(Gongwen { pages: Pages::All, size }));
    assert!(same(pdf[0].rect, ofd[0].rect), "{pdf:?} {ofd:?}");
    // Over name and date, which lie a little below its middle, its top within a line of the text.
    let rect = pdf[0].rect;
    let (name, date, text) = (in_pdf(&files[0], "示例市").unwrap(), in_pdf(&files[0], "二日").unwrap(), 500.0 * MM);
    let (name, date) = (name[0].rect, date[0].rect);
    assert!(rect.y < name.y && rect.bottom() > date.bottom(), "{rect:?} {name:?} {date:?}");
    let block = (name.y.0 + date.bottom().0) / 2.0;
    assert!(block > rect.middle().y.0 - 1e-9 && block - rect.middle().y.0 < 10.0, "{rect:?} {block}");
    assert!(rect.y.0 - text < 10.3, "{rect:?} {text}");
    assert!(near(rect.middle().x.0, (310.0 + 6.0 * 16.0) * MM), "{rect:?}");
}

#[test]
fn the_notice_has_a_place_for_its_seal() {
    let files = [fixture("notice.pdf"), fixture("notice.ofd")];
    let size = Size { width: Millimetres(42.0), height: Millimetres(42.0) };
    let places = shown(&files, &Show::Gongwen(Gongwen { pages: Pages::All, size }));
    let dates = [in_pdf(&files[0], "11月22日").unwrap(), in_ofd(&files[1], "11月22日").unwrap()];
    for (place, date) in places.iter().zip(dates) {
        let (rect, date) = (place[0].rect, date[0].rect);
        assert!(rect.y < date.y && rect.bottom() > date.bottom() && rect.x < date.x && rect.right() > date.right());
    }
}

#[test]
fn changed_bytes_never_stop_the_search() {
    let mut seed = 0x2545_F491_4F6C_DD1D_u64;
    let mut next = || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed >> 16).unwrap_or(0)
    };
    for recipe in recipes() {
        for _ in 0..40 {
            let mut bytes = recipe.bytes.clone();
            for _ in 0..1 + next() % 4 {
                let at = next() % bytes.len();
                bytes[at] = next().to_le_bytes()[0];
            }
            // Found or not, or no document any more: but an answer.
            let _ = in_pdf(&bytes, "盖章");
        }
    }
}

#[test]
fn forms_within_forms_end() {
    // A form that shows itself ten times.
    let (font, mut extra) = text_pages::identity(false);
    let shown = "/Fm0 Do ".repeat(10);
    extra.push(text_pages::stream("/Type/XObject/Subtype/Form/BBox[0 0 9 9]", &shown));
    let mut objects = vec![
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources 5 0 R>>".to_owned(),
        text_pages::stream("", "/Fm0 Do"),
        "<</Font<</F1 6 0 R>>/XObject<</Fm0 9 0 R>>>>".to_owned(),
        font,
    ];
    objects.extend(extra);
    assert!(in_pdf(&text_pages::file(&objects), "盖章").is_err());
}

#[test]
fn samples_of_other_makers_have_text() {
    let folder = std::env::var_os("ESEAL_SAMPLES").map(std::path::PathBuf::from);
    let Some(folder) = folder.map(|folder| folder.join("ofd")).filter(|folder| folder.is_dir()) else {
        eprintln!("skipped: no samples");
        return;
    };
    let mut found = 0;
    for entry in std::fs::read_dir(folder.join("unsigned")).unwrap().chain(std::fs::read_dir(&folder).unwrap()) {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "ofd") {
            let bytes = std::fs::read(&path).unwrap();
            let hit = ["的", "是", "一", "日", "年"].iter().any(|text| in_ofd(&bytes, text).is_ok());
            found += usize::from(hit);
        }
    }
    assert!(found >= 5, "{found}");
}
