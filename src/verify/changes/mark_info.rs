//! Rule `mark-information`: three truth values that say how the document is tagged (ISO 32000-1 table 321).

use crate::pdf::PdfError;
use crate::pdf::object::Object;
use crate::report::{Code, LaterChanges};
use crate::verify::changes::comparison::Comparison;
use crate::verify::changes::ledger::{Place, Stated};

const RULE: &str = "mark-information";
const KEYS: [&[u8]; 4] = [b"Type", b"Marked", b"UserProperties", b"Suspects"];

pub(crate) fn compare(c: &mut Comparison<'_, '_>, new: &Object, at: &Place) -> Result<(), PdfError> {
    let plain = |(key, value): (&[u8], &Object)| {
        KEYS.contains(&key) && matches!(value, Object::Boolean(_) | Object::Name(_) | Object::Null)
    };
    if new.as_dictionary().is_some_and(|dictionary| dictionary.iter().all(plain)) {
        c.explain(Stated::new(Code::DocumentSettingsChanged, LaterChanges::FormFilling, RULE, at));
    } else {
        c.ledger.refuse(Code::CatalogModified, RULE, at);
    }
    Ok(())
}
