//! The life of a seal: in use, suspended, cancelled, and since when (Measures of 2025 on electronic seals: a verifier can
//! learn the state of a seal at the time of signing).

use crate::time::Time;

/// State of a seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealState {
    /// In use.
    Active,
    /// Suspended (停用); may be resumed.
    Suspended,
    /// Cancelled (注销), for good.
    Cancelled,
}

impl SealState {
    /// Its word in stores, lists and reports; never changes.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            SealState::Active => "active",
            SealState::Suspended => "suspended",
            SealState::Cancelled => "cancelled",
        }
    }
}

/// A change of a seal's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealChange {
    /// When.
    pub time: Time,
    /// The state from then on.
    pub state: SealState,
    /// Why.
    pub reason: String,
}

/// Who tells the states of a seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// The register of the store that made it or uses it: it knows every change up to now. A sealing of its own in the
    /// second of a suspension came before that, and in the second of a resumption after that: else it would have been
    /// refused.
    ByRegister,
    /// A signed list, which knows every change up to its issue.
    ByList {
        /// When it was issued.
        issued: Time,
        /// When the next one will be there at the latest.
        next: Time,
    },
}

/// The states of one seal, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealHistory {
    told: Told,
    changes: Vec<SealChange>,
}

/// What a history says of one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateThen<'h> {
    /// In use, as far as is known.
    Active,
    /// Not in use, since this change.
    Inactive(&'h SealChange),
    /// The list was issued before, and the next is due: nobody knows.
    Unknown,
}

impl SealHistory {
    /// From changes in any order.
    #[must_use]
    pub fn new(told: Told, mut changes: Vec<SealChange>) -> Self {
        changes.sort_by_key(|change| change.time);
        SealHistory { told, changes }
    }

    /// Who tells it.
    #[must_use]
    pub fn told(&self) -> Told {
        self.told
    }

    /// The last change, if there is any.
    #[must_use]
    pub fn last(&self) -> Option<&SealChange> {
        self.changes.last()
    }

    /// The changes, oldest first.
    #[must_use]
    pub fn changes(&self) -> &[SealChange] {
        &self.changes
    }

    /// The state when a document was sealed, judged at `now`. Before its first change a seal counts as active: whether it
    /// existed is its validity's matter.
    #[must_use]
    pub fn at_sealing(&self, time: Time, now: Time) -> StateThen<'_> {
        match self.told {
            // A register knows seconds alone: what is active at any moment of that second is taken for active.
            Told::ByRegister if self.changes.iter().any(|c| c.time == time && c.state == SealState::Active) => {
                StateThen::Active
            }
            Told::ByRegister => self.after(time, now, |change| change.time < time),
            Told::ByList { .. } => self.after(time, now, |change| change.time <= time),
        }
    }

    /// The state at present.
    #[must_use]
    pub fn present(&self, now: Time) -> StateThen<'_> {
        self.after(now, now, |change| change.time <= now)
    }

    fn after(&self, time: Time, now: Time, counts: impl Fn(&SealChange) -> bool) -> StateThen<'_> {
        match (self.changes.iter().rev().find(|change| counts(change)), self.told) {
            (Some(change), _) if change.state != SealState::Active => StateThen::Inactive(change),
            (_, Told::ByList { issued, next }) if time > issued && now > next => StateThen::Unknown,
            _ => StateThen::Active,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(told: Told) -> SealHistory {
        let change = |at, state| SealChange { time: Time::from_unix(at), state, reason: String::new() };
        SealHistory::new(
            told,
            vec![change(30, SealState::Active), change(10, SealState::Active), change(20, SealState::Suspended)],
        )
    }

    fn active(history: &SealHistory, at: i64, now: i64) -> Option<bool> {
        match history.at_sealing(Time::from_unix(at), Time::from_unix(now)) {
            StateThen::Active => Some(true),
            StateThen::Inactive(_) => Some(false),
            StateThen::Unknown => None,
        }
    }

    #[test]
    fn a_state_holds_from_its_change_on() {
        let known = history(Told::ByList { issued: Time::from_unix(40), next: Time::from_unix(50) });
        let found: Vec<_> = [5, 10, 19, 20, 29, 30, 45].map(|at| active(&known, at, 50)).to_vec();
        let (yes, no) = (Some(true), Some(false));
        assert_eq!(found, [yes, yes, yes, no, no, yes, yes]);
    }

    #[test]
    fn a_list_that_has_ended_tells_of_the_time_before_it_alone() {
        let known = history(Told::ByList { issued: Time::from_unix(40), next: Time::from_unix(50) });
        assert_eq!(
            [active(&known, 40, 51), active(&known, 41, 51), active(&known, 25, 51)],
            [Some(true), None, Some(false)]
        );
    }

    #[test]
    fn a_sealing_of_the_register_in_the_second_of_a_change_was_allowed() {
        let known = history(Told::ByRegister);
        let found = [20, 21, 29, 30].map(|at| active(&known, at, 99));
        assert_eq!(found, [Some(true), Some(false), Some(false), Some(true)]);
        assert!(matches!(known.present(Time::from_unix(20)), StateThen::Inactive(_)));
    }
}
