//! The shape of the program, checked as a test.
//!
//! `ROOMS` is the only list of what each room may import. A room that is not in the list, an import that the list does
//! not allow, hidden imports (`super::*`) and outside-world calls in a pure room all fail here. The sources are parsed
//! with `syn`, so comments, strings and a file's own `#[cfg(test)] mod tests` do not count.

#![allow(clippy::expect_used, clippy::panic, reason = "a fault here should stop the test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};

/// Room, whether it may touch the outside world, and what it may import.
/// Lower rooms come first: a room may only name rooms above its own line.
const ROOMS: &[(&str, World, &[&str])] = &[
    ("limits", World::Pure, &[]),
    ("source", World::Pure, &[]),
    ("time", World::Pure, &[]),
    ("geometry", World::Pure, &[]),
    ("drawing", World::Pure, &["limits", "geometry"]),
    ("container", World::Pure, &["limits", "source"]),
    ("crypto", World::Pure, &["limits"]),
    ("pki", World::Pure, &["limits", "time", "crypto"]),
    ("policy", World::Pure, &["time", "crypto", "pki"]),
    ("audit", World::Pure, &["time", "crypto"]),
    ("pdf", World::Pure, &["limits", "source", "time", "geometry", "drawing", "crypto"]),
    ("ofd", World::Pure, &["limits", "source", "time", "geometry", "drawing", "container", "crypto"]),
    ("seal", World::Pure, &["limits", "time", "geometry", "drawing", "crypto", "pki"]),
    ("signature", World::Pure, &["limits", "time", "crypto", "pki", "seal"]),
    ("report", World::Pure, &["time", "geometry", "pki"]),
    (
        "sign",
        World::Pure,
        &[
            "limits",
            "source",
            "time",
            "geometry",
            "drawing",
            "crypto",
            "pki",
            "policy",
            "pdf",
            "ofd",
            "seal",
            "signature",
        ],
    ),
    (
        "verify",
        World::Pure,
        &[
            "limits",
            "source",
            "time",
            "geometry",
            "container",
            "crypto",
            "pki",
            "policy",
            "audit",
            "pdf",
            "ofd",
            "seal",
            "signature",
            "report",
        ],
    ),
    ("archive", World::Pure, &["limits", "source", "time", "crypto", "pki", "pdf", "report", "verify"]),
    ("files", World::Outside, &["limits", "source", "time", "crypto"]),
    ("store", World::Outside, &["limits", "time", "crypto", "pki", "seal", "audit", "files"]),
    ("net", World::Outside, &["pki"]),
    (
        "operations",
        World::Pure,
        &[
            "limits",
            "source",
            "time",
            "geometry",
            "drawing",
            "container",
            "crypto",
            "pki",
            "policy",
            "audit",
            "pdf",
            "ofd",
            "seal",
            "signature",
            "report",
            "sign",
            "verify",
            "archive",
            "files",
            "store",
        ],
    ),
    ("cli", World::Outside, &["time", "geometry", "crypto", "report", "files", "net", "operations"]),
];

#[derive(Clone, Copy, PartialEq)]
enum World {
    Pure,
    Outside,
}

/// Paths that reach the file system, clock, network, environment, terminal or randomness.
const OUTSIDE: &[&str] = &[
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::io::stdin",
    "std::io::stdout",
    "std::io::stderr",
    "std::thread",
    "std::time::SystemTime",
    "std::time::Instant",
    "getrandom",
    "rustix",
    "ureq",
    "rusqlite",
    "tempfile",
    "rpassword",
];

/// Macros that write to the terminal or read the environment at run time.
const OUTSIDE_MACROS: &[&str] = &["println", "eprintln", "print", "eprint", "dbg"];

/// Longest source file, and the most that the median of all may be, in lines.
const LONGEST_FILE: usize = 900;
const MEDIAN_FILE: usize = 250;

/// Functions are wanted within `LONG_FUNCTION` lines; one of a hundred may be longer, none beyond `LONGEST_FUNCTION`.
const LONG_FUNCTION: usize = 60;
const LONGEST_FUNCTION: usize = 100;

/// Rooms that obey standards line by line, and how often their comments must name one, in 1000 lines.
const CITING: &[&str] = &["pki", "seal", "pdf", "ofd", "verify"];
const CITATIONS: usize = 20;
const STANDARDS: &[&str] =
    &["RFC ", "GB/T ", "GM/T ", "ISO 32000", "ISO 14533", "EN 319", "X.509", "X.520", "X.680", "X.690"];

#[test]
fn the_list_is_layered() {
    let mut seen: Vec<&str> = Vec::new();
    for (room, _, imports) in ROOMS {
        for import in *imports {
            assert!(seen.contains(import), "{room} may import {import}, which is not below it");
        }
        seen.push(room);
    }
}

#[test]
fn every_import_goes_down_and_pure_rooms_stay_pure() {
    let rooms: BTreeMap<_, _> = ROOMS.iter().map(|(room, world, imports)| (*room, (*world, *imports))).collect();
    let mut faults = Vec::new();
    let files = sources();
    assert!(files.len() > 20, "the sources were not found");
    for (room, path, text) in files {
        let Some((world, allowed)) = rooms.get(room.as_str()) else {
            faults.push(format!("{}: room `{room}` is not in ROOMS", path.display()));
            continue;
        };
        let file = syn::parse_file(&text).expect("a source file parses");
        let mut seen = Seen::default();
        seen.visit_file(&file);
        for import in &seen.rooms {
            if *import != room && rooms.contains_key(import.as_str()) && !allowed.contains(&import.as_str()) {
                faults.push(format!("{}: {room} may not import {import}", path.display()));
            }
        }
        if *world == World::Pure {
            faults.extend(seen.outside.iter().map(|call| format!("{}: `{call}` in a pure room", path.display())));
        }
        if seen.climbs {
            faults.push(format!("{}: write the full `crate::` path", path.display()));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn files_are_short() {
    let mut lengths: Vec<(usize, PathBuf)> =
        sources().into_iter().map(|(_, path, text)| (text.lines().count(), path)).collect();
    lengths.sort();
    let too_long: Vec<_> = lengths.iter().filter(|(lines, _)| *lines > LONGEST_FILE).collect();
    assert!(too_long.is_empty(), "longer than {LONGEST_FILE} lines: {too_long:?}");
    let median = lengths[lengths.len() / 2].0;
    assert!(median <= MEDIAN_FILE, "the median file has {median} lines");
}

#[test]
fn functions_are_short() {
    let mut functions = Functions::default();
    for (_, path, text) in sources() {
        functions.path = path;
        functions.visit_file(&syn::parse_file(&text).expect("a source file parses"));
    }
    let all = functions.found.len();
    assert!(all > 500, "the functions were not found");
    let longer = |limit: usize| functions.found.iter().filter(move |(lines, _)| *lines > limit).collect::<Vec<_>>();
    let (long, too_long) = (longer(LONG_FUNCTION), longer(LONGEST_FUNCTION));
    assert!(too_long.is_empty(), "longer than {LONGEST_FUNCTION} lines: {too_long:#?}");
    assert!(long.len() * 100 <= all, "{} of {all} functions exceed {LONG_FUNCTION} lines: {long:#?}", long.len());
}

#[test]
fn rooms_that_obey_standards_name_them() {
    for room in CITING {
        let texts: Vec<String> = sources().into_iter().filter(|(of, _, _)| of == room).map(|(_, _, t)| t).collect();
        let lines: usize = texts.iter().map(|text| text.lines().count()).sum();
        let cited: usize = texts.iter().flat_map(|text| text.lines()).map(citations).sum();
        assert!(cited * 1000 >= lines * CITATIONS, "{room}: {cited} citations in {lines} lines");
    }
}

#[test]
fn the_measure_counts_lines_and_leaves_tests_out() {
    let file = syn::parse_file(
        "/// Not counted.\nfn a() {\n    fn b() {}\n}\nimpl X {\n    fn c(\n        x: u8,\n    ) {\n    }\n}\n\
         #[cfg(test)]\nmod tests {\n    fn d() {}\n}\n",
    )
    .expect("parses");
    let mut functions = Functions::default();
    functions.visit_file(&file);
    let mut found: Vec<(usize, &str)> =
        functions.found.iter().map(|(lines, name)| (*lines, name.rsplit(' ').next().unwrap_or_default())).collect();
    found.sort_unstable();
    assert_eq!(found, [(1, "b"), (3, "a"), (4, "c")]);
}

#[test]
fn every_room_of_the_list_exists_and_every_folder_is_listed() {
    let found: BTreeSet<String> = sources().into_iter().map(|(room, _, _)| room).collect();
    let listed: BTreeSet<String> = ROOMS.iter().map(|(room, _, _)| (*room).to_owned()).collect();
    assert_eq!(found, listed);
}

#[test]
fn the_walker_sees_what_it_should() {
    let hidden = syn::parse_file(
        "use std::{io, fs as disk}; use crate::{pdf::Document, ofd}; fn f() { let _ = std::env::var(\"X\"); \
         println!(\"{}\", crate::seal::NAME); } #[cfg(test)] mod tests { use std::net; }",
    )
    .expect("parses");
    let mut seen = Seen::default();
    seen.visit_file(&hidden);
    assert_eq!(seen.rooms.iter().map(String::as_str).collect::<Vec<_>>(), ["ofd", "pdf", "seal"]);
    assert_eq!(seen.outside.iter().map(String::as_str).collect::<Vec<_>>(), ["println!", "std::env", "std::fs"]);
}

/// What one file names.
#[derive(Default)]
struct Seen {
    rooms: BTreeSet<String>,
    outside: BTreeSet<String>,
    climbs: bool,
}

impl Seen {
    fn path(&mut self, path: &str) {
        if let Some(rest) = path.strip_prefix("crate::") {
            self.rooms.insert(rest.split("::").next().unwrap_or_default().to_owned());
        }
        for call in OUTSIDE {
            if path == *call || path.starts_with(&format!("{call}::")) {
                self.outside.insert((*call).to_owned());
            }
        }
        if path.starts_with("super::super") || path == "super::*" {
            self.climbs = true;
        }
    }

    fn tree(&mut self, prefix: &str, tree: &syn::UseTree) {
        let join = |name: &str| if prefix.is_empty() { name.to_owned() } else { format!("{prefix}::{name}") };
        match tree {
            syn::UseTree::Path(path) => self.tree(&join(&path.ident.to_string()), &path.tree),
            syn::UseTree::Name(name) => self.path(&join(&name.ident.to_string())),
            syn::UseTree::Rename(rename) => self.path(&join(&rename.ident.to_string())),
            syn::UseTree::Glob(_) => self.path(&join("*")),
            syn::UseTree::Group(group) => group.items.iter().for_each(|item| self.tree(prefix, item)),
        }
    }

    /// `println!(..., crate::seal::NAME)` hides paths in tokens: they are read as text.
    fn tokens(&mut self, tokens: &str) {
        let text: String = tokens.split_whitespace().collect();
        for (at, _) in text.match_indices("crate::") {
            let name = |c: &char| c.is_alphanumeric() || *c == '_';
            let room: String = text.chars().skip(text[..at].chars().count() + 7).take_while(name).collect();
            self.rooms.insert(room);
        }
        for call in OUTSIDE.iter().filter(|call| call.contains("::") && text.contains(**call)) {
            self.outside.insert((*call).to_owned());
        }
    }
}

impl<'ast> Visit<'ast> for Seen {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if !is_test(&module.attrs) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.tree("", &item.tree);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.path(&names.join("::"));
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        let name = mac.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
        if OUTSIDE_MACROS.contains(&name.as_str()) {
            self.outside.insert(format!("{name}!"));
        }
        self.tokens(&mac.tokens.to_string());
        visit::visit_macro(self, mac);
    }
}

/// Clauses that a line names: standards by name, or numbers of three or more parts (`7.5.8.4`), whichever are more.
fn citations(line: &str) -> usize {
    let names = STANDARDS.iter().map(|name| line.matches(name).count()).sum();
    let is_clause =
        |word: &&str| word.split('.').count() > 2 && word.split('.').all(|part| matches!(part.len(), 1 | 2));
    let numbers = line.split(|c: char| !c.is_ascii_digit() && c != '.').map(|w| w.trim_matches('.')).filter(is_clause);
    numbers.count().max(names)
}

/// The functions of some files, from `fn` to the closing brace, attributes and comments above left out.
#[derive(Default)]
struct Functions {
    path: PathBuf,
    found: Vec<(usize, String)>,
}

impl Functions {
    fn add(&mut self, signature: &syn::Signature, body: &syn::Block) {
        let lines = body.brace_token.span.close().end().line + 1 - signature.fn_token.span.start().line;
        self.found.push((lines, format!("{} {}", self.path.display(), signature.ident)));
    }
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if !is_test(&module.attrs) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.add(&function.sig, &function.block);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.add(&function.sig, &function.block);
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast syn::TraitItemFn) {
        if let Some(body) = &function.default {
            self.add(&function.sig, body);
        }
        visit::visit_trait_item_fn(self, function);
    }
}

/// Whether a module is compiled for tests alone.
fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.meta.require_list().is_ok_and(|list| list.tokens.to_string() == "test")
    })
}

/// Every source file with its room, but for the tour in `lib.rs` and the bare `main.rs`.
fn sources() -> Vec<(String, PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut pending = vec![root.clone()];
    let mut files = Vec::new();
    while let Some(dir) = pending.pop() {
        for entry in fs::read_dir(&dir).expect("src is readable") {
            let path = entry.expect("entry is readable").path();
            if path.is_dir() {
                pending.push(path);
                continue;
            }
            let inside = path.strip_prefix(&root).expect("under src").with_extension("");
            let room = inside.iter().next().expect("has a name").to_string_lossy().into_owned();
            if path.extension().is_some_and(|ext| ext == "rs") && room != "lib" && room != "main" {
                files.push((room, path.clone(), fs::read_to_string(&path).expect("source is text")));
            }
        }
    }
    files
}
