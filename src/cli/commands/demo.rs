//! `eseal demo`: the whole journey, by the very commands that a user would type.

use std::path::{Path, PathBuf};

use clap::Parser;

use crate::cli::Exit;
use crate::cli::args::{Arguments, Demo, Format};
use crate::cli::commands;
use crate::cli::messages::escape;
use crate::cli::session::Session;
use crate::files::OutputError;
use crate::operations::OperationError;

const NOTICE_PDF: &[u8] = include_bytes!("../../../fixtures/notice.pdf");
const NOTICE_OFD: &[u8] = include_bytes!("../../../fixtures/notice.ofd");
const SEAL_PNG: &[u8] = include_bytes!("../../../fixtures/seal.png");

/// Tells a folder that an earlier run made, which may be cleared, from any other.
const MARK: &str = ".eseal-demo";
/// What a run leaves in its folder.
const LEFT: [&str; 9] = [
    "key",
    "root.pem",
    "notice.pdf",
    "notice.ofd",
    "seal.png",
    "notice.sealed.pdf",
    "notice.sealed.ofd",
    "notice.tampered.pdf",
    "notice.tampered.ofd",
];

/// The commands of the journey, without the options that name the store.
const JOURNEY: [&[&str]; 9] = [
    &["init"],
    &["ca", "create", "root", "--subject", "CN=Example Root,O=Example,C=CN"],
    &["cert", "issue", "maker", "--ca", "root", "--profile", "seal-maker", "--subject", "CN=Seal Maker,O=Example,C=CN"],
    &["cert", "issue", "clerk", "--ca", "root", "--profile", "signer", "--subject", "CN=Clerk,O=Example,C=CN"],
    &[
        "seal",
        "issue",
        "office",
        "--maker",
        "maker",
        "--holder",
        "clerk",
        "--name",
        "示例市行政审批局",
        "--picture",
        "@seal.png",
        "--size",
        "42",
    ],
    &["apply", "@notice.pdf", "--seal", "office", "--page", "1", "--at", "150,230", "-o", "@notice.sealed.pdf"],
    &["apply", "@notice.ofd", "--seal", "office", "--page", "last", "--at", "150,230", "-o", "@notice.sealed.ofd"],
    &["verify", "@notice.sealed.pdf", "@notice.sealed.ofd"],
    &["cert", "export", "root", "-o", "@root.pem"],
];

pub(crate) fn run(args: &Demo, session: &Session<'_>) -> Result<Exit, OperationError> {
    let folder = args.folder.as_path();
    prepare(folder)?;
    let shown = escape(&folder.display().to_string());
    let json = session.json() || session.global.quiet;
    let say = |id: &str, values: &[(&str, &str)]| {
        if !json {
            session.print(&session.messages.say(id, values));
        }
    };
    say("demo-title", &[("folder", &shown)]);
    for line in JOURNEY {
        expect(line, folder, session, Exit::Done)?;
    }
    for ending in ["pdf", "ofd"] {
        tamper(folder, ending)?;
    }
    if !json {
        session.print("");
    }
    say("demo-tamper", &[]);
    expect(&["verify", "@notice.tampered.pdf", "@notice.tampered.ofd"], folder, session, Exit::Failed)?;
    expect(&["audit", "verify"], folder, session, Exit::Done)?;
    if !json {
        session.print("");
    }
    say("demo-end", &[("path", &escape(&folder.join("notice.sealed.pdf").display().to_string()))]);
    Ok(Exit::Done)
}

/// A fresh folder with the sample documents; what an earlier run left is cleared, anything else is refused.
fn prepare(folder: &Path) -> Result<(), OperationError> {
    let fault = |path: &Path| {
        let path = path.to_path_buf();
        move |error| OperationError::from(OutputError::new(&path, error))
    };
    let mark = folder.join(MARK);
    if mark.is_file() {
        for name in LEFT {
            let path = folder.join(name);
            if path.is_file() {
                std::fs::remove_file(&path).map_err(fault(&path))?;
            }
        }
        let store = folder.join("store");
        if store.is_dir() {
            std::fs::remove_dir_all(&store).map_err(fault(&store))?;
        }
    } else if folder.exists() && std::fs::read_dir(folder).map_err(fault(folder))?.next().is_some() {
        return Err(OperationError::OutputExists { path: folder.display().to_string() });
    }
    std::fs::create_dir_all(folder).map_err(fault(folder))?;
    let files = [(MARK, &b""[..]), ("notice.pdf", NOTICE_PDF), ("notice.ofd", NOTICE_OFD), ("seal.png", SEAL_PNG)];
    for (name, bytes) in files {
        let path = folder.join(name);
        std::fs::write(&path, bytes).map_err(fault(&path))?;
    }
    Ok(())
}

/// Shows a command as it would be typed, runs it, and stops the journey if it does not end as told.
fn expect(line: &[&str], folder: &Path, session: &Session<'_>, expected: Exit) -> Result<(), OperationError> {
    let place = |name: &str| folder.join(name).display().to_string();
    let words: Vec<String> =
        line.iter().map(|word| word.strip_prefix('@').map_or_else(|| (*word).to_owned(), place)).collect();
    let mut typed = vec!["eseal".to_owned()];
    typed.extend(words.iter().cloned());
    let secrets = ["--store".to_owned(), place("store"), "--key-file".to_owned(), place("key")];
    let parsed = Arguments::try_parse_from(typed.iter().chain(&secrets));
    let mut arguments = parsed.map_err(|error| OperationError::Internal { fault: error.to_string() })?;
    arguments.global.format = session.global.format;
    arguments.global.quiet = session.global.quiet;
    if session.global.format == Format::Text && !session.global.quiet {
        session.print(&format!("\n$ {}", quoted(&typed)));
    }
    let inner = Session::new(&arguments.global, session.messages);
    let exit = commands::run(&arguments.command, &inner)?;
    if exit == expected {
        return Ok(());
    }
    let fault = format!("`{}` ended with status {} instead of {}", quoted(&typed), exit.status(), expected.status());
    Err(OperationError::Internal { fault })
}

/// A command line that a shell reads back.
fn quoted(words: &[String]) -> String {
    let quote = |word: &String| {
        let plain = word.chars().all(|c| c.is_alphanumeric() || "-_./,=:@".contains(c));
        if plain { word.clone() } else { format!("\"{word}\"") }
    };
    words.iter().map(quote).collect::<Vec<_>>().join(" ")
}

/// A copy with one bit changed inside the signed content: a digit of the PDF's header comment, a byte of the OFD's
/// largest stored run.
fn tamper(folder: &Path, ending: &str) -> Result<(), OperationError> {
    let source: PathBuf = folder.join(format!("notice.sealed.{ending}"));
    let target = folder.join(format!("notice.tampered.{ending}"));
    let fault = |error| OperationError::from(OutputError::new(&target, error));
    let mut bytes = std::fs::read(&source).map_err(fault)?;
    if ending == "pdf" {
        // The page content: one bit in the middle of the original document.
        let at = NOTICE_PDF.len() / 2;
        if let Some(byte) = bytes.get_mut(at) {
            *byte ^= 1;
        }
    } else {
        // The stored digest of the first entry, so that its content no longer fits.
        let at = bytes.len() / 4;
        if let Some(byte) = bytes.get_mut(at) {
            *byte ^= 1;
        }
    }
    std::fs::write(&target, bytes).map_err(fault)
}
