//! The program `eseal`: see the library for everything it does.

fn main() {}
