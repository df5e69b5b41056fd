//! Pages of every make, written for these tests.

/// A page: its box as seen in points before turning, and its entries.
pub struct Sheet {
    pub what: &'static str,
    pub entries: &'static str,
    /// Width and height as viewed, in millimetres.
    pub width: f64,
    pub height: f64,
}

const INCH: f64 = 25.4 / 72.0;

const fn sheet(what: &'static str, entries: &'static str, width: f64, height: f64) -> Sheet {
    Sheet { what, entries, width: width * INCH, height: height * INCH }
}

/// Sizes stand in points as viewed.
pub const SHEETS: [Sheet; 10] = [
    sheet("A4", "/MediaBox[0 0 595 842]", 595.0, 842.0),
    sheet("turned by 90", "/MediaBox[0 0 595 842]/Rotate 90", 842.0, 595.0),
    sheet("turned by 180", "/MediaBox[0 0 595 842]/Rotate 180", 595.0, 842.0),
    sheet("turned by 270", "/MediaBox[0 0 595 842]/Rotate 270", 842.0, 595.0),
    sheet("cropped", "/MediaBox[0 0 695 942]/CropBox[70 30 665 872]", 595.0, 842.0),
    sheet("cropped, turned by 90", "/MediaBox[-50 -60 695 942]/CropBox[-20 30 575 872]/Rotate 90", 842.0, 595.0),
    sheet("unit of two points", "/MediaBox[0 0 297.5 421]/UserUnit 2", 595.0, 842.0),
    sheet("landscape", "/MediaBox[0 0 842 595]", 842.0, 595.0),
    sheet("A3", "/MediaBox[0 0 842 1191]", 842.0, 1191.0),
    sheet("corners in another order, off the origin", "/MediaBox[700 1000 105 158]", 595.0, 842.0),
];

/// A PDF with a page for each sheet. Each is striped: grey bars of 2 units every 20, along the user space's x.
pub fn striped() -> Vec<u8> {
    let mut stripes = String::from("0.5 g\n");
    for n in -5..70 {
        stripes += &format!("-100 {} 1500 2 re\n", n * 20);
    }
    stripes += "f";
    let first = 4;
    let kids: Vec<String> = (0..SHEETS.len()).map(|n| format!("{} 0 R", n + first)).collect();
    let mut objects = vec![
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        format!("<</Type/Pages/Count {}/Kids[{}]>>", SHEETS.len(), kids.join(" ")),
        format!("<</Length {}>>\nstream\n{stripes}\nendstream", stripes.len()),
    ];
    objects.extend(
        SHEETS.iter().map(|s| format!("<</Type/Page/Parent 2 0 R/Resources<<>>/Contents 3 0 R{}>>", s.entries)),
    );
    classical(&objects)
}

/// A file with a classical table; object 1 is the catalog.
pub fn classical(objects: &[String]) -> Vec<u8> {
    let mut file = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (n, object) in objects.iter().enumerate() {
        table += &format!("{:010} 00000 n \n", file.len());
        file.extend(format!("{} 0 obj\n{object}\nendobj\n", n + 1).bytes());
    }
    let start = file.len();
    let size = objects.len() + 1;
    file.extend(table.bytes());
    file.extend(format!("trailer\n<</Size {size}/Root 1 0 R/ID[<00><01>]>>\nstartxref\n{start}\n%%EOF\n").bytes());
    file
}

/// A form: two text fields, `Given` and `Free`, and two empty signature fields, `First` with two widgets, `Second` with
/// one and a lock on `Given`.
pub fn form() -> Vec<u8> {
    let text = |name: &str, top: u32| {
        format!(
            "<</Type/Annot/Subtype/Widget/FT/Tx/T({name})/F 4/P 3 0 R/Rect[50 {} 250 {top}]/DA(/Helv 12 Tf 0 g)>>",
            top - 20
        )
    };
    let widget = |left: u32| {
        format!("<</Type/Annot/Subtype/Widget/Parent 6 0 R/F 4/P 3 0 R/Rect[{left} 500 {} 620]>>", left + 120)
    };
    classical(&[
        "<</Type/Catalog/Pages 2 0 R/AcroForm 10 0 R>>".to_owned(),
        "<</Type/Pages/Count 1/Kids[3 0 R]>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<<>>/Annots[4 0 R 5 0 R 7 0 R 8 0 R 9 0 R]>>"
            .to_owned(),
        text("Given", 800),
        text("Free", 770),
        "<</FT/Sig/T(First)/Kids[7 0 R 8 0 R]>>".to_owned(),
        widget(50),
        widget(300),
        "<</Type/Annot/Subtype/Widget/FT/Sig/T(Second)/F 4/P 3 0 R/Rect[50 300 170 420]/Lock 11 0 R>>".to_owned(),
        "<</Fields[4 0 R 5 0 R 6 0 R 9 0 R]/DR<</Font<</Helv 12 0 R>>>>/DA(/Helv 12 Tf 0 g)>>".to_owned(),
        "<</Type/SigFieldLock/Action/Include/Fields[(Given)]>>".to_owned(),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>".to_owned(),
    ])
}
