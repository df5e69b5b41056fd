//! What `apply` and `sign` share: orders from arguments, one result for each document, the worst status of all.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::cli::Exit;
use crate::cli::args::{
    Anchor, Certify, Container, Level, Nth, Output, PageList, Password, Placement, PresetKind, Role, Signing,
    StraddleEdge, Tsa,
};
use crate::cli::commands::{extend, overwrite};
use crate::cli::messages::escape;
use crate::cli::output::shown_json;
use crate::cli::secrets::password;
use crate::cli::session::Session;
use crate::geometry::Size;
use crate::net::{HttpFetch, Reach};
use crate::operations::{
    self, AnchorPoint, Applied, Caption, Closing, ContainerChoice, DocumentRequest, Edge, Instrument, Keyword,
    KeywordOrder, Need, OperationError, Orders, Overlap, PageRange, Pages, Preset, PresetWish, Print, Remark,
    Retrieval, SAFE_STRIP, Sealing, Shown, Stated, Statement, StraddleOrder, Target, TimestampOrder, TsaPlace,
    VisibleDate, Which, WordBounds, narrow_strip, plan,
};

/// One run over documents.
pub(crate) struct Documents<'a> {
    pub(crate) files: &'a [PathBuf],
    pub(crate) output: &'a Output,
    pub(crate) placement: &'a Placement,
    pub(crate) signing: &'a Signing,
    pub(crate) password: &'a Password,
    pub(crate) instrument: Instrument,
    /// What stands between stem and ending of a result: `sealed` or `signed`.
    pub(crate) word: &'static str,
    /// What no placement means.
    pub(crate) unplaced: Unplaced,
}

/// What it means that no place was named.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unplaced {
    /// That of an official document, where it has a date line.
    Gongwen,
    /// None.
    Invisible,
}

/// Signs every document, or shows where it would be shown.
pub(crate) fn run(documents: &Documents<'_>, session: &Session<'_>) -> Result<Exit, OperationError> {
    let orders = orders(documents.placement, documents.signing, documents.unplaced);
    if documents.output.output.is_some() && documents.files.len() > 1 {
        return Err(OperationError::OutputForSeveral {});
    }
    if orders.straddle.is_some() && matches!(documents.instrument, Instrument::Certificate(_)) {
        return Err(OperationError::StraddleNeedsSeal {});
    }
    if !orders.stated.caption.is_empty() && !documents.placement.is_given() {
        return Err(OperationError::PlacementMissing {});
    }
    let operator = documents.signing.operator.as_ref().map(ToString::to_string);
    let context = session.context(operator.as_deref());
    let passwords: Vec<_> = password(documents.password)?.into_iter().collect();
    if documents.placement.dry_run {
        let each = documents.files.iter().map(|file| {
            let shown = plan(&context, &documents.instrument, file, &orders, &passwords)?;
            warn_narrow(file, &shown, session);
            session.print(&shown_json(file, &shown).to_string());
            Ok(Exit::Done)
        });
        return Ok(worst(each.collect(), session));
    }
    // Usage errors come before anything is unlocked.
    if orders.preset.as_ref().is_some_and(|preset| preset.wish == PresetWish::Assumed) {
        for file in documents.files {
            let planned = plan(&context, &documents.instrument, file, &orders, &passwords);
            if let Err(error @ OperationError::PlacementMissing {}) = planned {
                return Err(error);
            }
        }
    }
    for file in documents.files {
        let target = target(documents.output, documents.word, file);
        if let Target::File { path, .. } = &target
            && same_path(path, file)
        {
            return Err(OperationError::OutputIsInput { path: path.display().to_string() });
        }
    }
    // The operator named the address: it may lie in the own network.
    let network = HttpFetch::new(Reach::Anywhere);
    let mut sealing = Sealing::open(&context, &documents.instrument, &network)?.with_passwords(passwords);
    let level = documents.signing.level.and_then(kept);
    let mut retrieval = documents.signing.online.then(|| Retrieval::new(&context));
    let each = documents.files.iter().map(|file| {
        let request = DocumentRequest { input: file.clone(), target: target(documents.output, documents.word, file) };
        if level.is_some() {
            sealing.takes_level(&request)?;
        }
        let applied = sealing.apply(&request, &orders)?;
        warn_narrow(file, &applied.shown, session);
        if applied.documents > 1 && documents.placement.document.is_none() {
            let path = escape(&file.display().to_string());
            session.warn("warn-several-documents", &[("path", &path), ("count", &applied.documents.to_string())]);
        }
        for remark in &applied.remarks {
            session.warn(warning(*remark), &[("path", &escape(&file.display().to_string()))]);
        }
        show(&applied, documents.word, session);
        if let Some(level) = level {
            let authority = documents.signing.tsa.clone().map(tsa_place);
            extend::show(&sealing.extend(&applied, level, authority, retrieval.as_mut())?, session);
        }
        Ok(Exit::Done)
    });
    Ok(worst(each.collect(), session))
}

/// How far a document is brought once it is signed.
fn kept(level: Level) -> Option<operations::Level> {
    match level {
        Level::B | Level::T => None,
        Level::Lt => Some(operations::Level::Lt),
        Level::Lta => Some(operations::Level::Lta),
    }
}

/// Complains about each failure and gives the worst status (interface: 70, 6, 5, 7, 1, 4, 3, 0; usage first of all).
fn worst(results: Vec<Result<Exit, OperationError>>, session: &Session<'_>) -> Exit {
    let mut worst = Exit::Done;
    for result in results {
        let exit = result.unwrap_or_else(|error| {
            session.complain(&error);
            Exit::from(error.reason())
        });
        worst = worst.worst(exit);
    }
    worst
}

/// A strip that printers are likely to lose.
fn warn_narrow(file: &Path, shown: &[Shown], session: &Session<'_>) {
    if let Some(strip) = narrow_strip(shown) {
        let path = escape(&file.display().to_string());
        let (strip, safe) = (format!("{:.2}", strip.0), SAFE_STRIP.to_string());
        session.warn("warn-narrow-strip", &[("path", &path), ("strip", &strip), ("safe", &safe)]);
    }
}

fn warning(remark: Remark) -> &'static str {
    match remark {
        Remark::Rebuilt => "warn-rebuilt",
        Remark::Ambiguous => "warn-ambiguous",
        Remark::BeginningReplaced => "warn-beginning-replaced",
        Remark::PermissionsWithheld => "warn-permissions-withheld",
        Remark::CaptionLeftOut => "warn-caption-left-out",
        Remark::TimestampMissing => "warn-timestamp-missing",
    }
}

fn show(applied: &Applied, word: &str, session: &Session<'_>) {
    let output = applied.output.display().to_string();
    session.confirm(
        || {
            json!({
                "schema": "eseal-applied/1",
                "file": applied.input.display().to_string(),
                "output": output,
                "id": applied.id,
                "documents": applied.documents,
                "bytes": applied.length,
                "sha256": applied.sha256,
                "indication": applied.report.indication.name(),
                "rectangles": shown_json(&applied.input, &applied.shown).get("rectangles"),
            })
        },
        |m| {
            let id = if word == "sealed" { "done-sealed" } else { "done-signed" };
            m.say(id, &[("path", &escape(&output))])
        },
    );
}

/// Where the result of one document goes; `word` stands between stem and ending.
pub(crate) fn target(output: &Output, word: &str, file: &Path) -> Target {
    if output.in_place {
        return Target::InPlace;
    }
    let overwrite = overwrite(output.force);
    if let Some(path) = &output.output {
        return Target::File { path: path.clone(), overwrite };
    }
    let stem = file.file_stem().unwrap_or_default().to_os_string();
    let mut name = stem;
    name.push(".");
    name.push(word);
    if let Some(ending) = file.extension() {
        name.push(".");
        name.push(ending);
    }
    let path = match &output.out_dir {
        Some(folder) => folder.join(name),
        None => file.with_file_name(name),
    };
    Target::File { path, overwrite }
}

pub(crate) fn same_path(one: &Path, other: &Path) -> bool {
    let plain = |path: &Path| path.components().filter(|c| *c != std::path::Component::CurDir).collect::<PathBuf>();
    plain(one) == plain(other)
}

fn anchor(placement: &Placement) -> AnchorPoint {
    match placement.anchor() {
        Anchor::Center => AnchorPoint::Center,
        Anchor::TopLeft => AnchorPoint::TopLeft,
        Anchor::TopRight => AnchorPoint::TopRight,
        Anchor::BottomLeft => AnchorPoint::BottomLeft,
        Anchor::BottomRight => AnchorPoint::BottomRight,
    }
}

fn size(placement: &Placement) -> Option<Size> {
    placement.size.map(|size| Size { width: size.width, height: size.height.unwrap_or(size.width) })
}

fn straddle(placement: &Placement) -> Option<StraddleOrder> {
    placement.straddle.map(|edge| StraddleOrder {
        pages: pages(&placement.pages()),
        edge: match edge {
            StraddleEdge::Right => Edge::Right,
            StraddleEdge::Left => Edge::Left,
            StraddleEdge::Top => Edge::Top,
            StraddleEdge::Bottom => Edge::Bottom,
        },
        print: if placement.duplex { Print::TwoSided } else { Print::OneSided },
        group: placement.group.map(|count| usize::try_from(count).unwrap_or(usize::MAX)),
        smallest: placement.min_strip.map(crate::cli::args::Length::millimetres),
        at: placement.at.map(|point| (point.x, point.y, anchor(placement))),
        size: size(placement),
    })
}

/// A text to look for.
pub(crate) fn keyword(text: &str, whole_word: bool, list: &PageList) -> Keyword {
    let bounds = if whole_word { WordBounds::WholeWord } else { WordBounds::Any };
    Keyword { text: text.to_owned(), bounds, pages: pages(list) }
}

/// A number that is counted from 1, as one from 0; the first unless given.
pub(crate) fn whole_number(number: Option<u32>) -> usize {
    number.map_or(0, |n| usize::try_from(n).unwrap_or(usize::MAX).saturating_sub(1))
}

fn keyword_order(placement: &Placement) -> Option<KeywordOrder> {
    let text = placement.keyword.as_ref()?;
    let zero = crate::geometry::Millimetres(0.0);
    Some(KeywordOrder {
        keyword: keyword(text, placement.whole_word, &placement.pages()),
        which: match placement.nth {
            None => Which::Nth(1),
            Some(Nth::One(nth)) => Which::Nth(nth.into()),
            Some(Nth::All) => Which::All,
        },
        offset: placement.offset.map_or((zero, zero), |point| (point.x, point.y)),
        anchor: anchor(placement),
        size: size(placement),
    })
}

fn preset(placement: &Placement, unplaced: Unplaced) -> Option<Preset> {
    let wish = match (placement.preset, placement.is_given(), unplaced) {
        (Some(PresetKind::Gongwen), ..) => PresetWish::Named,
        (None, false, Unplaced::Gongwen) => PresetWish::Assumed,
        _ => return None,
    };
    Some(Preset { wish, pages: pages(&placement.pages()), size: size(placement) })
}

fn orders(placement: &Placement, signing: &Signing, unplaced: Unplaced) -> Orders {
    let place = placement.at.map(|point| operations::Placement {
        pages: pages(&placement.pages()),
        x: point.x,
        y: point.y,
        anchor: anchor(placement),
        size: size(placement),
    });
    let role = signing.role.map(|role| {
        match role {
            Role::Own => "self",
            Role::LegalRepresentative => "legal-representative",
            Role::Handler => "handler",
        }
        .to_owned()
    });
    Orders {
        document: whole_number(placement.document),
        placement: place,
        field: placement.field.clone(),
        straddle: straddle(placement),
        keyword: keyword_order(placement),
        preset: preset(placement, unplaced),
        overlap: if placement.allow_overlap { Overlap::Allow } else { Overlap::Refuse },
        stated: Stated {
            reason: signing.reason.clone(),
            location: signing.location.clone(),
            contact: signing.contact.clone(),
            caption: Caption {
                date: if signing.visible_date { VisibleDate::Shown } else { VisibleDate::Hidden },
                text: signing.visible_text.clone(),
                code: signing.qr.clone(),
            },
            statement: Statement {
                role,
                organisation: signing.on_behalf_of.clone(),
                reference: signing.reference.clone(),
                ..Statement::default()
            },
        },
        closing: match (signing.lock, signing.certify) {
            (true, _) => Closing::Locked,
            (false, None) => Closing::Open,
            (false, Some(Certify::None)) => Closing::CertifyNothing,
            (false, Some(Certify::Forms)) => Closing::CertifyForms,
            (false, Some(Certify::Annotations)) => Closing::CertifyAnnotations,
        },
        timestamp: timestamp(signing),
        container: match signing.container {
            Container::Auto => ContainerChoice::Auto,
            Container::Cms => ContainerChoice::Cms,
            Container::Ses => ContainerChoice::Ses,
        },
    }
}

/// The timestamp asked for: required by `--level t` and above, welcome with `--tsa` alone, none with `--level b`.
fn timestamp(signing: &Signing) -> Option<TimestampOrder> {
    let place = tsa_place(signing.tsa.clone()?);
    match signing.level {
        Some(Level::B) => None,
        Some(Level::T | Level::Lt | Level::Lta) => Some(TimestampOrder { place, need: Need::Required }),
        None => Some(TimestampOrder { place, need: Need::BestEffort }),
    }
}

/// Where timestamps come from.
pub(crate) fn tsa_place(tsa: Tsa) -> TsaPlace {
    match tsa {
        Tsa::Url(url) => TsaPlace::Url(url),
        Tsa::Store(name) => TsaPlace::Store(name),
    }
}

fn pages(list: &PageList) -> Pages {
    match list {
        PageList::Odd => Pages::Odd,
        PageList::Even => Pages::Even,
        PageList::All => Pages::All,
        PageList::Last => Pages::Last,
        PageList::Spans(spans) => {
            let range = |span: &crate::cli::args::PageSpan| PageRange { from: span.first.into(), to: span.last.into() };
            Pages::List(spans.iter().map(range).collect())
        }
    }
}
