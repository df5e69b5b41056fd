//! Rule `appearance`: who fills in a field changes what it shows because he changes its value.
//!
//! In the "replace" variant of the shadow attacks a field has one value and shows another; after signing only its
//! appearance is replaced. So an appearance that says something else, though the value stays, is refused.

use crate::pdf::object::{Object, Stream};
use crate::pdf::{Field, PdfError, View, Widget, decode_text};
use crate::verify::changes::comparison::Comparison;
use crate::verify::changes::equal::entries;
use crate::verify::changes::forms::is_signature;

/// Largest appearance whose text is looked at; that of a field has some hundred bytes.
const APPEARANCE: u64 = 4 << 20;

/// Flag of a field that shows stars (ISO 32000-1 table 228, bit 14).
const PASSWORD: i64 = 1 << 13;

/// Whether the appearance of an open field says something else while the value is the same.
pub(crate) fn misleads(c: &mut Comparison<'_, '_>, old: &Field, new: &Field) -> Result<bool, PdfError> {
    let null = Object::Null;
    let same_value = c.same(old.value.as_ref().unwrap_or(&null), new.value.as_ref().unwrap_or(&null))?;
    if !same_value {
        return Ok(false);
    }
    for (place, widget) in old.widgets.iter().enumerate() {
        let same = |other: &&Widget| other.id.is_some() && other.id == widget.id;
        let Some(other) = new.widgets.iter().find(same).or_else(|| new.widgets.get(place)) else { continue };
        let (before, after) = (normal(c.old(), widget)?, normal(c.new, other)?);
        let text = matches!(old.field_type.as_deref(), Some(b"Tx" | b"Ch"));
        let differs = match (&before, &after) {
            // Nothing was shown, or without an appearance readers draw the value.
            (None, _) if !is_signature(old) => false,
            (Some(Object::Stream(before)), None) if text => contradicts(c.old(), old, before)?,
            (Some(Object::Stream(before)), Some(Object::Stream(after))) if text => {
                shown(c.old(), before)? != shown(c.new, after)? || reshaped(c, before, after)?
            }
            // An empty signature field shows that it is one, until it is signed.
            (_, None) if is_signature(old) => false,
            // The states of a button are drawn once; clicking it chooses one of them.
            (before, after) => !same_states(c, before.as_ref(), after.as_ref())?,
        };
        if differs {
            return Ok(true);
        }
    }
    Ok(false)
}

/// How far the corners of an appearance may move when it is drawn anew, in its own units.
const NEAR: f64 = 2.0;

/// Whether an appearance is cut, turned or hidden in another way than before (ISO 32000-1 table 95).
fn reshaped(c: &mut Comparison<'_, '_>, old: &Stream, new: &Stream) -> Result<bool, PdfError> {
    let numbers = |view: View<'_>, stream: &Stream, key: &str| -> Result<Vec<f64>, PdfError> {
        let value = view.lookup(&stream.dictionary, key)?;
        Ok(value.as_array().unwrap_or_default().iter().filter_map(Object::as_number).collect())
    };
    let far =
        |a: &[f64], b: &[f64], near: f64| a.len() != b.len() || a.iter().zip(b).any(|(a, b)| (a - b).abs() > near);
    let unit = |numbers: Vec<f64>| if numbers.is_empty() { vec![1.0, 0.0, 0.0, 1.0, 0.0, 0.0] } else { numbers };
    let (before, after) = (numbers(c.old(), old, "BBox")?, numbers(c.new, new, "BBox")?);
    let (turned, now) = (unit(numbers(c.old(), old, "Matrix")?), unit(numbers(c.new, new, "Matrix")?));
    let null = Object::Null;
    let layer = |stream: &Stream| stream.dictionary.get("OC").unwrap_or(&null).clone();
    let layers = c.same(&layer(old), &layer(new))?;
    Ok(!layers || far(&turned, &now, 0.01) || (!before.is_empty() && far(&before, &after, NEAR)))
}

/// Whether two appearances are the same drawing by drawing, whatever their numbers; equal numbers prove nothing here.
fn same_states(c: &mut Comparison<'_, '_>, old: Option<&Object>, new: Option<&Object>) -> Result<bool, PdfError> {
    let (Some(Object::Dictionary(old)), Some(Object::Dictionary(new))) = (old, new) else {
        return match (old, new) {
            (Some(old), Some(new)) => c.same(old, new),
            (old, new) => Ok(old.is_none() && new.is_none()),
        };
    };
    for (_, before, after) in entries(old, new) {
        let (before, after) = (c.old().resolve(&before)?, c.new.resolve(&after)?);
        if !c.same(&before, &after)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether readers that draw the fields anew (NeedAppearances, ISO 32000-1 table 218) would show something else than the
/// signer saw: the first open field whose appearance contradicts its value.
pub(crate) fn hidden_value(c: &Comparison<'_, '_>) -> Result<Option<usize>, PdfError> {
    for (place, field) in c.signed.forms.fields().iter().enumerate() {
        for widget in &field.widgets {
            if let Some(Object::Stream(shown)) = normal(c.old(), widget)?
                && contradicts(c.old(), field, &shown)?
            {
                return Ok(Some(place));
            }
        }
    }
    Ok(None)
}

/// Whether an appearance shows something else than the value, as far as that can be told: both are plain text, and no
/// script formats the one into the other (12.6.3, AA).
fn contradicts(view: View<'_>, field: &Field, appearance: &Stream) -> Result<bool, PdfError> {
    // A choice may show another text than the one that it exports (12.7.4.4, Opt).
    let formatted = field.field_type.as_deref() != Some(b"Tx")
        || field.dictionary.get("AA").is_some()
        || field.widgets.iter().any(|widget| widget.dictionary.get("AA").is_some())
        || field.flags & PASSWORD != 0;
    let value = field.value.as_ref().map_or(Ok(Object::Null), |value| view.resolve(value))?;
    let Object::String(value) = value else { return Ok(false) };
    let value: Vec<char> = decode_text(&value).chars().filter(|c| !c.is_whitespace()).collect();
    let Some(shown) = shown(view, appearance)? else { return Ok(false) };
    let plain = |c: &char| c.is_ascii_graphic();
    if formatted || value.is_empty() || !value.iter().all(plain) || !shown.iter().all(u8::is_ascii_graphic) {
        return Ok(false);
    }
    let shown: Vec<char> = shown.into_iter().map(char::from).collect();
    // A list shows all of its options; a long text may be cut off at the edge of its field.
    let holds = shown.windows(value.len()).any(|window| window == value) || value.starts_with(&shown);
    Ok(!shown.is_empty() && !holds)
}

/// /N of the appearance dictionary: a stream, or one for each state (ISO 32000-1 table 168).
fn normal(view: View<'_>, widget: &Widget) -> Result<Option<Object>, PdfError> {
    let appearance = view.lookup(&widget.dictionary, "AP")?;
    let Some(appearance) = appearance.as_dictionary() else { return Ok(None) };
    let normal = view.lookup(appearance, "N")?;
    Ok((normal != Object::Null).then_some(normal))
}

/// The strings that a content stream holds, one after the other, without white space; `None` if it cannot be decoded.
fn shown(view: View<'_>, stream: &Stream) -> Result<Option<Vec<u8>>, PdfError> {
    match view.stream_data(stream, APPEARANCE) {
        Err(error @ (PdfError::Read { .. } | PdfError::Encrypted)) => Err(error),
        other => Ok(other.ok().map(|data| strings(&data))),
    }
}

/// Literal and hexadecimal strings (ISO 32000-1 7.3.4) of a content stream.
fn strings(data: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    let mut bytes = data.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'(' => literal(&mut bytes, &mut text),
            b'<' if bytes.peek() != Some(&b'<') => hexadecimal(&mut bytes, &mut text),
            b'<' => {
                bytes.next();
            }
            b'%' => while bytes.next_if(|byte| !matches!(byte, b'\r' | b'\n')).is_some() {},
            _ => {}
        }
    }
    text.retain(|byte| !byte.is_ascii_whitespace());
    text
}

type Rest<I> = std::iter::Peekable<I>;

fn literal<I: Iterator<Item = u8>>(bytes: &mut Rest<I>, text: &mut Vec<u8>) {
    let mut depth = 1_u32;
    while let Some(byte) = bytes.next() {
        match byte {
            b'(' => depth = depth.saturating_add(1),
            b')' => {
                depth -= 1;
                if depth == 0 {
                    return;
                }
            }
            b'\\' => {
                escaped(bytes, text);
                continue;
            }
            _ => {}
        }
        text.push(byte);
    }
}

/// 7.3.4.2, table 3.
fn escaped<I: Iterator<Item = u8>>(bytes: &mut Rest<I>, text: &mut Vec<u8>) {
    let Some(byte) = bytes.next() else { return };
    match byte {
        b'0'..=b'7' => {
            let mut code = u32::from(byte - b'0');
            for _ in 0..2 {
                let Some(digit) = bytes.next_if(|byte| matches!(byte, b'0'..=b'7')) else { break };
                code = code * 8 + u32::from(digit - b'0');
            }
            text.push(u8::try_from(code & 0xFF).unwrap_or(0));
        }
        b'n' | b'r' | b't' | b'b' | b'f' | b'\r' | b'\n' => {}
        other => text.push(other),
    }
}

fn hexadecimal<I: Iterator<Item = u8>>(bytes: &mut Rest<I>, text: &mut Vec<u8>) {
    let digits: Vec<u8> = std::iter::from_fn(|| bytes.next_if(|byte| *byte != b'>'))
        .filter_map(|byte| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect();
    bytes.next();
    for pair in digits.chunks(2) {
        let high = pair.first().copied().unwrap_or(0);
        text.push(high * 16 + pair.get(1).copied().unwrap_or(0));
    }
}

#[cfg(test)]
mod tests {
    use crate::verify::changes::appearance::strings;

    #[test]
    fn the_text_of_an_appearance_is_told_without_its_layout() {
        assert_eq!(strings(b"/Tx BMC q BT /Helv 12 Tf (Mil) Tj 1 0 Td (ler \\(\\101\\)) Tj ET Q EMC"), b"Miller(A)");
        assert_eq!(strings(b"<</MCID 0>> BDC [<4D69> -20 <6C 6C6572>] TJ % (no)\n(x(y)z) Tj"), b"Millerx(y)z");
        assert_eq!(strings(b"(open"), b"open");
        assert_eq!(strings(b"<4"), b"@");
    }
}
