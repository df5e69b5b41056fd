//! Instants, periods and their text forms. Nobody here asks the clock: the edge passes a [`Clock`] or a [`Time`].

use std::fmt;

use ::time::format_description::well_known::Rfc3339;
use ::time::{Date, Month, OffsetDateTime, PrimitiveDateTime, UtcOffset};

/// An instant, in whole seconds of UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(i64);

/// Seconds of a day.
pub const DAY: i64 = 86_400;

/// Where the present time comes from; implemented at the edge and by tests.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Time;
}

/// A text is no time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a time")]
pub struct NotATime;

impl Time {
    /// From seconds since 1970-01-01T00:00:00Z, cut to the years 1 to 9999.
    #[must_use]
    pub fn from_unix(seconds: i64) -> Self {
        Time(seconds.clamp(-62_135_596_800, 253_402_300_799))
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn unix(self) -> i64 {
        self.0
    }

    /// This instant moved by whole seconds.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Time::from_unix(self.0.saturating_add(seconds))
    }

    /// This instant moved by whole days.
    #[must_use]
    pub fn plus_days(self, days: i64) -> Self {
        self.plus_seconds(days.saturating_mul(DAY))
    }

    /// Reads RFC 3339, or a bare date as midnight UTC (`2026-11-22`), as the command line takes them.
    ///
    /// # Errors
    /// [`NotATime`].
    pub fn parse_rfc3339(text: &str) -> Result<Self, NotATime> {
        if let Ok(instant) = OffsetDateTime::parse(text, &Rfc3339) {
            return Ok(Time::from_unix(instant.unix_timestamp()));
        }
        let bytes = text.as_bytes();
        let date = bytes.len() == 10 && bytes.get(4) == Some(&b'-') && bytes.get(7) == Some(&b'-');
        if !date {
            return Err(NotATime);
        }
        let digits: String = text.chars().filter(|c| *c != '-').collect();
        civil(&format!("{digits}000000"), 0)
    }

    /// Reads ASN.1 `GeneralizedTime` as DER writes it, `YYYYMMDDHHMMSSZ`; a fraction of a second is cut off (RFC 5280
    /// 4.1.2.5.2, RFC 3161 2.4.2).
    ///
    /// # Errors
    /// [`NotATime`].
    pub fn parse_generalized(text: &str) -> Result<Self, NotATime> {
        let body = text.strip_suffix('Z').ok_or(NotATime)?;
        let (whole, fraction) = body.split_once('.').unwrap_or((body, "0"));
        if fraction.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NotATime);
        }
        civil(whole, 0)
    }

    /// Reads ASN.1 `UTCTime`, `YYMMDDHHMMSSZ`; years 50 to 99 are 19xx (RFC 5280 4.1.2.5.1).
    ///
    /// # Errors
    /// [`NotATime`].
    pub fn parse_utc_time(text: &str) -> Result<Self, NotATime> {
        let body = text.strip_suffix('Z').ok_or(NotATime)?;
        let century = if body.bytes().next().ok_or(NotATime)? >= b'5' { "19" } else { "20" };
        civil(&format!("{century}{body}"), 0)
    }

    /// Reads a PDF date, `D:YYYYMMDDHHmmSSOHH'mm'`, all but the year optional (ISO 32000-1 7.9.4). Without an offset
    /// the instant is taken as UTC.
    ///
    /// # Errors
    /// [`NotATime`].
    pub fn parse_pdf(text: &str) -> Result<Self, NotATime> {
        Time::parse_pdf_zoned(text).map(|(time, _)| time)
    }

    /// As [`Time::parse_pdf`], and whether the date states its relation to UTC: without one the relation is unknown
    /// (ISO 32000-1 7.9.4).
    ///
    /// # Errors
    /// [`NotATime`].
    pub fn parse_pdf_zoned(text: &str) -> Result<(Self, Zone), NotATime> {
        let body = text.strip_prefix("D:").unwrap_or(text);
        let digits: String = body.chars().take_while(char::is_ascii_digit).collect();
        let rest = body.get(digits.len()..).unwrap_or("");
        let defaults = "00000101000000";
        if digits.len() < 4 || digits.len() > 14 || !digits.len().is_multiple_of(2) {
            return Err(NotATime);
        }
        let full = format!("{digits}{}", defaults.get(digits.len()..).unwrap_or(""));
        let zone = if rest.is_empty() { Zone::Unknown } else { Zone::Stated };
        Ok((civil(&full, pdf_offset(rest)?)?, zone))
    }

    /// Reads fourteen digits `YYYYMMDDHHMMSS` at a given offset from UTC in seconds.
    ///
    /// # Errors
    /// [`NotATime`].
    pub fn parse_digits(text: &str, offset_seconds: i32) -> Result<Self, NotATime> {
        civil(text, offset_seconds)
    }

    /// `YYYYMMDDHHMMSSZ`.
    #[must_use]
    pub fn to_generalized(self) -> String {
        let t = self.civil();
        let (h, m, s) = (t.hour(), t.minute(), t.second());
        format!("{:04}{:02}{:02}{h:02}{m:02}{s:02}Z", t.year(), u8::from(t.month()), t.day())
    }

    /// `D:YYYYMMDDHHMMSSZ`, a PDF date in UTC (ISO 32000-1 7.9.4).
    #[must_use]
    pub fn to_pdf(self) -> String {
        format!("D:{}", self.to_generalized())
    }

    /// Year of the Gregorian calendar, in UTC: DER chooses its time type by it.
    #[must_use]
    pub fn year(self) -> i32 {
        self.civil().year()
    }

    fn civil(self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(self.0).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }
}

impl fmt::Display for Time {
    /// RFC 3339 in UTC, `2026-11-22T05:54:35Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let t = self.civil();
        let (h, m, s) = (t.hour(), t.minute(), t.second());
        write!(f, "{:04}-{:02}-{:02}T{h:02}:{m:02}:{s:02}Z", t.year(), u8::from(t.month()), t.day())
    }
}

/// Whether a written time says how it relates to UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Zone {
    /// It does.
    #[default]
    Stated,
    /// It does not: it is the time of some place on earth.
    Unknown,
}

impl Zone {
    /// How much earlier than its reading as UTC such a time may be: clocks are up to 14 hours ahead of UTC.
    const AHEAD: i64 = 14 * 3600;
    /// How much later: clocks are up to 12 hours behind UTC.
    const BEHIND: i64 = 12 * 3600;

    /// The earliest and the latest instant that a time read as UTC can mean.
    #[must_use]
    pub fn span(self, time: Time) -> (Time, Time) {
        match self {
            Zone::Stated => (time, time),
            Zone::Unknown => (Time(time.0.saturating_sub(Zone::AHEAD)), Time(time.0.saturating_add(Zone::BEHIND))),
        }
    }
}

/// A period, both ends included, as certificates and seals have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// First instant.
    pub not_before: Time,
    /// Last instant.
    pub not_after: Time,
}

/// Where an instant lies against a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Before the period begins.
    NotYetValid,
    /// Inside.
    Valid,
    /// After it has ended.
    Expired,
}

impl Validity {
    /// Where `time` lies.
    #[must_use]
    pub fn standing(&self, time: Time) -> Standing {
        if time < self.not_before {
            Standing::NotYetValid
        } else if time > self.not_after {
            Standing::Expired
        } else {
            Standing::Valid
        }
    }

    /// Whether this period lies wholly inside `other`.
    #[must_use]
    pub fn is_within(&self, other: &Validity) -> bool {
        self.not_before >= other.not_before && self.not_after <= other.not_after
    }
}

/// Fourteen digits to an instant.
fn civil(text: &str, offset_seconds: i32) -> Result<Time, NotATime> {
    if text.len() != 14 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(NotATime);
    }
    let part = |from: usize, to: usize| text.get(from..to).and_then(|t| t.parse::<u16>().ok()).ok_or(NotATime);
    let small = |from: usize, to: usize| part(from, to).and_then(|n| u8::try_from(n).map_err(|_| NotATime));
    let month = Month::try_from(small(4, 6)?).map_err(|_| NotATime)?;
    let date = Date::from_calendar_date(i32::from(part(0, 4)?), month, small(6, 8)?).map_err(|_| NotATime)?;
    let clock = ::time::Time::from_hms(small(8, 10)?, small(10, 12)?, small(12, 14)?).map_err(|_| NotATime)?;
    let offset = UtcOffset::from_whole_seconds(offset_seconds).map_err(|_| NotATime)?;
    let instant = PrimitiveDateTime::new(date, clock).assume_offset(offset);
    Ok(Time::from_unix(instant.unix_timestamp()))
}

/// `Z`, `+08'00'`, `-05'30`, `+0800` or nothing, in seconds.
fn pdf_offset(text: &str) -> Result<i32, NotATime> {
    let sign = match text.chars().next() {
        None | Some('Z') => return Ok(0),
        Some('+') => 1,
        Some('-') => -1,
        Some(_) => return Err(NotATime),
    };
    let digits: String = text.chars().skip(1).filter(|c| *c != '\'').collect();
    if !digits.bytes().all(|b| b.is_ascii_digit()) || !matches!(digits.len(), 2 | 4) {
        return Err(NotATime);
    }
    let hours: i32 = digits.get(0..2).and_then(|t| t.parse().ok()).ok_or(NotATime)?;
    let minutes: i32 = digits.get(2..4).unwrap_or("0").parse().map_err(|_| NotATime)?;
    if hours > 23 || minutes > 59 {
        return Err(NotATime);
    }
    Ok(sign * (hours * 3600 + minutes * 60))
}

#[cfg(test)]
mod tests {
    use crate::time::{Standing, Time, Validity, Zone};

    #[test]
    fn text_forms_agree() {
        let time = Time::parse_rfc3339("2026-11-22T13:54:35+08:00").unwrap();
        assert_eq!(time.to_string(), "2026-11-22T05:54:35Z");
        assert_eq!(Time::parse_generalized("20261122055435Z").unwrap(), time);
        assert_eq!(Time::parse_generalized("20261122055435.123Z").unwrap(), time);
        assert_eq!(Time::parse_utc_time("261122055435Z").unwrap(), time);
        assert_eq!(Time::parse_pdf("D:20261122135435+08'00'").unwrap(), time);
        assert_eq!(Time::parse_pdf(&time.to_pdf()).unwrap(), time);
        assert_eq!(Time::parse_pdf("D:2026").unwrap().to_string(), "2026-01-01T00:00:00Z");
        assert_eq!(Time::parse_pdf_zoned("D:20261122135435").unwrap().1, Zone::Unknown);
        assert_eq!(Time::parse_pdf_zoned("D:20261122135435Z").unwrap().1, Zone::Stated);
        assert_eq!(Time::parse_pdf_zoned("D:20261122135435+08'00").unwrap(), (time, Zone::Stated));
        assert_eq!(Time::parse_rfc3339("2026-11-22").unwrap().to_string(), "2026-11-22T00:00:00Z");
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in ["", "2026", "2026-13-01", "20261122055435", "D:2026112205543x", "2026-11-22T25:00:00Z"] {
            assert!(Time::parse_rfc3339(text).is_err(), "{text}");
            assert!(Time::parse_generalized(text).is_err(), "{text}");
        }
    }

    #[test]
    fn both_ends_belong_to_a_period() {
        let at = Time::from_unix;
        let period = Validity { not_before: at(10), not_after: at(20) };
        assert_eq!(period.standing(at(9)), Standing::NotYetValid);
        assert_eq!(period.standing(at(10)), Standing::Valid);
        assert_eq!(period.standing(at(20)), Standing::Valid);
        assert_eq!(period.standing(at(21)), Standing::Expired);
    }
}
