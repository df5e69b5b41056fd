//! Document timestamps (ETSI EN 319 142-1 5.4.3, ISO 32000-2 12.8.5).

use crate::archive::ArchiveError;
use crate::crypto::{DigestAlgorithm, Hasher};
use crate::pdf::{
    Document, FieldChoice, SignatureKind, SignatureRequest, SignedRevision, Statement, Visibility, prepare_signature,
};
use crate::pki::timestamp::TimestampSource;

/// Room for a token at first: those of authorities with their chain are smaller than this.
const ROOM: usize = 8 << 10;
/// No token is larger.
const MOST: usize = 1 << 20;

/// Appends a document timestamp over everything that is there.
///
/// # Errors
/// [`ArchiveError`].
pub fn document_timestamp(
    document: &Document,
    authority: &dyn TimestampSource,
    digest: DigestAlgorithm,
) -> Result<SignedRevision, ArchiveError> {
    let mut room = ROOM;
    loop {
        let prepared = prepare_signature(document, &request(room))?;
        let mut hasher = Hasher::new(digest);
        prepared.feed(|bytes| hasher.update(bytes)).map_err(|error| ArchiveError::Read(error.kind()))?;
        let token = authority.stamp(&hasher.finish())?;
        match prepared.fill(token.as_der()) {
            Ok(filled) => return Ok(filled),
            // More room is other bytes, which need another token.
            Err(larger) if room < MOST => room = larger.needed.saturating_mul(2).clamp(room.saturating_mul(2), MOST),
            Err(larger) => return Err(larger.into()),
        }
    }
}

fn request(room: usize) -> SignatureRequest {
    SignatureRequest {
        field: FieldChoice::New { name: None },
        kind: SignatureKind::DocTimeStamp,
        filter: "Adobe.PPKLite",
        sub_filter: "ETSI.RFC3161",
        contents_capacity: room,
        // /M shall not be there: the token tells the time.
        statement: Statement::default(),
        doc_mdp: None,
        lock: None,
        seal: None,
        extra: Vec::new(),
        visibility: Visibility::Invisible,
    }
}
