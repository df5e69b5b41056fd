//! Seals in their official forms. Measures are in millimetres; those of a round seal are given for 42 mm and scale.

mod around;
mod error;
mod frame;
mod invoice;
mod letters;
mod line;
mod oval;
mod round;
mod square;

pub use error::{DesignError, Part};

use std::sync::Arc;

use crate::drawing::{Drawing, Font, Raster};
use crate::geometry::{Millimetres, Size};

/// The form of a seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SealStyle {
    /// Company, institution: round 42, star.
    Company,
    /// Government: round 45 (province and ministry 50, State Council 60), emblem as supplied, or star.
    Government,
    /// Special seal, as for finance or contracts: round 40, star, purpose straight below.
    Special,
    /// Foreign-invested company: oval 45 x 30.
    Oval,
    /// Invoice seal: oval 40 x 30, figures of the tax administration's notice 2011 no. 7.
    Invoice,
    /// Legal representative: square 20.
    Square,
    /// Person: square 18.
    Personal,
}

impl SealStyle {
    /// All of them.
    pub const ALL: [SealStyle; 7] = [
        SealStyle::Company,
        SealStyle::Government,
        SealStyle::Special,
        SealStyle::Oval,
        SealStyle::Invoice,
        SealStyle::Square,
        SealStyle::Personal,
    ];

    /// Width and height where none are given.
    #[must_use]
    pub fn usual_size(self) -> Size {
        let (width, height) = match self {
            SealStyle::Company => (42.0, 42.0),
            SealStyle::Government => (45.0, 45.0),
            SealStyle::Special => (40.0, 40.0),
            SealStyle::Oval => (45.0, 30.0),
            SealStyle::Invoice => (40.0, 30.0),
            SealStyle::Square => (20.0, 20.0),
            SealStyle::Personal => (18.0, 18.0),
        };
        Size { width: Millimetres(width), height: Millimetres(height) }
    }
}

/// Whether a seal says that it is a specimen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Specimen {
    /// No.
    #[default]
    No,
    /// 样章 stands across it.
    Marked,
}

/// A seal to be drawn.
#[derive(Clone, Debug)]
pub struct SealDesign {
    /// Its form.
    pub style: SealStyle,
    /// The name on it.
    pub text: String,
    /// Its size; the usual one of its form unless given.
    pub size: Option<Size>,
    /// What it is for, in a straight line.
    pub purpose: Option<String>,
    /// Number along the lower rim; the code in the middle of an invoice seal.
    pub number: Option<String>,
    /// Serial number below, where an invoice seal is one of several.
    pub serial: Option<String>,
    /// The emblem in place of the star.
    pub emblem: Option<Arc<Raster>>,
    /// The font of its letters.
    pub font: Font,
    /// Whether it is a specimen.
    pub specimen: Specimen,
}

impl SealDesign {
    /// A name in a form, with the bundled font and nothing else on it.
    #[must_use]
    pub fn new(style: SealStyle, text: &str) -> Self {
        SealDesign {
            style,
            text: text.to_owned(),
            size: None,
            purpose: None,
            number: None,
            serial: None,
            emblem: None,
            font: Font::song(),
            specimen: Specimen::No,
        }
    }

    /// Draws it.
    ///
    /// # Errors
    /// [`DesignError`].
    pub fn draw(&self) -> Result<Drawing, DesignError> {
        let size = self.checked_size()?;
        self.check_parts()?;
        match self.style {
            SealStyle::Company | SealStyle::Government | SealStyle::Special => round::draw(self, size.width.0),
            SealStyle::Oval => oval::draw(self, size),
            SealStyle::Invoice => invoice::draw(self),
            SealStyle::Square | SealStyle::Personal => square::draw(self, size),
        }
    }

    /// The size, if the form can have it.
    fn checked_size(&self) -> Result<Size, DesignError> {
        let size = self.size.unwrap_or(self.style.usual_size());
        let (width, height) = (size.width.0, size.height.0);
        // An invoice seal has one size; others have a range in which letters stay legible and paper is left.
        let (least, most) = match self.style {
            SealStyle::Company | SealStyle::Government | SealStyle::Special => (20.0, 60.0),
            SealStyle::Oval => (20.0, 60.0),
            SealStyle::Invoice => (30.0, 40.0),
            SealStyle::Square | SealStyle::Personal => (10.0, 40.0),
        };
        let shaped = match self.style {
            SealStyle::Company | SealStyle::Government | SealStyle::Special => (width - height).abs() < 1e-6,
            SealStyle::Oval => width >= height && height >= width * 0.5,
            SealStyle::Invoice => size == SealStyle::Invoice.usual_size(),
            SealStyle::Square | SealStyle::Personal => width <= height * 2.0 && height <= width * 2.0,
        };
        // A comparison that NaN passes would let it through.
        let inside = (least..=most).contains(&width) && (least..=most).contains(&height);
        if shaped && inside { Ok(size) } else { Err(DesignError::Size { style: self.style, size, least, most }) }
    }

    /// Parts that a form has no place for.
    fn check_parts(&self) -> Result<(), DesignError> {
        let square = matches!(self.style, SealStyle::Square | SealStyle::Personal);
        let invoice = self.style == SealStyle::Invoice;
        let round = matches!(self.style, SealStyle::Company | SealStyle::Government | SealStyle::Special);
        let misplaced = [
            (self.purpose.is_some() && square, Part::Purpose),
            (self.number.is_some() && square, Part::Number),
            (self.serial.is_some() && !invoice, Part::Serial),
            (self.emblem.is_some() && !round, Part::Emblem),
        ];
        match misplaced.into_iter().find(|(wrong, _)| *wrong) {
            Some((_, part)) => Err(DesignError::NoPlace { style: self.style, part }),
            None => Ok(()),
        }
    }
}
