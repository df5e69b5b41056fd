//! Texts in Chinese and English.
//!
//! Each error has two: `err-NAME`, what happened, and `rec-NAME`, what to do now; each reason code has `finding-CODE`.
//! `tests/messages.rs` holds both languages to the same identifiers and values. Only the language that is used is
//! read, and of it only the part that is used, since starting up must cost next to nothing.

mod escape;

pub use escape::{escape, escape_lines};

use std::cell::OnceCell;

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource};
use unic_langid::LanguageIdentifier;

use crate::operations::OperationError;
use crate::report::{Code, Effect, Finding};

/// Language of the texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Chinese, simplified.
    ZhCn,
}

impl Language {
    /// Both.
    pub const ALL: [Language; 2] = [Language::En, Language::ZhCn];

    /// From a locale's name: `zh_CN.UTF-8` is Chinese, all else, C and POSIX too, is English.
    #[must_use]
    pub fn from_locale(locale: &str) -> Self {
        let letters: String = locale.chars().take_while(char::is_ascii_alphabetic).collect();
        if letters.eq_ignore_ascii_case("zh") { Language::ZhCn } else { Language::En }
    }

    /// Its tag (BCP 47).
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Language::En => "en",
            Language::ZhCn => "zh-CN",
        }
    }
}

/// A part of the texts, read when first needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// `err-` and `rec-`.
    Errors,
    /// `finding-`.
    Findings,
    /// Everything that reports and lists say.
    Output,
}

impl Section {
    /// All.
    pub const ALL: [Section; 3] = [Section::Errors, Section::Findings, Section::Output];

    /// Its source text.
    #[must_use]
    pub fn source(self, language: Language) -> &'static str {
        match (language, self) {
            (Language::En, Section::Errors) => include_str!("en/errors.ftl"),
            (Language::En, Section::Findings) => include_str!("en/findings.ftl"),
            (Language::En, Section::Output) => include_str!("en/output.ftl"),
            (Language::ZhCn, Section::Errors) => include_str!("zh-CN/errors.ftl"),
            (Language::ZhCn, Section::Findings) => include_str!("zh-CN/findings.ftl"),
            (Language::ZhCn, Section::Output) => include_str!("zh-CN/output.ftl"),
        }
    }
}

/// Name of the value that explains a finding to specialists.
const DETAIL: &str = "detail";

type Bundle = FluentBundle<FluentResource>;

/// The texts of one language.
#[derive(Default)]
pub struct Messages {
    language: Language,
    errors: OnceCell<Bundle>,
    findings: OnceCell<Bundle>,
    output: OnceCell<Bundle>,
}

impl Messages {
    /// The texts of this language; nothing is read yet.
    #[must_use]
    pub fn new(language: Language) -> Self {
        Messages { language, ..Messages::default() }
    }

    /// The language.
    #[must_use]
    pub fn language(&self) -> Language {
        self.language
    }

    /// A text of a section with its values, each escaped. A text that is missing is its own identifier, so that a
    /// forgotten translation never hides what happened.
    #[must_use]
    pub fn text(&self, section: Section, id: &str, values: &[(&str, &str)]) -> String {
        let bundle = self.bundle(section);
        let Some(pattern) = bundle.get_message(id).and_then(|message| message.value()) else {
            return id.to_owned();
        };
        let mut arguments = FluentArgs::with_capacity(values.len());
        for (name, value) in values {
            arguments.set(*name, escape(value));
        }
        bundle.format_pattern(pattern, Some(&arguments), &mut Vec::new()).into_owned()
    }

    /// A word of the reports.
    #[must_use]
    pub fn word(&self, id: &str) -> String {
        self.text(Section::Output, id, &[])
    }

    /// A sentence of the reports with its values.
    #[must_use]
    pub fn say(&self, id: &str, values: &[(&str, &str)]) -> String {
        self.text(Section::Output, id, values)
    }

    /// What happened, and what to do now.
    #[must_use]
    pub fn error(&self, error: &OperationError) -> (String, String) {
        let arguments = error.arguments();
        let values: Vec<(&str, &str)> = arguments.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let name = error.reason().name();
        let text = |kind: &str| self.text(Section::Errors, &format!("{kind}-{name}"), &values);
        (text("err"), text("rec"))
    }

    /// What a finding says: its sentence, then its values.
    #[must_use]
    pub fn finding(&self, finding: &Finding) -> String {
        let mut text = self.text(Section::Findings, &format!("finding-{}", finding.code.name()), &[]);
        let values: Vec<String> = finding.arguments.iter().map(|(name, value)| self.value(name, value)).collect();
        if !values.is_empty() {
            text.push_str(&format!(" ({})", values.join("; ")));
        }
        text
    }

    /// What a finding says to somebody who reads on paper: its sentence, and those values that have a word of their own.
    #[must_use]
    pub fn sentence(&self, finding: &Finding) -> String {
        let mut text = self.text(Section::Findings, &format!("finding-{}", finding.code.name()), &[]);
        let label =
            |name: &str| Some(self.word(&format!("argument-{name}"))).filter(|word| !word.starts_with("argument-"));
        let values: Vec<String> = finding
            .arguments
            .iter()
            .filter(|(name, value)| *name != DETAIL && !value.is_empty())
            .filter_map(|(name, value)| label(name).map(|label| format!("{label}: {}", escape(value))))
            .collect();
        if !values.is_empty() {
            text.push_str(&format!(" ({})", values.join("; ")));
        }
        text
    }

    /// What a specialist may want to know beyond the sentence, in the words of the room that found it.
    #[must_use]
    pub fn detail(&self, finding: &Finding) -> Option<String> {
        let values = finding.arguments.iter().filter(|(name, value)| *name == DETAIL && !value.is_empty());
        let values: Vec<String> = values.map(|(_, value)| escape(value)).collect();
        (!values.is_empty()).then(|| values.join("; "))
    }

    /// What to do about a finding, where something is to be done.
    #[must_use]
    pub fn advice(&self, code: Code) -> Option<String> {
        advice(code).map(|id| self.word(id))
    }

    fn value(&self, name: &str, value: &str) -> String {
        let id = format!("argument-{name}");
        let label = self.word(&id);
        let label = if label == id { name.to_owned() } else { label };
        format!("{label}: {}", escape(value))
    }

    fn bundle(&self, section: Section) -> &Bundle {
        let cell = match section {
            Section::Errors => &self.errors,
            Section::Findings => &self.findings,
            Section::Output => &self.output,
        };
        cell.get_or_init(|| read(section.source(self.language), self.language))
    }
}

/// Reads a section; texts with a mistake are left out (`tests/messages.rs` finds them).
fn read(source: &str, language: Language) -> Bundle {
    let tag: LanguageIdentifier = language.tag().parse().unwrap_or_default();
    let mut bundle = FluentBundle::new(vec![tag]);
    // Isolation marks would put invisible characters into terminals and scripts.
    bundle.set_use_isolating(false);
    let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(resource, _)| resource);
    // The first of two texts with one identifier wins; the test refuses such a pair.
    let _ = bundle.add_resource(resource);
    bundle
}

/// What a reader should do, by the nature of the finding.
fn advice(code: Code) -> Option<&'static str> {
    match code {
        Code::HashFailure | Code::SesDataHash | Code::ReferenceDigest => Some("advice-altered"),
        Code::TimestampImprint
        | Code::TimestampSignature
        | Code::SealSignature
        | Code::CertNotInSeal
        | Code::SealMismatch
        | Code::SignatureReplayed => Some("advice-forged"),
        Code::NoCertificateChain | Code::TimestampUntrusted => Some("advice-trust"),
        Code::TryLater | Code::RevocationUnknown => Some("advice-revocation"),
        Code::OutOfBoundsNoPoe
        | Code::SealOutOfBoundsNoPoe
        | Code::RevokedNoPoe
        | Code::RevokedCaNoPoe
        | Code::SigningTimeInFuture
        | Code::TimeConflict => Some("advice-time"),
        Code::StructureAmbiguous | Code::ZipExtraBytes => Some("advice-structure"),
        Code::FileNotFound => Some("advice-name"),
        Code::FileUnreadable => Some("advice-readable"),
        Code::EncryptedInput => Some("advice-encrypted"),
        _ => match code.effect() {
            Effect::Fail => Some("advice-fail"),
            Effect::Doubt => Some("advice-doubt"),
            Effect::Refuse => Some("advice-unreadable"),
            Effect::Warn | Effect::Tell => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use crate::cli::messages::{Language, Messages};
    use crate::operations::OperationError;
    use crate::report::{Code, Finding};

    #[test]
    fn the_locale_chooses_the_language() {
        for locale in ["", "C", "POSIX", "C.UTF-8", "en_US.UTF-8", "de_DE", "zha"] {
            assert_eq!(Language::from_locale(locale), Language::En, "{locale}");
        }
        for locale in ["zh", "zh_CN.UTF-8", "zh-Hans-CN", "zh_TW", "ZH_cn"] {
            assert_eq!(Language::from_locale(locale), Language::ZhCn, "{locale}");
        }
    }

    #[test]
    fn an_error_says_what_and_what_to_do() {
        let error = OperationError::SealUnknown { name: "off\u{1b}[31mice".to_owned() };
        let (what, advice) = Messages::new(Language::En).error(&error);
        assert_eq!(what, "The store has no seal named off\\u{1b}[31mice.");
        assert_eq!(advice, "See eseal seal list.");
        assert!(Messages::new(Language::ZhCn).error(&error).0.contains("印章"));
    }

    #[test]
    fn a_finding_shows_its_values() {
        let finding = Finding::new(Code::SealExpired).with("to", "2026-01-01T00:00:00Z");
        let text = Messages::new(Language::En).finding(&finding);
        assert_eq!(text, "It was sealed after the seal had expired. (to: 2026-01-01T00:00:00Z)");
    }
}
