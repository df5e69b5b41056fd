//! One run of the program: who asks, in which language, and where results go.

use std::ffi::OsString;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use clap::ValueEnum;
use serde_json::Value;

use crate::cli::args::{Format, Global, Lang, When};
use crate::cli::messages::{Language, Messages, escape};
use crate::cli::secrets::CommandSecrets;
use crate::files::{SystemClock, SystemRandom, host_name, login_name};
use crate::net::{HttpFetch, Reach};
use crate::operations::{Context, Network, OperationError};

/// One run of the program.
pub(crate) struct Session<'a> {
    pub(crate) global: &'a Global,
    pub(crate) messages: &'a Messages,
    clock: SystemClock,
    random: SystemRandom,
    secrets: CommandSecrets<'a>,
    strangers: HttpFetch,
    named: HttpFetch,
}

impl<'a> Session<'a> {
    pub(crate) fn new(global: &'a Global, messages: &'a Messages) -> Self {
        let secrets = CommandSecrets { global, messages };
        // No socket is opened before something is asked.
        let (strangers, named) = (HttpFetch::new(Reach::Public), HttpFetch::new(Reach::Anywhere));
        Session { global, messages, clock: SystemClock, random: SystemRandom, secrets, strangers, named }
    }

    /// What operations need. `operator` is the login name unless given.
    pub(crate) fn context(&self, operator: Option<&str>) -> Context<'_> {
        Context {
            store: store_folder(self.global),
            clock: &self.clock,
            random: &self.random,
            operator: operator.map_or_else(login_name, str::to_owned),
            host: host_name(),
            secrets: &self.secrets,
            network: Network { strangers: &self.strangers, named: &self.named },
        }
    }

    /// Whether results are JSON.
    pub(crate) fn json(&self) -> bool {
        self.global.format == Format::Json
    }

    /// Whether results are one page.
    pub(crate) fn html(&self) -> bool {
        self.global.format == Format::Html
    }

    /// A result in both forms: one object on one line, or a text.
    pub(crate) fn show(&self, json: impl FnOnce() -> Value, text: impl FnOnce(&Messages) -> String) {
        let line = if self.json() { json().to_string() } else { text(self.messages) };
        self.print(&line);
    }

    /// What was done, which `--quiet` leaves unsaid in plain text: the exit status tells it.
    pub(crate) fn confirm(&self, json: impl FnOnce() -> Value, text: impl FnOnce(&Messages) -> String) {
        if self.json() || !self.global.quiet {
            self.show(json, text);
        }
    }

    /// A line, or lines, on standard output. A reader that went away is no fault of ours.
    pub(crate) fn print(&self, text: &str) {
        let mut out = std::io::stdout().lock();
        let _ = out.write_all(text.as_bytes());
        let _ = out.write_all(b"\n");
    }

    /// What happened and what to do now, on standard error.
    pub(crate) fn complain(&self, error: &OperationError) {
        let (what, advice) = self.messages.error(error);
        let prefix = self.messages.word("error-prefix");
        let mut out = std::io::stderr().lock();
        let _ = writeln!(out, "eseal: {prefix}: {what}\n       {advice} [{}]", escape(error.reason().name()));
    }

    /// A warning, on standard error.
    pub(crate) fn warn(&self, id: &str, values: &[(&str, &str)]) {
        if self.global.quiet {
            return;
        }
        let mut out = std::io::stderr().lock();
        let _ = writeln!(out, "eseal: {}", self.messages.say(id, values));
    }

    /// Whether verdicts may be coloured.
    pub(crate) fn colours(&self) -> bool {
        self.global.color == When::Auto && std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none()
    }
}

/// Language of this run: `--lang`, else the locale.
pub(crate) fn language(global: &Global) -> Language {
    spoken(global.lang)
}

/// The same for a command line that could not be understood: the last `--lang` on it, else the locale.
pub(crate) fn stated_language(arguments: &[OsString]) -> Language {
    let mut stated = None;
    for (at, argument) in arguments.iter().enumerate() {
        let Some(argument) = argument.to_str() else { continue };
        let next = || arguments.get(at + 1).and_then(|next| next.to_str());
        let value = if argument == "--lang" { next() } else { argument.strip_prefix("--lang=") };
        stated = value.and_then(|value| Lang::from_str(value, false).ok()).or(stated);
    }
    spoken(stated)
}

/// Where none is named, the locale's, as POSIX ranks its variables.
fn spoken(lang: Option<Lang>) -> Language {
    match lang {
        Some(Lang::Zh) => Language::ZhCn,
        Some(Lang::En) => Language::En,
        None => {
            let set = |name: &&str| std::env::var(name).is_ok_and(|value| !value.is_empty());
            let name = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find(|name| set(name));
            let locale = name.and_then(|name| std::env::var(name).ok()).unwrap_or_default();
            Language::from_locale(&locale)
        }
    }
}

/// `--store` or ESEAL_STORE, else `$XDG_DATA_HOME/eseal`, else `$HOME/.local/share/eseal` (XDG base directories).
fn store_folder(global: &Global) -> Option<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let named = global.store.clone().filter(|path| !path.as_os_str().is_empty());
    let data = || absolute("XDG_DATA_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local/share")));
    named.or_else(|| data().map(|folder| folder.join("eseal")))
}
