//! A picture independent of any document format: raster pictures and how they are decoded, within limits; drawings in
//! vector shapes, the fonts that their letters come from, and seals in their official forms.

mod code;
mod design;
mod font;
mod paint;
mod raster;
mod shape;
mod subset;
mod svg;

pub use code::{CODE_BYTES, CodeTooLong, qr_code};
pub use design::{DesignError, Part, SealDesign, SealStyle, Specimen};
pub use font::{FONT_BYTES, Font, FontError, Glyph};
pub use paint::SEAL_DPI;
pub use raster::{PictureError, PictureFormat, PictureLimits, Raster, decode, picture_format};
pub use shape::{Bounds, Colour, Drawing, Path, Segment, Shape, Spot, Transform, Way};
pub use subset::{FontSubset, SubsetGlyph};
