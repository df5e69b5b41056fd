//! Rule `trailer`: the same catalog and the same file; document information is free (ISO 32000-1 7.5.5).

use crate::pdf::object::Object;
use crate::pdf::{PdfError, View};
use crate::report::{Code, LaterChanges};
use crate::verify::changes::comparison::Comparison;
use crate::verify::changes::equal::entries;
use crate::verify::changes::ledger::{Place, Stated};

const RULE: &str = "trailer";
/// Keys of sections and of their streams (tables 15, 17, 5), which say nothing of the document.
const SECTION: [&[u8]; 9] =
    [b"Size", b"Prev", b"XRefStm", b"Type", b"W", b"Index", b"Length", b"Filter", b"DecodeParms"];

pub(crate) fn compare(c: &mut Comparison<'_, '_>) -> Result<(), PdfError> {
    let at = Place::default();
    for (key, before, after) in entries(c.old().trailer(), c.new.trailer()) {
        match key.as_slice() {
            key if SECTION.contains(&key) => {}
            b"Root" if before != after => c.ledger.refuse(Code::CatalogModified, RULE, &at),
            b"Info" => information(c, &before, &after)?,
            b"ID" => identifier(c, &before, &after, &at)?,
            // Updates leave out what writers put into first trailers; what they add must not lead anywhere.
            key => {
                let gone = after == Object::Null && key != b"Encrypt" && key != b"Root";
                let plain = !matches!(after, Object::Reference(_) | Object::Array(_) | Object::Dictionary(_));
                let harmless = gone || (before == Object::Null && plain && key != b"Encrypt");
                if !harmless && !c.same(&before, &after)? {
                    c.ledger.refuse(Code::UnexpectedEntryInXref, RULE, &at);
                }
            }
        }
    }
    Ok(())
}

/// Dates and producer change with every save (14.3.3).
fn information(c: &mut Comparison<'_, '_>, before: &Object, after: &Object) -> Result<(), PdfError> {
    let read = |view: View<'_>, value: &Object| match view.resolve(value) {
        Err(error @ (PdfError::Limit(_) | PdfError::Read { .. } | PdfError::Encrypted)) => Err(error),
        other => Ok(other.ok()),
    };
    if *after != Object::Null && read(c.old(), before)? != read(c.new, after)? {
        let code = Code::DocumentInformationChanged;
        c.explain(Stated::new(code, LaterChanges::LongTermData, "document-information", &Place::default()));
    }
    Ok(())
}

/// Some writers renew both halves of the identifier; only the keys of an encrypted file depend on the first (14.4,
/// 7.6.3.3).
fn identifier(c: &mut Comparison<'_, '_>, before: &Object, after: &Object, at: &Place) -> Result<(), PdfError> {
    if c.old().document().encryption().is_none() {
        return Ok(());
    }
    let first = |view: View<'_>, value: &Object| -> Result<Object, PdfError> {
        let value = view.resolve(value)?;
        value.as_array().and_then(|items| items.first()).map_or(Ok(Object::Null), |item| view.resolve(item))
    };
    if first(c.old(), before)? != first(c.new, after)? {
        c.ledger.refuse(Code::UnexpectedEntryInXref, RULE, at);
    }
    Ok(())
}
