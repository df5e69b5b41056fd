//! Why a seal was not drawn.

use crate::drawing::SealStyle;
use crate::geometry::{Millimetres, Size};

/// A part of a seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// The name.
    Name,
    /// The purpose.
    Purpose,
    /// The number.
    Number,
    /// The serial number.
    Serial,
    /// The emblem.
    Emblem,
    /// The mark of a specimen.
    Specimen,
}

impl Part {
    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Part::Name => "name",
            Part::Purpose => "purpose",
            Part::Number => "number",
            Part::Serial => "serial",
            Part::Emblem => "emblem",
            Part::Specimen => "sample",
        }
    }
}

/// Why a seal was not drawn.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DesignError {
    /// There is nothing to write.
    #[error("the {} is empty", part.word())]
    Empty {
        /// Which text.
        part: Part,
    },
    /// The font lacks characters.
    #[error("the font has no {}", listed(characters))]
    Lacking {
        /// Each once, in the order of the text.
        characters: Vec<char>,
    },
    /// Characters that cannot stand one by one: controls, combining marks, scripts that run from right to left.
    #[error("a seal cannot show {}", listed(characters))]
    NotDrawable {
        /// Each once, in the order of the text.
        characters: Vec<char>,
    },
    /// The text is too long for its place, even with the narrowest letters.
    #[error("the {} needs {needed:.1} mm where {available:.1} mm are", part.word())]
    TooLong {
        /// Which text.
        part: Part,
        /// Length that the narrowest letters take.
        needed: f64,
        /// Length of the place.
        available: f64,
    },
    /// A size that the form does not have.
    #[error("{} x {} mm is no size for this form", size.width, size.height)]
    Size {
        /// The form.
        style: SealStyle,
        /// The size asked for.
        size: Size,
        /// Smallest side in mm.
        least: f64,
        /// Largest side in mm.
        most: f64,
    },
    /// The form has no place for this part.
    #[error("this form has no place for the {}", part.word())]
    NoPlace {
        /// The form.
        style: SealStyle,
        /// The part.
        part: Part,
    },
}

impl DesignError {
    /// By how much a text is too long.
    #[must_use]
    pub fn excess(&self) -> Option<Millimetres> {
        match self {
            DesignError::TooLong { needed, available, .. } => Some(Millimetres(needed - available)),
            _ => None,
        }
    }
}

/// Characters with their code points: some of them cannot be seen.
fn listed(characters: &[char]) -> String {
    let name = |c: &char| {
        let code = u32::from(*c);
        if c.is_alphanumeric() { format!("{c} (U+{code:04X})") } else { format!("U+{code:04X}") }
    };
    let mut names: Vec<String> = characters.iter().take(20).map(name).collect();
    if characters.len() > 20 {
        names.push("...".to_owned());
    }
    names.join(", ")
}
