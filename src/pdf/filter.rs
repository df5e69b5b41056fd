//! Stream filters (ISO 32000-1 7.4) and predictors (7.4.4.4), within a limit of decoded bytes.

use std::io::Read as _;

use flate2::read::ZlibDecoder;

use crate::crypto::cipher::AES_BLOCK;
use crate::limits::{Exhausted, Limit};
use crate::pdf::error::PdfError;
use crate::pdf::file::File;
use crate::pdf::lexer::is_space;
use crate::pdf::note::NoteKind;
use crate::pdf::object::{Dictionary, Object, Stream};
use crate::pdf::protection::{Protection, Sound, crypt_filter};

/// Most filters on one stream.
const CHAIN: usize = 8;

/// The encoded data of a stream, decrypted. `resolved` holds its /Filter and /DecodeParms with references resolved;
/// `protection` is that of the file, if it is encrypted.
pub(crate) fn encoded(
    file: &File,
    protection: Option<&Protection>,
    stream: &Stream,
    resolved: &Dictionary,
    limit: u64,
) -> Result<Vec<u8>, PdfError> {
    // An initial vector and padding come on top of what is encrypted.
    let most = if protection.is_some() { limit.saturating_add(2 * AES_BLOCK as u64) } else { limit };
    if stream.length > most {
        return Err(PdfError::Limit(Exhausted { limit: Limit::ValueBytes, allowed: limit }));
    }
    // 7.4.10: a crypt filter means nothing without a dictionary that defines it.
    if crypt_filter(resolved).is_some_and(|name| name != b"Identity")
        && !protection.is_some_and(|protection| protection.encryption.knows_filters())
    {
        return Err(PdfError::FilterUnsupported { name: b"Crypt".to_vec() });
    }
    let data = file.blocks.read(stream.offset, stream.length)?;
    let Some(protection) = protection else { return Ok(data) };
    let (data, sound) = protection.decrypt_stream(stream.id, &stream.dictionary, resolved, data)?;
    if sound == Sound::No {
        file.note(stream.offset, NoteKind::Decryption);
    }
    Ok(data)
}

/// Decodes the data of a stream as [`encoded`] gives them.
pub(crate) fn decode(
    file: &File,
    stream: &Stream,
    resolved: &Dictionary,
    data: Vec<u8>,
    limit: u64,
) -> Result<Vec<u8>, PdfError> {
    let damaged = PdfError::FilterData { offset: stream.offset };
    let mut data = data;
    let filters: Vec<&Object> = match resolved.get("Filter") {
        None | Some(Object::Null) => Vec::new(),
        Some(Object::Array(items)) => items.iter().collect(),
        Some(one) => vec![one],
    };
    let parameters: Vec<&Object> = match resolved.get("DecodeParms").or_else(|| resolved.get("DP")) {
        Some(Object::Array(items)) => items.iter().collect(),
        Some(one) => vec![one],
        None => Vec::new(),
    };
    if filters.len() > CHAIN {
        return Err(damaged);
    }
    let none = Dictionary::new();
    for (at, filter) in filters.into_iter().enumerate() {
        let name = filter.as_name().ok_or(damaged.clone())?;
        let parameters = parameters.get(at).and_then(|object| object.as_dictionary()).unwrap_or(&none);
        // 7.4.10: decryption was done before; a crypt filter is the first one.
        if at == 0 && name == b"Crypt" {
            continue;
        }
        let mut out = Output { bytes: Vec::new(), limit };
        match name {
            b"FlateDecode" | b"Fl" => {
                if inflate(&data, &mut out, file)? == Ended::Early {
                    file.note(stream.offset, NoteKind::FilterEnd);
                }
            }
            b"LZWDecode" | b"LZW" => {
                let early = parameters.get("EarlyChange").and_then(Object::as_integer).unwrap_or(1);
                lzw(&data, early != 0, &mut out, file)?.ok_or(damaged.clone())?;
            }
            b"ASCIIHexDecode" | b"AHx" => ascii_hex(&data, &mut out, file)?.ok_or(damaged.clone())?,
            b"ASCII85Decode" | b"A85" => ascii_85(&data, &mut out, file)?.ok_or(damaged.clone())?,
            b"RunLengthDecode" | b"RL" => run_length(&data, &mut out, file)?.ok_or(damaged.clone())?,
            _ => return Err(PdfError::FilterUnsupported { name: name.to_vec() }),
        }
        data = out.bytes;
        if matches!(name, b"FlateDecode" | b"Fl" | b"LZWDecode" | b"LZW") {
            data = unpredict(data, parameters).ok_or(damaged.clone())?;
        }
    }
    Ok(data)
}

/// Decoded bytes within their limit.
struct Output {
    bytes: Vec<u8>,
    limit: u64,
}

impl Output {
    fn push(&mut self, bytes: &[u8], file: &File) -> Result<(), PdfError> {
        file.budget.spend(Limit::InflatedBytes, bytes.len() as u64)?;
        if (self.bytes.len() as u64).saturating_add(bytes.len() as u64) > self.limit {
            return Err(PdfError::Limit(Exhausted { limit: Limit::InflatedBytes, allowed: self.limit }));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }
}

/// How compressed data ended.
#[derive(PartialEq, Eq)]
enum Ended {
    Well,
    Early,
}

/// 7.4.4. Data that break off give what there is, as all readers do; that is noted.
fn inflate(data: &[u8], out: &mut Output, file: &File) -> Result<Ended, PdfError> {
    let mut decoder = ZlibDecoder::new(data);
    let mut piece = [0_u8; 8192];
    loop {
        match decoder.read(&mut piece) {
            Ok(0) => return Ok(if data.is_empty() { Ended::Early } else { Ended::Well }),
            Ok(length) => out.push(piece.get(..length).unwrap_or_default(), file)?,
            Err(_) => return Ok(Ended::Early),
        }
    }
}

/// 7.4.4.2: codes of 9 to 12 bits, most significant bit first.
fn lzw(data: &[u8], early: bool, out: &mut Output, file: &File) -> Result<Option<()>, PdfError> {
    const CLEAR: usize = 256;
    const END: usize = 257;
    let mut table: Vec<(usize, usize)> = Vec::new(); // where in the output each code's string lies
    let mut previous: Option<(usize, usize)> = None;
    let (mut bits, mut held) = (0_u32, 0_u32);
    let mut bytes = data.iter();
    loop {
        let next = table.len() + 258 + usize::from(previous.is_some()) + usize::from(early);
        let width = if next > 2048 {
            12
        } else if next > 1024 {
            11
        } else if next > 512 {
            10
        } else {
            9
        };
        while held < width {
            let Some(byte) = bytes.next() else { return Ok(Some(())) };
            bits = (bits << 8) | u32::from(*byte);
            held += 8;
        }
        let code = ((bits >> (held - width)) & ((1 << width) - 1)) as usize;
        held -= width;
        bits &= (1 << held) - 1;
        if code == END {
            return Ok(Some(()));
        }
        if code == CLEAR {
            table.clear();
            previous = None;
            continue;
        }
        let start = out.bytes.len();
        if let (Some((from, length)), true) = (previous, table.len() < 4096 - 258) {
            // The new string is the previous one and the byte after it, which is written now.
            table.push((from, length + 1));
        }
        if let Ok(byte) = u8::try_from(code) {
            out.push(&[byte], file)?;
        } else {
            let Some((from, length)) = code.checked_sub(258).and_then(|at| table.get(at)).copied() else {
                return Ok(None);
            };
            for at in from..from + length {
                let Some(byte) = out.bytes.get(at).copied() else { return Ok(None) };
                out.push(&[byte], file)?;
            }
        }
        previous = Some((start, out.bytes.len() - start));
    }
}

/// 7.4.2.
fn ascii_hex(data: &[u8], out: &mut Output, file: &File) -> Result<Option<()>, PdfError> {
    let mut high: Option<u8> = None;
    for byte in data {
        if *byte == b'>' {
            break;
        }
        if is_space(*byte) {
            continue;
        }
        let Some(digit) = char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok()) else {
            return Ok(None);
        };
        match high.take() {
            Some(high) => out.push(&[high * 16 + digit], file)?,
            None => high = Some(digit),
        }
    }
    if let Some(high) = high {
        out.push(&[high * 16], file)?;
    }
    Ok(Some(()))
}

/// 7.4.3.
fn ascii_85(data: &[u8], out: &mut Output, file: &File) -> Result<Option<()>, PdfError> {
    let mut group: Vec<u32> = Vec::with_capacity(5);
    for byte in data {
        match byte {
            b'~' => break,
            b'z' if group.is_empty() => out.push(&[0; 4], file)?,
            b'!'..=b'u' => group.push(u32::from(byte - b'!')),
            byte if is_space(*byte) => {}
            _ => return Ok(None),
        }
        if group.len() == 5 {
            let Some(word) = base_85(&group) else { return Ok(None) };
            out.push(&word.to_be_bytes(), file)?;
            group.clear();
        }
    }
    let length = group.len();
    if length == 1 {
        return Ok(None);
    }
    if length > 1 {
        group.resize(5, 84);
        let Some(word) = base_85(&group) else { return Ok(None) };
        out.push(word.to_be_bytes().get(..length - 1).unwrap_or_default(), file)?;
    }
    Ok(Some(()))
}

fn base_85(group: &[u32]) -> Option<u32> {
    group.iter().try_fold(0_u32, |word, digit| word.checked_mul(85)?.checked_add(*digit))
}

/// 7.4.5.
fn run_length(data: &[u8], out: &mut Output, file: &File) -> Result<Option<()>, PdfError> {
    let mut rest = data;
    while let Some((length, after)) = rest.split_first() {
        match *length {
            128 => break,
            length @ 0..=127 => {
                let Some((run, after)) = after.split_at_checked(usize::from(length) + 1) else { return Ok(None) };
                out.push(run, file)?;
                rest = after;
            }
            length => {
                let Some((byte, after)) = after.split_first() else { return Ok(None) };
                out.push(&vec![*byte; 257 - usize::from(length)], file)?;
                rest = after;
            }
        }
    }
    Ok(Some(()))
}

/// 7.4.4.4: undoes a predictor.
fn unpredict(data: Vec<u8>, parameters: &Dictionary) -> Option<Vec<u8>> {
    let number = |key: &str, default: i64| {
        let value = parameters.get(key).and_then(Object::as_integer).unwrap_or(default);
        usize::try_from(value).ok().filter(|value| (1..=1 << 20).contains(value))
    };
    let predictor = parameters.get("Predictor").and_then(Object::as_integer).unwrap_or(1);
    if predictor == 1 {
        return Some(data);
    }
    let (colors, bits, columns) = (number("Colors", 1)?, number("BitsPerComponent", 8)?, number("Columns", 1)?);
    let pixel = (colors.checked_mul(bits)?.checked_add(7)? / 8).max(1);
    let row = colors.checked_mul(bits)?.checked_mul(columns)?.checked_add(7)? / 8;
    match predictor {
        2 if bits == 8 => {
            let mut data = data;
            for line in data.chunks_mut(row.max(1)) {
                for at in colors..line.len() {
                    let left = line.get(at - colors).copied()?;
                    let byte = line.get_mut(at)?;
                    *byte = byte.wrapping_add(left);
                }
            }
            Some(data)
        }
        10..=15 => png(&data, row, pixel),
        _ => None,
    }
}

/// The PNG predictors; each row begins with its own.
fn png(data: &[u8], row: usize, pixel: usize) -> Option<Vec<u8>> {
    let mut out: Vec<u8> = Vec::with_capacity(data.len());
    let mut above = vec![0_u8; row];
    for line in data.chunks(row.checked_add(1)?) {
        let (kind, line) = line.split_first()?;
        let mut current = vec![0_u8; row];
        for (at, byte) in line.iter().enumerate() {
            let left = at.checked_sub(pixel).and_then(|at| current.get(at)).copied().unwrap_or(0);
            let up = above.get(at).copied().unwrap_or(0);
            let corner = at.checked_sub(pixel).and_then(|at| above.get(at)).copied().unwrap_or(0);
            let guess = match kind {
                0 => 0,
                1 => left,
                2 => up,
                3 => u8::midpoint(left, up),
                4 => paeth(left, up, corner),
                _ => return None,
            };
            *current.get_mut(at)? = byte.wrapping_add(guess);
        }
        out.extend_from_slice(current.get(..line.len())?);
        above = current;
    }
    Some(out)
}

fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let estimate = i32::from(left) + i32::from(up) - i32::from(corner);
    let distance = |value: u8| (estimate - i32::from(value)).abs();
    if distance(left) <= distance(up) && distance(left) <= distance(corner) {
        left
    } else if distance(up) <= distance(corner) {
        up
    } else {
        corner
    }
}
