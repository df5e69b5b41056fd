//! Shapes in millimetres, y growing downwards from the top left of the drawing.

use std::sync::Arc;

use crate::drawing::Raster;
use crate::geometry::{Millimetres, Rect, Size};

/// A point in millimetres.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spot {
    /// To the right.
    pub x: f64,
    /// Downwards.
    pub y: f64,
}

impl Spot {
    /// A point.
    #[must_use]
    pub fn new(x: f64, y: f64) -> Self {
        Spot { x, y }
    }

    fn between(self, other: Spot, share: f64) -> Spot {
        Spot::new(self.x + (other.x - self.x) * share, self.y + (other.y - self.y) * share)
    }
}

/// A step of an outline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Segment {
    /// Begins a contour.
    Move(Spot),
    /// A straight line.
    Line(Spot),
    /// A cubic Bézier curve: two control points and the end.
    Cubic(Spot, Spot, Spot),
    /// Closes the contour.
    Close,
}

/// Closed contours, filled where the winding number is not zero.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Path {
    /// The steps.
    pub segments: Vec<Segment>,
}

/// An affine map: x' = a x + c y + e, y' = b x + d y + f.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Transform {
    pub a: f64,
    pub b: f64,
    pub c: f64,
    pub d: f64,
    pub e: f64,
    pub f: f64,
}

impl Transform {
    /// Scales, turns clockwise by an angle in radians, then moves to a point.
    #[must_use]
    pub fn placed(scale: (f64, f64), turn: f64, to: Spot) -> Self {
        let (sin, cos) = turn.sin_cos();
        let (sx, sy) = scale;
        Transform { a: sx * cos, b: sx * sin, c: -sy * sin, d: sy * cos, e: to.x, f: to.y }
    }

    /// Where a point comes to lie.
    #[must_use]
    pub fn apply(&self, p: Spot) -> Spot {
        Spot::new(self.a * p.x + self.c * p.y + self.e, self.b * p.x + self.d * p.y + self.f)
    }
}

/// Extremes of an outline.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Bounds {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Bounds {
    /// Of points; `None` where there is none.
    pub fn of(points: impl IntoIterator<Item = Spot>) -> Option<Self> {
        let mut bounds: Option<Bounds> = None;
        for p in points {
            let grown = bounds.unwrap_or(Bounds { left: p.x, top: p.y, right: p.x, bottom: p.y });
            bounds = Some(Bounds {
                left: grown.left.min(p.x),
                top: grown.top.min(p.y),
                right: grown.right.max(p.x),
                bottom: grown.bottom.max(p.y),
            });
        }
        bounds
    }

    /// Both together.
    #[must_use]
    pub fn with(self, other: Bounds) -> Self {
        Bounds {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }

    /// Width.
    #[must_use]
    pub fn width(&self) -> f64 {
        self.right - self.left
    }

    /// Height.
    #[must_use]
    pub fn height(&self) -> f64 {
        self.bottom - self.top
    }
}

/// Pieces into which a curve is cut to be measured: a glyph of 5 mm is then known to a thousandth of a millimetre.
const PIECES: u32 = 12;

impl Path {
    /// The outline through a map.
    #[must_use]
    pub fn mapped(&self, map: &Transform) -> Path {
        let segments = self.segments.iter().map(|segment| match *segment {
            Segment::Move(p) => Segment::Move(map.apply(p)),
            Segment::Line(p) => Segment::Line(map.apply(p)),
            Segment::Cubic(p, q, r) => Segment::Cubic(map.apply(p), map.apply(q), map.apply(r)),
            Segment::Close => Segment::Close,
        });
        Path { segments: segments.collect() }
    }

    /// Adds the contours of another outline.
    pub fn append(&mut self, other: Path) {
        self.segments.extend(other.segments);
    }

    /// Points on the outline, close enough together to measure by.
    #[must_use]
    pub fn points(&self) -> Vec<Spot> {
        let mut out = Vec::with_capacity(self.segments.len());
        let mut at = Spot::default();
        for segment in &self.segments {
            match *segment {
                Segment::Move(p) | Segment::Line(p) => {
                    out.push(p);
                    at = p;
                }
                Segment::Cubic(p, q, r) => {
                    out.extend((1..=PIECES).map(|n| on_cubic(at, p, q, r, f64::from(n) / f64::from(PIECES))));
                    at = r;
                }
                Segment::Close => {}
            }
        }
        out
    }

    /// Extremes of what is inked.
    #[must_use]
    pub fn bounds(&self) -> Option<Bounds> {
        Bounds::of(self.points())
    }

    /// A closed polygon.
    #[must_use]
    pub fn polygon(corners: &[Spot]) -> Path {
        let mut segments = Vec::with_capacity(corners.len().saturating_add(1));
        for (at, corner) in corners.iter().enumerate() {
            segments.push(if at == 0 { Segment::Move(*corner) } else { Segment::Line(*corner) });
        }
        segments.push(Segment::Close);
        Path { segments }
    }

    /// A rectangle, clockwise or, to cut it out of another, counter-clockwise.
    #[must_use]
    pub fn rectangle(left: f64, top: f64, right: f64, bottom: f64, way: Way) -> Path {
        let mut corners =
            [Spot::new(left, top), Spot::new(right, top), Spot::new(right, bottom), Spot::new(left, bottom)];
        if way == Way::Counter {
            corners.reverse();
        }
        Path::polygon(&corners)
    }

    /// An ellipse of eight arcs: true to a ten-thousandth of a millimetre at any size of seal.
    #[must_use]
    pub fn ellipse(centre: Spot, rx: f64, ry: f64, way: Way) -> Path {
        let step = std::f64::consts::FRAC_PI_4;
        // The usual length of the handles, 4/3 tan(angle / 4).
        let k = 4.0 / 3.0 * (step / 4.0).tan();
        let sign = if way == Way::Clockwise { 1.0 } else { -1.0 };
        let on = |angle: f64| Spot::new(centre.x + rx * angle.cos(), centre.y + sign * ry * angle.sin());
        let tangent = |angle: f64| Spot::new(-rx * angle.sin() * k, sign * ry * angle.cos() * k);
        let mut segments = vec![Segment::Move(on(0.0))];
        for n in 0..8 {
            let (from, to) = (step * f64::from(n), step * f64::from(n + 1));
            let (a, b, ta, tb) = (on(from), on(to), tangent(from), tangent(to));
            segments.push(Segment::Cubic(Spot::new(a.x + ta.x, a.y + ta.y), Spot::new(b.x - tb.x, b.y - tb.y), b));
        }
        segments.push(Segment::Close);
        Path { segments }
    }
}

/// In which direction a contour runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// As seen.
    Clockwise,
    /// Against it: inside a clockwise contour this is a hole.
    Counter,
}

fn on_cubic(a: Spot, b: Spot, c: Spot, d: Spot, share: f64) -> Spot {
    let (ab, bc, cd) = (a.between(b, share), b.between(c, share), c.between(d, share));
    ab.between(bc, share).between(bc.between(cd, share), share)
}

/// Red, green, blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Colour(pub [u8; 3]);

impl Colour {
    /// The usual red of seals.
    pub const SEAL_RED: Colour = Colour([0xE6, 0x00, 0x12]);
    /// Black.
    pub const BLACK: Colour = Colour([0, 0, 0]);
}

/// What is drawn.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// A filled outline.
    Fill {
        /// The outline.
        path: Path,
        /// Its colour, opaque.
        colour: Colour,
    },
    /// A picture that fills a rectangle.
    Picture {
        /// Where.
        rect: Rect,
        /// The picture.
        raster: Arc<Raster>,
    },
}

/// A picture in shapes; what is not drawn is transparent.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawing {
    /// Its size on paper.
    pub size: Size,
    /// Its shapes, from the lowest up.
    pub shapes: Vec<Shape>,
}

impl Drawing {
    /// Nothing yet, of a size in millimetres.
    #[must_use]
    pub fn new(width: f64, height: f64) -> Self {
        Drawing { size: Size { width: Millimetres(width), height: Millimetres(height) }, shapes: Vec::new() }
    }

    /// The drawing in the middle of a sheet of another size.
    #[must_use]
    pub fn on_sheet(self, size: Size) -> Drawing {
        let (dx, dy) = ((size.width - self.size.width) * 0.5, (size.height - self.size.height) * 0.5);
        let map = Transform::placed((1.0, 1.0), 0.0, Spot::new(dx.0, dy.0));
        let shapes = self.shapes.into_iter().map(|shape| match shape {
            Shape::Fill { path, colour } => Shape::Fill { path: path.mapped(&map), colour },
            Shape::Picture { rect, raster } => {
                Shape::Picture { rect: Rect { x: rect.x + dx, y: rect.y + dy, ..rect }, raster }
            }
        });
        Drawing { size, shapes: shapes.collect() }
    }

    /// Adds ink. What has the colour of the topmost shape joins it: one fill never covers itself twice, so it may be
    /// multiplied with what lies below as one.
    pub fn ink(&mut self, path: Path, colour: Colour) {
        match self.shapes.last_mut() {
            Some(Shape::Fill { path: last, colour: same }) if *same == colour => last.append(path),
            _ => self.shapes.push(Shape::Fill { path, colour }),
        }
    }
}
