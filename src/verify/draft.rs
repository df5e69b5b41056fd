//! A signature's report while it is being drawn up, and the one place where findings become an indication.

use crate::report::{Code, Effect, Finding, Indication, Kind, SignatureReport, Step, StepResult, SubIndication};
use crate::time::Zone;

/// Findings of one signature, from which on each kind is told once: nobody reads more of them.
const FINDINGS: usize = 1_000;

/// A report being drawn up: blocks add steps and findings; [`Draft::conclude`] judges them once.
#[derive(Debug)]
pub(crate) struct Draft {
    /// What will be handed out.
    pub(crate) report: SignatureReport,
    /// Whether the claimed time of signing states its zone.
    pub(crate) zone: Zone,
}

impl Draft {
    pub(crate) fn new(id: impl Into<String>, kind: Kind) -> Self {
        Draft { report: SignatureReport::new(id, kind), zone: Zone::Stated }
    }

    /// Adds a finding that belongs to no step. Of a kind of which there are very many, further ones would change no
    /// verdict and only cost time.
    pub(crate) fn find(&mut self, finding: Finding) {
        let full = self.report.findings.len() >= FINDINGS;
        if full && self.report.findings.iter().any(|other| other.code == finding.code) {
            return;
        }
        if !self.report.findings.contains(&finding) {
            self.report.findings.push(finding);
        }
    }

    /// A step that held.
    pub(crate) fn pass(&mut self, step: &'static str, clause: &'static str) {
        self.report.steps.push(Step { step, clause, result: StepResult::Passed, code: None });
    }

    /// A step that does not apply to this kind of signature.
    pub(crate) fn not_applicable(&mut self, step: &'static str, clause: &'static str) {
        self.report.steps.push(Step { step, clause, result: StepResult::NotApplicable, code: None });
    }

    /// A step that could not run because an earlier one gave it nothing to work on.
    pub(crate) fn not_run(&mut self, step: &'static str, clause: &'static str) {
        self.report.steps.push(Step { step, clause, result: StepResult::NotRun, code: None });
    }

    /// A step that ended in a finding; a finding that only warns lets the step pass.
    pub(crate) fn end(&mut self, step: &'static str, clause: &'static str, finding: Finding) {
        let result = match finding.code.effect() {
            Effect::Fail | Effect::Refuse => StepResult::Failed,
            Effect::Doubt => StepResult::Indeterminate,
            Effect::Warn | Effect::Tell => StepResult::Passed,
        };
        self.report.steps.push(Step { step, clause, result, code: Some(finding.code) });
        let finding = if finding.clause.is_none() { finding.clause(clause) } else { finding };
        self.find(finding);
    }

    /// A step with all its findings: passed where there are none, else as the gravest of them says.
    pub(crate) fn settle(&mut self, step: &'static str, clause: &'static str, findings: Vec<Finding>) {
        let gravity = |finding: &Finding| match finding.code.effect() {
            Effect::Fail | Effect::Refuse => 2,
            Effect::Doubt => 1,
            Effect::Warn | Effect::Tell => 0,
        };
        let Some(gravest) = findings.iter().max_by_key(|f| gravity(f)).cloned() else {
            return self.pass(step, clause);
        };
        self.end(step, clause, gravest);
        for finding in findings {
            let finding = if finding.clause.is_none() { finding.clause(clause) } else { finding };
            self.find(finding);
        }
    }

    /// Whether a step of this name passed.
    pub(crate) fn passed(&self, step: &str) -> bool {
        let mut seen = self.report.steps.iter().filter(|s| s.step == step).peekable();
        seen.peek().is_some() && seen.all(|s| s.result == StepResult::Passed)
    }

    /// Turns steps and findings into the indication (EN 319 102-1 5.1.3): a failure outranks a doubt, and a step that
    /// did not run is a doubt.
    pub(crate) fn conclude(&mut self) {
        let (indication, sub_indication) = judge(&self.report.findings, &self.report.steps);
        self.report.indication = indication;
        self.report.sub_indication = sub_indication;
    }
}

/// The verdict of findings that belong to no steps.
pub(crate) fn of_findings(findings: &[Finding]) -> Indication {
    let judged = Step { step: "path", clause: "", result: StepResult::Passed, code: None };
    judge(findings, &[judged]).0
}

/// The only place where findings and steps become a verdict.
pub(crate) fn judge(findings: &[Finding], steps: &[Step]) -> (Indication, Option<SubIndication>) {
    let effect = |wanted: Effect| findings.iter().find(|f| f.code.effect() == wanted);
    let first = |wanted: Effect| {
        findings.iter().filter(|f| f.code.effect() == wanted).find_map(|f| Code::sub_indication(f.code))
    };
    let step = |wanted: StepResult| steps.iter().any(|s| s.result == wanted);
    if effect(Effect::Fail).is_some() || effect(Effect::Refuse).is_some() || step(StepResult::Failed) {
        return (Indication::TotalFailed, first(Effect::Fail));
    }
    let unsettled = step(StepResult::Indeterminate) || step(StepResult::NotRun) || steps.is_empty();
    if effect(Effect::Doubt).is_some() || unsettled {
        return (Indication::Indeterminate, first(Effect::Doubt));
    }
    (Indication::TotalPassed, None)
}

#[cfg(test)]
mod tests {
    use crate::report::{Code, Finding, Indication, Kind, SubIndication};
    use crate::verify::draft::Draft;

    #[test]
    fn nothing_checked_is_never_passed() {
        let mut draft = Draft::new("s", Kind::Seal);
        draft.conclude();
        assert_eq!(draft.report.indication, Indication::Indeterminate);
    }

    #[test]
    fn a_step_that_did_not_run_leaves_doubt() {
        let mut draft = Draft::new("s", Kind::Seal);
        draft.pass("format", "");
        draft.not_run("value", "");
        draft.conclude();
        assert_eq!(draft.report.indication, Indication::Indeterminate);
    }

    #[test]
    fn a_failure_outranks_a_doubt() {
        let mut draft = Draft::new("s", Kind::Seal);
        draft.end("path", "", Finding::new(Code::NoCertificateChain));
        draft.end("value", "", Finding::new(Code::SigCryptoFailure));
        draft.conclude();
        assert_eq!(draft.report.indication, Indication::TotalFailed);
        assert_eq!(draft.report.sub_indication, Some(SubIndication::SigCryptoFailure));
    }

    #[test]
    fn a_warning_lets_a_signature_pass() {
        let mut draft = Draft::new("s", Kind::Seal);
        draft.end("value", "", Finding::new(Code::ValueRaw));
        draft.conclude();
        assert_eq!(draft.report.indication, Indication::TotalPassed);
    }
}
