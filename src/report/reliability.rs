//! Article 13 of the Electronic Signature Law of the People's Republic of China: when an electronic signature is
//! reliable, as four conditions with the evidence that a file can show.

/// How far one condition is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Condition {
    /// Shown by the file.
    Met,
    /// Nothing speaks against it, and evidence outside the file (custody of the key, the CA's practice) would show it.
    Presumed,
    /// The file cannot show it.
    #[default]
    NotProvable,
    /// The file shows the contrary.
    NotMet,
}

/// The conclusion.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Reliable {
    Yes,
    No,
    #[default]
    Undetermined,
}

/// The four conditions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reliability {
    /// Article 13 (1): the creation data belong to the signer alone (专有).
    pub exclusive: Condition,
    /// Article 13 (2): at signing only the signer controlled them (由签名人控制).
    pub sole_control: Condition,
    /// Article 13 (3): any later change of the signature can be found.
    pub signature_alteration: Condition,
    /// Article 13 (4): any later change of content or form can be found.
    pub content_alteration: Condition,
}

impl Reliability {
    /// Yes only if 3 and 4 are met and 1 and 2 are met or presumed; no if any is not met.
    #[must_use]
    pub fn conclusion(&self) -> Reliable {
        let all = [self.exclusive, self.sole_control, self.signature_alteration, self.content_alteration];
        if all.contains(&Condition::NotMet) {
            return Reliable::No;
        }
        let held = |c: Condition| matches!(c, Condition::Met | Condition::Presumed);
        let shown = self.signature_alteration == Condition::Met && self.content_alteration == Condition::Met;
        if shown && held(self.exclusive) && held(self.sole_control) { Reliable::Yes } else { Reliable::Undetermined }
    }
}

impl Condition {
    /// Name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Condition::Met => "met",
            Condition::Presumed => "presumed",
            Condition::NotProvable => "not-provable",
            Condition::NotMet => "not-met",
        }
    }
}

impl Reliable {
    /// Name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Reliable::Yes => "yes",
            Reliable::No => "no",
            Reliable::Undetermined => "undetermined",
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::report::{Condition, Reliability, Reliable};

    #[test]
    fn one_condition_not_met_is_enough_for_no() {
        let good = Reliability {
            exclusive: Condition::Met,
            sole_control: Condition::Presumed,
            signature_alteration: Condition::Met,
            content_alteration: Condition::Met,
        };
        assert_eq!(good.conclusion(), Reliable::Yes);
        assert_eq!(Reliability { exclusive: Condition::NotMet, ..good }.conclusion(), Reliable::No);
        assert_eq!(
            Reliability { content_alteration: Condition::Presumed, ..good }.conclusion(),
            Reliable::Undetermined
        );
    }
}
