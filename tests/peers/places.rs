//! A seal stands where it was asked for, upright, and what lies under it shows through: on pages of every make, as two
//! programs draw them.

use std::path::{Path, PathBuf};

use eseal::crypto::KeyKind;
use eseal::geometry::{Millimetres, Rect, Size};
use eseal::sign::Pages;

use crate::documents::{SHEETS, Sheet, striped};
use crate::office::{How, LETTER, SEAL_MM, Sealed, at, letter, office};
use crate::pixels::{Colour, Drawn, mupdf, poppler};
use crate::tools;

/// How far a drawn edge may lie from where it was asked for, in millimetres.
const TOLERANCE: f64 = 0.3;
const LETTER_SIZE: (f64, f64) = (30.0, 42.0);
const LETTER_AT: (f64, f64) = (40.0, 50.0);
const SEAL_AT: (f64, f64) = (180.0, 170.0);

fn rect(centre: (f64, f64), size: (f64, f64)) -> Rect {
    let size = Size { width: Millimetres(size.0), height: Millimetres(size.1) };
    Rect::centred(Millimetres(centre.0), Millimetres(centre.1), size)
}

fn inflated(rect: &Rect, by: f64) -> Rect {
    let by = Millimetres(by);
    Rect { x: rect.x - by, y: rect.y - by, width: rect.width + by + by, height: rect.height + by + by }
}

#[test]
fn seals_stand_where_they_were_asked_for_and_upright() {
    let Some([pdftoppm, mutool]) = tools::need(["pdftoppm", "mutool"]) else { return };
    let office = office(KeyKind::P256);
    let shown = |centre: (f64, f64), size: (f64, f64)| at(Pages::All, centre.0, centre.1, size.0, size.1);
    let letters = How { seal: Sealed::With(letter()), show: shown(LETTER_AT, LETTER_SIZE), ..How::sign() };
    let seals = How { show: shown(SEAL_AT, (SEAL_MM, SEAL_MM)), ..How::seal(0.0, 0.0, 0.0) };
    let once = office.on_pdf(&striped(), &letters).unwrap();
    let twice = office.on_pdf(&once, &seals).unwrap();

    let temporary = tempfile::tempdir().unwrap();
    let folder = std::env::var_os("ESEAL_KEEP").map_or_else(|| temporary.path().to_path_buf(), PathBuf::from);
    let folder = folder.join("places");
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("sealed.pdf");
    std::fs::write(&file, twice).unwrap();
    for (who, pictures) in [("poppler", poppler(&pdftoppm, &file, &folder)), ("mupdf", mupdf(&mutool, &file, &folder))]
    {
        assert_eq!(pictures.len(), SHEETS.len());
        let mut faults = Vec::new();
        for (sheet, picture) in SHEETS.iter().zip(&pictures) {
            faults.extend(look(sheet, picture).into_iter().map(|fault| format!("{who}, {}: {fault}", sheet.what)));
        }
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }
}

/// What is wrong on a page.
fn look(sheet: &Sheet, picture: &Path) -> Vec<String> {
    let mut faults = Vec::new();
    let page = Drawn::read(picture, sheet.width);
    if (page.height() - sheet.height).abs() > TOLERANCE {
        return vec![format!("{} mm high instead of {}", page.height(), sheet.height)];
    }
    let (letter, seal) = (rect(LETTER_AT, LETTER_SIZE), rect(SEAL_AT, (SEAL_MM, SEAL_MM)));
    for asked in [&letter, &seal] {
        let Some(found) = page.red_box(&inflated(asked, 8.0)) else {
            faults.push("no red".to_owned());
            continue;
        };
        let edges =
            [(found.x, asked.x), (found.y, asked.y), (found.right(), asked.right()), (found.bottom(), asked.bottom())];
        if edges.iter().any(|(found, asked)| (found.0 - asked.0).abs() > TOLERANCE) {
            faults.push(format!("asked for {asked:?}, found {found:?}"));
        }
        if page.share(Colour::RedOnGrey, asked) < 0.002 {
            faults.push("nothing shows through".to_owned());
        }
    }
    // The letter, cell by cell: as large as the stripes are far from each other, so that each cell shows its own colour.
    let (width, height) = (LETTER_SIZE.0 / 5.0, LETTER_SIZE.1 / 7.0);
    for (row, cells) in LETTER.iter().enumerate() {
        for (column, cell) in cells.bytes().enumerate() {
            let (x, y) = (letter.x.0 + column as f64 * width, letter.y.0 + row as f64 * height);
            let inner = rect((x + width / 2.0, y + height / 2.0), (width * 0.8, height * 0.8));
            let red = page.red(&inner);
            let right = if cell == b'#' { red > 0.9 } else { red == 0.0 };
            if !right {
                faults.push(format!("row {row}, column {column}: {red} is red"));
            }
        }
    }
    let all = rect((sheet.width / 2.0, sheet.height / 2.0), (sheet.width, sheet.height));
    let elsewhere = [
        Rect { height: letter.y - Millimetres(1.0), ..all },
        Rect { y: seal.bottom() + Millimetres(1.0), height: all.bottom() - seal.bottom(), ..all },
        Rect { width: letter.x - Millimetres(1.0), ..all },
        Rect { x: seal.right() + Millimetres(1.0), width: all.right() - seal.right(), ..all },
    ];
    if elsewhere.iter().any(|rect| page.red(rect) > 0.0) {
        faults.push("red elsewhere".to_owned());
    }
    faults
}
