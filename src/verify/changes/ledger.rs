//! What the rules found: each change, allowed or refused.

use std::collections::HashSet;

use crate::pdf::object::ObjectId;
use crate::report::{Change, Code, Finding, LaterChanges};

/// Most changes kept; a document with more is as bad, or as good, with these.
const CHANGES: usize = 1_000;

/// Where a change shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// The page.
    pub(crate) page: Option<ObjectId>,
    /// Full name of the form field.
    pub(crate) field: Option<String>,
    /// The object under whose number the change stands.
    pub(crate) object: Option<ObjectId>,
}

/// A change as a rule states it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stated {
    /// Reason.
    pub(crate) code: Code,
    /// Level.
    pub(crate) level: LaterChanges,
    /// The rule that judged it.
    pub(crate) rule: &'static str,
    /// Where.
    pub(crate) place: Place,
    /// Value before, in words.
    pub(crate) before: Option<String>,
    /// Value after, in words.
    pub(crate) after: Option<String>,
}

impl Stated {
    /// A change of this kind.
    pub(crate) fn new(code: Code, level: LaterChanges, rule: &'static str, place: &Place) -> Self {
        Stated { code, level, rule, place: place.clone(), before: None, after: None }
    }

    /// With what stood there before and what stands there now.
    pub(crate) fn values(mut self, before: impl Into<Option<String>>, after: impl Into<Option<String>>) -> Self {
        self.before = before.into();
        self.after = after.into();
        self
    }
}

/// Everything stated about the revisions after a signature.
#[derive(Debug)]
pub(crate) struct Ledger {
    allowed: LaterChanges,
    level: LaterChanges,
    stated: Vec<(Stated, Verdict)>,
    remarks: Vec<Remark>,
}

/// A code, where, and values for its sentence.
type Remark = (Code, Place, Vec<(&'static str, String)>);

/// Whether a change may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Allowed,
    Refused,
}

impl Ledger {
    /// An empty one for signatures that allow changes up to this level.
    pub(crate) fn new(allowed: LaterChanges) -> Self {
        Ledger { allowed, level: LaterChanges::None, stated: Vec::new(), remarks: Vec::new() }
    }

    /// A change that a rule explains. Whether its level is allowed decides; `refusal` is the code if it is not.
    pub(crate) fn explain(&mut self, mut stated: Stated, refusal: Code) {
        self.level = self.level.max(stated.level);
        let verdict = if stated.level <= self.allowed {
            Verdict::Allowed
        } else {
            stated.code = refusal;
            Verdict::Refused
        };
        self.push(stated, verdict);
    }

    /// A change that no rule explains.
    pub(crate) fn refuse(&mut self, code: Code, rule: &'static str, place: &Place) {
        self.refuse_stated(Stated::new(code, LaterChanges::Other, rule, place));
    }

    /// The same with values.
    pub(crate) fn refuse_stated(&mut self, mut stated: Stated) {
        stated.level = LaterChanges::Other;
        self.level = LaterChanges::Other;
        self.push(stated, Verdict::Refused);
    }

    /// Something that is no change but should be known.
    pub(crate) fn remark(&mut self, code: Code, place: &Place, arguments: Vec<(&'static str, String)>) {
        let remark = (code, place.clone(), arguments);
        if self.remarks.len() < CHANGES && !self.remarks.contains(&remark) {
            self.remarks.push(remark);
        }
    }

    /// Highest level stated.
    pub(crate) fn level(&self) -> LaterChanges {
        self.level
    }

    /// The pages that entries name.
    pub(crate) fn pages(&self) -> HashSet<ObjectId> {
        let stated = self.stated.iter().filter_map(|(stated, _)| stated.place.page);
        stated.chain(self.remarks.iter().filter_map(|(_, place, _)| place.page)).collect()
    }

    /// Changes and findings, with pages by their number.
    pub(crate) fn close(self, page_number: impl Fn(ObjectId) -> Option<u32>) -> (Vec<Change>, Vec<Finding>) {
        let mut changes = Vec::new();
        let mut findings: Vec<Finding> = Vec::new();
        let told: HashSet<Option<String>> = self
            .stated
            .iter()
            .filter(|(stated, _)| tells_filling(stated))
            .map(|(s, _)| s.place.field.clone())
            .collect();
        for (stated, verdict) in self.stated {
            // A new appearance is part of what the field's own entry says.
            let appearance = stated.code == Code::FieldFilled && !tells_filling(&stated);
            if appearance && told.contains(&stated.place.field) {
                continue;
            }
            let page = stated.place.page.and_then(&page_number);
            if verdict == Verdict::Refused {
                let finding = finding(stated.code, &stated.place, page).with("rule", stated.rule);
                if !findings.contains(&finding) {
                    findings.push(finding);
                }
            }
            changes.push(Change {
                code: stated.code,
                level: stated.level,
                page,
                field: stated.place.field,
                before: stated.before,
                after: stated.after,
                rule: stated.rule,
            });
        }
        for (code, place, arguments) in self.remarks {
            let mut remark = finding(code, &place, place.page.and_then(&page_number));
            remark.arguments.extend(arguments);
            if !findings.contains(&remark) {
                findings.push(remark);
            }
        }
        (changes, findings)
    }

    /// Keeps a change once: what a later revision says of the same thing replaces what an earlier one said.
    fn push(&mut self, stated: Stated, verdict: Verdict) {
        let same = |old: &Stated| old.code == stated.code && old.rule == stated.rule && old.place == stated.place;
        if let Some((old, _)) = self.stated.iter_mut().find(|(old, _)| same(old)) {
            if stated.after.is_some() {
                old.after = stated.after;
            }
            old.level = old.level.max(stated.level);
        } else if self.stated.len() < CHANGES {
            self.stated.push((stated, verdict));
        } else if verdict == Verdict::Refused
            && let Some(last) = self.stated.last_mut()
        {
            // A refusal is never lost: it takes the place of something else.
            *last = (stated, verdict);
        }
    }
}

/// Whether a change says what was filled in, or that the field was signed.
fn tells_filling(stated: &Stated) -> bool {
    let valued = stated.before.is_some() || stated.after.is_some();
    stated.code == Code::LaterSignature || (stated.code == Code::FieldFilled && valued)
}

fn finding(code: Code, place: &Place, page: Option<u32>) -> Finding {
    let mut finding = Finding::new(code).clause("ISO 32000-1 12.8.2.2");
    if let Some(page) = page {
        finding = finding.with("page", page);
    }
    if let Some(field) = &place.field {
        finding = finding.with("field", field);
    }
    match (page, &place.field, place.object) {
        (Some(page), _, _) => finding.at(format!("page {page}")),
        (None, Some(field), _) => finding.at(field.clone()),
        (None, None, Some(id)) => finding.at(format!("{} {} obj", id.number, id.generation)),
        (None, None, None) => finding,
    }
}

#[cfg(test)]
mod tests {
    use crate::report::{Code, LaterChanges};
    use crate::verify::changes::ledger::{Ledger, Place, Stated};

    #[test]
    fn a_change_above_the_allowed_level_is_refused_at_its_own_level() {
        let mut ledger = Ledger::new(LaterChanges::LongTermData);
        let place = Place::default();
        let stated = Stated::new(Code::FieldFilled, LaterChanges::FormFilling, "form-field", &place);
        ledger.explain(stated, Code::LaterChangeForbidden);
        assert_eq!(ledger.level(), LaterChanges::FormFilling);
        let (changes, findings) = ledger.close(|_| None);
        assert_eq!(changes[0].code, Code::LaterChangeForbidden);
        assert_eq!(findings[0].code, Code::LaterChangeForbidden);
    }

    #[test]
    fn a_full_ledger_still_takes_a_refusal() {
        let mut ledger = Ledger::new(LaterChanges::FormFilling);
        for at in 0..1_001 {
            let place = Place { field: Some(at.to_string()), ..Place::default() };
            let stated = Stated::new(Code::FieldFilled, LaterChanges::FormFilling, "form-field", &place);
            ledger.explain(stated, Code::LaterChangeForbidden);
        }
        ledger.refuse(Code::PageModified, "page", &Place::default());
        let (_, findings) = ledger.close(|_| None);
        assert_eq!(findings.len(), 1);
    }
}
