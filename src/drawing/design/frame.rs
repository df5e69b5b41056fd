//! Borders, the star, and what is left free between them.

use crate::drawing::design::around::Ellipse;
use crate::drawing::shape::{Colour, Drawing, Path, Segment, Shape, Spot, Transform, Way};
use crate::geometry::{Millimetres, Rect};

/// A seal that is being drawn around its middle.
pub(in crate::drawing) struct Sheet {
    width: f64,
    height: f64,
    ink: Path,
    /// Points of the letters so far: later ones keep clear of them.
    letters: Vec<Spot>,
    pictures: Vec<Shape>,
}

impl Sheet {
    /// With a border whose outer edge touches the sheet's.
    pub(in crate::drawing) fn elliptic(width: f64, height: f64, border: f64) -> (Self, Ellipse) {
        let (a, b) = (width / 2.0, height / 2.0);
        let inner = Ellipse { a: a - border, b: b - border };
        let mut ink = Path::ellipse(Spot::default(), a, b, Way::Clockwise);
        ink.append(Path::ellipse(Spot::default(), inner.a, inner.b, Way::Counter));
        (Sheet { width, height, ink, letters: Vec::new(), pictures: Vec::new() }, inner)
    }

    /// The same with four corners.
    pub(in crate::drawing) fn rectangular(width: f64, height: f64, border: f64) -> Self {
        let (a, b) = (width / 2.0, height / 2.0);
        let mut ink = Path::rectangle(-a, -b, a, b, Way::Clockwise);
        ink.append(Path::rectangle(border - a, border - b, a - border, b - border, Way::Counter));
        Sheet { width, height, ink, letters: Vec::new(), pictures: Vec::new() }
    }

    /// Adds letters.
    pub(in crate::drawing) fn letters(&mut self, path: Path) {
        self.letters.extend(path.points());
        self.ink.append(path);
    }

    /// Adds what letters need not keep clear of by measuring.
    pub(in crate::drawing) fn ornament(&mut self, path: Path) {
        self.ink.append(path);
    }

    /// Adds a picture as large as a box around the middle allows.
    pub(in crate::drawing) fn emblem(&mut self, raster: &std::sync::Arc<crate::drawing::Raster>, side: f64) {
        let (w, h) = (f64::from(raster.width()), f64::from(raster.height()));
        let scale = side / w.max(h);
        let (w, h) = (w * scale, h * scale);
        let rect = Rect {
            x: Millimetres((self.width - w) / 2.0),
            y: Millimetres((self.height - h) / 2.0),
            width: Millimetres(w),
            height: Millimetres(h),
        };
        self.pictures.push(Shape::Picture { rect, raster: std::sync::Arc::clone(raster) });
    }

    /// Half the width that is free around the middle axis between two heights: clear of letters and of the border.
    pub(in crate::drawing) fn free(&self, border: Ellipse, top: f64, bottom: f64, clear: f64) -> f64 {
        let chord = |y: f64| {
            let share = y / (border.b - clear);
            if share.abs() >= 1.0 { 0.0 } else { (border.a - clear) * (1.0 - share * share).sqrt() }
        };
        let band = (top - clear)..=(bottom + clear);
        let near = self.letters.iter().filter(|p| band.contains(&p.y)).map(|p| p.x.abs() - clear);
        near.fold(chord(top).min(chord(bottom)), f64::min).max(0.0)
    }

    /// The drawing, from its top left.
    pub(in crate::drawing) fn finish(self) -> Drawing {
        let mut drawing = Drawing::new(self.width, self.height);
        let to = Spot::new(self.width / 2.0, self.height / 2.0);
        drawing.ink(self.ink.mapped(&Transform::placed((1.0, 1.0), 0.0, to)), Colour::SEAL_RED);
        drawing.shapes.extend(self.pictures);
        drawing
    }
}

/// A star of five tips around the middle, one of them up.
pub(in crate::drawing) fn star(outer: f64) -> Path {
    // The inner corners of a pentagram lie where its lines cross.
    let inner = outer * INNER;
    let corner = |n: u32| {
        let (sin, cos) = (f64::from(n) * std::f64::consts::PI / 5.0).sin_cos();
        let radius = if n.is_multiple_of(2) { outer } else { inner };
        let p = Spot::new(radius * sin, -radius * cos);
        if n == 0 { Segment::Move(p) } else { Segment::Line(p) }
    };
    let mut segments: Vec<Segment> = (0..10).map(corner).collect();
    segments.push(Segment::Close);
    Path { segments }
}

/// 2.674 where the outer radius is 7: sin 18° / sin 54°.
const INNER: f64 = 0.381_966_011_250_105;
