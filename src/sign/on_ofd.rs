//! Signing and sealing of OFD (GB/T 33190-2016 chapter 18).

use crate::crypto::DigestAlgorithm;
use crate::geometry::{Size, TextRun};
use crate::limits::Budget;
use crate::ofd::{Document, DosTime, Lock, Provider, SignatureKind, Stamp, UpdateRequest, prepare};
use crate::sign::keyword::{Paper, hits};
use crate::sign::placement::{rectangles, resolve};
use crate::sign::seal_value::SealValue;
use crate::sign::stamp::{self, Around};
use crate::sign::{
    Body, Closing, ContainerChoice, Hit, Keyword, Remark, Request, Show, Shown, SignError, Signed, Stated,
};
use crate::signature::{Form, SignatureBuilder, Statement};

/// Signs the first document of an OFD package.
///
/// # Errors
/// [`SignError`]; nothing has been written then.
pub fn sign_ofd(document: &Document, budget: &Budget, request: &Request<'_>) -> Result<Signed, SignError> {
    sign_ofd_document(document, 0, budget, request)
}

/// Signs one document of an OFD package (GB/T 33190-2016 7.4, DocBody), counted from 0. The files of the others are covered
/// too: they travel with it.
///
/// # Errors
/// [`SignError`]; nothing has been written then.
pub fn sign_ofd_document(
    document: &Document,
    body: usize,
    budget: &Budget,
    request: &Request<'_>,
) -> Result<Signed, SignError> {
    if request.container == ContainerChoice::Cms && request.seal.is_some() {
        // GM/T 0099-2020 7.2.2: a signature of type Seal holds SES_Signature.
        return Err(SignError::Document { detail: "a seal in OFD is always SES_Signature".to_owned() });
    }
    if request.container == ContainerChoice::Ses && request.seal.is_none() {
        return Err(SignError::SealNeeded);
    }
    refuse_text_in_strips(request)?;
    let shown = shown_on_ofd(document, body, budget, &request.show)?;
    let algorithm = request.identity.signer.algorithm();
    let prepared = prepare(document, update(request, body, &shown), budget)?;
    let digest = algorithm.digest().digest(prepared.signature_xml());
    let count = document.bodies().len();
    // As reports name it.
    let id = if count > 1 { format!("{body}:{}", prepared.id()) } else { prepared.id().to_owned() };
    let (bytes, value) = match &request.seal {
        Some(used) => {
            let path = prepared.signature_path().absolute();
            SealValue::new(used.seal, request, &stated(request)).sign(&digest, &path, request.identity.signer)?
        }
        None => {
            let form = Form::Ofd { signing_time: request.time };
            let chain = request.identity.chain.to_vec();
            let builder =
                SignatureBuilder::new(request.identity.certificate.clone(), chain, form)?.statement(stated(request));
            let bytes = builder.document_digest(&digest)?.sign(request.identity.signer)?;
            let value = cms_value(&bytes);
            (bytes, value)
        }
    };
    let around = if request.seal.is_some() { Around::Ses } else { Around::Cms };
    let mut remarks = Vec::new();
    let bytes = stamp::stamped(request, around, (bytes, &value), usize::MAX, &mut remarks)?;
    let filled = prepared.fill(bytes)?;
    let body = Body::Ofd(filled);
    if !request.stated.caption.is_empty() {
        remarks.push(Remark::CaptionLeftOut);
    }
    Ok(Signed { body, id, shown, value, digests: None, documents: count, original: None, remarks })
}

/// Where it will be shown, on the pages of one document of the package, counted from 0.
///
/// # Errors
/// [`SignError::DocumentOutOfRange`], [`SignError::PageOutOfRange`], [`SignError::OffPage`].
pub fn shown_on_ofd(document: &Document, body: usize, budget: &Budget, show: &Show) -> Result<Vec<Shown>, SignError> {
    if let Show::Field { name } = show {
        return Err(SignError::FieldUnknown { name: name.clone() });
    }
    rectangles(show, &mut OfdPaper { document, body, budget, count: document.body(body)?.pages().len() })
}

/// Where a text stands on the pages of one document of the package, counted from 0.
///
/// # Errors
/// [`SignError::DocumentOutOfRange`], [`SignError::PageOutOfRange`], [`SignError::KeywordMissing`].
pub fn locate_on_ofd(
    document: &Document,
    body: usize,
    budget: &Budget,
    keyword: &Keyword,
) -> Result<Vec<Hit>, SignError> {
    let mut paper = OfdPaper { document, body, budget, count: document.body(body)?.pages().len() };
    hits(keyword, &resolve(&keyword.pages, paper.count)?, &mut paper)
}

/// The pages of one document of a package.
struct OfdPaper<'d> {
    document: &'d Document,
    body: usize,
    budget: &'d Budget,
    count: usize,
}

impl Paper for OfdPaper<'_> {
    fn count(&self) -> usize {
        self.count
    }

    fn size(&mut self, page: usize) -> Result<Size, SignError> {
        Ok(self.document.page_size(self.body, page, self.budget)?)
    }

    fn texts(
        &mut self,
        pages: &[usize],
        take: &mut dyn FnMut(usize, Vec<TextRun>) -> Result<(), SignError>,
    ) -> Result<(), SignError> {
        let text = self.document.page_text(self.body, self.budget)?;
        pages.iter().try_for_each(|page| take(*page, text.runs(*page)?))
    }
}

/// Signature.xml has no place for reason and location (GB/T 33190-2016 table 68): they stand in our own statement.
fn stated(request: &Request<'_>) -> Statement {
    let Stated { reason, location, statement, .. } = &request.stated;
    Statement { reason: reason.clone(), location: location.clone(), ..statement.clone() }
}

/// A name and a date cannot be cut into strips.
pub(crate) fn refuse_text_in_strips(request: &Request<'_>) -> Result<(), SignError> {
    let straddles = matches!(request.show, Show::Straddle(_));
    if straddles && request.seal.is_none() { Err(SignError::SealNeeded) } else { Ok(()) }
}

fn update(request: &Request<'_>, body: usize, shown: &[Shown]) -> UpdateRequest {
    let algorithm = request.identity.signer.algorithm();
    UpdateRequest {
        body,
        kind: if request.seal.is_some() { SignatureKind::Seal } else { SignatureKind::Sign },
        stamps: shown.iter().map(|s| Stamp { page: s.page, rect: s.rect, clip: s.clip }).collect(),
        provider: Provider {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            company: None,
        },
        check: match algorithm.digest() {
            DigestAlgorithm::Sm3 => DigestAlgorithm::Sm3,
            _ => DigestAlgorithm::Sha256,
        },
        signature_method: algorithm.oid().to_owned(),
        date_time: request.time,
        seal: request.seal.map(|used| used.seal.as_der().to_vec()),
        lock: if request.closing == Closing::Open { Lock::Open } else { Lock::Locked },
        modified: DosTime::FIRST,
    }
}

/// The value of the one SignerInfo.
pub(crate) fn cms_value(bytes: &[u8]) -> Vec<u8> {
    let read = crate::pki::cms::SignedData::read(bytes);
    read.ok().and_then(|data| data.signer_infos.into_iter().next()).map(|info| info.signature).unwrap_or_default()
}
