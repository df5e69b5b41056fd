//! A picture independent of any document format: raster pictures and how they are decoded, within limits.

mod raster;

pub use raster::{PictureError, PictureFormat, PictureLimits, Raster, decode, picture_format};
