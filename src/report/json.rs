//! The report as JSON, schema `eseal-report/1`: keys are fixed for users' scripts.

use serde_json::{Value, json};

use crate::geometry::Rect;
use crate::report::{
    CertificateSummary, Change, Coverage, Finding, Format, Kind, LaterChanges, Placement, Report, SealSummary,
    SignatureReport, Step, StepResult, TimestampSummary,
};

/// Turns a finding into a sentence in the user's language.
pub type Describe<'a> = &'a dyn Fn(&Finding) -> String;

impl Report {
    /// The object that `verify --format json` prints on one line.
    #[must_use]
    pub fn to_json(&self, describe: Describe<'_>) -> Value {
        json!({
            "schema": "eseal-report/1",
            "tool": { "name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION") },
            "file": self.file,
            "format": self.format.map(Format::name),
            "validation_time": self.validation_time.to_string(),
            "policy": { "name": self.policy.name, "sha256": self.policy.sha256, "loosened": self.policy.loosened },
            "exit_status": self.exit_status,
            "indication": self.indication.name(),
            "findings": findings(&self.findings, describe),
            "signatures": self.signatures.iter().zip(1_usize..).map(|(s, order)| signature(s, order, describe)).collect::<Vec<_>>(),
        })
    }
}

/// `order` counts from 1, by the time of signing as far as the signatures themselves prove it.
fn signature(s: &SignatureReport, order: usize, describe: Describe<'_>) -> Value {
    json!({
        "id": s.id,
        "kind": s.kind.name(),
        "container": s.container,
        "sub_filter": s.sub_filter,
        "revision": s.revision,
        "indication": s.indication.name(),
        "sub_indication": s.sub_indication.map(crate::report::SubIndication::name),
        "findings": findings(&s.findings, describe),
        "algorithm": s.algorithm,
        "digest": s.digest,
        "signer": s.signer.as_ref().map(certificate),
        "path": s.path,
        "anchor": s.anchor,
        "seal": s.seal.as_ref().map(seal),
        "claimed_time": s.claimed_time.map(|t| t.to_string()),
        "proven_time": s.proven_time.map(|t| t.to_string()),
        "timestamps": s.timestamps.iter().map(timestamp).collect::<Vec<_>>(),
        "reason": s.statements.reason,
        "location": s.statements.location,
        "role": s.statements.role,
        "on_behalf_of": s.statements.on_behalf_of,
        "reference": s.statements.reference,
        "coverage": s.coverage.name(),
        "uncovered": s.uncovered,
        "order": order,
        "covers": s.covers,
        "covered_by": s.covered_by,
        "later_changes": s.later_changes.name(),
        "changes": s.changes.iter().map(change).collect::<Vec<_>>(),
        "steps": s.steps.iter().map(step).collect::<Vec<_>>(),
        "reliability": {
            "exclusive": s.reliability.exclusive.name(),
            "sole_control": s.reliability.sole_control.name(),
            "signature_alteration": s.reliability.signature_alteration.name(),
            "content_alteration": s.reliability.content_alteration.name(),
            "reliable": s.reliability.conclusion().name(),
        },
        "placements": s.placements.iter().map(placement).collect::<Vec<_>>(),
    })
}

pub(super) fn findings(list: &[Finding], describe: Describe<'_>) -> Vec<Value> {
    let one = |f: &Finding| {
        json!({
            "code": f.code.name(),
            "level": f.code.level().name(),
            "message": describe(f),
            "clause": f.clause,
            "where": f.place,
        })
    };
    list.iter().map(one).collect()
}

fn certificate(c: &CertificateSummary) -> Value {
    json!({
        "subject": c.subject,
        "issuer": c.issuer,
        "serial": c.serial,
        "not_before": c.not_before.to_string(),
        "not_after": c.not_after.to_string(),
    })
}

fn seal(s: &SealSummary) -> Value {
    json!({
        "id": s.id,
        "name": s.name,
        "type": s.kind,
        "version": s.version,
        "maker": s.maker,
        "valid_from": s.valid_from.to_string(),
        "valid_to": s.valid_to.to_string(),
        "size_mm": [s.size_mm.0, s.size_mm.1],
        "state": s.state,
    })
}

fn timestamp(t: &TimestampSummary) -> Value {
    json!({
        "kind": t.kind,
        "time": t.time.map(|time| time.to_string()),
        "accuracy_seconds": t.accuracy_seconds,
        "authority": t.authority,
        "imprint": t.imprint,
        "policy": t.policy,
        "serial": t.serial,
        "result": t.result.name(),
    })
}

fn change(c: &Change) -> Value {
    json!({
        "code": c.code.name(),
        "level": c.level.name(),
        "page": c.page,
        "field": c.field,
        "before": c.before,
        "after": c.after,
        "rule": c.rule,
    })
}

fn step(s: &Step) -> Value {
    json!({
        "step": s.step,
        "clause": s.clause,
        "result": s.result.name(),
        "code": s.code.map(crate::report::Code::name),
    })
}

fn placement(p: &Placement) -> Value {
    json!({ "page": p.page, "rectangle_mm": rectangle(&p.rectangle), "clip_mm": p.clip.as_ref().map(rectangle) })
}

/// `[x, y, width, height]` in mm from the top left, to a hundredth.
fn rectangle(r: &Rect) -> Value {
    let round = |n: f64| (n * 100.0).round() / 100.0;
    json!([round(r.x.0), round(r.y.0), round(r.width.0), round(r.height.0)])
}

impl Format {
    /// Name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Format::Pdf => "pdf",
            Format::Ofd => "ofd",
            Format::Detached => "detached",
        }
    }
}

impl Kind {
    /// Name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Kind::Seal => "seal",
            Kind::Signature => "signature",
            Kind::Timestamp => "timestamp",
        }
    }
}

impl Coverage {
    /// Name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Coverage::WholeDocument => "whole-document",
            Coverage::WholeRevision => "whole-revision",
            Coverage::Partial => "partial",
            Coverage::None => "none",
        }
    }
}

impl LaterChanges {
    /// Name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            LaterChanges::None => "none",
            LaterChanges::LongTermData => "long-term-data",
            LaterChanges::FormFilling => "form-filling",
            LaterChanges::Annotations => "annotations",
            LaterChanges::Other => "other",
        }
    }
}

impl StepResult {
    /// Name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            StepResult::Passed => "passed",
            StepResult::Failed => "failed",
            StepResult::Indeterminate => "indeterminate",
            StepResult::NotRun => "not-run",
            StepResult::NotApplicable => "not-applicable",
        }
    }
}
