//! Pages as other programs draw them, and where the red of a seal stands on them.

use std::path::{Path, PathBuf};

use eseal::drawing::{PictureLimits, Raster, decode};
use eseal::geometry::{Millimetres, Rect};

use crate::tools::run;

const DPI: &str = "200";

/// A page as drawn.
pub struct Drawn {
    raster: Raster,
    /// Samples of a millimetre.
    scale: f64,
}

/// What a sample shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// A seal on white.
    Red,
    /// A seal on a grey stripe, multiplied with it.
    RedOnGrey,
    Other,
}

/// Each page, drawn by poppler.
pub fn poppler(pdftoppm: &Path, file: &Path, folder: &Path) -> Vec<PathBuf> {
    let prefix = folder.join("poppler");
    #[rustfmt::skip]
    let said = run(pdftoppm, [Path::new("-cropbox"), Path::new("-r"), Path::new(DPI), Path::new("-png"), file, &prefix]);
    assert!(said.success && said.err.is_empty(), "pdftoppm: {}", said.err);
    pictures(folder, "poppler")
}

/// Each page, drawn by MuPDF.
pub fn mupdf(mutool: &Path, file: &Path, folder: &Path) -> Vec<PathBuf> {
    let name = folder.join("mupdf-%03d.png");
    let said = run(
        mutool,
        [Path::new("draw"), Path::new("-q"), Path::new("-r"), Path::new(DPI), Path::new("-o"), &name, file],
    );
    assert!(said.success && !said.err.contains("error"), "mutool: {}", said.err);
    pictures(folder, "mupdf")
}

fn pictures(folder: &Path, start: &str) -> Vec<PathBuf> {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        files.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with(start)).collect();
    files.sort();
    files
}

impl Drawn {
    /// A picture of a page that is so many millimetres wide.
    pub fn read(path: &Path, page_width: f64) -> Self {
        let (_, raster) = decode(&std::fs::read(path).unwrap(), PictureLimits::default()).unwrap();
        let scale = f64::from(raster.width()) / page_width;
        Drawn { raster, scale }
    }

    /// Height of the page in millimetres.
    pub fn height(&self) -> f64 {
        f64::from(self.raster.height()) / self.scale
    }

    fn sample(&self, x: u32, y: u32) -> Colour {
        let at = (y as usize * self.raster.width() as usize + x as usize) * 3;
        match self.raster.rgb()[at..at + 3] {
            [r, g, b] if r >= 170 && g < 110 && b < 120 => Colour::Red,
            [r, g, b] if r >= 80 && g < 45 && b < 50 => Colour::RedOnGrey,
            _ => Colour::Other,
        }
    }

    /// How much of a rectangle shows a colour.
    pub fn share(&self, colour: Colour, rect: &Rect) -> f64 {
        let inside = self.places(rect);
        let count = inside.iter().filter(|(x, y)| self.sample(*x, *y) == colour).count();
        count as f64 / inside.len().max(1) as f64
    }

    /// How much of a rectangle is red of either kind.
    pub fn red(&self, rect: &Rect) -> f64 {
        self.share(Colour::Red, rect) + self.share(Colour::RedOnGrey, rect)
    }

    /// The smallest rectangle around all red within a rectangle.
    pub fn red_box(&self, within: &Rect) -> Option<Rect> {
        let red: Vec<(u32, u32)> =
            self.places(within).into_iter().filter(|(x, y)| self.sample(*x, *y) != Colour::Other).collect();
        let (left, right) = (red.iter().map(|p| p.0).min()?, red.iter().map(|p| p.0).max()?);
        let (top, bottom) = (red.iter().map(|p| p.1).min()?, red.iter().map(|p| p.1).max()?);
        let mm = |samples: u32| Millimetres(f64::from(samples) / self.scale);
        Some(Rect { x: mm(left), y: mm(top), width: mm(right + 1 - left), height: mm(bottom + 1 - top) })
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    fn places(&self, rect: &Rect) -> Vec<(u32, u32)> {
        let clamp = |mm: f64, most: u32| ((mm * self.scale).max(0.0) as u32).min(most);
        let xs = clamp(rect.x.0, self.raster.width())..clamp(rect.right().0, self.raster.width());
        let ys = clamp(rect.y.0, self.raster.height())..clamp(rect.bottom().0, self.raster.height());
        ys.flat_map(|y| xs.clone().map(move |x| (x, y))).collect()
    }
}
