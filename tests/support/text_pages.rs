//! PDFs with the word 盖章 at a known place, as programs of several kinds write them. Each is one page; the fonts are not
//! embedded where only their maps and widths matter.
#![allow(dead_code)]

use std::fmt::Write as _;

/// A page and where the word stands on it as viewed.
pub struct Recipe {
    pub name: &'static str,
    pub bytes: Vec<u8>,
    /// Middle of the word's em boxes, mm from the top left as viewed.
    pub middle: (f64, f64),
    /// Around them.
    pub size: (f64, f64),
}

/// A file of these objects; the first is the catalog.
pub fn file(objects: &[String]) -> Vec<u8> {
    let mut out = "%PDF-1.7\n".to_owned();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (n, body) in objects.iter().enumerate() {
        writeln!(table, "{:010} 00000 n ", out.len()).unwrap();
        write!(out, "{} 0 obj\n{body}\nendobj\n", n + 1).unwrap();
    }
    let at = out.len();
    write!(out, "{table}trailer<</Size {}/Root 1 0 R>>\nstartxref\n{at}\n%%EOF\n", objects.len() + 1).unwrap();
    out.into_bytes()
}

pub fn stream(dictionary: &str, data: &str) -> String {
    format!("<<{dictionary}/Length {}>>stream\n{data}\nendstream", data.len())
}

fn map(entries: &str) -> String {
    stream(
        "",
        &format!(
            "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def\n\
             1 begincodespacerange <0000> <FFFF> endcodespacerange\n{entries}\nendcmap end end"
        ),
    )
}

/// A page with this content and this font; `extra` are objects from 7 on.
pub fn page(boxes: &str, content: &str, font: &str, extra: &[String]) -> Vec<u8> {
    let mut objects = vec![
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        format!("<</Type/Page/Parent 2 0 R{boxes}/Contents 4 0 R/Resources 5 0 R>>"),
        stream("", content),
        "<</Font<</F1 6 0 R>>/XObject<</Fm0 9 0 R>>>>".to_owned(),
        font.to_owned(),
    ];
    objects.extend_from_slice(extra);
    file(&objects)
}

const A4: &str = "/MediaBox[0 0 595 842]";
const MM: f64 = 25.4 / 72.0;

/// Middle, in mm from the top left, of a word of two ems of 16 pt whose base line begins here on an upright page.
fn upright(x: f64, y: f64, height: f64) -> (f64, f64) {
    ((x + 16.0) * MM, (height - y - 16.0 * 0.38) * MM)
}

/// Type 0 with Identity-H and a ToUnicode map, as Skia (Chromium) and LibreOffice write it. The CIDs say nothing.
pub fn identity(vertical: bool) -> (String, Vec<String>) {
    let encoding = if vertical { "Identity-V" } else { "Identity-H" };
    let descriptor = "<</Type/FontDescriptor/FontName/AAAAAA+Song/Flags 4/FontBBox[0 -120 1000 880]/ItalicAngle 0/Ascent 880/Descent -120/CapHeight 700/StemV 80>>";
    (
        format!(
            "<</Type/Font/Subtype/Type0/BaseFont/AAAAAA+Song/Encoding/{encoding}/DescendantFonts[7 0 R]/ToUnicode 8 0 R>>"
        ),
        vec![
            format!(
                "<</Type/Font/Subtype/CIDFontType2/BaseFont/AAAAAA+Song/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/DW 1000/W[3[500]]/FontDescriptor {descriptor}>>"
            ),
            map(
                "3 beginbfchar <0003> <0020> <0010> <76D6> <0011> <7AE0> endbfchar 1 beginbfrange <0020> <0022> <8BF7> endbfrange",
            ),
        ],
    )
}

/// CID font of Adobe-GB1 that is not embedded, with a predefined map, as reportlab (UniGB-UCS2-H) and older Chinese
/// programs (GBK-EUC-H) write it.
pub fn predefined(encoding: &str) -> (String, Vec<String>) {
    let descriptor = "<</Type/FontDescriptor/FontName/STSong-Light/Flags 6/FontBBox[-25 -254 1000 880]/ItalicAngle 0/Ascent 880/Descent -120/CapHeight 626/StemV 54>>";
    (
        format!("<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/{encoding}/DescendantFonts[7 0 R]>>"),
        vec![format!(
            "<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 0>>/DW 1000/W[1[207 270 342 467 462 797] 814 939 500 7716[500]]/FontDescriptor {descriptor}>>"
        )],
    )
}

/// Every recipe.
pub fn recipes() -> Vec<Recipe> {
    let mut all = Vec::new();
    let size = (32.0 * MM, 16.0 * MM);
    let mut add = |name, bytes, middle, size| all.push(Recipe { name, bytes, middle, size });
    let (font, extra) = identity(false);
    let word = "BT /F1 16 Tf 1 0 0 1 100 700 Tm <00100011> Tj ET";
    add("identity", page(A4, word, &font, &extra), upright(100.0, 700.0, 842.0), size);
    // One glyph an object, in an order of its own, under a flipped space: as Skia does.
    let skia = ".5 0 0 -.5 0 842 cm q 0 0 1190 1684 re W n BT /F1 32 Tf 1 0 0 -1 232 284 Tm <0011> Tj ET BT /F1 32 Tf 1 0 0 -1 200 284 Tm <0010> Tj ET Q";
    add("skia", page(A4, skia, &font, &extra), upright(100.0, 700.0, 842.0), size);
    // Kerning and a space between the pieces.
    let pieces = "BT 12 TL /F1 16 Tf 68 712 Td T* [<0020> -1000 <0010>] TJ [<0011> 200 <0022>] TJ ET";
    add("pieces", page(A4, pieces, &font, &extra), upright(100.0, 700.0, 842.0), size);
    let spaced = "BT /F1 16 Tf 100 700 Td <001000030011> Tj ET";
    let wide = ((100.0 + 20.0) * MM, upright(0.0, 700.0, 842.0).1);
    add("spaced", page(A4, spaced, &font, &extra), wide, (40.0 * MM, 16.0 * MM));
    let form = stream(
        "/Type/XObject/Subtype/Form/BBox[0 0 300 300]/Matrix[1 0 0 1 20 30]/Resources<</Font<</Fx 6 0 R>>>>",
        "BT /Fx 8 Tf 40 50 Td <00100011> Tj ET",
    );
    let with_form = [extra.clone(), vec![form]].concat();
    let shown = "q 2 0 0 2 -20 540 cm /Fm0 Do Q";
    add("form", page(A4, shown, &font, &with_form), upright(100.0, 700.0, 842.0), size);
    let state = "BT /F1 8 Tf 200 Tz 2 Tc ET BT 1 Ts 100 Tz 0 Tc /F1 16 Tf 100 699 Td <00100011> Tj ET";
    add("rise", page(A4, state, &font, &extra), upright(100.0, 700.0, 842.0), size);
    for (rotate, middle, turned) in [
        (90, (700.0 + 6.08, 100.0 + 16.0), true),
        (180, (595.0 - 116.0, 706.08), false),
        (270, (842.0 - 706.08, 595.0 - 116.0), true),
    ] {
        let boxes = format!("{A4}/Rotate {rotate}");
        let size = if turned { (size.1, size.0) } else { size };
        add("rotated", page(&boxes, word, &font, &extra), (middle.0 * MM, middle.1 * MM), size);
    }
    let cropped = "/MediaBox[0 0 595 842]/CropBox[50 100 500 800]";
    add("cropped", page(cropped, word, &font, &extra), (66.0 * MM, (100.0 - 6.08) * MM), size);
    let unit = format!("{A4}/UserUnit 2");
    let doubled = (232.0 * MM, 2.0 * (142.0 - 6.08) * MM);
    add("user unit", page(&unit, word, &font, &extra), doubled, (64.0 * MM, 32.0 * MM));
    let upwards = "BT /F1 16 Tf 0 1 -1 0 100 700 Tm <00100011> Tj ET";
    add("upwards", page(A4, upwards, &font, &extra), ((100.0 - 6.08) * MM, (142.0 - 16.0) * MM), (size.1, size.0));
    let (down, extra) = identity(true);
    let column = "BT /F1 16 Tf 100 700 Td <00100011> Tj ET";
    add("vertical", page(A4, column, &down, &extra), (100.0 * MM, (142.0 + 16.0) * MM), (size.1, size.0));
    // Spaces of 207 and letters of 467 thousandths stand before the word.
    let (font, extra) = predefined("UniGB-UCS2-H");
    let text = "BT /F1 16 Tf 96.688 700 Td <002076D67AE0> Tj ET";
    add("UniGB-UCS2-H", page(A4, text, &font, &extra), upright(100.0, 700.0, 842.0), size);
    let (font, extra) = predefined("GBK-EUC-H");
    let text = "BT /F1 16 Tf 92 700 Td <20B8C7D5C2> Tj ET";
    add("GBK-EUC-H", page(A4, text, &font, &extra), upright(100.0, 700.0, 842.0), size);
    // Simple fonts: codes from 1 on with a map, and glyphs that are named by their code points (pdfTeX).
    let simple = "<</Type/Font/Subtype/TrueType/BaseFont/BAAAAA+Song/FirstChar 0/LastChar 2/Widths[500 1000 1000]/ToUnicode 7 0 R>>";
    let to_unicode = map("2 beginbfchar <01> <76D6> <02> <7AE0> endbfchar").replace("<0000> <FFFF>", "<00> <FF>");
    let text = "BT /F1 16 Tf 100 700 Td <0102> Tj ET";
    add("simple", page(A4, text, simple, &[to_unicode]), upright(100.0, 700.0, 842.0), size);
    let named = "<</Type/Font/Subtype/Type1/BaseFont/CAAAAA+song/FirstChar 65/LastChar 66/Widths[1000 1000]/Encoding<</Differences[65/uni76D6/u7AE0]>>>>";
    add("named", page(A4, "BT /F1 16 Tf 100 700 Td (AB) Tj ET", named, &[]), upright(100.0, 700.0, 842.0), size);
    all
}
