//! One row of the table, and the check of it.

use crate::world::{World, codes};
use crate::zip::Zip;
use eseal::report::{Indication, Report};

/// What has to come out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// TOTAL-FAILED, with this code or sub-indication.
    Failed(&'static str),
    /// INDETERMINATE.
    Doubt(&'static str),
    /// Refused: exit status 5.
    Refused(&'static str),
    /// TOTAL-PASSED, and told.
    Told(&'static str),
}

/// On which of the sealed packages a recipe works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// Sealed once, sealed twice, locked, signed.
    All,
    /// Those that may take a further signature.
    Open,
    /// Sealed once.
    Once,
    /// Sealed twice.
    Twice,
    /// Locked.
    Locked,
    /// Signed without a seal (GB/T 35275).
    Signed,
    /// A riding seal (骑缝章) over two pages.
    Riding,
}

/// A sealed package to be attacked.
pub struct Stage<'w> {
    pub world: &'w World,
    pub kind: On,
    /// Its files, stored.
    pub zip: Zip,
}

impl Stage<'_> {
    /// The files, to be changed.
    pub fn zip(&self) -> Zip {
        self.zip.clone()
    }

    /// The package after a change of its files.
    pub fn with(&self, change: impl FnOnce(&mut Zip)) -> Vec<u8> {
        let mut zip = self.zip.clone();
        change(&mut zip);
        zip.build()
    }
}

/// Number in `attacks.md`, recipe, where it works, and what has to come out.
pub struct Case {
    pub number: u8,
    pub recipe: &'static str,
    pub on: On,
    pub make: fn(&Stage<'_>) -> Vec<u8>,
    pub wanted: Wanted,
}

pub fn case(number: u8, recipe: &'static str, on: On, make: fn(&Stage<'_>) -> Vec<u8>, wanted: Wanted) -> Case {
    Case { number, recipe, on, make, wanted }
}

/// The packages that recipes work on.
pub fn stages(world: &World) -> Vec<Stage<'_>> {
    use eseal::sign::Closing;
    let plain = crate::world::fixture("notice.ofd");
    let once = world.seal_ofd(&plain);
    let twice = world.seal_ofd(&once);
    let locked = world.on_ofd(&plain, true, Closing::Locked);
    let signed = world.on_ofd(&plain, false, Closing::Open);
    let riding = world.seal_document(&crate::zip::two_pages(&plain), 0, Some(crate::world::riding())).unwrap();
    [(On::Once, once), (On::Twice, twice), (On::Locked, locked), (On::Signed, signed), (On::Riding, riding)]
        .into_iter()
        .map(|(kind, bytes)| Stage { world, kind, zip: Zip::of(&bytes) })
        .collect()
}

/// Carries out every recipe and says which verdicts are wrong.
pub fn run(world: &World, cases: &[Case]) {
    let stages = stages(world);
    let mut wrong = Vec::new();
    for case in cases {
        for stage in stages.iter().filter(|stage| works(case.on, stage.kind)) {
            let report = world.verify(&(case.make)(stage));
            if let Some(why) = complaint(&report, case.wanted) {
                wrong.push(format!("{} {} on {:?}: {why}", case.number, case.recipe, stage.kind));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong verdicts:\n{}", wrong.len(), wrong.join("\n"));
}

fn works(on: On, kind: On) -> bool {
    match on {
        On::All => true,
        On::Open => kind != On::Locked,
        on => on == kind,
    }
}

/// What is wrong with a report.
pub fn complaint(report: &Report, wanted: Wanted) -> Option<String> {
    let (indication, exit, code) = match wanted {
        Wanted::Failed(code) => (Indication::TotalFailed, 1, code),
        Wanted::Doubt(code) => (Indication::Indeterminate, 3, code),
        Wanted::Refused(code) => (Indication::Refused, 5, code),
        Wanted::Told(code) => (Indication::TotalPassed, 0, code),
    };
    let found = codes(report);
    let right = report.indication == indication && report.exit_status == exit && found.contains(&code);
    (!right).then(|| format!("wanted {wanted:?}, got {} {found:?}", report.indication))
}
