//! Raster pictures: PNG, JPEG, GIF and BMP decoded to plain samples.

use std::io::Cursor;

use image::error::{ImageError, LimitErrorKind};
use image::{DynamicImage, ExtendedColorType, ImageEncoder, ImageFormat, ImageReader};

/// The picture formats that a seal may be made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PictureFormat {
    /// ISO/IEC 15948.
    Png,
    /// ITU-T T.81, baseline or progressive.
    Jpeg,
    /// GIF 87a or 89a; the first frame alone is taken.
    Gif,
    /// Windows bitmap.
    Bmp,
}

/// What a picture may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PictureLimits {
    /// Most samples along either side.
    pub side: u32,
    /// Most bytes of memory while it is decoded.
    pub memory: u64,
}

impl Default for PictureLimits {
    /// 8192 samples a side: a 60 mm seal at 3400 dpi, or an A4 scan at 600 dpi. 320 MiB hold that as RGBA with the
    /// decoder's own needs.
    fn default() -> Self {
        PictureLimits { side: 8192, memory: 320 << 20 }
    }
}

/// Why bytes did not become a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PictureError {
    /// Neither PNG, JPEG, GIF nor BMP.
    #[error("not a PNG, JPEG, GIF or BMP picture")]
    NotAPicture,
    /// Wider or higher than allowed, or needs too much memory.
    #[error("the picture is larger than {side} samples a side or needs more than {memory} bytes")]
    TooLarge {
        /// Most samples a side.
        side: u32,
        /// Most bytes of memory.
        memory: u64,
    },
    /// The right beginning, but broken or of a kind that the decoder does not know.
    #[error("the picture is broken")]
    Broken,
}

/// Samples of eight bits, row by row from the top left.
#[derive(Clone, PartialEq, Eq)]
pub struct Raster {
    width: u32,
    height: u32,
    rgb: Vec<u8>,
    alpha: Option<Vec<u8>>,
}

impl std::fmt::Debug for Raster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Raster({} x {}, alpha: {})", self.width, self.height, self.alpha.is_some())
    }
}

impl Raster {
    /// From samples: three bytes each for `rgb`, one for `alpha`. `None` where a length does not fit or a side is zero.
    #[must_use]
    pub fn new(width: u32, height: u32, rgb: Vec<u8>, alpha: Option<Vec<u8>>) -> Option<Self> {
        let count = usize::try_from(u64::from(width) * u64::from(height)).ok()?;
        let fits = count > 0 && rgb.len() == count.checked_mul(3)?;
        let alpha_fits = alpha.as_ref().is_none_or(|alpha| alpha.len() == count);
        (fits && alpha_fits).then_some(Raster { width, height, rgb, alpha })
    }

    /// Samples in a row.
    #[must_use]
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Rows.
    #[must_use]
    pub fn height(&self) -> u32 {
        self.height
    }

    /// Red, green, blue of each sample.
    #[must_use]
    pub fn rgb(&self) -> &[u8] {
        &self.rgb
    }

    /// Opacity of each sample, 255 is opaque; absent where every sample is opaque.
    #[must_use]
    pub fn alpha(&self) -> Option<&[u8]> {
        self.alpha.as_deref()
    }

    /// The picture as PNG, with alpha where there is some.
    ///
    /// # Errors
    /// [`PictureError::Broken`] if the encoder refuses, which a picture made by [`Raster::new`] does not cause.
    pub fn to_png(&self) -> Result<Vec<u8>, PictureError> {
        let mut out = Vec::new();
        let encoder = image::codecs::png::PngEncoder::new(&mut out);
        let written = match &self.alpha {
            None => encoder.write_image(&self.rgb, self.width, self.height, ExtendedColorType::Rgb8),
            Some(alpha) => {
                let pixels = self.rgb.chunks_exact(3).zip(alpha);
                let rgba: Vec<u8> = pixels.flat_map(|(rgb, a)| rgb.iter().copied().chain([*a])).collect();
                encoder.write_image(&rgba, self.width, self.height, ExtendedColorType::Rgba8)
            }
        };
        written.map_err(|_| PictureError::Broken)?;
        Ok(out)
    }
}

/// Tells the format by the first bytes.
#[must_use]
pub fn picture_format(bytes: &[u8]) -> Option<PictureFormat> {
    match bytes {
        [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => Some(PictureFormat::Png),
        [0xFF, 0xD8, 0xFF, ..] => Some(PictureFormat::Jpeg),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(PictureFormat::Gif),
        [b'B', b'M', ..] => Some(PictureFormat::Bmp),
        _ => None,
    }
}

/// Decodes a picture.
///
/// # Errors
/// [`PictureError`].
pub fn decode(bytes: &[u8], limits: PictureLimits) -> Result<(PictureFormat, Raster), PictureError> {
    let format = picture_format(bytes).ok_or(PictureError::NotAPicture)?;
    let mut reader = ImageReader::with_format(
        Cursor::new(bytes),
        match format {
            PictureFormat::Png => ImageFormat::Png,
            PictureFormat::Jpeg => ImageFormat::Jpeg,
            PictureFormat::Gif => ImageFormat::Gif,
            PictureFormat::Bmp => ImageFormat::Bmp,
        },
    );
    let mut bounds = image::Limits::default();
    bounds.max_image_width = Some(limits.side);
    bounds.max_image_height = Some(limits.side);
    bounds.max_alloc = Some(limits.memory);
    reader.limits(bounds);
    let picture = reader.decode().map_err(|error| fault(&error, limits))?;
    raster(picture).map(|raster| (format, raster)).ok_or(PictureError::Broken)
}

/// The decoder's error in our words.
fn fault(error: &ImageError, limits: PictureLimits) -> PictureError {
    match error {
        ImageError::Limits(limit)
            if matches!(limit.kind(), LimitErrorKind::DimensionError | LimitErrorKind::InsufficientMemory) =>
        {
            PictureError::TooLarge { side: limits.side, memory: limits.memory }
        }
        _ => PictureError::Broken,
    }
}

/// Any sample layout as RGB and alpha.
fn raster(picture: DynamicImage) -> Option<Raster> {
    let (width, height) = (picture.width(), picture.height());
    if !picture.color().has_alpha() {
        return Raster::new(width, height, picture.into_rgb8().into_raw(), None);
    }
    let rgba = picture.into_rgba8().into_raw();
    let pixels = rgba.len() / 4;
    let mut rgb = Vec::with_capacity(pixels.saturating_mul(3));
    let mut alpha = Vec::with_capacity(pixels);
    for pixel in rgba.chunks_exact(4) {
        if let [r, g, b, a] = pixel {
            rgb.extend_from_slice(&[*r, *g, *b]);
            alpha.push(*a);
        }
    }
    let alpha = alpha.iter().any(|a| *a != 255).then_some(alpha);
    Raster::new(width, height, rgb, alpha)
}

#[cfg(test)]
mod tests {
    use crate::drawing::{PictureError, PictureFormat, PictureLimits, Raster, decode};

    fn sample() -> Raster {
        let rgb: Vec<u8> = (0..6 * 4 * 3).map(|n: u8| n.wrapping_mul(3)).collect();
        Raster::new(6, 4, rgb, Some((0..24).map(|n: u8| n * 10).collect())).unwrap()
    }

    #[test]
    fn png_with_alpha_comes_back() {
        let png = sample().to_png().unwrap();
        assert_eq!(decode(&png, PictureLimits::default()), Ok((PictureFormat::Png, sample())));
    }

    #[test]
    fn an_opaque_alpha_is_dropped() {
        let opaque = Raster::new(1, 1, vec![1, 2, 3], Some(vec![255])).unwrap().to_png().unwrap();
        assert_eq!(decode(&opaque, PictureLimits::default()).unwrap().1.alpha(), None);
    }

    #[test]
    fn every_format_is_read() {
        let pixels = image::RgbImage::from_pixel(8, 8, image::Rgb([200, 10, 20]));
        for (kind, ours) in [
            (image::ImageFormat::Jpeg, PictureFormat::Jpeg),
            (image::ImageFormat::Gif, PictureFormat::Gif),
            (image::ImageFormat::Bmp, PictureFormat::Bmp),
            (image::ImageFormat::Png, PictureFormat::Png),
        ] {
            let mut out = std::io::Cursor::new(Vec::new());
            pixels.write_to(&mut out, kind).unwrap();
            let (format, raster) = decode(out.get_ref(), PictureLimits::default()).unwrap();
            assert_eq!((format, raster.width(), raster.height()), (ours, 8, 8));
            assert!(raster.rgb()[0] > 180 && raster.rgb()[1] < 40);
        }
    }

    #[test]
    fn faults_are_told_apart() {
        let png = sample().to_png().unwrap();
        assert_eq!(decode(b"%PDF-1.7", PictureLimits::default()), Err(PictureError::NotAPicture));
        assert_eq!(decode(b"", PictureLimits::default()), Err(PictureError::NotAPicture));
        assert_eq!(decode(&png[..png.len() / 2], PictureLimits::default()), Err(PictureError::Broken));
        let small = PictureLimits { side: 5, memory: 1 << 20 };
        assert_eq!(decode(&png, small), Err(PictureError::TooLarge { side: 5, memory: 1 << 20 }));
    }

    #[test]
    fn a_header_that_promises_much_costs_nothing() {
        let mut png = sample().to_png().unwrap();
        png[16..24].copy_from_slice(&[0x7F, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF]);
        assert!(decode(&png, PictureLimits::default()).is_err());
    }

    #[test]
    fn lengths_must_fit() {
        assert!(Raster::new(2, 2, vec![0; 11], None).is_none());
        assert!(Raster::new(2, 2, vec![0; 12], Some(vec![0; 3])).is_none());
        assert!(Raster::new(0, 2, Vec::new(), None).is_none());
    }
}
