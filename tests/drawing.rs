//! Drawn seals, measured on the vector output.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "tests"
)]

use std::sync::Arc;

use eseal::drawing::{
    Bounds, DesignError, Font, FontError, Part, Path, PictureLimits, Raster, SEAL_DPI, SealDesign, SealStyle, Segment,
    Shape, Specimen, Spot, decode,
};
use eseal::geometry::{Millimetres, Size};
use proptest::prelude::*;

/// The contours of the only path of an SVG, read back from its text.
fn contours(svg: &str) -> Vec<Path> {
    let data = svg.split(" d=\"").nth(1).unwrap().split('"').next().unwrap();
    let mut out: Vec<Path> = Vec::new();
    let mut rest = data;
    while let Some(kind) = rest.chars().next() {
        let end = rest[1..].find(['M', 'L', 'C', 'Z']).map_or(rest.len(), |at| at + 1);
        let numbers: Vec<f64> = rest[1..end].split_whitespace().map(|n| n.parse().unwrap()).collect();
        let spot = |at: usize| Spot::new(numbers[at], numbers[at + 1]);
        let segment = match kind {
            'M' => Segment::Move(spot(0)),
            'L' => Segment::Line(spot(0)),
            'C' => Segment::Cubic(spot(0), spot(2), spot(4)),
            _ => Segment::Close,
        };
        if kind == 'M' {
            out.push(Path::default());
        }
        out.last_mut().unwrap().segments.push(segment);
        rest = &rest[end..];
    }
    out
}

fn drawn(design: &SealDesign) -> Vec<Path> {
    contours(&design.draw().unwrap().to_svg().unwrap())
}

fn bounds(path: &Path) -> Bounds {
    path.bounds().unwrap()
}

fn union<'a>(paths: impl Iterator<Item = &'a Path>) -> Bounds {
    paths.map(bounds).reduce(Bounds::with).unwrap()
}

#[track_caller]
fn close(value: f64, expected: f64, within: f64) {
    assert!((value - expected).abs() <= within, "{value} instead of {expected}");
}

/// Distance of the nearest of these points from an ellipse around (cx, cy), by looking everywhere along it.
fn nearest(points: &[Spot], centre: Spot, a: f64, b: f64) -> f64 {
    let on: Vec<Spot> = (0..7200)
        .map(|n| f64::from(n) * std::f64::consts::TAU / 7200.0)
        .map(|t| Spot::new(centre.x + a * t.cos(), centre.y + b * t.sin()))
        .collect();
    let distance = |p: &Spot| on.iter().map(|q| (p.x - q.x).hypot(p.y - q.y)).fold(f64::INFINITY, f64::min);
    // Only the outer points matter.
    let outer = points.iter().filter(|p| ((p.x - centre.x) / a).hypot((p.y - centre.y) / b) > 0.85);
    outer.map(distance).fold(f64::INFINITY, f64::min)
}

fn invoice() -> SealDesign {
    // 国 stands in the middle of the name, upright.
    let mut design = SealDesign::new(SealStyle::Invoice, "示例市某国贸有限公司");
    design.text = "示例市某国贸易公司".to_owned();
    design.number = Some("91350100M000100Y43".to_owned());
    design.serial = Some("1".to_owned());
    design
}

#[test]
fn the_invoice_seal_has_its_official_figures() {
    let all = drawn(&invoice());
    let (outer, inner) = (bounds(&all[0]), bounds(&all[1]));
    close(outer.width(), 40.0, 0.01);
    close(outer.height(), 30.0, 0.01);
    close(inner.width(), 38.0, 0.01);
    close(inner.height(), 28.0, 0.01);
    let middle = Spot::new(20.0, 15.0);
    let letters = &all[2..];
    let in_band = |path: &&Path, top: f64, bottom: f64| {
        let b = bounds(path);
        b.top >= middle.y + top && b.bottom <= middle.y + bottom
    };
    // The code: 18 digits, 3.7 high, 1.3 wide, 26 in all, across the middle.
    let code: Vec<&Path> =
        letters.iter().filter(|p| in_band(p, -1.9, 1.9) && (bounds(p).left - 20.0).abs() < 13.2).collect();
    let all_code = union(code.iter().copied());
    close(all_code.height(), 3.7, 0.1);
    close(all_code.width(), 26.0, 0.1);
    close((all_code.left + all_code.right) / 2.0, 20.0, 0.1);
    close((all_code.top + all_code.bottom) / 2.0, 15.0, 0.1);
    close(code.iter().map(|p| bounds(p).width()).fold(0.0, f64::max), 1.3, 0.1);
    // The purpose: 4.6 high, 3 wide, its top 4.2 below the middle.
    let below: Vec<&Path> =
        letters.iter().filter(|p| in_band(p, 4.1, 9.0) && (bounds(p).left - 20.0).abs() < 9.5).collect();
    let purpose = union(below.iter().copied());
    close(purpose.top, middle.y + 4.2, 0.1);
    close(purpose.height(), 4.6, 0.1);
    // 用 is one letter of the five; its outer contour is the widest single one.
    close((purpose.left + purpose.right) / 2.0, 20.0, 0.1);
    let gap = (purpose.width() - 5.0 * 3.0) / 4.0;
    assert!((0.0..=1.0).contains(&gap), "{gap}");
    // The serial number: 2.2 high, 10 below.
    let serial = union(letters.iter().filter(|p| in_band(p, 9.9, 14.0)));
    close(serial.top, middle.y + 10.0, 0.1);
    close(serial.height(), 2.2, 0.1);
    // The name: 4.2 high, 0.5 inside the border, on an arc of 210 to 260 degrees.
    let name: Vec<Path> = letters
        .iter()
        .filter(|p| !code.contains(p) && !below.contains(p) && bounds(p).bottom < middle.y + 9.9)
        .cloned()
        .collect();
    let points: Vec<Spot> = name.iter().flat_map(Path::points).collect();
    close(nearest(&points, middle, 19.0, 14.0), 0.5, 0.1);
    let upright = union(name.iter().filter(|p| (bounds(p).left - 20.0).abs() < 2.2 && bounds(p).top < 7.0));
    close(upright.height(), 4.2, 0.1);
    let angle = |p: &Spot| (p.x - middle.x).atan2(middle.y - p.y).to_degrees();
    let (first, last) = (points.iter().map(angle).fold(0.0, f64::min), points.iter().map(angle).fold(0.0, f64::max));
    assert!((200.0..=262.0).contains(&(last - first)), "{first} to {last}");
    close(first + last, 0.0, 4.0);
}

#[test]
fn the_invoice_seal_keeps_its_letters_in_place_whatever_the_name() {
    for length in [2, 6, 10, 14, 18, 22] {
        let mut design = invoice();
        design.text = "示例市某国贸易有限责任公司第一分公司某某销售中心".chars().take(length).collect();
        let all = drawn(&design);
        let band = |p: &&Path| bounds(p).top >= 19.1 && bounds(p).bottom <= 24.0 && (bounds(p).left - 20.0).abs() < 9.2;
        let purpose = union(all[2..].iter().filter(band));
        close(purpose.height(), 4.6, 0.1);
        assert!(purpose.width() > 14.8, "{length}: {}", purpose.width());
    }
}

#[test]
fn the_company_seal_has_its_star_ring_and_letters() {
    let mut design = SealDesign::new(SealStyle::Company, "示例市某某国际科技有限公司");
    design.number = Some("3301000012345".to_owned());
    let all = drawn(&design);
    close(bounds(&all[0]).width(), 42.0, 0.01);
    close(bounds(&all[1]).width(), 42.0 - 2.4, 0.01);
    let middle = Spot::new(21.0, 21.0);
    let lines = |path: &&Path| path.segments.iter().filter(|s| matches!(s, Segment::Line(_))).count() == 9;
    let star = all.iter().filter(lines).find(|p| (bounds(p).width() - 13.31).abs() < 0.1).unwrap();
    let radii: Vec<f64> = star.points().iter().map(|p| (p.x - middle.x).hypot(p.y - middle.y)).collect();
    for (at, radius) in radii.iter().enumerate() {
        close(*radius, if at % 2 == 0 { 7.0 } else { 2.674 }, 0.001);
    }
    close(bounds(star).top, 14.0, 0.001);
    close(star.points()[0].x, 21.0, 0.001);
    let number: Vec<&Path> =
        all[2..].iter().filter(|p| bounds(p).top > 36.0 && (bounds(p).left - 21.0).abs() < 9.0).collect();
    let name: Vec<Spot> =
        all[2..].iter().filter(|p| *p != star && !number.contains(p)).flat_map(Path::points).collect();
    close(nearest(&name, middle, 19.8, 19.8), 1.0, 0.02);
    let angle = |p: &Spot| (p.x - middle.x).atan2(middle.y - p.y).to_degrees();
    let (first, last) = (name.iter().map(angle).fold(0.0, f64::min), name.iter().map(angle).fold(0.0, f64::max));
    close(first + last, 0.0, 3.0);
    assert!(last - first <= 250.0 && last - first > 225.0, "{first} {last}");
    // Letters keep off the star, and the number is 1.2 high where it is upright.
    assert!(name.iter().all(|p| (p.x - middle.x).hypot(p.y - middle.y) > 12.0));
    let upright = number.iter().filter(|p| (bounds(p).left - 20.6).abs() < 0.7);
    close(union(upright.copied()).height(), 1.2, 0.1);
}

#[test]
fn letters_stand_upright_to_the_ring_and_evenly() {
    // Eight times the same letter: each is the first one turned around the middle by the same angle.
    let all = drawn(&SealDesign::new(SealStyle::Company, "田田田田田田田田"));
    let middle = Spot::new(21.0, 21.0);
    let contours_each = (all.len() - 3) / 8;
    let starts: Vec<Spot> = all[2..all.len() - 1].iter().step_by(contours_each).map(|p| p.points()[0]).collect();
    assert_eq!(starts.len(), 8);
    let radii = starts.iter().map(|p| (p.x - middle.x).hypot(p.y - middle.y));
    let first = (starts[0].x - middle.x).hypot(starts[0].y - middle.y);
    assert!(radii.into_iter().all(|radius| (radius - first).abs() < 0.001));
    let angles: Vec<f64> = starts.iter().map(|p| (p.x - middle.x).atan2(middle.y - p.y)).collect();
    let step = (angles[7] - angles[0]) / 7.0;
    assert!(angles.windows(2).all(|pair| (pair[1] - pair[0] - step).abs() < 0.001), "{angles:?}");
    // 田 is symmetrical: the fourth and the fifth letter mirror each other, so the text is centred.
    let box_of = |letter: usize| {
        let own = &all[2 + letter * contours_each..2 + (letter + 1) * contours_each];
        union(own.iter())
    };
    close(box_of(3).left + box_of(4).right, 42.0, 0.3);
}

#[test]
fn every_form_has_its_size_and_another_where_it_may() {
    for style in SealStyle::ALL {
        let drawing = SealDesign::new(style, "张三之印").draw().unwrap();
        assert_eq!(drawing.size, style.usual_size());
    }
    let size = |w: f64, h: f64| Some(Size { width: Millimetres(w), height: Millimetres(h) });
    let mut province = SealDesign::new(SealStyle::Government, "示例省人民政府");
    province.size = size(50.0, 50.0);
    let all = drawn(&province);
    close(bounds(&all[0]).width(), 50.0, 0.01);
    close(bounds(&all[1]).width(), 47.6, 0.01);
    for (style, w, h) in [
        (SealStyle::Company, 42.0, 30.0),
        (SealStyle::Company, 100.0, 100.0),
        (SealStyle::Invoice, 45.0, 30.0),
        (SealStyle::Oval, 30.0, 45.0),
        (SealStyle::Personal, f64::NAN, 18.0),
        (SealStyle::Special, 0.0, 0.0),
    ] {
        let mut design = SealDesign::new(style, "示例");
        design.size = size(w, h);
        assert!(matches!(design.draw(), Err(DesignError::Size { .. })), "{style:?} {w} {h}");
    }
}

#[test]
fn a_specimen_says_so_and_keeps_clear_of_the_rest() {
    for style in SealStyle::ALL {
        let mut plain = SealDesign::new(style, "示例之印");
        let before = drawn(&plain);
        plain.specimen = Specimen::Marked;
        let after = drawn(&plain);
        // 样 and 章 have more contours than nothing, and they are in the middle half of the drawing.
        assert!(after.len() >= before.len() + 6, "{style:?}: {} and {}", before.len(), after.len());
    }
}

#[test]
fn what_cannot_be_drawn_is_named() {
    let fault = |text: &str| SealDesign::new(SealStyle::Company, text).draw().unwrap_err();
    assert_eq!(fault("  "), DesignError::Empty { part: Part::Name });
    assert_eq!(fault("示例😀公司"), DesignError::Lacking { characters: vec!['😀'] });
    assert_eq!(fault("示\u{7}例\n"), DesignError::NotDrawable { characters: vec!['\u{7}'] });
    assert_eq!(fault("שלום"), DesignError::NotDrawable { characters: "שלום".chars().collect() });
    assert_eq!(fault("a\u{202E}b"), DesignError::NotDrawable { characters: vec!['\u{202E}'] });
    let long = fault(&"某".repeat(60));
    assert!(matches!(long, DesignError::TooLong { part: Part::Name, .. }), "{long}");
    assert!(long.excess().unwrap().0 > 5.0, "{long}");
    assert!(matches!(fault(&"某".repeat(5000)), DesignError::TooLong { .. }));
    let mut purpose = SealDesign::new(SealStyle::Special, "示例公司");
    purpose.purpose = Some("某某某某某某某某某某某某某某某某某某某某某某某某".to_owned());
    assert!(matches!(purpose.draw(), Err(DesignError::TooLong { part: Part::Purpose, .. })));
    let mut person = SealDesign::new(SealStyle::Personal, "张三");
    person.number = Some("1".to_owned());
    assert!(matches!(person.draw(), Err(DesignError::NoPlace { part: Part::Number, .. })));
}

#[test]
fn png_has_600_dpi_and_alpha_and_the_ink_of_the_outline() {
    let drawing = SealDesign::new(SealStyle::Company, "示例市某某科技有限公司").draw().unwrap();
    let png = drawing.to_png(SEAL_DPI).unwrap();
    assert!(png.len() < 26_000, "{}", png.len());
    let (_, raster) = decode(&png, PictureLimits::default()).unwrap();
    assert_eq!((raster.width(), raster.height()), (992, 992));
    let alpha = raster.alpha().unwrap();
    let at = |x: f64, y: f64| {
        let sample = |mm: f64| (mm / 42.0 * 992.0) as usize;
        alpha[sample(y) * 992 + sample(x)]
    };
    // Corner, ring, between ring and letters, star.
    assert_eq!((at(0.5, 0.5), at(21.0, 0.6), at(21.0, 1.6), at(21.0, 21.0)), (0, 255, 0, 255));
    assert!(raster.rgb().chunks(3).zip(alpha).filter(|(_, a)| **a > 0).all(|(rgb, _)| rgb == [0xE6, 0, 0x12]));
    // The ring, the star, and letters between a tenth and a quarter of the rest.
    let ink = alpha.iter().map(|a| f64::from(*a) / 255.0).sum::<f64>() * (42.0_f64 / 992.0).powi(2);
    let ring = std::f64::consts::PI * (21.0_f64.powi(2) - 19.8_f64.powi(2));
    let star = 5.0 * 7.0 * 2.674 * (36.0_f64).to_radians().sin();
    let letters = ink - ring - star;
    assert!((40.0..160.0).contains(&letters), "{letters}");
}

#[test]
fn an_emblem_stands_in_the_place_of_the_star() {
    let raster = Arc::new(Raster::new(40, 20, [200, 30, 30].repeat(800), None).unwrap());
    let mut design = SealDesign::new(SealStyle::Government, "示例市人民政府");
    design.emblem = Some(raster);
    let drawing = design.draw().unwrap();
    let Some(Shape::Picture { rect, .. }) = drawing.shapes.last() else { panic!("{drawing:?}") };
    close(rect.width.0 / rect.height.0, 2.0, 1e-9);
    close(rect.x.0 + rect.width.0 / 2.0, 22.5, 1e-9);
    let png = drawing.to_png(SEAL_DPI).unwrap();
    let (_, raster) = decode(&png, PictureLimits::default()).unwrap();
    let middle = raster.rgb().chunks(3).nth(1063 / 2 * 1063 + 531).unwrap();
    assert_eq!(middle, [200, 30, 30]);
    assert!(png.len() < 40_000, "{}", png.len());
    assert!(drawing.to_svg().unwrap().contains("data:image/png;base64,"));
}

#[test]
fn the_bundled_font_has_what_seals_need() {
    let song = Font::song();
    // The whole of GB 2312's characters, by their code points.
    let mut count = 0;
    for high in 0xB0..=0xF7_u8 {
        for low in 0xA1..=0xFE_u8 {
            let bytes = [high, low];
            let (text, _, wrong) = encoding_rs::GBK.decode(&bytes);
            if wrong || (high == 0xD7 && low > 0xF9) {
                continue;
            }
            let c = text.chars().next().unwrap();
            assert!(song.has(c), "{c}");
            count += 1;
        }
    }
    assert_eq!(count, 6763);
    assert!("（）()·—《》〇0123456789ABCxyz㛃䶮".chars().all(|c| song.has(c)));
    assert!("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-()".chars().all(|c| Font::digits().has(c)));
}

#[test]
fn broken_fonts_are_refused_and_never_panic() {
    assert_eq!(Font::from_bytes(b"").unwrap_err(), FontError::NotAFont);
    assert_eq!(Font::from_bytes(b"%PDF-1.7 not a font").unwrap_err(), FontError::NotAFont);
    let good = include_bytes!("../src/drawing/font/eseal-digits.ttf");
    let whole = Font::from_bytes(good).unwrap();
    assert!(whole.glyph('7').is_some());
    for at in 0..good.len() {
        let mut broken = good.to_vec();
        broken[at] ^= 0x55;
        if let Ok(font) = Font::from_bytes(&broken) {
            let _ = "0A7 国".chars().map(|c| font.glyph(c)).collect::<Vec<_>>();
        }
        if at % 16 == 0
            && let Ok(font) = Font::from_bytes(&good[..at])
        {
            let _ = font.glyph('8');
        }
    }
}

#[test]
fn broken_outlines_of_the_other_kind_never_panic() {
    let good = include_bytes!("../src/drawing/font/eseal-song.otf");
    // A fixed generator: the same bytes are broken each time.
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    for _ in 0..40 {
        let mut broken = good.to_vec();
        for _ in 0..2000 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let at = (state % broken.len() as u64) as usize;
            broken[at] = (state >> 40) as u8;
        }
        if let Ok(font) = Font::from_bytes(&broken) {
            let mut design = SealDesign::new(SealStyle::Company, "示例市某某国际科技有限公司");
            design.font = font;
            let _ = design.draw();
        }
    }
}

#[test]
fn another_font_may_draw_the_letters() {
    let font = Font::from_bytes(include_bytes!("../src/drawing/font/eseal-digits.ttf")).unwrap();
    let mut design = SealDesign::new(SealStyle::Company, "EXAMPLE 2026");
    design.font = font;
    assert!(design.draw().is_ok());
    design.text = "示例".to_owned();
    assert_eq!(design.draw().unwrap_err(), DesignError::Lacking { characters: vec!['示', '例'] });
}

fn any_style() -> impl Strategy<Value = SealStyle> {
    proptest::sample::select(SealStyle::ALL.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever the name, the ink of the letters stays between the border's inner edge and the middle.
    #[test]
    fn letters_stay_inside_the_border(style in any_style(), text in "[一-龥A-Za-z0-9（）· ]{1,60}") {
        let design = SealDesign::new(style, &text);
        match design.draw() {
            Ok(drawing) => {
                let Some(Shape::Fill { path, .. }) = drawing.shapes.first() else { panic!("no ink") };
                let (w, h) = (drawing.size.width.0, drawing.size.height.0);
                let points = path.points();
                // The border's own two contours come first.
                let own = if matches!(style, SealStyle::Square | SealStyle::Personal) { 8 } else { 2 * (8 * 12 + 1) };
                for p in &points[own..] {
                    prop_assert!(p.x.is_finite() && p.y.is_finite());
                    let inside = if matches!(style, SealStyle::Square | SealStyle::Personal) {
                        p.x > 0.9 && p.x < w - 0.9 && p.y > 0.9 && p.y < h - 0.9
                    } else {
                        ((p.x - w / 2.0) / (w / 2.0 - 1.0)).hypot((p.y - h / 2.0) / (h / 2.0 - 1.0)) < 1.0
                    };
                    prop_assert!(inside, "{style:?} {text:?}: {p:?}");
                }
            }
            Err(DesignError::Lacking { .. } | DesignError::TooLong { .. } | DesignError::Empty { .. }) => {}
            Err(other) => prop_assert!(false, "{other}"),
        }
    }

    /// No text at all makes it panic.
    #[test]
    fn any_text_is_drawn_or_refused(style in any_style(), text in any::<String>(), purpose in any::<Option<String>>()) {
        let mut design = SealDesign::new(style, &text);
        design.purpose = purpose;
        design.number = Some(text.clone());
        let _ = design.draw();
    }
}
