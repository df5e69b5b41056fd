//! The few large objects read last. A signature value of some hundred kilobytes is asked for by every step of a check,
//! and to read its digits again each time would cost more than the check.

use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;

/// Objects kept.
const KEPT: usize = 4;
/// Smaller ones are as quickly read again.
const SMALLEST: u64 = 4 << 10;
/// Larger ones would cost more memory than they save time.
const LARGEST: u64 = 1 << 20;

/// What was read at an offset, the newest last.
pub(crate) struct Recent<T> {
    kept: RefCell<Vec<(u64, Rc<T>)>>,
}

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Recent { kept: RefCell::default() }
    }
}

impl<T> Recent<T> {
    /// What was read at `start`, if it is still here.
    pub(crate) fn get(&self, start: u64) -> Option<Rc<T>> {
        let kept = self.kept.borrow();
        kept.iter().find(|(at, _)| *at == start).map(|(_, object)| Rc::clone(object))
    }

    /// Keeps what was read at `start` if its bytes are many, but not too many.
    pub(crate) fn keep(&self, start: u64, range: &Range<u64>, object: &Rc<T>) {
        if !(SMALLEST..=LARGEST).contains(&range.end.saturating_sub(range.start)) {
            return;
        }
        let mut kept = self.kept.borrow_mut();
        if kept.len() >= KEPT {
            kept.remove(0);
        }
        kept.push((start, Rc::clone(object)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_large_ones_read_last() {
        let recent = Recent::default();
        for start in 0..5 {
            recent.keep(start, &(start..start + SMALLEST), &Rc::new(start));
        }
        recent.keep(9, &(9..9 + SMALLEST - 1), &Rc::new(9));
        recent.keep(10, &(10..10 + LARGEST + 1), &Rc::new(10));
        let found: Vec<u64> = (0..11).filter_map(|start| recent.get(start)).map(|object| *object).collect();
        assert_eq!(found, [1, 2, 3, 4]);
    }
}
