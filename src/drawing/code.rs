//! QR codes as drawings (ISO/IEC 18004).

use fast_qr::{ECL, QRBuilder};

use crate::drawing::shape::{Colour, Drawing, Path, Way};

/// Longest text of a code: at the size of a stamp more could not be read by a telephone.
pub const CODE_BYTES: usize = 400;
/// Free modules on each side (ISO/IEC 18004 9.1).
const QUIET: usize = 4;

/// The text does not fit into a code of this size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a QR code of this size holds 1 to {CODE_BYTES} bytes")]
pub struct CodeTooLong;

/// A QR code with its quiet zone, black on nothing; a module is a millimetre.
///
/// # Errors
/// [`CodeTooLong`], also for an empty text.
pub fn qr_code(text: &str) -> Result<Drawing, CodeTooLong> {
    if text.is_empty() || text.len() > CODE_BYTES {
        return Err(CodeTooLong);
    }
    // Level M mends 15 %, what a scan of a stamped page needs.
    let code = QRBuilder::new(text).ecl(ECL::M).build().map_err(|_| CodeTooLong)?;
    let size = code.size;
    #[allow(clippy::cast_precision_loss, reason = "at most 185 modules")]
    let mm = |modules: usize| modules as f64;
    let whole = mm(size + 2 * QUIET);
    let mut drawing = Drawing::new(whole, whole);
    for y in 0..size {
        let dark: Vec<bool> =
            (0..size).map(|x| code.data.get(y * size + x).is_some_and(|module| module.value())).collect();
        let mut x = 0;
        // Neighbours in a row become one rectangle: no seams between them, and fewer bytes.
        for run in dark.chunk_by(|a, b| a == b) {
            if run.first() == Some(&true) {
                let (left, top) = (mm(x + QUIET), mm(y + QUIET));
                let path = Path::rectangle(left, top, left + mm(run.len()), top + 1.0, Way::Clockwise);
                drawing.ink(path, Colour::BLACK);
            }
            x += run.len();
        }
    }
    Ok(drawing)
}

#[cfg(test)]
mod tests {
    use crate::drawing::{CodeTooLong, qr_code};

    #[test]
    fn a_code_has_its_finder_patterns_and_a_quiet_zone() {
        let drawing = qr_code("https://example.cn/verify?id=张三").unwrap();
        let size = drawing.size.width.0;
        let raster = drawing.to_raster(25.4).unwrap();
        let alpha = raster.alpha().unwrap();
        let side = raster.width() as usize;
        assert!((size - side as f64).abs() < 0.5);
        let dark = |x: usize, y: usize| alpha[y * side + x] > 127;
        assert!((0..side).all(|n| !dark(n, 0) && !dark(n, 3) && !dark(3, n) && !dark(side - 1, n)));
        for (x, y) in [(4, 4), (side - 11, 4), (4, side - 11)] {
            assert!((0..7).all(|n| dark(x + n, y) && dark(x, y + n) && dark(x + n, y + 6)));
            assert!(!dark(x + 1, y + 1) && dark(x + 2, y + 2));
        }
    }

    #[test]
    fn too_much_is_refused() {
        assert_eq!(qr_code(""), Err(CodeTooLong));
        assert_eq!(qr_code(&"x".repeat(401)), Err(CodeTooLong));
        assert!(qr_code(&"x".repeat(400)).is_ok());
    }
}
