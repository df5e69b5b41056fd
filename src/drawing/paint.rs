//! A drawing as samples: at 600 dpi with alpha, as PNG.

use std::collections::BTreeMap;

use tiny_skia::{FillRule, FilterQuality, Paint, PathBuilder, Pixmap, PixmapPaint, PixmapRef, Transform};

use crate::drawing::raster::{PictureError, Raster};
use crate::drawing::shape::{Colour, Drawing, Path, Segment, Shape};

/// Samples of an inch, unless told otherwise.
pub const SEAL_DPI: f64 = 600.0;
/// Most samples a side, so that no drawing asks for more memory than 64 MiB.
const SIDE: f64 = 4096.0;
/// Bytes above which a PNG of one colour gives up its half tones. A seal's picture travels in every signature, in PDF
/// as twice as many hexadecimal digits.
const LARGE: usize = 20_000;

impl Drawing {
    /// Its width and height in samples.
    fn samples(&self, dpi: f64) -> (u32, u32) {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and SIDE")]
        let count = |mm: f64| (mm / 25.4 * dpi).round().clamp(1.0, SIDE) as u32;
        (count(self.size.width.0), count(self.size.height.0))
    }

    /// The drawing as samples.
    ///
    /// # Errors
    /// [`PictureError`] where it is too large.
    pub fn to_raster(&self, dpi: f64) -> Result<Raster, PictureError> {
        let (width, height) = self.samples(dpi);
        let pixels = self.painted(width, height)?;
        let (mut rgb, mut alpha) = (Vec::new(), Vec::new());
        for pixel in pixels.pixels() {
            let plain = pixel.demultiply();
            rgb.extend_from_slice(&[plain.red(), plain.green(), plain.blue()]);
            alpha.push(plain.alpha());
        }
        let alpha = alpha.iter().any(|a| *a != 255).then_some(alpha);
        Raster::new(width, height, rgb, alpha).ok_or(PictureError::Broken)
    }

    /// The drawing as PNG with alpha. One of a single colour has a palette of four levels of opacity, a large one of two:
    /// at 600 dpi no eye sees more, printers have no more, and it takes a third of the bytes.
    ///
    /// # Errors
    /// [`PictureError`] where it is too large.
    pub fn to_png(&self, dpi: f64) -> Result<Vec<u8>, PictureError> {
        let (width, height) = self.samples(dpi);
        let pixels = self.painted(width, height)?;
        let Some(colour) = self.only_colour() else {
            return match Palette::of(&pixels) {
                Some(palette) => palette.encode(&pixels, dpi).map_err(|_| PictureError::Broken),
                None => self.to_raster(dpi)?.to_png(),
            };
        };
        let coded = |tones: Tones| encode(&pixels, colour, tones, dpi).map_err(|_| PictureError::Broken);
        let png = coded(Tones::Four)?;
        if png.len() > LARGE { coded(Tones::Two) } else { Ok(png) }
    }

    /// The colour, where there is but one and no picture.
    #[must_use]
    pub fn only_colour(&self) -> Option<Colour> {
        match self.shapes.as_slice() {
            [Shape::Fill { colour, .. }] => Some(*colour),
            _ => None,
        }
    }

    fn painted(&self, width: u32, height: u32) -> Result<Pixmap, PictureError> {
        let mut pixels = Pixmap::new(width, height).ok_or(PictureError::Broken)?;
        let (sx, sy) = (f64::from(width) / self.size.width.0, f64::from(height) / self.size.height.0);
        let scale = Transform::from_scale(narrow(sx), narrow(sy));
        for shape in &self.shapes {
            match shape {
                Shape::Fill { path, colour } => {
                    let [r, g, b] = colour.0;
                    let mut paint = Paint { anti_alias: true, ..Paint::default() };
                    paint.set_color_rgba8(r, g, b, 255);
                    if let Some(path) = outline(path) {
                        pixels.fill_path(&path, &paint, FillRule::Winding, scale, None);
                    }
                }
                Shape::Picture { rect, raster } => {
                    let (w, h) = (f64::from(raster.width()), f64::from(raster.height()));
                    let place = Transform::from_row(
                        narrow(rect.width.0 / w * sx),
                        0.0,
                        0.0,
                        narrow(rect.height.0 / h * sy),
                        narrow(rect.x.0 * sx),
                        narrow(rect.y.0 * sy),
                    );
                    let samples = premultiplied(raster);
                    let picture = PixmapRef::from_bytes(&samples, raster.width(), raster.height());
                    let paint = PixmapPaint { quality: FilterQuality::Bicubic, ..PixmapPaint::default() };
                    if let Some(picture) = picture {
                        pixels.draw_pixmap(0, 0, picture, &paint, place, None);
                    }
                }
            }
        }
        Ok(pixels)
    }
}

#[allow(clippy::cast_possible_truncation, reason = "millimetres of a seal; a ten-thousandth of a sample is lost")]
fn narrow(value: f64) -> f32 {
    value as f32
}

fn outline(path: &Path) -> Option<tiny_skia::Path> {
    let mut out = PathBuilder::new();
    for segment in &path.segments {
        match *segment {
            Segment::Move(p) => out.move_to(narrow(p.x), narrow(p.y)),
            Segment::Line(p) => out.line_to(narrow(p.x), narrow(p.y)),
            Segment::Cubic(p, q, r) => {
                out.cubic_to(narrow(p.x), narrow(p.y), narrow(q.x), narrow(q.y), narrow(r.x), narrow(r.y));
            }
            Segment::Close => out.close(),
        }
    }
    out.finish()
}

fn premultiplied(raster: &Raster) -> Vec<u8> {
    let opaque = std::iter::repeat(&255);
    let alpha: Box<dyn Iterator<Item = &u8>> = match raster.alpha() {
        Some(alpha) => Box::new(alpha.iter()),
        None => Box::new(opaque),
    };
    let mut out = Vec::with_capacity(raster.rgb().len() / 3 * 4);
    for (rgb, alpha) in raster.rgb().chunks_exact(3).zip(alpha) {
        #[allow(clippy::cast_possible_truncation, reason = "at most 255")]
        let times = |value: &u8| ((u16::from(*value) * u16::from(*alpha) + 127) / 255) as u8;
        out.extend(rgb.iter().map(times));
        out.push(*alpha);
    }
    out
}

/// Levels of opacity of a palette.
#[derive(Clone, Copy)]
enum Tones {
    Two,
    Four,
}

/// One or two bits a sample: an index into a palette of one colour at several opacities (PNG 11.2.3, 11.3.2.1).
fn encode(pixels: &Pixmap, colour: Colour, tones: Tones, dpi: f64) -> Result<Vec<u8>, png::EncodingError> {
    let (depth, bits, most) = match tones {
        Tones::Two => (png::BitDepth::One, 1_u8, 1_u8),
        Tones::Four => (png::BitDepth::Two, 2, 3),
    };
    let step = 255 / most;
    let mut packed = Vec::new();
    for row in pixels.pixels().chunks(usize::try_from(pixels.width()).unwrap_or(usize::MAX)) {
        for few in row.chunks(usize::from(8 / bits)) {
            let levels = few.iter().map(|pixel| pixel.alpha().saturating_add(step / 2) / step);
            let filled = levels.chain(std::iter::repeat(0)).take(usize::from(8 / bits));
            packed.push(filled.fold(0, |byte: u8, level| byte << bits | level));
        }
    }
    let opacity = (0..=most).map(|n| n * step).collect();
    indexed(pixels, depth, (colour.0.repeat(usize::from(most) + 1), opacity), &packed, dpi)
}

/// A PNG with a palette of colours and their opacities.
fn indexed(
    pixels: &Pixmap,
    depth: png::BitDepth,
    (colours, opacity): (Vec<u8>, Vec<u8>),
    packed: &[u8],
    dpi: f64,
) -> Result<Vec<u8>, png::EncodingError> {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, pixels.width(), pixels.height());
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(depth);
    encoder.set_palette(colours);
    encoder.set_trns(opacity);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some ten thousand")]
    let per_metre = (dpi / 0.0254).round().clamp(1.0, 1e6) as u32;
    encoder.set_pixel_dims(Some(png::PixelDimensions { xppu: per_metre, yppu: per_metre, unit: png::Unit::Meter }));
    encoder.set_compression(png::Compression::High);
    encoder.set_filter(png::Filter::NoFilter);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(packed)?;
    writer.finish()?;
    Ok(out)
}

/// Colours of a drawing with an emblem: those that differ by less than eight steps are one, of four opacities.
struct Palette {
    /// Sums of the members' colours, and how many they are.
    entries: BTreeMap<[u8; 4], ([u64; 3], u64)>,
}

impl Palette {
    /// `None` where there are more colours than a palette holds, as in a photograph.
    fn of(pixels: &Pixmap) -> Option<Self> {
        let mut entries: BTreeMap<[u8; 4], ([u64; 3], u64)> = BTreeMap::new();
        for pixel in pixels.pixels() {
            let (key, colour) = Palette::key(*pixel);
            let (sums, count) = entries.entry(key).or_default();
            sums.iter_mut().zip(colour).for_each(|(sum, value)| *sum += u64::from(value));
            *count += 1;
            if entries.len() > 256 {
                return None;
            }
        }
        Some(Palette { entries })
    }

    /// Opacity and colour as far as they are told apart, and the colour itself.
    fn key(pixel: tiny_skia::PremultipliedColorU8) -> ([u8; 4], [u8; 3]) {
        let plain = pixel.demultiply();
        let level = plain.alpha().saturating_add(42) / 85;
        if level == 0 {
            return ([0; 4], [0; 3]);
        }
        let colour = [plain.red(), plain.green(), plain.blue()];
        ([level, colour[0] >> 3, colour[1] >> 3, colour[2] >> 3], colour)
    }

    fn encode(&self, pixels: &Pixmap, dpi: f64) -> Result<Vec<u8>, png::EncodingError> {
        let mean = |(sums, count): &([u64; 3], u64)| {
            sums.map(|sum| u8::try_from((sum + count / 2) / (*count).max(1)).unwrap_or(u8::MAX))
        };
        let colours = self.entries.values().flat_map(mean).collect();
        let opacity = self.entries.keys().map(|[level, ..]| level * 85).collect();
        let place: BTreeMap<&[u8; 4], u8> = self.entries.keys().zip(0..=u8::MAX).collect();
        let packed: Vec<u8> = pixels
            .pixels()
            .iter()
            .map(|pixel| place.get(&Palette::key(*pixel).0).copied().unwrap_or_default())
            .collect();
        indexed(pixels, png::BitDepth::Eight, (colours, opacity), &packed, dpi)
    }
}
