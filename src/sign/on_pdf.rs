//! Signing and sealing of PDF: one appended revision (ISO 32000-1 7.5.6, 12.8).

use std::sync::Arc;

use crate::crypto::{Digest, DigestAlgorithm, Hasher, Signer};
use crate::geometry::{Millimetres, Size, TextRun};
use crate::pdf::{
    Appearance, DocMdp, Document, FieldChoice, FieldIs, FieldLock, LockedFields, NoteKind, Permission, PicturePart,
    Reading, SignatureKind, SignatureRequest, SignatureWidget, View, Visibility, prepare_signature,
};
use crate::sign::caption::{BelowSeal, signer_appearance};
use crate::sign::form::{Container, names};
use crate::sign::keyword::{Paper, hits};
use crate::sign::placement::{rectangles, resolve};
use crate::sign::seal_value::SealValue;
use crate::sign::stamp::{self, Around};
use crate::sign::{Body, Closing, FileDigests, Hit, Keyword, Remark, Request, Show, Shown, SignError, Signed};
use crate::signature::{Form, SignatureBuilder};

/// Signs a PDF.
///
/// # Errors
/// [`SignError`]; nothing has been written then.
pub fn sign_pdf(document: &Document, request: &Request<'_>) -> Result<Signed, SignError> {
    crate::sign::on_ofd::refuse_text_in_strips(request)?;
    let shown = shown_on_pdf(document, &request.show)?;
    let maker = Maker::new(request)?;
    let dictionary = dictionary(document, request, &maker, &shown)?;
    let room = dictionary.contents_capacity;
    let prepared = prepare_signature(document, &dictionary)?;
    let mut hasher = Hasher::new(request.identity.signer.algorithm().digest());
    let (mut left, mut original) = (document.len(), None);
    let fed = prepared.feed(|bytes| {
        hasher.update(bytes);
        left = left.saturating_sub(bytes.len() as u64);
        if left == 0 && original.is_none() {
            original = Some(hasher.clone());
        }
    });
    fed.map_err(|error| SignError::Read(error.kind()))?;
    let id = prepared.field().to_owned();
    let around = maker.around();
    let mut missing = Vec::new();
    let (contents, value) = maker.make(request, hasher.finish())?;
    let contents = stamp::stamped(request, around, (contents, &value), room, &mut missing)?;
    let filled = prepared.fill(&contents).map_err(|error| SignError::Document { detail: error.to_string() })?;
    // Where the beginning was written anew, the original is not what the result begins with.
    let kept = document.kept_by_updates()?;
    let digests = original.filter(|_| kept.is_some()).and_then(|original| digests(original, filled.revision().tail()));
    let mut remarks = remarks(document, kept, &request.show);
    remarks.append(&mut missing);
    Ok(Signed { body: Body::Pdf(filled), id, shown, value, digests, documents: 1, original: kept, remarks })
}

/// Whether readers may show something else for an oddity. About how sections end, and about a Size that is too small, they
/// agree in practice.
fn shows_otherwise(kind: NoteKind) -> bool {
    let agreed = matches!(
        kind,
        NoteKind::EofMissing
            | NoteKind::SectionEnd
            | NoteKind::StartXrefValue
            | NoteKind::XrefBeyondSize
            | NoteKind::EndStreamMissing
    );
    kind.reading() == Reading::Two && !agreed
}

fn remarks(document: &Document, kept: Option<u64>, show: &Show) -> Vec<Remark> {
    let field = if matches!(show, Show::Field { .. }) { FieldIs::There } else { FieldIs::New };
    let rebuilt = document.notes().iter().any(|note| note.kind == NoteKind::Rebuilt);
    let all = [
        (rebuilt, Remark::Rebuilt),
        (document.notes().iter().any(|note| shows_otherwise(note.kind)), Remark::Ambiguous),
        (kept.is_none(), Remark::BeginningReplaced),
        (document.signing_permission(field) == Permission::Withheld, Remark::PermissionsWithheld),
    ];
    all.into_iter().filter(|(holds, _)| *holds).map(|(_, remark)| remark).collect()
}

/// The files' digests, by a hasher that was fed the original. A large document is read once less for it.
fn digests(original: Hasher, tail: &[u8]) -> Option<FileDigests> {
    if original.algorithm() != DigestAlgorithm::Sha256 {
        return None;
    }
    let mut whole = original.clone();
    whole.update(tail);
    Some(FileDigests { before: original.finish(), after: whole.finish() })
}

/// What is reserved for a token beside the value.
fn token_room(request: &Request<'_>) -> usize {
    if request.timestamping.is_some() { stamp::ROOM } else { 0 }
}

/// Where it will be shown.
///
/// # Errors
/// [`SignError::PageOutOfRange`], [`SignError::OffPage`].
pub fn shown_on_pdf(document: &Document, show: &Show) -> Result<Vec<Shown>, SignError> {
    let view = document.current()?;
    if let Show::Field { name } = show {
        return field_rectangles(view, name);
    }
    rectangles(show, &mut PdfPaper::new(view)?)
}

/// Where a text stands on the pages of a PDF, by what is seen: how the file cuts text into pieces does not matter.
///
/// # Errors
/// [`SignError::PageOutOfRange`], [`SignError::KeywordMissing`]; those of reading the pages.
pub fn locate_on_pdf(document: &Document, keyword: &Keyword) -> Result<Vec<Hit>, SignError> {
    let mut paper = PdfPaper::new(document.current()?)?;
    let pages = resolve(&keyword.pages, paper.count())?;
    hits(keyword, &pages, &mut paper)
}

/// The pages of a PDF.
struct PdfPaper<'d> {
    view: View<'d>,
    sizes: Vec<Size>,
}

impl<'d> PdfPaper<'d> {
    /// One walk over the pages: asking for each by its number would walk the tree for each.
    fn new(view: View<'d>) -> Result<Self, SignError> {
        let sizes = view.pages().map(|page| Ok(page?.page_box.viewed_size())).collect::<Result<_, SignError>>()?;
        Ok(PdfPaper { view, sizes })
    }
}

impl Paper for PdfPaper<'_> {
    fn count(&self) -> usize {
        self.sizes.len()
    }

    fn size(&mut self, page: usize) -> Result<Size, SignError> {
        let missing = || crate::pdf::PdfError::PageOutOfRange { index: page, count: self.sizes.len() };
        Ok(self.sizes.get(page).copied().ok_or_else(missing)?)
    }

    fn texts(
        &mut self,
        pages: &[usize],
        take: &mut dyn FnMut(usize, Vec<TextRun>) -> Result<(), SignError>,
    ) -> Result<(), SignError> {
        let mut text = self.view.page_text();
        for page in self.view.pages() {
            let page = page?;
            if pages.binary_search(&page.index).is_ok() {
                take(page.index, text.runs(&page)?)?;
            }
        }
        Ok(())
    }
}

/// The rectangles that the document gave a signature field; none for an invisible one.
fn field_rectangles(view: View<'_>, name: &str) -> Result<Vec<Shown>, SignError> {
    let unknown = || SignError::FieldUnknown { name: name.to_owned() };
    let field = view.fields()?.into_iter().find(|field| field.name == name).ok_or_else(unknown)?;
    let mut shown = Vec::new();
    for widget in &field.widgets {
        let Some(rect) = widget.rect.filter(|r| r.x1 > r.x0 && r.y1 > r.y0) else { continue };
        let Some(page) = view.page_of(widget)? else { continue };
        shown.push(Shown { page, rect: view.page(page)?.page_box.to_viewed(rect), clip: None, hit: None });
    }
    Ok(shown)
}

/// What makes the value.
enum Maker {
    Cms(Box<SignatureBuilder>),
    Ses(Box<SealValue>),
}

impl Maker {
    fn new(request: &Request<'_>) -> Result<Self, SignError> {
        let identity = &request.identity;
        let algorithm = identity.signer.algorithm();
        let container = match &request.seal {
            Some(_) => request.container.for_pdf_seal(algorithm),
            None if request.container == crate::sign::ContainerChoice::Ses => return Err(SignError::SealNeeded),
            None => Container::Cms,
        };
        if let (Container::Ses, Some(used)) = (container, &request.seal) {
            return Ok(Maker::Ses(Box::new(SealValue::new(used.seal, request, &request.stated.statement))));
        }
        let builder = SignatureBuilder::new(identity.certificate.clone(), identity.chain.to_vec(), Form::Pdf)?
            .statement(request.stated.statement.clone());
        Ok(Maker::Cms(Box::new(builder)))
    }

    fn around(&self) -> Around {
        match self {
            Maker::Cms(_) => Around::Cms,
            Maker::Ses(_) => Around::Ses,
        }
    }

    fn container(&self) -> Container {
        match self {
            Maker::Cms(_) => Container::Cms,
            Maker::Ses(_) => Container::Ses,
        }
    }

    /// How long the value can become: /Contents is sized by this.
    fn upper_bound(&self, signer: &dyn Signer) -> Result<usize, SignError> {
        match self {
            Maker::Cms(builder) => Ok(builder.upper_bound()?),
            Maker::Ses(value) => value.upper_bound(signer),
        }
    }

    /// The container, and the bare value inside it.
    fn make(self, request: &Request<'_>, digest: Digest) -> Result<(Vec<u8>, Vec<u8>), SignError> {
        let signer = request.identity.signer;
        match self {
            Maker::Cms(builder) => {
                let contents = builder.document_digest(&digest)?.sign(signer)?;
                Ok((contents.clone(), crate::sign::on_ofd::cms_value(&contents)))
            }
            // propertyInfo has nothing to name in a PDF; makers leave it empty.
            Maker::Ses(value) => value.sign(&digest, "", signer),
        }
    }
}

fn dictionary(
    document: &Document,
    request: &Request<'_>,
    maker: &Maker,
    shown: &[Shown],
) -> Result<SignatureRequest, SignError> {
    let names = names(maker.container(), request.identity.signer.algorithm());
    let carried = request.seal.filter(|_| maker.container() == Container::Cms).map(|used| used.seal.as_der().to_vec());
    let (doc_mdp, lock) = closing(document, request.closing)?;
    Ok(SignatureRequest {
        field: match &request.show {
            Show::Field { name } => FieldChoice::Existing { name: name.clone() },
            _ => FieldChoice::New { name: None },
        },
        kind: SignatureKind::Signature,
        filter: names.filter,
        sub_filter: names.sub_filter,
        contents_capacity: maker.upper_bound(request.identity.signer)?.saturating_add(token_room(request)),
        statement: crate::pdf::Statement {
            time: Some(request.time),
            name: signer_name(request),
            reason: request.stated.reason.clone(),
            location: request.stated.location.clone(),
            contact: request.stated.contact.clone(),
        },
        doc_mdp,
        lock,
        seal: carried,
        extra: Vec::new(),
        visibility: visibility(request, shown)?,
    })
}

/// `--lock`: on the first signature DocMDP P=1, on a later one the field's /Lock with All and P 1 (ISO 32000-2 table
/// 235).
fn closing(document: &Document, closing: Closing) -> Result<(Option<DocMdp>, Option<FieldLock>), SignError> {
    let all = FieldLock { fields: LockedFields::All, permission: Some(DocMdp::NoChanges) };
    Ok(match closing {
        Closing::Open => (None, None),
        Closing::CertifyNothing => (Some(DocMdp::NoChanges), None),
        Closing::CertifyForms => (Some(DocMdp::FormFilling), None),
        Closing::CertifyAnnotations => (Some(DocMdp::Annotations), None),
        Closing::Locked if document.current()?.signatures()?.is_empty() => (Some(DocMdp::NoChanges), None),
        Closing::Locked => (None, Some(all)),
    })
}

fn signer_name(request: &Request<'_>) -> Option<String> {
    request.identity.certificate.subject().common_name()
}

fn visibility(request: &Request<'_>, shown: &[Shown]) -> Result<Visibility, SignError> {
    let Some(first) = shown.first() else { return Ok(Visibility::Invisible) };
    let own = matches!(request.show, Show::Field { .. });
    let Some(used) = &request.seal else {
        let aspect = first.rect.height.0 / first.rect.width.0;
        let appearance = signer_appearance(request, signer_name(request).unwrap_or_default(), aspect)?;
        if own {
            return Ok(Visibility::OwnRectangle(appearance));
        }
        let widget = |s: &Shown| SignatureWidget { page: s.page, rect: s.visible(), appearance: appearance.clone() };
        return Ok(Visibility::Widgets(shown.iter().map(widget).collect()));
    };
    let below = BelowSeal::of(request)?;
    let plain = |part: PicturePart| Appearance::Picture { picture: Arc::clone(used.picture), part };
    if own {
        let whole = below.as_ref().map(|below| below.panel(used.picture, None));
        return Ok(Visibility::OwnRectangle(whole.unwrap_or_else(|| plain(PicturePart::WHOLE))));
    }
    let widget = |s: &Shown| match &below {
        // A strip of a seal has no room below it.
        Some(below) if s.clip.is_none() => {
            let rect = below.grown(s.rect);
            SignatureWidget { page: s.page, rect, appearance: below.panel(used.picture, Some(rect)) }
        }
        _ => SignatureWidget { page: s.page, rect: s.visible(), appearance: plain(visible_part(s)) },
    };
    Ok(Visibility::Widgets(shown.iter().map(widget).collect()))
}

/// Which part of the picture a strip shows.
fn visible_part(shown: &Shown) -> PicturePart {
    let Some(clip) = shown.clip else { return PicturePart::WHOLE };
    // Sums of fractions may pass the picture's edge by a rounding.
    let share = |length: Millimetres, whole: Millimetres| (length.0 / whole.0).clamp(0.0, 1.0);
    PicturePart {
        left: share(clip.x, shown.rect.width),
        top: share(clip.y, shown.rect.height),
        right: share(clip.right(), shown.rect.width),
        bottom: share(clip.bottom(), shown.rect.height),
    }
}
