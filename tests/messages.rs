//! Every error and every reason code has its texts, in both languages, with the same values.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a fault here should stop the test")]

use std::collections::{BTreeMap, BTreeSet};

use eseal::cli::messages::{Language, Section};
use eseal::operations::Reason;
use eseal::report::Code;
use fluent_bundle::FluentResource;

/// Identifier to names of values, read from the source text; duplicates and mistakes fail.
fn texts(section: Section, language: Language) -> BTreeMap<String, BTreeSet<String>> {
    let source = section.source(language);
    FluentResource::try_new(source.to_owned()).expect("no mistake in the texts");
    let mut texts = BTreeMap::new();
    for line in source.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (id, text) = line.split_once(" = ").expect("one text on one line");
        let values = text.split("{ $").skip(1).map(|rest| rest.split(" }").next().unwrap().to_owned());
        assert!(!text.trim().is_empty(), "{id} is empty");
        assert_eq!(texts.insert(id.to_owned(), values.collect()), None, "{id} stands twice");
    }
    texts
}

#[test]
fn both_languages_say_the_same() {
    for section in Section::ALL {
        assert_eq!(texts(section, Language::En), texts(section, Language::ZhCn), "{section:?}");
    }
}

#[test]
fn every_error_has_two_texts_with_its_values() {
    let texts = texts(Section::Errors, Language::En);
    let mut expected = BTreeSet::new();
    for reason in Reason::ALL {
        let values: BTreeSet<String> = reason.arguments().iter().map(|name| (*name).to_owned()).collect();
        for kind in ["err", "rec"] {
            let id = format!("{kind}-{}", reason.name());
            let used = texts.get(&id).unwrap_or_else(|| panic!("{id} is missing"));
            assert!(used.is_subset(&values), "{id} uses {used:?}, the error has {values:?}");
            if kind == "err" {
                assert_eq!(used, &values, "{id} must say all its values");
            }
            expected.insert(id);
        }
    }
    let known: BTreeSet<String> = texts.into_keys().collect();
    assert_eq!(known, expected, "texts without an error");
}

#[test]
fn every_reason_code_has_a_text() {
    let known: BTreeSet<String> = texts(Section::Findings, Language::En).into_keys().collect();
    let expected: BTreeSet<String> = Code::ALL.iter().map(|code| format!("finding-{}", code.name())).collect();
    assert_eq!(known, expected);
}
