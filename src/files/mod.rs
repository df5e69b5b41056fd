//! Bounded reading and atomic writing.
