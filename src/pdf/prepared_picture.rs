//! A picture made ready for PDF once, when a seal is issued, so that sealing does no picture work.
//!
//! A drawn seal is kept as its outlines beside the digest of the raster picture inside the seal: both were made of one
//! drawing, and [`PreparedPicture::shows`] tells whether a seal's picture is that one.

use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::write::ZlibEncoder;

use crate::crypto::DigestAlgorithm;
use crate::drawing::{Drawing, Path, PictureError, PictureFormat, PictureLimits, Raster, Segment, Shape, Spot, decode};
use crate::pdf::object::{Dictionary, Object, ObjectId};
use crate::pdf::paper::{ColourRule, Paper, Transparency, calibrated_gray, calibrated_rgb};

/// An image `XObject` in waiting: its samples encoded, its soft mask beside it (ISO 32000-1 8.9.5, 11.6.5.3); or a form
/// `XObject` with outlines (ISO 32000-1 8.10).
#[derive(Clone, PartialEq, Eq)]
pub struct PreparedPicture {
    width: u32,
    height: u32,
    colour: Colour,
    coding: Coding,
    /// Samples, or the operators that build the outlines, encoded.
    samples: Vec<u8>,
    /// Opacity of eight bits a sample, deflated.
    alpha: Option<Vec<u8>>,
    /// Of outlines.
    ink: Option<Ink>,
}

/// What outlines are filled with, and which picture they are the outlines of.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Ink {
    colour: [u8; 3],
    /// SHA-256 of the raster picture inside the seal.
    shows: [u8; 32],
}

/// Samples from here on are taken for white paper where nothing can be multiplied.
const PAPER_WHITE: i64 = 240;
/// Units of a millimetre in which outlines are kept: 5 micrometres, a tenth of what a 600 dpi printer sets.
const FINENESS: f64 = 200.0;

/// Bytes are no prepared picture, or a damaged one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PreparedPictureError {
    /// Another kind of data, or a version that this program does not know.
    #[error("not a prepared picture of a known version")]
    UnknownForm,
    /// The right kind, but its lengths or its check sum do not fit.
    #[error("the prepared picture is damaged")]
    Damaged,
}

/// Colour spaces, as the serialised form numbers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Colour {
    Gray = 1,
    Rgb = 3,
}

/// Filters, as the serialised form numbers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    Flate = 1,
    Dct = 2,
    Outlines = 3,
}

/// First bytes of the serialised form; the last is its version.
const MAGIC: &[u8; 8] = b"ESPDFIM\x01";

impl std::fmt::Debug for PreparedPicture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (w, h, n) = (self.width, self.height, self.samples.len());
        write!(f, "PreparedPicture({w} x {h}, {:?}, {:?}, {n} bytes)", self.colour, self.coding)
    }
}

impl PreparedPicture {
    /// Prepares a PNG, JPEG, GIF or BMP picture. A plain JPEG is kept as it is; all else is deflated.
    ///
    /// # Errors
    /// [`PictureError`].
    pub fn from_picture(bytes: &[u8], limits: PictureLimits) -> Result<Self, PictureError> {
        let (format, raster) = decode(bytes, limits)?;
        let kept = if format == PictureFormat::Jpeg { plain_jpeg(bytes) } else { None };
        Ok(match kept {
            Some(colour) => PreparedPicture {
                width: raster.width(),
                height: raster.height(),
                colour,
                coding: Coding::Dct,
                samples: bytes.to_vec(),
                alpha: None,
                ink: None,
            },
            None => PreparedPicture::from_raster(&raster),
        })
    }

    /// Prepares decoded samples.
    #[must_use]
    pub fn from_raster(raster: &Raster) -> Self {
        let rgb = match raster.alpha() {
            Some(alpha) => without_fringe(raster.rgb(), alpha),
            None => raster.rgb().to_vec(),
        };
        let gray = rgb.chunks_exact(3).all(|p| p.first() == p.get(1) && p.get(1) == p.get(2));
        let (colour, samples) = match gray {
            true => (Colour::Gray, rgb.iter().step_by(3).copied().collect()),
            false => (Colour::Rgb, rgb),
        };
        PreparedPicture {
            width: raster.width(),
            height: raster.height(),
            colour,
            coding: Coding::Flate,
            samples: deflate(&samples),
            alpha: raster.alpha().map(deflate),
            ink: None,
        }
    }

    /// Prepares the outlines of a drawing of one colour; `None` for others. `picture` is the raster picture that was made
    /// of the same drawing and stands inside the seal.
    #[must_use]
    pub fn from_drawing(drawing: &Drawing, picture: &[u8]) -> Option<Self> {
        let [Shape::Fill { path, colour }] = drawing.shapes.as_slice() else { return None };
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a clamped length")]
        let units = |mm: f64| (mm * FINENESS).round().clamp(1.0, 1e6) as u32;
        let shows = DigestAlgorithm::Sha256.digest(picture);
        Some(PreparedPicture {
            width: units(drawing.size.width.0),
            height: units(drawing.size.height.0),
            colour: Colour::Rgb,
            coding: Coding::Outlines,
            samples: deflate(&operators(path)),
            alpha: None,
            ink: Some(Ink { colour: colour.0, shows: shows.as_bytes().try_into().ok()? }),
        })
    }

    /// Whether this is the picture inside a seal. Samples were decoded from it; outlines name it by its digest.
    #[must_use]
    pub fn shows(&self, picture: &[u8]) -> bool {
        let digest = |shows: [u8; 32]| DigestAlgorithm::Sha256.digest(picture).as_bytes() == shows;
        self.ink.is_none_or(|ink| digest(ink.shows))
    }

    /// The colour that outlines are to be filled with, where it is outlines.
    pub(in crate::pdf) fn ink(&self) -> Option<[u8; 3]> {
        self.ink.map(|ink| ink.colour)
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

    /// Bytes that the picture adds to a document, about.
    #[must_use]
    pub fn encoded_length(&self) -> usize {
        self.samples.len().saturating_add(self.alpha.as_ref().map_or(0, Vec::len))
    }

    /// The form in which a store keeps it.
    ///
    /// ```text
    /// "ESPDFIM" 01, width u32, height u32, colour u8, coding u8, alpha u8,
    /// length of samples u32, length of alpha u32, samples, alpha, CRC-32 of all before (all numbers big-endian)
    /// ```
    /// Outlines have their colour and the digest in the place of alpha.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let ink = self.ink.map(|ink| [ink.colour.as_slice(), &ink.shows].concat());
        let alpha = ink.as_deref().or(self.alpha.as_deref());
        let flag = u8::from(alpha.is_some());
        let alpha = alpha.unwrap_or_default();
        let mut out = MAGIC.to_vec();
        out.extend_from_slice(&self.width.to_be_bytes());
        out.extend_from_slice(&self.height.to_be_bytes());
        out.extend_from_slice(&[self.colour as u8, self.coding as u8, flag]);
        for part in [self.samples.as_slice(), alpha] {
            // A picture is bounded far below 4 GiB by the limits of `drawing`.
            out.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
        }
        out.extend_from_slice(&self.samples);
        out.extend_from_slice(alpha);
        let sum = check_sum(&out);
        out.extend_from_slice(&sum);
        out
    }

    /// Reads what [`PreparedPicture::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`PreparedPictureError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PreparedPictureError> {
        use PreparedPictureError::{Damaged, UnknownForm};
        let rest = bytes.strip_prefix(MAGIC.as_slice()).ok_or(UnknownForm)?;
        let (covered, sum) = bytes.split_last_chunk::<4>().ok_or(Damaged)?;
        if check_sum(covered) != *sum {
            return Err(Damaged);
        }
        let rest = rest.split_last_chunk::<4>().ok_or(Damaged)?.0;
        let (head, body) = rest.split_first_chunk::<19>().ok_or(Damaged)?;
        let number = |at: usize| head.get(at..)?.first_chunk::<4>().map(|four| u32::from_be_bytes(*four));
        let (width, height) = number(0).zip(number(4)).filter(|(w, h)| *w > 0 && *h > 0).ok_or(Damaged)?;
        let colour = match head.get(8) {
            Some(1) => Colour::Gray,
            Some(3) => Colour::Rgb,
            _ => return Err(Damaged),
        };
        let coding = match head.get(9) {
            Some(1) => Coding::Flate,
            Some(2) => Coding::Dct,
            Some(3) => Coding::Outlines,
            _ => return Err(Damaged),
        };
        let samples_length = number(11).and_then(|n| usize::try_from(n).ok()).ok_or(Damaged)?;
        let (samples, alpha) = body.split_at_checked(samples_length).ok_or(Damaged)?;
        let alpha_length = number(15).and_then(|n| usize::try_from(n).ok());
        let alpha = match head.get(10) {
            Some(0) if alpha.is_empty() && alpha_length == Some(0) => None,
            Some(1) if alpha_length == Some(alpha.len()) => Some(alpha.to_vec()),
            _ => return Err(Damaged),
        };
        let (alpha, ink) = match (coding, alpha) {
            (Coding::Outlines, Some(bytes)) => (None, Some(Ink::from_bytes(&bytes).ok_or(Damaged)?)),
            (Coding::Outlines, None) => return Err(Damaged),
            (_, alpha) => (alpha, None),
        };
        Ok(PreparedPicture { width, height, colour, coding, samples: samples.to_vec(), alpha, ink })
    }

    /// The dictionary and bytes of the image or form; `mask` is where its soft mask will stand. Either fills the unit
    /// square.
    pub(in crate::pdf) fn image(&self, mask: Option<ObjectId>, paper: Paper) -> (Dictionary, Vec<u8>) {
        if self.coding == Coding::Outlines {
            return (self.form(), self.samples.clone());
        }
        let colour = match (self.colour, paper.colour) {
            (Colour::Gray, ColourRule::Device) => Object::name("DeviceGray"),
            (Colour::Rgb, ColourRule::Device) => Object::name("DeviceRGB"),
            (Colour::Gray, ColourRule::Calibrated) => calibrated_gray(),
            (Colour::Rgb, ColourRule::Calibrated) => calibrated_rgb(),
        };
        let filter = match self.coding {
            Coding::Flate | Coding::Outlines => "FlateDecode",
            Coding::Dct => "DCTDecode",
        };
        let mut dictionary = self.header(colour, filter);
        match (mask, paper.transparency) {
            (Some(mask), Transparency::Allowed) => dictionary.set("SMask", Object::Reference(mask)),
            (Some(mask), Transparency::Forbidden) => dictionary.set("Mask", Object::Reference(mask)),
            (None, Transparency::Allowed) => {}
            // Multiplied, white paper would be seen through; unmultiplied, near white is left out (8.9.6.4).
            (None, Transparency::Forbidden) => {
                let pairs = if self.colour == Colour::Gray { 1 } else { 3 };
                let keyed = [PAPER_WHITE, 255].repeat(pairs).into_iter().map(Object::Integer).collect();
                dictionary.set("Mask", Object::Array(keyed));
            }
        }
        (dictionary, self.samples.clone())
    }

    /// The form of outlines (ISO 32000-1 table 95): units from the top left, mapped onto the unit square as an image is.
    fn form(&self) -> Dictionary {
        let (width, height) = (f64::from(self.width), f64::from(self.height));
        let numbers = |values: &[f64]| Object::Array(values.iter().map(|v| Object::Real(*v)).collect());
        Dictionary::new()
            .with("Type", Object::name("XObject"))
            .with("Subtype", Object::name("Form"))
            .with("BBox", numbers(&[0.0, 0.0, width, height]))
            .with("Matrix", numbers(&[1.0 / width, 0.0, 0.0, -1.0 / height, 0.0, 1.0]))
            .with("Resources", Object::Dictionary(Dictionary::new()))
            .with("Filter", Object::name("FlateDecode"))
    }

    /// The mask's dictionary and bytes, where there is one: a soft mask (ISO 32000-1 table 145), or a stencil of what is
    /// at least half opaque (8.9.6.3) where there may be no transparency.
    pub(in crate::pdf) fn mask(&self, paper: Paper) -> Option<(Dictionary, Vec<u8>)> {
        let alpha = self.alpha.as_ref()?;
        if paper.transparency == Transparency::Allowed {
            return Some((self.header(Object::name("DeviceGray"), "FlateDecode"), alpha.clone()));
        }
        let row = usize::try_from(self.width).ok()?;
        let mut opacity = Vec::new();
        let most = u64::from(self.width).saturating_mul(u64::from(self.height));
        flate2::read::ZlibDecoder::new(alpha.as_slice()).take(most).read_to_end(&mut opacity).ok()?;
        let mut bits = Vec::new();
        for samples in opacity.chunks(row) {
            for eight in samples.chunks(8) {
                // A one masks out.
                let byte = eight.iter().fold(0_u8, |byte, a| byte << 1 | u8::from(*a < 128));
                bits.push(byte << (8 - eight.len()));
            }
        }
        let mut header = self.header(Object::Null, "FlateDecode");
        header.remove("ColorSpace");
        header.set("BitsPerComponent", Object::Integer(1));
        header.set("ImageMask", Object::Boolean(true));
        Some((header, deflate(&bits)))
    }

    /// The entries that image and mask share (ISO 32000-1 table 89).
    fn header(&self, colour: Object, filter: &str) -> Dictionary {
        Dictionary::new()
            .with("Type", Object::name("XObject"))
            .with("Subtype", Object::name("Image"))
            .with("Width", Object::Integer(i64::from(self.width)))
            .with("Height", Object::Integer(i64::from(self.height)))
            .with("ColorSpace", colour)
            .with("BitsPerComponent", Object::Integer(8))
            .with("Filter", Object::name(filter))
    }
}

impl Ink {
    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (colour, shows) = bytes.split_first_chunk::<3>()?;
        Some(Ink { colour: *colour, shows: shows.try_into().ok()? })
    }
}

/// The operators that build and fill an outline (ISO 32000-1 8.5.2, 8.5.3), without a colour.
fn operators(path: &Path) -> Vec<u8> {
    #[allow(clippy::cast_possible_truncation, reason = "a clamped length")]
    let unit = |mm: f64| (mm * FINENESS).round().clamp(-1e6, 1e6) as i64;
    let put = |spots: &[Spot]| spots.iter().map(|p| format!("{} {} ", unit(p.x), unit(p.y))).collect::<String>();
    let step = |segment: &Segment| match *segment {
        Segment::Move(p) => put(&[p]) + "m\n",
        Segment::Line(p) => put(&[p]) + "l\n",
        Segment::Cubic(p, q, r) => put(&[p, q, r]) + "c\n",
        Segment::Close => "h\n".to_owned(),
    };
    let mut out: String = path.segments.iter().map(step).collect();
    out.push_str("f\n");
    out.into_bytes()
}

/// CRC-32 as PNG has it: it finds a damaged disk, it proves nothing against a forger (the seal's signature does).
fn check_sum(bytes: &[u8]) -> [u8; 4] {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum().to_be_bytes()
}

/// zlib at its best level: made once, carried by every sealed document.
fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    // Writing to a vector does not fail; if it did, the picture would come out empty, never wrong.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

/// Gives invisible samples the picture's mean visible colour. Viewers scale colour and mask apart, so an invisible
/// black sample beside a red one would draw a dark fringe around every stroke.
fn without_fringe(rgb: &[u8], alpha: &[u8]) -> Vec<u8> {
    let mut sums = [0_u64; 3];
    let mut weight = 0_u64;
    for (pixel, a) in rgb.chunks_exact(3).zip(alpha) {
        weight = weight.saturating_add(u64::from(*a));
        for (sum, value) in sums.iter_mut().zip(pixel) {
            *sum = sum.saturating_add(u64::from(*value) * u64::from(*a));
        }
    }
    let mean = sums.map(|sum| sum.checked_div(weight).and_then(|mean| u8::try_from(mean).ok()).unwrap_or(255));
    let mut out = rgb.to_vec();
    for (pixel, a) in out.chunks_exact_mut(3).zip(alpha) {
        if *a == 0 {
            pixel.copy_from_slice(&mean);
        }
    }
    out
}

/// Whether every PDF reader shows this JPEG as the decoder here does: eight bits, baseline, extended or progressive,
/// grey or Y'CbCr. Others (CMYK, arithmetic coding, RGB without transform) are deflated instead (ISO 32000-1 7.4.8).
fn plain_jpeg(bytes: &[u8]) -> Option<Colour> {
    let mut rest = bytes.strip_prefix(&[0xFF, 0xD8])?;
    let mut adobe_rgb = false;
    // Segments before the frame header are few; each turn consumes at least four bytes.
    loop {
        let [0xFF, marker, high, low, ..] = rest else { return None };
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let segment = rest.get(4..length.checked_add(2)?)?;
        match (marker, segment) {
            (0xFF, _) => {
                rest = rest.get(1..)?;
                continue;
            }
            (0xEE, [b'A', b'd', b'o', b'b', b'e', _, _, _, _, _, _, 0, ..]) => adobe_rgb = true,
            (0xC0..=0xC2, [8, _, _, _, _, 1, ..]) => return Some(Colour::Gray),
            (0xC0..=0xC2, [8, _, _, _, _, 3, ids @ ..]) => {
                let named_rgb = ids.first() == Some(&b'R');
                return (!adobe_rgb && !named_rgb).then_some(Colour::Rgb);
            }
            (0xC0..=0xCF, _) if !matches!(marker, 0xC4 | 0xC8 | 0xCC) => return None,
            _ => {}
        }
        rest = rest.get(length.checked_add(2)?..)?;
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use crate::drawing::{PictureLimits, Raster, SealDesign, SealStyle};
    use crate::pdf::object::Object;
    use crate::pdf::paper::{ColourRule, Paper, Transparency};
    use crate::pdf::prepared_picture::{PreparedPicture, PreparedPictureError};

    fn seal() -> Raster {
        let alpha: Vec<u8> = (0..64).map(|n| if n % 3 == 0 { 0 } else { 200 }).collect();
        let rgb = alpha.iter().flat_map(|a| if *a == 0 { [0, 0, 0] } else { [230, 0, 18] }).collect();
        Raster::new(8, 8, rgb, Some(alpha)).unwrap()
    }

    fn inflate(bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        flate2::read::ZlibDecoder::new(bytes).read_to_end(&mut out).unwrap();
        out
    }

    #[test]
    fn a_picture_with_alpha_has_a_mask_and_no_fringe() {
        let picture = PreparedPicture::from_picture(&seal().to_png().unwrap(), PictureLimits::default()).unwrap();
        let (image, samples) = picture.image(None, Paper::default());
        assert!(image.get("Filter").is_some_and(|f| f.is_name("FlateDecode")));
        assert_eq!(inflate(&samples), [230, 0, 18].repeat(64));
        let (mask, alpha) = picture.mask(Paper::default()).unwrap();
        assert_eq!(mask.get("Width"), Some(&Object::Integer(8)));
        assert_eq!(inflate(&alpha), seal().alpha().unwrap());
    }

    #[test]
    fn jpeg_passes_through() {
        let mut jpeg = std::io::Cursor::new(Vec::new());
        image::RgbImage::from_pixel(16, 8, image::Rgb([200, 10, 20]))
            .write_to(&mut jpeg, image::ImageFormat::Jpeg)
            .unwrap();
        let jpeg = jpeg.into_inner();
        let picture = PreparedPicture::from_picture(&jpeg, PictureLimits::default()).unwrap();
        let (image, samples) = picture.image(None, Paper::default());
        assert_eq!(samples, jpeg);
        assert!(image.get("Filter").is_some_and(|f| f.is_name("DCTDecode")));
        assert!(image.get("ColorSpace").is_some_and(|f| f.is_name("DeviceRGB")));
    }

    #[test]
    fn the_kept_form_comes_back_and_no_flip_passes() {
        let picture = PreparedPicture::from_raster(&seal());
        let bytes = picture.to_bytes();
        assert_eq!(PreparedPicture::from_bytes(&bytes), Ok(picture));
        for at in 0..bytes.len() {
            let mut broken = bytes.clone();
            broken[at] ^= 0x10;
            assert!(PreparedPicture::from_bytes(&broken).is_err(), "byte {at}");
            assert!(PreparedPicture::from_bytes(&bytes[..at]).is_err(), "cut at {at}");
        }
        assert_eq!(PreparedPicture::from_bytes(b"PNG"), Err(PreparedPictureError::UnknownForm));
    }

    #[test]
    fn outlines_are_a_form_that_fills_the_unit_square() {
        let drawing = SealDesign::new(SealStyle::Company, "示例市行政审批局").draw().unwrap();
        let png = drawing.to_png(600.0).unwrap();
        let picture = PreparedPicture::from_drawing(&drawing, &png).unwrap();
        let (form, content) = picture.image(None, Paper::default());
        assert!(form.get("Subtype").is_some_and(|kind| kind.is_name("Form")));
        assert_eq!(form.get("BBox"), Some(&Object::Array([0.0, 0.0, 8400.0, 8400.0].map(Object::Real).to_vec())));
        let text = String::from_utf8(inflate(&content)).unwrap();
        // The ring begins at three o'clock of a seal of 42 mm, in units of 5 micrometres.
        assert!(text.starts_with("8400 4200 m\n"), "{}", &text[..40]);
        assert!(text.ends_with("h\nf\n"));
        assert!(content.len() < 9_000, "{}", content.len());
        assert!(picture.shows(&png) && !picture.shows(b"another"));
        assert_eq!(picture.ink(), Some([0xE6, 0, 0x12]));
        let bytes = picture.to_bytes();
        assert_eq!(PreparedPicture::from_bytes(&bytes), Ok(picture));
        assert!(PreparedPicture::from_bytes(&bytes[..bytes.len() - 1]).is_err());
    }

    #[test]
    fn without_transparency_a_stencil_takes_the_place_of_the_soft_mask() {
        let strict = Paper { transparency: Transparency::Forbidden, colour: ColourRule::Calibrated };
        let picture = PreparedPicture::from_raster(&seal());
        let (mask, bits) = picture.mask(strict).unwrap();
        assert_eq!(mask.get("ImageMask"), Some(&Object::Boolean(true)));
        assert_eq!(mask.get("ColorSpace"), None);
        // Every third sample of eight in a row is invisible: 0, 3, 6, then 9, 12, 15.
        assert_eq!(inflate(&bits)[..2], [0b1001_0010, 0b0100_1001]);
        let (image, _) = picture.image(None, strict);
        assert!(image.get("SMask").is_none());
        assert!(matches!(image.get("ColorSpace"), Some(Object::Array(_))));
        assert!(matches!(image.get("Mask"), Some(Object::Array(keys)) if keys.len() == 6));
    }
}
