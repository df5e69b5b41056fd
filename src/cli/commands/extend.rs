//! `eseal extend`.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::cli::Exit;
use crate::cli::args::{ArchiveLevel, Extend};
use crate::cli::commands::documents::tsa_place;
use crate::cli::commands::{certificate_files, overwrite, warn_passed_over};
use crate::cli::messages::escape;
use crate::cli::secrets::password;
use crate::cli::session::Session;
use crate::operations::{
    EvidenceRequest, ExtendRequest, Extended, Gathered, Level, LevelNote, LevelStep, OperationError, Retrieval,
    StoreTrust, Target, extend,
};

pub(crate) fn run(args: &Extend, session: &Session<'_>) -> Result<Exit, OperationError> {
    if args.output.output.is_some() && args.files.len() > 1 {
        return Err(OperationError::OutputForSeveral {});
    }
    let evidence = EvidenceRequest {
        trust: args.trust.iter().map(|path| certificate_files(path)).collect::<Result<_, _>>()?,
        store_trust: StoreTrust::Counts,
        untrusted: args.untrusted.clone(),
        revocation: args.revocation.clone(),
        ..EvidenceRequest::default()
    };
    let passwords = password(&args.password)?.into_iter().collect();
    let context = session.context(None);
    let mut gathered = Gathered::gather(&context, &evidence)?.with_passwords(passwords);
    warn_passed_over(gathered.passed_over(), session);
    let mut retrieval = args.online.then(|| Retrieval::new(&context));
    let mut worst = Exit::Done;
    for file in &args.files {
        let request = ExtendRequest {
            input: file.clone(),
            target: target(args, file),
            level: level(args.level),
            authority: args.tsa.clone().map(tsa_place),
        };
        let exit = match extend(&context, &request, &mut gathered, retrieval.as_mut()) {
            Ok(extended) => {
                show(&extended, session);
                Exit::Done
            }
            Err(error) => {
                session.complain(&error);
                Exit::from(error.reason())
            }
        };
        worst = worst.worst(exit);
    }
    Ok(worst)
}

fn level(level: ArchiveLevel) -> Level {
    match level {
        ArchiveLevel::T => Level::T,
        ArchiveLevel::Lt => Level::Lt,
        ArchiveLevel::Lta => Level::Lta,
    }
}

fn target(args: &Extend, file: &Path) -> Target {
    let output = &args.output;
    if output.in_place {
        return Target::InPlace;
    }
    let overwrite = overwrite(output.force);
    if let Some(path) = &output.output {
        return Target::File { path: path.clone(), overwrite };
    }
    let word = match args.level {
        ArchiveLevel::T => "t",
        ArchiveLevel::Lt => "lt",
        ArchiveLevel::Lta => "lta",
    };
    let mut name = file.file_stem().unwrap_or_default().to_os_string();
    name.push(".");
    name.push(word);
    if let Some(ending) = file.extension() {
        name.push(".");
        name.push(ending);
    }
    let path: PathBuf = match &output.out_dir {
        Some(folder) => folder.join(name),
        None => file.with_file_name(name),
    };
    Target::File { path, overwrite }
}

pub(crate) fn show(extended: &Extended, session: &Session<'_>) {
    let output = extended.output.display().to_string();
    for LevelNote::OldEvidence { subject } in &extended.notes {
        session.warn("warn-old-evidence", &[("path", &escape(&output)), ("subject", &escape(subject))]);
    }
    let steps: Vec<&str> = extended
        .steps
        .iter()
        .map(|step| match step {
            LevelStep::DocumentTimestamp => "document-timestamp",
            LevelStep::ValidationData => "validation-data",
        })
        .collect();
    session.confirm(
        || {
            json!({
                "schema": "eseal-extended/1",
                "file": extended.input.display().to_string(),
                "output": output,
                "added": steps,
                "bytes": extended.length,
                "sha256": extended.sha256,
                "indication": extended.report.indication.name(),
            })
        },
        |m| {
            let id = if steps.is_empty() { "done-extended-already" } else { "done-extended" };
            m.say(id, &[("path", &escape(&output))])
        },
    );
}
