//! Words stand where poppler sees them.

use eseal::limits::Budget;
use eseal::sign::{Keyword, Pages, WordBounds, locate_on_pdf};
use eseal::source::Bytes;
use std::rc::Rc;

use crate::text_pages::recipes;
use crate::tools;

/// The middle of the word and its height, from `pdftotext -bbox`, in mm; all words of the page being one line.
fn seen(out: &str) -> Option<(f64, f64)> {
    let number = |line: &str, name: &str| {
        let at = line.split_once(&format!("{name}=\""))?.1;
        at.split_once('"')?.0.parse::<f64>().ok()
    };
    let mut all: Vec<[f64; 4]> = Vec::new();
    for line in out.lines().filter(|line| line.contains("<word") && (line.contains('盖') || line.contains('章'))) {
        all.push([number(line, "xMin")?, number(line, "yMin")?, number(line, "xMax")?, number(line, "yMax")?]);
    }
    let edge = |at: usize, pick: fn(f64, f64) -> f64| all.iter().map(|one| one[at]).reduce(pick);
    let mm = 25.4 / 72.0;
    let (x0, x1) = (edge(0, f64::min)?, edge(2, f64::max)?);
    let (y0, y1) = (edge(1, f64::min)?, edge(3, f64::max)?);
    Some(((x0 + x1) / 2.0 * mm, (y0 + y1) / 2.0 * mm))
}

#[test]
fn words_stand_where_poppler_sees_them() {
    let Some([pdftotext]) = tools::need(["pdftotext"]) else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut compared = 0;
    for recipe in recipes() {
        // poppler leaves UserUnit out of account, joins the neighbours of the pieces to one word, and tells the boxes of
        // vertical text without their position vector (9.7.4.3): what it and MuPDF draw lies where we say.
        if ["user unit", "pieces", "vertical"].contains(&recipe.name) {
            continue;
        }
        let path = folder.path().join("page.pdf");
        std::fs::write(&path, &recipe.bytes).unwrap();
        let answer = tools::run(&pdftotext, ["-bbox".as_ref(), "-cropbox".as_ref(), path.as_os_str(), "-".as_ref()]);
        // Maps of Adobe-GB1 come with data that need not be installed.
        let Some((x, y)) = seen(&answer.out) else { continue };
        let document =
            eseal::pdf::Document::open(Bytes::shared(recipe.bytes.clone()), Rc::new(Budget::default())).unwrap();
        let keyword = Keyword { text: "盖章".to_owned(), bounds: WordBounds::Any, pages: Pages::All };
        let middle = locate_on_pdf(&document, &keyword).unwrap()[0].rect.middle();
        let name = recipe.name;
        // Across the line, poppler takes ascent and descent of the font, which fonts divide otherwise.
        let near = (middle.x.0 - x).abs() < 0.8 && (middle.y.0 - y).abs() < 0.8;
        assert!(near, "{name}: {middle:?}, poppler {x:.2},{y:.2}");
        compared += 1;
    }
    assert!(compared >= 10, "{compared}");
}
