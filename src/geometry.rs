//! Units, rectangles and page boxes. A number never travels without its unit.

mod text;

use std::fmt;
use std::ops::{Add, Mul, Sub};

pub use text::{Glyph, Spot, TextRun, Transform, Writing};

/// A length in millimetres.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Millimetres(pub f64);

/// A length in PDF points, 1/72 inch.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Points(pub f64);

/// Millimetres of an inch.
const INCH: f64 = 25.4;
/// Points of an inch.
const POINTS_PER_INCH: f64 = 72.0;

impl Millimetres {
    /// The same length in points.
    #[must_use]
    pub fn to_points(self) -> Points {
        Points(self.0 * POINTS_PER_INCH / INCH)
    }
}

impl Points {
    /// The same length in millimetres.
    #[must_use]
    pub fn to_millimetres(self) -> Millimetres {
        Millimetres(self.0 * INCH / POINTS_PER_INCH)
    }
}

macro_rules! arithmetic {
    ($unit:ident) => {
        impl Add for $unit {
            type Output = $unit;
            fn add(self, other: $unit) -> $unit {
                $unit(self.0 + other.0)
            }
        }
        impl Sub for $unit {
            type Output = $unit;
            fn sub(self, other: $unit) -> $unit {
                $unit(self.0 - other.0)
            }
        }
        impl Mul<f64> for $unit {
            type Output = $unit;
            fn mul(self, factor: f64) -> $unit {
                $unit(self.0 * factor)
            }
        }
        impl fmt::Display for $unit {
            /// At most four decimals, none where there is nothing to say: what a drawing needs.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let text = format!("{:.4}", self.0);
                let text = text.trim_end_matches('0').trim_end_matches('.');
                f.write_str(if text == "-0" { "0" } else { text })
            }
        }
    };
}
arithmetic!(Millimetres);
arithmetic!(Points);

/// A rectangle in millimetres from the **top left** of the page as it is viewed; y grows downwards.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rect {
    /// Left edge.
    pub x: Millimetres,
    /// Top edge.
    pub y: Millimetres,
    /// Width.
    pub width: Millimetres,
    /// Height.
    pub height: Millimetres,
}

impl Rect {
    /// The rectangle of this size around a centre.
    #[must_use]
    pub fn centred(x: Millimetres, y: Millimetres, size: Size) -> Self {
        Rect { x: x - size.width * 0.5, y: y - size.height * 0.5, width: size.width, height: size.height }
    }

    /// Right edge.
    #[must_use]
    pub fn right(&self) -> Millimetres {
        self.x + self.width
    }

    /// Bottom edge.
    #[must_use]
    pub fn bottom(&self) -> Millimetres {
        self.y + self.height
    }

    /// By how much this rectangle sticks out of a page of this size: the largest overhang, zero where it lies inside.
    #[must_use]
    pub fn overhang(&self, page: Size) -> Millimetres {
        let sides = [-self.x.0, -self.y.0, self.right().0 - page.width.0, self.bottom().0 - page.height.0];
        Millimetres(sides.into_iter().fold(0.0, f64::max))
    }
}

/// A width and a height in millimetres.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Size {
    /// Width.
    pub width: Millimetres,
    /// Height.
    pub height: Millimetres,
}

/// A rectangle in points of PDF default user space; y grows upwards.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct UserRect {
    /// Lower left x.
    pub x0: f64,
    /// Lower left y.
    pub y0: f64,
    /// Upper right x.
    pub x1: f64,
    /// Upper right y.
    pub y1: f64,
}

/// A quarter turn, clockwise, of a page when it is shown (ISO 32000-1 table 30, Rotate).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rotation {
    /// Upright.
    #[default]
    None,
    /// 90 degrees clockwise.
    Right,
    /// 180 degrees.
    Half,
    /// 270 degrees clockwise.
    Left,
}

impl Rotation {
    /// From the page's Rotate entry, any multiple of 90.
    #[must_use]
    pub fn from_degrees(degrees: i64) -> Option<Self> {
        match (degrees % 90 == 0, degrees.rem_euclid(360)) {
            (true, 0) => Some(Rotation::None),
            (true, 90) => Some(Rotation::Right),
            (true, 180) => Some(Rotation::Half),
            (true, 270) => Some(Rotation::Left),
            _ => None,
        }
    }
}

/// What of a PDF page is seen and how: crop box (cut by the media box), rotation and user unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PageBox {
    /// The visible box, normalised, in user space units.
    pub crop: UserRect,
    /// How the page is turned for viewing.
    pub rotation: Rotation,
    /// Points of one unit of user space (ISO 32000-1 table 30, UserUnit), 1 by default.
    pub user_unit: f64,
}

impl PageBox {
    /// Size of the page as viewed.
    #[must_use]
    pub fn viewed_size(&self) -> Size {
        let width = Points((self.crop.x1 - self.crop.x0) * self.user_unit).to_millimetres();
        let height = Points((self.crop.y1 - self.crop.y0) * self.user_unit).to_millimetres();
        match self.rotation {
            Rotation::None | Rotation::Half => Size { width, height },
            Rotation::Right | Rotation::Left => Size { width: height, height: width },
        }
    }

    /// A rectangle of the page as viewed, in user space.
    #[must_use]
    pub fn to_user(&self, rect: Rect) -> UserRect {
        let (ax, ay) = self.user_point(rect.x, rect.y);
        let (bx, by) = self.user_point(rect.right(), rect.bottom());
        UserRect { x0: ax.min(bx), y0: ay.min(by), x1: ax.max(bx), y1: ay.max(by) }
    }

    /// A rectangle of user space on the page as viewed.
    #[must_use]
    pub fn to_viewed(&self, rect: UserRect) -> Rect {
        let (ax, ay) = self.viewed_point(rect.x0, rect.y0);
        let (bx, by) = self.viewed_point(rect.x1, rect.y1);
        let mm = |units: f64| Points(units * self.user_unit).to_millimetres();
        Rect { x: mm(ax.min(bx)), y: mm(ay.min(by)), width: mm((ax - bx).abs()), height: mm((ay - by).abs()) }
    }

    /// A viewed point (mm from top left) in user space.
    fn user_point(&self, x: Millimetres, y: Millimetres) -> (f64, f64) {
        let (x, y) = (x.to_points().0 / self.user_unit, y.to_points().0 / self.user_unit);
        let c = &self.crop;
        match self.rotation {
            Rotation::None => (c.x0 + x, c.y1 - y),
            Rotation::Right => (c.x0 + y, c.y0 + x),
            Rotation::Half => (c.x1 - x, c.y0 + y),
            Rotation::Left => (c.x1 - y, c.y1 - x),
        }
    }

    /// A point of user space as viewed, from the top left, in units of user space.
    fn viewed_point(&self, x: f64, y: f64) -> (f64, f64) {
        let c = &self.crop;
        match self.rotation {
            Rotation::None => (x - c.x0, c.y1 - y),
            Rotation::Right => (y - c.y0, x - c.x0),
            Rotation::Half => (c.x1 - x, y - c.y0),
            Rotation::Left => (c.y1 - y, c.x1 - x),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::geometry::{Millimetres, PageBox, Rect, Rotation, Size, UserRect};

    fn page(rotation: Rotation, user_unit: f64) -> PageBox {
        PageBox { crop: UserRect { x0: 10.0, y0: 20.0, x1: 605.0, y1: 862.0 }, rotation, user_unit }
    }

    #[test]
    fn viewed_and_user_rectangles_are_inverse() {
        let size = Size { width: Millimetres(42.0), height: Millimetres(30.0) };
        let rect = Rect::centred(Millimetres(150.0), Millimetres(60.0), size);
        for rotation in [Rotation::None, Rotation::Right, Rotation::Half, Rotation::Left] {
            for unit in [1.0, 2.5] {
                let page = page(rotation, unit);
                let back = page.to_viewed(page.to_user(rect));
                assert!((back.x.0 - rect.x.0).abs() < 1e-9, "{rotation:?}");
                assert!((back.y.0 - rect.y.0).abs() < 1e-9, "{rotation:?}");
                assert!((back.width.0 - 42.0).abs() < 1e-9 && (back.height.0 - 30.0).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn the_top_left_of_a_turned_page_is_where_it_is_seen() {
        // Turned 90 degrees clockwise, the lower left corner of user space is seen at the top left.
        let user = page(Rotation::Right, 1.0).to_user(Rect::default());
        assert_eq!((user.x0, user.y0), (10.0, 20.0));
    }

    #[test]
    fn overhang_is_the_largest_side() {
        let page = Size { width: Millimetres(210.0), height: Millimetres(297.0) };
        let rect =
            Rect { x: Millimetres(-3.0), y: Millimetres(290.0), width: Millimetres(42.0), height: Millimetres(42.0) };
        assert_eq!(rect.overhang(page), Millimetres(35.0));
    }
}
