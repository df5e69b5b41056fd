//! What later revisions of a PDF changed: deny by default, one rule a file.

mod graph;
