//! Values on the command line that need more than a number or a text.

use std::fmt;
use std::str::FromStr;

use clap::ValueEnum;

use crate::geometry::{Millimetres, Points};
pub(crate) use crate::operations::Name;
use crate::time::Time;

/// Algorithms of a certificate's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Suite {
    /// SM2 with SM3
    Sm2,
    /// P-256 with SHA-256
    P256,
    /// RSA with 2048 bits and SHA-256
    Rsa2048,
}

/// Why a value was not understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum ValueError {
    #[error("not a length; write 42, 42mm, 4.2cm, 120pt or 1.65in")]
    Length,
    #[error("not a position; write X,Y, for example 150,230")]
    Point,
    #[error("not a hit; write 1, 2, -1 (the last) or all")]
    Nth,
    #[error("not a size; write a width, or width x height, for example 42 or 45x30")]
    Size,
    #[error("not a time; write 2026-11-22 or 2026-11-22T08:00:00+08:00")]
    Time,
    #[error("a seal's number has at most 64 letters and digits")]
    SealNumber,
    #[error("a visible text has 1 to 100 characters")]
    VisibleText,
    #[error("a QR code of this size holds 1 to 400 bytes")]
    CodeText,
    #[error("not a timestamp authority; write its address, http://... or https://..., or store:NAME")]
    Tsa,
    #[error("not an object identifier; write numbers and dots, for example 2.5.29.32.0")]
    Identifier,
}

/// A length as typed; millimetres unless a unit follows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Length(Millimetres);

/// No page is larger than this; a PDF page without UserUnit ends at 5 080 mm (ISO 32000-1 annex C).
const LONGEST: f64 = 100_000.0;

impl Length {
    /// The same in millimetres.
    #[must_use]
    pub fn millimetres(self) -> Millimetres {
        self.0
    }
}

impl FromStr for Length {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let split = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
        let (number, unit) = text.split_at_checked(split).ok_or(ValueError::Length)?;
        let digits = number.trim_end();
        if !digits.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'-') {
            return Err(ValueError::Length);
        }
        let value: f64 = digits.parse().map_err(|_| ValueError::Length)?;
        let millimetres = match unit {
            "" | "mm" => Millimetres(value),
            "cm" => Millimetres(value * 10.0),
            "pt" => Points(value).to_millimetres(),
            "in" => Points(value * 72.0).to_millimetres(),
            _ => return Err(ValueError::Length),
        };
        if millimetres.0.is_finite() && millimetres.0.abs() <= LONGEST {
            Ok(Length(millimetres))
        } else {
            Err(ValueError::Length)
        }
    }
}

/// A position on a page, from its top left as viewed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// To the right.
    pub x: Millimetres,
    /// Downwards.
    pub y: Millimetres,
}

impl FromStr for Point {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let (x, y) = text.split_once(',').ok_or(ValueError::Point)?;
        let part = |text: &str| text.trim().parse::<Length>().map_err(|_| ValueError::Point);
        Ok(Point { x: part(x)?.millimetres(), y: part(y)?.millimetres() })
    }
}

/// A timestamp authority: the address of a server, or `store:NAME`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tsa {
    /// A server.
    Url(String),
    /// A certificate of this store.
    Store(Name),
}

impl FromStr for Tsa {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        if let Some(name) = text.strip_prefix("store:") {
            return name.parse().map(Tsa::Store).map_err(|_| ValueError::Tsa);
        }
        let scheme = text.split("://").next().unwrap_or_default().to_ascii_lowercase();
        let known = text.contains("://") && matches!(scheme.as_str(), "http" | "https");
        if known { Ok(Tsa::Url(text.to_owned())) } else { Err(ValueError::Tsa) }
    }
}

/// Which hit of a keyword.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nth {
    /// One, never 0; negative from the end.
    One(i32),
    /// Every one.
    All,
}

impl FromStr for Nth {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        match text {
            "all" => Ok(Nth::All),
            _ => text.parse().ok().filter(|n| *n != 0).map(Nth::One).ok_or(ValueError::Nth),
        }
    }
}

/// How large a picture is shown: its width, and its height unless that follows from the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PictureSize {
    /// Width.
    pub width: Millimetres,
    /// Height, where it was given.
    pub height: Option<Millimetres>,
}

impl FromStr for PictureSize {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let part = |text: &str| {
            let length: Length = text.trim().parse().map_err(|_| ValueError::Size)?;
            if length.millimetres().0 > 0.0 { Ok(length.millimetres()) } else { Err(ValueError::Size) }
        };
        match text.split_once(['x', 'X', '×']) {
            Some((width, height)) => Ok(PictureSize { width: part(width)?, height: Some(part(height)?) }),
            None => Ok(PictureSize { width: part(text)?, height: None }),
        }
    }
}

impl fmt::Display for PictureSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.height {
            Some(height) => write!(f, "{}x{height}", self.width),
            None => write!(f, "{}", self.width),
        }
    }
}

/// RFC 3339, or a bare date as midnight UTC.
pub(crate) fn time(text: &str) -> Result<Time, ValueError> {
    Time::parse_rfc3339(text).map_err(|_| ValueError::Time)
}

/// An object identifier in dotted form.
pub(crate) fn dotted(text: &str) -> Result<String, ValueError> {
    let arcs: Vec<&str> = text.split('.').collect();
    let number = |arc: &&str| {
        !arc.is_empty() && arc.bytes().all(|b| b.is_ascii_digit()) && (arc.len() == 1 || !arc.starts_with('0'))
    };
    let first = arcs.first().is_some_and(|first| matches!(*first, "0" | "1" | "2"));
    if arcs.len() > 1 && first && arcs.iter().all(number) { Ok(text.to_owned()) } else { Err(ValueError::Identifier) }
}

/// A length above zero.
pub(crate) fn positive_length(text: &str) -> Result<Length, ValueError> {
    text.parse().ok().filter(|length: &Length| length.0.0 > 0.0).ok_or(ValueError::Length)
}

/// A unified social credit code: eighteen characters of its alphabet.
pub(crate) fn owner_code(text: &str) -> Result<crate::operations::OwnerCode, String> {
    crate::operations::OwnerCode::parse(text).map_err(|error| error.to_string())
}

/// A seal's number, an opaque text of letters and digits.
pub(crate) fn seal_number(text: &str) -> Result<String, ValueError> {
    let good = (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric());
    if good { Ok(text.to_owned()) } else { Err(ValueError::SealNumber) }
}

/// A line of text to be shown.
pub(crate) fn visible_text(text: &str) -> Result<String, ValueError> {
    let good = (1..=100).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    if good { Ok(text.to_owned()) } else { Err(ValueError::VisibleText) }
}

/// The text of a QR code.
pub(crate) fn code_text(text: &str) -> Result<String, ValueError> {
    if (1..=400).contains(&text.len()) { Ok(text.to_owned()) } else { Err(ValueError::CodeText) }
}

#[cfg(test)]
mod tests {
    use crate::cli::args::values::seal_number;
    use crate::cli::args::{Length, PictureSize, Point};

    fn mm(text: &str) -> f64 {
        text.parse::<Length>().unwrap().millimetres().0
    }

    #[test]
    fn lengths_carry_units() {
        assert!((mm("42") - 42.0).abs() < 1e-9);
        assert!((mm("42mm") - 42.0).abs() < 1e-9);
        assert!((mm("4.2cm") - 42.0).abs() < 1e-9);
        assert!((mm("72pt") - 25.4).abs() < 1e-9);
        assert!((mm("1in") - 25.4).abs() < 1e-9);
        assert!((mm("-5") + 5.0).abs() < 1e-9);
        for text in ["", "mm", "4,2", "42 furlong", "nan", "inf", "1e3", "0x10", "999999999", "--4"] {
            assert!(text.parse::<Length>().is_err(), "{text}");
        }
    }

    #[test]
    fn points_and_sizes() {
        let point: Point = "150,23cm".parse().unwrap();
        assert!((point.x.0 - 150.0).abs() < 1e-9 && (point.y.0 - 230.0).abs() < 1e-9);
        assert!("150".parse::<Point>().is_err());
        assert!("150,".parse::<Point>().is_err());
        let size: PictureSize = "45x30".parse().unwrap();
        assert_eq!((size.width.0, size.height.map(|h| h.0)), (45.0, Some(30.0)));
        assert!("0".parse::<PictureSize>().is_err());
        assert!("-3".parse::<PictureSize>().is_err());
        assert!("45x".parse::<PictureSize>().is_err());
    }

    #[test]
    fn seal_numbers_are_letters_and_digits() {
        assert!(seal_number("3301000000012345").is_ok());
        assert!(seal_number("33-01").is_err());
    }
}
