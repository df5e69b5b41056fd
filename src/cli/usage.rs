//! Faults of the command line itself, told in the reader's language: clap knows English alone.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::cli::messages::{Language, Messages, escape};
use crate::cli::session;

/// Prints what is wrong with the command line, and how it is meant; help and version, which clap reports the same way,
/// as they are.
pub(crate) fn complain(error: &clap::Error, arguments: &[OsString]) {
    let language = session::stated_language(arguments);
    let told =
        if error.use_stderr() && language == Language::ZhCn { told(error, &Messages::new(language)) } else { None };
    match told {
        Some(text) => eprintln!("{text}"),
        // Nothing is left to tell the reader where even this cannot be written.
        None => error.print().unwrap_or_default(),
    }
}

/// What happened and what to do; `None` for faults that have no words of their own.
fn told(error: &clap::Error, messages: &Messages) -> Option<String> {
    let id = match error.kind() {
        ErrorKind::UnknownArgument => "usage-unknown-argument",
        ErrorKind::InvalidSubcommand => "usage-unknown-command",
        ErrorKind::MissingRequiredArgument => "usage-missing-argument",
        ErrorKind::MissingSubcommand => "usage-missing-command",
        ErrorKind::ArgumentConflict => "usage-conflict",
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => "usage-invalid-value",
        ErrorKind::NoEquals | ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => "usage-missing-value",
        ErrorKind::TooManyValues => "usage-too-many-values",
        ErrorKind::InvalidUtf8 => "usage-not-utf8",
        _ => return None,
    };
    let text = |kind| error.get(kind).map(shown).unwrap_or_default();
    let argument = match error.kind() {
        ErrorKind::InvalidSubcommand => text(ContextKind::InvalidSubcommand),
        _ => text(ContextKind::InvalidArg),
    };
    // A value that is missing and a value that is wrong are one kind to clap.
    let value = text(ContextKind::InvalidValue);
    let id = if id == "usage-invalid-value" && value.is_empty() { "usage-missing-value" } else { id };
    let values = [("argument", argument.as_str()), ("value", value.as_str()), ("other", &text(ContextKind::PriorArg))];
    let mut lines = vec![format!("eseal: {}: {}", messages.word("error-prefix"), messages.say(id, &values))];
    if let Some(source) = std::error::Error::source(error) {
        lines.push(format!("       {}", escape(&source.to_string())));
    }
    for (kind, id) in [
        (ContextKind::ValidValue, "usage-possible-values"),
        (ContextKind::SuggestedSubcommand, "usage-did-you-mean"),
        (ContextKind::SuggestedArg, "usage-did-you-mean"),
        (ContextKind::SuggestedValue, "usage-did-you-mean"),
    ] {
        let known = text(kind);
        if !known.is_empty() {
            lines.push(format!("       {}", messages.say(id, &[("values", &known)])));
        }
    }
    let usage = text(ContextKind::Usage);
    let usage = usage.trim().trim_start_matches("Usage:").trim();
    if !usage.is_empty() {
        lines.push(format!("       {}", messages.say("usage-form", &[("usage", usage)])));
    }
    lines.push(format!("       {} [USAGE]", messages.word("usage-advice")));
    Some(lines.join("\n"))
}

fn shown(value: &ContextValue) -> String {
    match value {
        ContextValue::String(text) => escape(text),
        ContextValue::Strings(texts) => texts.iter().map(|text| escape(text)).collect::<Vec<_>>().join(", "),
        ContextValue::StyledStr(text) => text.to_string(),
        ContextValue::StyledStrs(texts) => texts.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        ContextValue::Number(number) => number.to_string(),
        _ => String::new(),
    }
}
