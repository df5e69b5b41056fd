//! Timestamps carried in files, for machines without a network: asked for, answered by the store's own authority, judged.

use std::path::{Path, PathBuf};

use crate::audit::{Act, Draft, Outcome};
use crate::crypto::{Digest, DigestAlgorithm, SecretBytes};
use crate::files::{Access, InputFile, OutputError, OutputFile, Overwrite, read_small};
use crate::limits::VALUE_BYTES;
use crate::operations::certificate::{certificate_record, parsed, usable};
use crate::operations::signature_values::signature_values;
use crate::operations::stamping::for_timestamps;
use crate::operations::{Context, Gathered, OperationError, Retrieval};
use crate::pki::Certificate;
use crate::pki::timestamp::{
    Authority, OwnAuthority, ReplyError, ResponseError, StampError, TimestampRequest, TimestampResponse, TimestampToken,
};
use crate::report::Report;
use crate::store::{Changes, Name};
use crate::time::Time;
use crate::verify::{Stamps, judge_token};

/// Bytes of a nonce (RFC 3161 2.4.1 advises 64 bits).
const NONCE: usize = 8;

/// Largest request that is read; real ones stay below 200 bytes.
const REQUEST_BYTES: u64 = 64 << 10;

/// What a timestamp is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Over {
    /// The value of the last signature of a PDF or OFD; the bytes of any other file.
    Fitting,
    /// The value of this signature.
    Signature(String),
    /// The bytes of the file.
    Whole,
}

/// A request that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Where it is.
    pub output: PathBuf,
    /// The signature whose value is to be stamped; `None` for the bytes of the file.
    pub signature: Option<String>,
    /// The imprint.
    pub digest: Digest,
}

/// Writes a request for a timestamp over a file, or over the value of one of its signatures, with a nonce.
///
/// # Errors
/// [`OperationError::ValueUnknown`], and what keeps the file from being read or the request from being written.
pub fn request_timestamp(
    context: &Context<'_>,
    (input, passwords): (&Path, &[SecretBytes]),
    over: &Over,
    wanted: Option<DigestAlgorithm>,
    (target, overwrite): (&Path, Overwrite),
) -> Result<Asked, OperationError> {
    let place = input.display().to_string();
    let file = InputFile::open(input)?;
    let bytes = file.digest(wanted.unwrap_or(DigestAlgorithm::Sha256));
    let bytes = bytes.map_err(|error| OperationError::FileFault { path: place.clone(), fault: error.to_string() })?;
    let identity = file.identity();
    let value = match over {
        Over::Whole => None,
        Over::Fitting => signature_values(&file.shared(), &place, passwords)?.pop(),
        Over::Signature(id) => {
            let mut values = signature_values(&file.shared(), &place, passwords)?.into_iter();
            let unknown = || OperationError::ValueUnknown { path: place.clone(), id: id.clone() };
            Some(values.find(|value| value.id == *id).ok_or_else(unknown)?)
        }
    };
    let (signature, digest) = match value {
        None => (None, bytes),
        Some(value) => (Some(value.id), wanted.unwrap_or(value.digest).digest(&value.value)),
    };
    let mut nonce = [0; NONCE];
    context.random.fill(&mut nonce).map_err(|_| OperationError::RandomFailed {})?;
    let der = TimestampRequest::over(&digest).with_nonce(&nonce).to_der();
    let der = der.map_err(|error| OperationError::Internal { fault: error.to_string() })?;
    let mut output = OutputFile::create(target, overwrite, Access::Shared, &[identity])?;
    write(&mut output, target, &der)?;
    let output = output.commit()?.path().to_path_buf();
    Ok(Asked { output, signature, digest })
}

/// An answer that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// Where it is.
    pub output: PathBuf,
    /// The time stated.
    pub time: Time,
    /// Serial number of the token, hexadecimal.
    pub serial: String,
}

/// Answers a request by a certificate of the store for timestamps. What is not granted stands in the trail, and no answer
/// is written.
///
/// # Errors
/// [`OperationError::NotATimestampRequest`], [`OperationError::NotATsa`], [`OperationError::TimestampNotGranted`], and
/// what keeps the certificate from being used.
pub fn answer_timestamp(
    context: &Context<'_>,
    input: &Path,
    name: &Name,
    (target, overwrite): (&Path, Overwrite),
) -> Result<Answered, OperationError> {
    let place = input.display().to_string();
    let request = read_request(input)?;
    let reading = context.open()?;
    // Nothing is unlocked for a name that the store does not know.
    certificate_record(&reading, name)?;
    let mut store = context.unlocked(reading)?;
    let mut output = OutputFile::create(target, overwrite, Access::Shared, &[])?;
    let draft = Draft {
        certificate: Some(name.to_string()),
        file: Some(target.display().to_string()),
        ..context.draft(Act::TimestampIssued)
    };
    let answered = store.act(draft, |store, draft| {
        let (der, token) = answer(context, &*store, &request, name, &place)?;
        let info = token.info();
        let imprint = format!("{}:{}", info.digest_oid, hex(&info.imprint));
        *draft = draft.clone().with("serial", &info.serial_hex()).with("imprint", &imprint);
        *draft = draft.clone().with("time", &info.time.to_string());
        write(&mut output, target, &der)?;
        output.sync_and_reopen()?;
        Ok::<_, OperationError>((info.time, info.serial_hex()))
    });
    match answered {
        Ok((time, serial)) => Ok(Answered { output: output.commit()?.path().to_path_buf(), time, serial }),
        Err(error) => {
            let draft = Draft {
                certificate: Some(name.to_string()),
                file: Some(place),
                outcome: Outcome::Refused,
                code: Some(error.reason().name().to_owned()),
                ..context.draft(Act::Refused).with("act", "timestamp-reply")
            };
            // The refusal itself is what the caller must hear, so a fault of the record is not told in its stead.
            let _ = store.note(draft);
            Err(error)
        }
    }
}

/// The answer in DER, and the token in it.
fn answer(
    context: &Context<'_>,
    store: &dyn Changes,
    request: &TimestampRequest,
    name: &Name,
    place: &str,
) -> Result<(Vec<u8>, TimestampToken), OperationError> {
    let record = certificate_record(store, name)?;
    let certificate = parsed(&record.der)?;
    if !for_timestamps(&certificate) {
        return Err(OperationError::NotATsa { name: name.to_string() });
    }
    usable(store, &record, &certificate, context.now())?;
    let chain: Vec<_> = record.chain.iter().filter_map(|der| Certificate::from_der(der).ok()).collect();
    let chain: Vec<_> = chain.into_iter().filter(|above| !above.is_self_issued()).collect();
    let signer = store.signer(name)?;
    let authority = Authority { signer: signer.as_ref(), certificate: &certificate, chain: &chain };
    let own = OwnAuthority { authority, time: context.now(), random: context.random };
    let refused = |error: StampError| match error {
        StampError::Random => OperationError::RandomFailed {},
        StampError::Reply(ReplyError::Sign(_)) => OperationError::SigningFailed {},
        error => OperationError::TimestampNotGranted { path: place.to_owned(), fault: error.to_string() },
    };
    let der = own.answer(request).map_err(refused)?;
    let token = TimestampResponse::from_der(&der).and_then(|response| response.token_for(request));
    Ok((der, token.map_err(|error| refused(error.into()))?))
}

/// The files of a judgement.
#[derive(Clone, Copy, Debug)]
pub struct TokenFiles<'a> {
    /// An authority's answer, or the token.
    pub token: &'a Path,
    /// What it is said to stamp.
    pub data: &'a Path,
    /// The request that it is to answer.
    pub request: Option<&'a Path>,
}

/// Judges a timestamp over a file, or over the value of one of its signatures: which of them is told by the imprint. A
/// token over a value is judged together with the document.
///
/// # Errors
/// [`OperationError::NotATimestamp`], [`OperationError::NotATimestampRequest`], and what keeps a file from being read.
pub fn verify_timestamp(
    files: TokenFiles<'_>,
    gathered: &mut Gathered,
    retrieval: Option<&mut Retrieval<'_>>,
) -> Result<Report, OperationError> {
    let name = files.token.display().to_string();
    let token = read_token(files.token)?;
    let request = files.request.map(read_request).transpose()?;
    let answer = || request.as_ref().map(|request| request.answered_by(&token));
    let place = files.data.display().to_string();
    let input = InputFile::open(files.data)?;
    let algorithm = token.imprint_algorithm();
    let whole = algorithm.map(|algorithm| input.digest(algorithm)).transpose();
    let whole = whole.map_err(|error| OperationError::FileFault { path: place.clone(), fault: error.to_string() })?;
    let source = input.shared();
    let stamped = |digest: &Digest| digest.as_bytes() == token.info().imprint;
    let value = match algorithm {
        Some(algorithm) if !whole.as_ref().is_some_and(stamped) => {
            let values = match signature_values(&source, &place, gathered.passwords()) {
                // No value of a broken document is read, so that none is what the token stamps.
                Err(OperationError::DocumentMalformed { .. }) => Vec::new(),
                values => values?,
            };
            let values = values.into_iter();
            values.map(|value| (value.id, algorithm.digest(&value.value))).find(|(_, digest)| stamped(digest))
        }
        _ => None,
    };
    let stamps = match value {
        None => Stamps::File(whole),
        Some((ref id, digest)) => Stamps::Value { id, digest, document: &source },
    };
    let judge = |evidence: &crate::verify::Evidence<'_>| judge_token(token.clone(), &stamps, answer(), &name, evidence);
    let Some(retrieval) = retrieval else { return Ok(judge(&gathered.evidence())) };
    let mut report = retrieval.judged(gathered, judge);
    retrieval.tell(&mut report);
    Ok(report)
}

fn read_request(path: &Path) -> Result<TimestampRequest, OperationError> {
    TimestampRequest::from_der(&read_small(path, REQUEST_BYTES)?).map_err(|error| {
        OperationError::NotATimestampRequest { path: path.display().to_string(), fault: error.to_string() }
    })
}

/// The token of an answer, or one that stands by itself.
fn read_token(path: &Path) -> Result<TimestampToken, OperationError> {
    let bytes = read_small(path, VALUE_BYTES)?;
    if let Ok(token) = TimestampToken::read(&bytes) {
        return Ok(token);
    }
    let token = TimestampResponse::from_der(&bytes).and_then(|response| response.granted());
    token.map_err(|error: ResponseError| OperationError::NotATimestamp {
        path: path.display().to_string(),
        fault: error.to_string(),
    })
}

fn write(output: &mut OutputFile, target: &Path, bytes: &[u8]) -> Result<(), OperationError> {
    use std::io::Write;
    output.write_all(bytes).map_err(|error| OutputError::new(target, error).into())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
