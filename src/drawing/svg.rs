//! A drawing as SVG 1.1: paths in millimetres.

use std::fmt::Write as _;

use base64::Engine as _;

use crate::drawing::raster::PictureError;
use crate::drawing::shape::{Drawing, Path, Segment, Shape, Spot};
use crate::geometry::Millimetres;

impl Drawing {
    /// The drawing as an SVG document; a user unit is a millimetre.
    ///
    /// # Errors
    /// [`PictureError`] if a picture in it cannot be encoded.
    pub fn to_svg(&self) -> Result<String, PictureError> {
        let (width, height) = (self.size.width, self.size.height);
        let mut out = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" \
             xmlns:xlink=\"http://www.w3.org/1999/xlink\" width=\"{width}mm\" height=\"{height}mm\" \
             viewBox=\"0 0 {width} {height}\">\n"
        );
        for shape in &self.shapes {
            // Writing to a string does not fail.
            match shape {
                Shape::Fill { path, colour } => {
                    let [r, g, b] = colour.0;
                    let _ = writeln!(out, "<path fill=\"#{r:02x}{g:02x}{b:02x}\" d=\"{}\"/>", data(path));
                }
                Shape::Picture { rect, raster } => {
                    let png = base64::engine::general_purpose::STANDARD.encode(raster.to_png()?);
                    let _ = writeln!(
                        out,
                        "<image x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" xlink:href=\"data:image/png;base64,{png}\"/>",
                        rect.x, rect.y, rect.width, rect.height
                    );
                }
            }
        }
        out.push_str("</svg>\n");
        Ok(out)
    }
}

/// The outline in SVG's path language, absolute.
fn data(path: &Path) -> String {
    let mut out = String::new();
    let put = |p: Spot| format!("{} {}", Millimetres(p.x), Millimetres(p.y));
    for segment in &path.segments {
        let _ = match *segment {
            Segment::Move(p) => write!(out, "M{}", put(p)),
            Segment::Line(p) => write!(out, "L{}", put(p)),
            Segment::Cubic(p, q, r) => write!(out, "C{} {} {}", put(p), put(q), put(r)),
            Segment::Close => write!(out, "Z"),
        };
    }
    out
}
