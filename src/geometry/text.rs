//! Text with its place on the page: what keywords are looked for in.

use crate::geometry::{Millimetres, PageBox, Points, Rect, Rotation};

/// A point in millimetres from the top left of the page as it is viewed; y grows downwards.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spot {
    /// To the right.
    pub x: Millimetres,
    /// Downwards.
    pub y: Millimetres,
}

/// A piece of text as the file shows it in one go.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TextRun {
    /// Its characters in the order of the file.
    pub glyphs: Vec<Glyph>,
}

/// A character and its place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Glyph {
    /// The character.
    pub character: char,
    /// Where the pen stands before it, on the base line (in the middle of the column, where text runs downwards).
    pub start: Spot,
    /// Where the pen stands after it, extra spacing left out.
    pub end: Spot,
    /// Corners of its em box: below the start, below the end, above the end, above the start.
    pub corners: [Spot; 4],
}

/// Share of the em above the base line, as Chinese fonts divide it (hhea of Source Han, STSong and SimSun agree).
const ABOVE: f64 = 0.88;
/// Share of the em below it.
const BELOW: f64 = 0.12;
/// Beyond this no coordinate means a page: a kilometre.
const FARTHEST: f64 = 1e6;

/// Which way text runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writing {
    /// Along the base line.
    Horizontal,
    /// Down a column, the pen in its middle.
    Vertical,
}

impl Glyph {
    /// A glyph in a space of its own: from one pen point to the next, the em being the vector from the base line up to
    /// a font size's height; then moved to the page. Nothing where that is no place on a page.
    #[must_use]
    pub fn place(
        character: char,
        pen: [(f64, f64); 2],
        up: (f64, f64),
        writing: Writing,
        space: &Transform,
    ) -> Option<Self> {
        let (low, high) = match writing {
            Writing::Horizontal => ((-BELOW * up.0, -BELOW * up.1), (ABOVE * up.0, ABOVE * up.1)),
            // Half an em to either side; `up` lies along the column.
            Writing::Vertical => ((-0.5 * up.1, 0.5 * up.0), (0.5 * up.1, -0.5 * up.0)),
        };
        let spot = |from: (f64, f64), by: (f64, f64)| {
            let (x, y) = space.apply(from.0 + by.0, from.1 + by.1);
            let fit = |n: f64| n.is_finite() && n.abs() <= FARTHEST;
            (fit(x) && fit(y)).then_some(Spot { x: Millimetres(x), y: Millimetres(y) })
        };
        let [from, to] = pen;
        let corners = [spot(from, low)?, spot(to, low)?, spot(to, high)?, spot(from, high)?];
        Some(Glyph { character, start: spot(from, (0.0, 0.0))?, end: spot(to, (0.0, 0.0))?, corners })
    }

    /// Its height: the size of the font on the page, in the direction across the text.
    #[must_use]
    pub fn em(&self) -> Millimetres {
        let [low, _, _, high] = self.corners;
        Millimetres((high.x.0 - low.x.0).hypot(high.y.0 - low.y.0))
    }

    /// The upright rectangle around it.
    #[must_use]
    pub fn bounds(&self) -> Rect {
        Rect::around(&self.corners)
    }
}

impl Rect {
    /// The smallest upright rectangle around points; empty at the origin around none.
    #[must_use]
    pub fn around<'a>(spots: impl IntoIterator<Item = &'a Spot>) -> Self {
        let mut spots = spots.into_iter();
        let Some(first) = spots.next() else { return Rect::default() };
        let start = (first.x.0, first.y.0, first.x.0, first.y.0);
        let (x0, y0, x1, y1) = spots.fold(start, |(x0, y0, x1, y1), spot| {
            (x0.min(spot.x.0), y0.min(spot.y.0), x1.max(spot.x.0), y1.max(spot.y.0))
        });
        Rect { x: Millimetres(x0), y: Millimetres(y0), width: Millimetres(x1 - x0), height: Millimetres(y1 - y0) }
    }

    /// Its middle.
    #[must_use]
    pub fn middle(&self) -> Spot {
        Spot { x: self.x + self.width * 0.5, y: self.y + self.height * 0.5 }
    }
}

/// A change of coordinates: x' = a x + c y + e, y' = b x + d y + f (ISO 32000-1 8.3.3; GB/T 33190-2016 8.2, CTM).
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs, reason = "the six numbers of the formula")]
pub struct Transform {
    pub a: f64,
    pub b: f64,
    pub c: f64,
    pub d: f64,
    pub e: f64,
    pub f: f64,
}

impl Transform {
    /// No change.
    pub const IDENTITY: Transform = Transform { a: 1.0, b: 0.0, c: 0.0, d: 1.0, e: 0.0, f: 0.0 };

    /// From its six numbers.
    #[must_use]
    pub fn from_array([a, b, c, d, e, f]: [f64; 6]) -> Self {
        Transform { a, b, c, d, e, f }
    }

    /// A shift.
    #[must_use]
    pub fn shift(e: f64, f: f64) -> Self {
        Transform { e, f, ..Transform::IDENTITY }
    }

    /// This first, then the other.
    #[must_use]
    pub fn then(&self, o: &Transform) -> Self {
        let (e, f) = o.apply(self.e, self.f);
        Transform {
            a: self.a * o.a + self.b * o.c,
            b: self.a * o.b + self.b * o.d,
            c: self.c * o.a + self.d * o.c,
            d: self.c * o.b + self.d * o.d,
            e,
            f,
        }
    }

    /// A point moved.
    #[must_use]
    pub fn apply(&self, x: f64, y: f64) -> (f64, f64) {
        (self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f)
    }
}

impl PageBox {
    /// From user space to millimetres on the page as viewed.
    #[must_use]
    pub fn viewing(&self) -> Transform {
        let k = Points(self.user_unit).to_millimetres().0;
        let c = &self.crop;
        Transform::from_array(match self.rotation {
            Rotation::None => [k, 0.0, 0.0, -k, -k * c.x0, k * c.y1],
            Rotation::Right => [0.0, k, k, 0.0, -k * c.y0, -k * c.x0],
            Rotation::Half => [-k, 0.0, 0.0, k, k * c.x1, -k * c.y0],
            Rotation::Left => [0.0, -k, -k, 0.0, k * c.y1, k * c.x1],
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::geometry::{Glyph, PageBox, Rect, Rotation, Transform, UserRect, Writing};

    #[test]
    fn viewing_agrees_with_rectangles_as_viewed() {
        let crop = UserRect { x0: 10.0, y0: 20.0, x1: 605.0, y1: 862.0 };
        let user = UserRect { x0: 100.0, y0: 200.0, x1: 130.0, y1: 210.0 };
        for rotation in [Rotation::None, Rotation::Right, Rotation::Half, Rotation::Left] {
            let page = PageBox { crop, rotation, user_unit: 1.5 };
            let pen = [(user.x0, user.y0 + 1.2), (user.x1, user.y0 + 1.2)];
            let glyph = Glyph::place('a', pen, (0.0, 10.0), Writing::Horizontal, &page.viewing()).unwrap();
            let (seen, wanted) = (glyph.bounds(), page.to_viewed(user));
            let numbers = |r: Rect| [r.x.0, r.y.0, r.width.0, r.height.0];
            let near = numbers(seen).iter().zip(numbers(wanted)).all(|(a, b)| (a - b).abs() < 1e-9);
            assert!(near, "{rotation:?} {seen:?} {wanted:?}");
        }
    }

    #[test]
    fn transforms_follow_one_another() {
        let turn = Transform::from_array([0.0, 1.0, -1.0, 0.0, 5.0, 0.0]);
        let both = turn.then(&Transform::shift(1.0, 2.0));
        assert_eq!(both.apply(3.0, 4.0), (2.0, 5.0));
        assert!(Glyph::place('a', [(0.0, 0.0), (f64::NAN, 0.0)], (0.0, 1.0), Writing::Horizontal, &turn).is_none());
        assert!(Glyph::place('a', [(0.0, 0.0), (1e9, 0.0)], (0.0, 1.0), Writing::Horizontal, &turn).is_none());
    }
}
