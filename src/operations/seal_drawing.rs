//! Drawn seals: files in, a picture out.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::drawing::{
    DesignError, Drawing, FONT_BYTES, Font, PictureLimits, SEAL_DPI, SealDesign, SealStyle, Specimen, decode,
};
use crate::files::{Overwrite, read_small};
use crate::geometry::{Millimetres, Size};
use crate::limits::VALUE_BYTES;
use crate::operations::OperationError;
use crate::operations::certificate::write_file;

/// A seal to be drawn.
#[derive(Clone, Debug)]
pub struct DrawingOrder {
    /// Its form.
    pub style: SealStyle,
    /// The name on it.
    pub text: String,
    /// Its width, and its height where that is not the form's; the usual size of the form unless given.
    pub size: Option<(Millimetres, Option<Millimetres>)>,
    /// What it is for.
    pub purpose: Option<String>,
    /// The number on it.
    pub number: Option<String>,
    /// Serial number of an invoice seal.
    pub serial: Option<String>,
    /// File of the emblem.
    pub emblem: Option<PathBuf>,
    /// File of the font; the bundled one unless given.
    pub font: Option<PathBuf>,
    /// Whether it is a specimen.
    pub specimen: Specimen,
}

/// The form of a picture's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DrawingFile {
    /// Samples at 600 dpi with alpha.
    Png,
    /// Outlines.
    Svg,
}

impl DrawingFile {
    /// By the ending of a file's name.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        match ending.as_str() {
            "png" => Some(DrawingFile::Png),
            "svg" => Some(DrawingFile::Svg),
            _ => None,
        }
    }
}

/// A picture that was written.
#[derive(Clone, Debug, PartialEq)]
pub struct DrawnFile {
    /// The file.
    pub path: PathBuf,
    /// Its length.
    pub bytes: usize,
    /// The size of the seal on paper.
    pub size: Size,
}

/// Draws a seal and writes its picture. Nothing is signed and no store is needed.
///
/// # Errors
/// [`OperationError`]; nothing is written then.
pub fn draw_seal(order: &DrawingOrder, target: &Path, overwrite: Overwrite) -> Result<DrawnFile, OperationError> {
    let path = || target.display().to_string();
    let form = DrawingFile::of(target).ok_or_else(|| OperationError::PictureFormUnknown { path: path() })?;
    let drawing = compose(order)?;
    let bytes = match form {
        DrawingFile::Png => drawing.to_png(SEAL_DPI),
        DrawingFile::Svg => drawing.to_svg().map(String::into_bytes),
    };
    let bytes = bytes.map_err(|fault| OperationError::Internal { fault: fault.to_string() })?;
    Ok(DrawnFile { path: write_file(target, overwrite, &bytes)?, bytes: bytes.len(), size: drawing.size })
}

/// Reads what the order names and draws it.
pub(in crate::operations) fn compose(order: &DrawingOrder) -> Result<Drawing, OperationError> {
    let emblem = order.emblem.as_deref().map(emblem).transpose()?;
    let font = order.font.as_deref().map_or_else(|| Ok(Font::song()), font)?;
    let usual = order.style.usual_size();
    let size = order.size.map(|(width, height)| {
        // A width alone keeps the form's proportions.
        let height = height.unwrap_or(usual.height * (width.0 / usual.width.0));
        Size { width, height }
    });
    let design = SealDesign {
        style: order.style,
        text: order.text.clone(),
        size,
        purpose: order.purpose.clone(),
        number: order.number.clone(),
        serial: order.serial.clone(),
        emblem: emblem.map(Arc::new),
        font,
        specimen: order.specimen,
    };
    Ok(design.draw()?)
}

fn emblem(path: &Path) -> Result<crate::drawing::Raster, OperationError> {
    let data = read_small(path, VALUE_BYTES)?;
    let unusable = |fault: crate::drawing::PictureError| OperationError::PictureUnusable {
        path: path.display().to_string(),
        fault: fault.to_string(),
    };
    decode(&data, PictureLimits::default()).map(|(_, raster)| raster).map_err(unusable)
}

fn font(path: &Path) -> Result<Font, OperationError> {
    let data = read_small(path, FONT_BYTES)?;
    Font::from_bytes(&data)
        .map_err(|fault| OperationError::FontUnusable { path: path.display().to_string(), fault: fault.to_string() })
}

impl From<DesignError> for OperationError {
    fn from(error: DesignError) -> Self {
        let excess = error.excess();
        match error {
            DesignError::Lacking { .. } => OperationError::CharactersLacking { fault: error.to_string() },
            DesignError::TooLong { part, needed, available } => OperationError::SealTextTooLong {
                part: part.word().to_owned(),
                needed: format!("{needed:.1}"),
                available: format!("{available:.1}"),
                excess: excess.map_or_else(String::new, |mm| format!("{:.1}", mm.0)),
            },
            other => OperationError::SealDesignUnfit { fault: other.to_string() },
        }
    }
}
