//! The pictures of the seals of a document, for reports: decoded and drawn anew, so that nothing that the document's maker
//! wrote reaches a reader's browser but the samples.

use std::collections::HashMap;

use crate::drawing::{PictureLimits, decode};
use crate::operations::Inspected;
use crate::operations::inspect::seals;

/// Largest picture that goes into a report: 60 mm at 860 dpi.
const LIMITS: PictureLimits = PictureLimits { side: 2048, memory: 32 << 20 };
/// Most bytes of pictures in one report.
const BYTES: usize = 8 << 20;

/// The picture of one seal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealImage {
    /// Field name or signature ID, as reports name it.
    pub id: String,
    /// PNG, made here.
    pub png: Vec<u8>,
}

/// The pictures of a document's seals. One that cannot be shown is left out: a report says what is to be said without it.
#[must_use]
pub fn seal_images(document: Inspected<'_>) -> Vec<SealImage> {
    let mut images = Vec::new();
    let mut drawn: HashMap<Vec<u8>, Option<Vec<u8>>> = HashMap::new();
    let mut left = BYTES;
    for (id, seal) in seals(document).unwrap_or_default() {
        let data = &seal.picture().data;
        let made = drawn.entry(data.clone()).or_insert_with(|| {
            let (_, raster) = decode(data, LIMITS).ok()?;
            raster.to_png().ok()
        });
        if let Some(png) = made.as_ref().filter(|png| png.len() <= left) {
            left = left.saturating_sub(png.len());
            images.push(SealImage { id, png: png.clone() });
        }
    }
    images
}
