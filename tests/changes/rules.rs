//! More changes, sorted by the rule that judges them: what signatures lock, validation data, structure, form and
//! annotations. Each honest one stands beside the attack that looks like it.

use crate::Expected::{Allowed, Refused};
use crate::pdf::Builder;
use crate::{Base, CATALOG, Case, EMPTY, FIRST, FORM, PAGE, SIGNATURE, TEXT, built, fault, new_signature};
use eseal::report::LaterChanges::{Annotations, FormFilling, LongTermData, None as Unchanged};
use eseal::report::{Code, Indication};

/// A change of a document that holds more than the plain one.
type Row = (Base<'static>, Case);

fn all_hold(rows: &[Row]) {
    let wrong: Vec<String> = rows.iter().filter_map(|(base, case)| fault(case, built(case.permission, base))).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn plain(cases: Vec<Case>) -> Vec<Row> {
    cases.into_iter().map(|case| (Base::default(), case)).collect()
}

fn fill(file: Builder) -> Builder {
    file.object(7, format!("<<{TEXT}/V(new)/AP<</N 30 0 R>>>>").as_bytes()).stream(
        30,
        "/Type/XObject/Subtype/Form/BBox[0 0 80 20]",
        b"BT (new) Tj ET",
    )
}

fn field_mdp(parameters: &'static str) -> Base<'static> {
    Base { reference: parameters, ..Base::default() }
}

fn locked(field: &'static str) -> Base<'static> {
    Base { field, ..Base::default() }
}

/// `FieldMDP` (ISO 32000-1 12.8.2.4) and the lock of the signed field (table 233, ISO 32000-2 table 236).
#[test]
fn what_a_signature_locks_stays() {
    let filled = |name, permission, expected| Case { name, permission, change: fill, expected };
    let open = Allowed(FormFilling, &["FIELD_FILLED"]);
    let closed = Refused("LOCKED_FIELD_MODIFIED");
    let mdp = |text| field_mdp(text);
    all_hold(&[
        (
            mdp("<</TransformMethod/FieldMDP/TransformParams<</Action/Include/Fields[(name)]/V/1.2>>>>"),
            filled("a field that FieldMDP includes", 0, closed),
        ),
        (
            mdp("<</TransformMethod/FieldMDP/TransformParams<</Action/Include/Fields[(other)]/V/1.2>>>>"),
            filled("a field that FieldMDP does not include", 0, open),
        ),
        (
            mdp("<</TransformMethod/FieldMDP/TransformParams<</Action/Exclude/Fields[(name)]/V/1.2>>>>"),
            filled("a field that FieldMDP excludes", 2, open),
        ),
        (
            mdp("<</TransformMethod/FieldMDP/TransformParams<</Action/Exclude/Fields[(other)]/V/1.2>>>>"),
            filled("a field that FieldMDP does not exclude", 2, closed),
        ),
        (
            mdp("<</TransformMethod/FieldMDP/TransformParams<</Action/All/V/1.2>>>>"),
            filled("FieldMDP locks all", 3, closed),
        ),
        (
            mdp("<</TransformMethod/FieldMDP/TransformParams 40 0 R>>"),
            filled("FieldMDP with parameters that are nowhere locks all", 0, closed),
        ),
        (locked("/Lock<</Type/SigFieldLock/Action/All>>"), filled("the lock of the field means all", 0, closed)),
        (
            locked("/Lock<</Type/SigFieldLock/Action/Include/Fields[(name)]>>"),
            filled("the lock includes the field", 0, closed),
        ),
        (
            locked("/Lock<</Type/SigFieldLock/Action/Exclude/Fields[(name)]>>"),
            filled("the lock excludes the field", 0, open),
        ),
        (locked("/Lock<</Type/SigFieldLock/Action/Some>>"), filled("a lock of an unknown action", 0, closed)),
        (
            locked("/Lock<</Type/SigFieldLock/Action/Exclude/Fields[(name)]/P 1>>"),
            filled("a lock with P=1", 0, Refused("LATER_CHANGE_FORBIDDEN")),
        ),
        (
            locked("/Lock<</Type/SigFieldLock/Action/Exclude/Fields[(name)]/P 3>>"),
            filled("a lock does not loosen a certification", 1, Refused("LATER_CHANGE_FORBIDDEN")),
        ),
        (
            field_mdp("<</TransformMethod/FieldMDP/TransformParams<</Action/All/V/1.2>>>>"),
            Case {
                name: "a further signature where all fields are locked",
                permission: 0,
                change: |file| new_signature(file, "[0 0 0 0]", SIGNATURE),
                expected: Allowed(FormFilling, &["LATER_SIGNATURE"]),
            },
        ),
        (
            field_mdp("<</TransformMethod/FieldMDP/TransformParams<</Action/All/V/1.2>>>>"),
            Case {
                name: "the appearance of a locked field",
                permission: 0,
                change: |file| file.stream(9, "/Type/XObject/Subtype/Form/BBox[0 0 80 20]", b"BT (evil) Tj ET"),
                expected: Refused("LOCKED_FIELD_MODIFIED"),
            },
        ),
    ]);
}

/// A certification binds the revisions after later signatures too, and later ones may only tighten it.
#[test]
fn a_certification_is_inherited() {
    let mut rows = plain(vec![
        Case {
            name: "filled after a second signature under P=1",
            permission: 1,
            change: |file| fill(new_signature(file, "[0 0 0 0]", crate::TIMESTAMP).table("/Root 1 0 R/Info 21 0 R")),
            expected: Refused("LATER_CHANGE_FORBIDDEN"),
        },
        Case {
            name: "filled after a second signature under P=2",
            permission: 2,
            change: |file| fill(new_signature(file, "[0 0 0 0]", SIGNATURE).table("/Root 1 0 R/Info 21 0 R")),
            expected: Allowed(FormFilling, &["FIELD_FILLED", "LATER_SIGNATURE"]),
        },
        Case {
            name: "a second certification",
            permission: 2,
            change: |file| {
                let certifies = SIGNATURE.replace("/Type/Sig/", "/Type/Sig/Reference[<</TransformMethod/DocMDP>>]/");
                new_signature(file, "[0 0 0 0]", &certifies)
            },
            expected: Refused("CERTIFICATION_REPEATED"),
        },
        Case {
            name: "a certification after an approval",
            permission: 0,
            change: |file| {
                let certifies = SIGNATURE.replace("/Type/Sig/", "/Type/Sig/Reference[<</TransformMethod/DocMDP>>]/");
                new_signature(file, "[0 0 0 0]", &certifies)
                    .object(1, format!("<<{CATALOG}/Perms<</DocMDP 32 0 R>>>>").as_bytes())
            },
            expected: Refused("CERTIFICATION_REPEATED"),
        },
        Case {
            name: "the certification points at another signature",
            permission: 2,
            change: |file| {
                new_signature(file, "[0 0 0 0]", SIGNATURE)
                    .object(1, format!("<<{CATALOG}/Perms<</DocMDP 32 0 R>>>>").as_bytes())
            },
            expected: Refused("PERMISSIONS_REMOVED"),
        },
    ]);
    // A level that nobody knows is taken for the usual one (table 254).
    rows.push((
        field_mdp("<</TransformMethod/DocMDP/TransformParams<</P 9/V/1.2>>>>"),
        Case {
            name: "a note where the certification states an unknown level",
            permission: 0,
            change: crate::note,
            expected: Refused("ANNOTATIONS_MODIFIED"),
        },
    ));
    all_hold(&rows);
}

const DSS: &str = "/Type/DSS/Certs[41 0 R 42 0 R]/CRLs 43 0 R/VRI<</AA 44 0 R>>";
const DSS_ENTRY: &str = "/Type/VRI/Cert[41 0 R]/TU(D:20260101000000Z)";

fn with_dss() -> Base<'static> {
    Base {
        catalog: "/DSS 40 0 R",
        more: |file| {
            file.object(40, format!("<<{DSS}>>").as_bytes())
                .stream(41, "", b"one")
                .stream(42, "", b"two")
                .object(43, b"[45 0 R]")
                .object(44, format!("<<{DSS_ENTRY}>>").as_bytes())
                .stream(45, "", b"list")
        },
        ..Base::default()
    }
}

#[test]
fn validation_data_may_come_and_the_store_may_not_go() {
    let case = |name, change, expected| (with_dss(), Case { name, permission: 1, change, expected });
    let added = Allowed(LongTermData, &["LONG_TERM_DATA_ADDED"]);
    all_hold(&[
        case(
            "a certificate comes",
            |file| {
                file.object(40, format!("<<{}>>", DSS.replace("42 0 R]", "42 0 R 50 0 R]")).as_bytes())
                    .stream(50, "", b"three")
            },
            added,
        ),
        case(
            "a list comes, in its own object",
            |file| file.object(43, b"[45 0 R 50 0 R]").stream(50, "", b"new"),
            added,
        ),
        case(
            "an entry comes",
            |file| {
                file.object(40, format!("<<{}>>", DSS.replace("/AA 44 0 R", "/AA 44 0 R/BB 50 0 R")).as_bytes())
                    .object(50, b"<</CRL[45 0 R]>>")
            },
            added,
        ),
        case(
            "a list that has served goes",
            |file| file.object(43, b"[50 0 R]").stream(50, "", b"newer"),
            Allowed(LongTermData, &["DSS_MODIFIED"]),
        ),
        case(
            "the store is taken away",
            |file| file.object(1, format!("<<{CATALOG}/Perms<</DocMDP 10 0 R>>>>").as_bytes()),
            Refused("DSS_REMOVED"),
        ),
        case(
            "all lists are taken away",
            |file| file.object(40, format!("<<{}>>", DSS.replace("/CRLs 43 0 R", "")).as_bytes()),
            Refused("DSS_MODIFIED"),
        ),
        case(
            "an entry is taken away",
            |file| file.object(40, format!("<<{}>>", DSS.replace("/AA 44 0 R", "")).as_bytes()),
            Refused("DSS_MODIFIED"),
        ),
        case(
            "the entry loses its certificate",
            |file| file.object(44, b"<</Type/VRI/Cert[]/TU(D:20260101000000Z)>>"),
            Refused("DSS_MODIFIED"),
        ),
        case("a certificate becomes another", |file| file.stream(41, "", b"evil"), Refused("DSS_MODIFIED")),
        case(
            "the store gains a key that nobody knows",
            |file| file.object(40, format!("<<{DSS}/OpenAction<</S/JavaScript>>>>").as_bytes()),
            Refused("DSS_MODIFIED"),
        ),
        case(
            "an item is no stream",
            |file| file.object(43, b"[45 0 R 50 0 R]").object(50, b"<</S/JavaScript>>"),
            Refused("DSS_MODIFIED"),
        ),
    ]);
}

const ROOT: &str = "/Type/StructTreeRoot/ParentTree 18 0 R/ParentTreeNextKey 2";
const NOTE: &str = "/Type/Annot/Subtype/Text/Rect[200 100 220 120]/Contents(a note)/StructParent 1";

/// The note of the plain document, described by an element.
fn tagged_note() -> Base<'static> {
    Base {
        more: |file| {
            file.again(16, format!("<<{ROOT}/K[17 0 R]>>").as_bytes())
                .again(17, b"<</Type/StructElem/S/Document/P 16 0 R/K[19 0 R 46 0 R]>>")
                .again(18, b"<</Nums[0 [19 0 R] 1 46 0 R]>>")
                .again(20, format!("<<{NOTE}>>").as_bytes())
                .object(46, b"<</Type/StructElem/S/Annot/P 17 0 R/Pg 3 0 R/K<</Type/OBJR/Obj 20 0 R>>>>")
        },
        ..Base::default()
    }
}

fn without_note(file: Builder) -> Builder {
    file.object(3, format!("<<{PAGE}/Annots[6 0 R 7 0 R 8 0 R]>>").as_bytes())
        .object(17, b"<</Type/StructElem/S/Document/P 16 0 R/K[19 0 R]>>")
        .object(18, b"<</Nums[0 [19 0 R]]>>")
}

#[test]
fn elements_of_annotations_come_and_go_with_them() {
    let note = |name, permission, change, expected| (tagged_note(), Case { name, permission, change, expected });
    let deleted = Allowed(Annotations, &["ANNOTATION_CHANGED"]);
    all_hold(&[
        note("a note goes with its element", 3, without_note, deleted),
        note("a note goes with its element, both freed", 3, |file| without_note(file).free(20).free(46), deleted),
        note("the same where annotations may not change", 2, without_note, Refused("ANNOTATIONS_MODIFIED")),
        note(
            "an element of the text goes along",
            3,
            |file| {
                file.object(17, b"<</Type/StructElem/S/Document/P 16 0 R/K[]>>")
                    .object(18, b"<</Nums[]>>")
                    .object(3, format!("<<{PAGE}/Annots[6 0 R 7 0 R 8 0 R]>>").as_bytes())
            },
            Refused("STRUCT_TREE_MODIFIED"),
        ),
        note(
            "another element describes the note",
            3,
            |file| {
                file.object(17, b"<</Type/StructElem/S/Document/P 16 0 R/K[19 0 R 50 0 R]>>")
                    .object(18, b"<</Nums[0 [19 0 R] 1 50 0 R]>>")
                    .object(50, b"<</Type/StructElem/S/Note/P 17 0 R/K<</Type/OBJR/Obj 20 0 R>>>>")
            },
            deleted,
        ),
        note(
            "an element without kids that speaks",
            3,
            |file| {
                file.object(17, b"<</Type/StructElem/S/Document/P 16 0 R/K[19 0 R 46 0 R 50 0 R]>>")
                    .object(50, b"<</Type/StructElem/S/P/P 17 0 R/ActualText(Pay 900)>>")
            },
            Refused("STRUCT_TREE_MODIFIED"),
        ),
        (
            Base { more: |file| file.again(1, untagged("").as_bytes()), ..Base::default() },
            Case {
                name: "a document without a tree gets one for a new signature",
                permission: 0,
                change: |file| {
                    new_signature(file, "[0 0 0 0]", SIGNATURE)
                        .object(1, untagged("/StructTreeRoot 50 0 R").as_bytes())
                        .object(50, b"<</Type/StructTreeRoot/K 51 0 R/ParentTree<</Nums[0 51 0 R]>>>>")
                        .object(51, b"<</Type/StructElem/S/Form/P 50 0 R/K<</Type/OBJR/Obj 31 0 R>>>>")
                },
                expected: Allowed(FormFilling, &["STRUCT_TREE_EXTENDED"]),
            },
        ),
        (
            Base { more: |file| file.again(1, untagged("").as_bytes()), ..Base::default() },
            Case {
                name: "a document without a tree gets one that says something else than its pages",
                permission: 0,
                change: |file| {
                    file.object(1, untagged("/StructTreeRoot 50 0 R").as_bytes())
                        .object(50, b"<</Type/StructTreeRoot/K 51 0 R>>")
                        .object(51, b"<</Type/StructElem/S/P/P 50 0 R/Pg 3 0 R/K 0/ActualText(Pay 900)>>")
                },
                expected: Refused("STRUCT_TREE_MODIFIED"),
            },
        ),
        (
            Base::default(),
            Case {
                name: "the tree is taken away",
                permission: 3,
                change: |file| file.object(1, untagged("/Perms<</DocMDP 10 0 R>>").as_bytes()),
                expected: Refused("STRUCT_TREE_MODIFIED"),
            },
        ),
        (
            Base::default(),
            Case {
                name: "a page gets its number in the tree",
                permission: 2,
                change: |file| {
                    file.object(3, format!("<<{PAGE}/StructParents 7/Annots[6 0 R 7 0 R 8 0 R 20 0 R]>>").as_bytes())
                },
                expected: Allowed(FormFilling, &["STRUCT_TREE_EXTENDED"]),
            },
        ),
        (
            Base::default(),
            Case {
                name: "the names of elements",
                permission: 2,
                change: |file| {
                    let root = "/Type/StructTreeRoot/K[17 0 R]/ParentTree 18 0 R/ParentTreeNextKey 1/IDTree 50 0 R";
                    file.object(16, format!("<<{root}>>").as_bytes()).object(50, b"<</Names[(a) 19 0 R]>>")
                },
                expected: Allowed(Unchanged, &[]),
            },
        ),
    ]);
}

fn untagged(more: &str) -> String {
    format!("<<{}{more}>>", CATALOG.replace("/StructTreeRoot 16 0 R", ""))
}

const DATA: &str = "<xfa:datasets xmlns:xfa='http://www.xfa.org/schema/xfa-data/1.0/'><xfa:data><name>old</name></xfa:data></xfa:datasets>";

fn with_xfa() -> Base<'static> {
    Base {
        form: "/XFA[(template) 40 0 R (datasets) 41 0 R]",
        more: |file| file.stream(40, "", b"<template>form</template>").stream(41, "", DATA.as_bytes()),
        ..Base::default()
    }
}

#[test]
fn the_xml_twin_of_a_form_is_filled_in_with_it() {
    let case = |name, permission, change, expected| (with_xfa(), Case { name, permission, change, expected });
    all_hold(&[
        case(
            "the data under their number",
            2,
            |file| fill(file).stream(41, "", DATA.replace("old", "new").as_bytes()),
            Allowed(FormFilling, &["FIELD_FILLED"]),
        ),
        case(
            "the data under another number",
            0,
            |file| {
                file.object(5, format!("<<{FORM}/XFA[(template) 40 0 R (datasets) 50 0 R]>>").as_bytes()).stream(
                    50,
                    "",
                    DATA.replace("old", "new").as_bytes(),
                )
            },
            Allowed(FormFilling, &["FIELD_FILLED"]),
        ),
        case(
            "the data under P=1",
            1,
            |file| file.stream(41, "", DATA.replace("old", "new").as_bytes()),
            Refused("LATER_CHANGE_FORBIDDEN"),
        ),
        case("the template", 2, |file| file.stream(40, "", b"<template>evil</template>"), Refused("CATALOG_MODIFIED")),
        case(
            "a template in the place of the data",
            2,
            |file| file.stream(41, "", b"<template>evil</template>"),
            Refused("CATALOG_MODIFIED"),
        ),
        case(
            "a further packet",
            2,
            |file| {
                file.object(5, format!("<<{FORM}/XFA[(template) 40 0 R (datasets) 41 0 R (form) 50 0 R]>>").as_bytes())
                    .stream(50, "", b"<form/>")
            },
            Refused("CATALOG_MODIFIED"),
        ),
        case(
            "the twin is taken away",
            2,
            |file| file.object(5, format!("<<{FORM}>>").as_bytes()),
            Refused("CATALOG_MODIFIED"),
        ),
        (
            Base { field: "/Lock<</Action/All>>", ..with_xfa() },
            Case {
                name: "the data where fields are locked",
                permission: 0,
                change: |file| file.stream(41, "", DATA.replace("old", "new").as_bytes()),
                expected: Refused("LOCKED_FIELD_MODIFIED"),
            },
        ),
    ]);
}

/// The shadow attack "replace": a field has one value and shows another.
#[test]
fn what_a_field_showed_is_not_replaced_by_a_value_that_it_hid() {
    let hidden = || Base {
        more: |file| file.again(7, format!("<<{TEXT}/V(900)/AP<</N 9 0 R>>>>").as_bytes()),
        ..Base::default()
    };
    let honest = Base::default;
    let case = |base, name, change, expected| (base, Case { name, permission: 0, change, expected });
    let bare = |file: Builder| file.object(7, format!("<<{TEXT}/V(900)>>").as_bytes());
    all_hold(&[
        case(hidden(), "the appearance is taken away", bare, Refused("FIELD_MODIFIED")),
        case(
            hidden(),
            "readers are asked to draw the fields anew",
            |file| file.object(5, format!("<<{FORM}/NeedAppearances true>>").as_bytes()),
            Refused("FIELD_MODIFIED"),
        ),
        case(
            honest(),
            "an honest appearance is taken away",
            |file| file.object(7, format!("<<{TEXT}/V(old)>>").as_bytes()),
            Allowed(FormFilling, &["FIELD_FILLED"]),
        ),
        case(
            honest(),
            "readers are asked to draw honest fields anew",
            |file| file.object(5, format!("<<{FORM}/NeedAppearances true>>").as_bytes()),
            Allowed(LongTermData, &["FORM_SETTINGS_CHANGED"]),
        ),
    ]);
}

fn bordered_by(file: Builder, width: u32) -> Builder {
    let border = format!("/BS<</S/S/W {width}>>/MK<<>>");
    file.object(7, format!("<<{TEXT}{border}/V(new)/AP<</N 30 0 R>>>>").as_bytes()).stream(
        30,
        "/Type/XObject/Subtype/Form/BBox[0 0 80 20]",
        b"BT (new) Tj ET",
    )
}

/// A tick box, and the empty signature field with an appearance.
fn ticked() -> Base<'static> {
    Base {
        more: |file| {
            let form = "/Type/XObject/Subtype/Form/BBox[0 0 20 20]";
            file.again(5, FORM_WITH_TICK.as_bytes())
                .again(3, format!("<<{PAGE}/Annots[6 0 R 7 0 R 8 0 R 20 0 R 47 0 R]>>").as_bytes())
                .again(8, format!("<<{EMPTY}/AP<</N 50 0 R>>>>").as_bytes())
                .object(47, format!("<<{TICK}/V/Off/AS/Off>>").as_bytes())
                .stream(48, form, b"0 0 20 20 re f")
                .stream(49, form, b"0 0 20 20 re S")
                .stream(50, form, b"")
        },
        ..Base::default()
    }
}

const FORM_WITH_TICK: &str = "<</Fields[6 0 R 7 0 R 8 0 R 47 0 R]/SigFlags 3/DA(/F1 0 Tf)>>";
const TICK: &str =
    "/FT/Btn/T(agree)/Type/Annot/Subtype/Widget/Rect[10 90 30 110]/P 3 0 R/AP<</N<</Yes 48 0 R/Off 49 0 R>>>>";

/// What is shown changes with the value and not without it, however the drawing is reached.
#[test]
fn a_field_shows_what_it_showed_while_its_value_stays() {
    let case = |name, change, expected| (ticked(), Case { name, permission: 2, change, expected });
    all_hold(&[
        case(
            "the box is ticked",
            |file| file.object(47, format!("<<{TICK}/V/Yes/AS/Yes>>").as_bytes()),
            Allowed(FormFilling, &["FIELD_FILLED"]),
        ),
        case(
            "the empty box is drawn as a ticked one, under its number",
            |file| file.stream(49, "/Type/XObject/Subtype/Form/BBox[0 0 20 20]", b"0 0 20 20 re f"),
            Refused("FIELD_MODIFIED"),
        ),
        case(
            "the box is not drawn any more",
            |file| file.object(47, format!("<<{}/V/Off/AS/Off>>", TICK.split("/AP").next().unwrap()).as_bytes()),
            Refused("FIELD_MODIFIED"),
        ),
        case(
            "the text is cut off by its box",
            |file| file.stream(9, "/Type/XObject/Subtype/Form/BBox[0 0 5 5]", b"BT (old) Tj ET"),
            Refused("FIELD_MODIFIED"),
        ),
        case(
            "the text is turned out of its box",
            |file| file.stream(9, "/Type/XObject/Subtype/Form/BBox[0 0 80 20]/Matrix[0 1 -1 0 0 0]", b"BT (old) Tj ET"),
            Refused("FIELD_MODIFIED"),
        ),
        case(
            "the text is on a layer",
            |file| file.stream(9, "/Type/XObject/Subtype/Form/BBox[0 0 80 20]/OC<</Type/OCG>>", b"BT (old) Tj ET"),
            Refused("FIELD_MODIFIED"),
        ),
        case(
            "the text is drawn anew",
            |file| file.stream(9, "/Type/XObject/Subtype/Form/BBox[0 0 80.5 20]", b"/Tx BMC BT (ol) Tj (d) Tj ET EMC"),
            Allowed(FormFilling, &["FIELD_FILLED"]),
        ),
        case(
            "an empty signature field shows a text",
            |file| file.stream(50, "/Type/XObject/Subtype/Form/BBox[0 0 20 20]", b"BT (Pay 900) Tj ET"),
            Refused("FIELD_MODIFIED"),
        ),
        case(
            "a field gets another parent, written inside it",
            |file| file.object(47, format!("<<{TICK}/V/Off/AS/Off/Parent<</FT/Btn/T(x)/V/Yes>>>>").as_bytes()),
            Refused("FIELD_MODIFIED"),
        ),
    ]);
}

#[test]
fn widgets_are_annotations_where_those_may_change() {
    let case = |name, permission, change, expected| Case { name, permission, change, expected };
    let changed = Allowed(Annotations, &["ANNOTATION_CHANGED"]);
    let moved = |file: Builder| {
        file.object(7, format!("<<{}/V(old)/AP<</N 9 0 R>>>>", TEXT.replace("[10 10", "[50 50")).as_bytes())
    };
    let hidden = |file: Builder| file.object(3, format!("<<{PAGE}/Annots[6 0 R 8 0 R 20 0 R]>>").as_bytes());
    let filled = Allowed(FormFilling, &["FIELD_FILLED"]);
    all_hold(&plain(vec![
        case("a writer adds the border that readers take for granted", 2, |file| bordered_by(file, 1), filled),
        case("a writer adds another border", 2, |file| bordered_by(file, 50), Refused("FIELD_MODIFIED")),
        case("a field is moved under P=3", 3, moved, changed),
        case("a field is moved under P=2", 2, moved, Refused("FIELD_MODIFIED")),
        case("a field leaves its page under P=3", 3, hidden, changed),
        case("a field leaves its page under P=2", 2, hidden, Refused("PAGE_ANNOTATIONS_MODIFIED")),
        case(
            "the signed field is moved under P=3",
            3,
            |file| file.object(6, format!("<<{}>>", FIRST.replace("[0 0 0 0]", "[9 9 99 99]")).as_bytes()),
            Refused("FIELD_MODIFIED"),
        ),
        case(
            "the signed field leaves its page under P=3",
            3,
            |file| file.object(3, format!("<<{PAGE}/Annots[7 0 R 8 0 R 20 0 R]>>").as_bytes()),
            Refused("PAGE_ANNOTATIONS_MODIFIED"),
        ),
        case(
            "the signed field gets an appearance",
            3,
            |file| {
                file.object(6, format!("<<{FIRST}/AP<</N 30 0 R>>>>").as_bytes()).stream(
                    30,
                    "/Type/XObject/Subtype/Form/BBox[0 0 9 9]",
                    b"0 0 9 9 re f",
                )
            },
            Refused("FIELD_MODIFIED"),
        ),
        case(
            "a field gets an action under P=3",
            3,
            |file| file.object(8, format!("<<{EMPTY}/AA<</Fo<</S/JavaScript/JS(x)>>>>>>").as_bytes()),
            Refused("FIELD_MODIFIED"),
        ),
        case(
            "a field is renamed under P=3",
            3,
            |file| {
                file.object(7, format!("<<{}/V(old)/AP<</N 9 0 R>>>>", TEXT.replace("(name)", "(other)")).as_bytes())
            },
            Refused("FIELD_REMOVED"),
        ),
        case(
            "a widget of no field under P=3",
            3,
            |file| {
                file.object(3, format!("<<{PAGE}/Annots[6 0 R 7 0 R 8 0 R 20 0 R 30 0 R]>>").as_bytes())
                    .object(30, b"<</Type/Annot/Subtype/Widget/FT/Tx/T(more)/Rect[0 0 9 9]/V(evil)>>")
            },
            Refused("PAGE_ANNOTATIONS_MODIFIED"),
        ),
    ]));
}

#[test]
fn objects_go_only_where_they_may_be_replaced() {
    let case = |name, permission, change, expected| Case { name, permission, change, expected };
    all_hold(&plain(vec![
        case("an appearance that was replaced", 2, |file| fill(file).free(9), Allowed(FormFilling, &["FIELD_FILLED"])),
        case("an object that nothing reaches", 1, |file| file.free(22), Allowed(LongTermData, &[])),
        case("a font", 3, |file| file.free(15), Refused("OBJECT_FREED")),
        case("the content of a page", 3, |file| file.free(4), Refused("OBJECT_FREED")),
        case("a page", 3, |file| file.free(3), Refused("OBJECT_FREED")),
        case("a field", 3, |file| file.free(7), Refused("FIELD_REMOVED")),
        case("the metadata", 3, |file| file.free(14), Refused("OBJECT_FREED")),
    ]));
}

#[test]
fn versions_and_extensions_only_rise() {
    let base =
        || Base { catalog: "/Version/1.7/Extensions<</ESIC<</BaseVersion/1.7/ExtensionLevel 5>>>>", ..Base::default() };
    let case = |name, change, expected| (base(), Case { name, permission: 0, change, expected });
    all_hold(&[
        case(
            "both rise",
            |file| settings(file, "/Version/2.0/Extensions<</ESIC<</BaseVersion/2.0/ExtensionLevel 6>>>>"),
            Allowed(LongTermData, &["EXTENSIONS_CHANGED"]),
        ),
        case(
            "another maker's comes",
            |file| {
                let more = "/ADBE<</BaseVersion/1.7/ExtensionLevel 8>>";
                settings(file, &format!("/Version/1.7/Extensions<</ESIC<</BaseVersion/1.7/ExtensionLevel 5>>{more}>>"))
            },
            Allowed(LongTermData, &["EXTENSIONS_CHANGED"]),
        ),
        case(
            "the level falls",
            |file| settings(file, "/Version/1.7/Extensions<</ESIC<</BaseVersion/1.7/ExtensionLevel 4>>>>"),
            Refused("BASE_VERSION_DECREASED"),
        ),
        case(
            "the version of an extension falls",
            |file| settings(file, "/Version/1.7/Extensions<</ESIC<</BaseVersion/1.6/ExtensionLevel 5>>>>"),
            Refused("BASE_VERSION_DECREASED"),
        ),
        case(
            "the version falls",
            |file| settings(file, "/Version/1.4/Extensions<</ESIC<</BaseVersion/1.7/ExtensionLevel 5>>>>"),
            Refused("BASE_VERSION_DECREASED"),
        ),
        case("an extension goes", |file| settings(file, "/Version/1.7/Extensions<<>>"), Refused("EXTENSIONS_REMOVED")),
        case("all extensions go", |file| settings(file, "/Version/1.7"), Refused("EXTENSIONS_REMOVED")),
        case(
            "an extension hides something else",
            |file| settings(file, "/Version/1.7/Extensions<</ESIC<</BaseVersion/1.7/ExtensionLevel 5>>/X 4 0 R>>"),
            Refused("CATALOG_MODIFIED"),
        ),
    ]);
}

fn settings(file: Builder, entries: &str) -> Builder {
    file.object(1, format!("<<{CATALOG}{entries}>>").as_bytes())
}

/// A document that Adobe Reader may fill in and save has a signature that no field reaches (ISO 32000-1 12.8.2.3).
#[test]
fn usage_rights_are_no_removed_signature() {
    let file = |method: &str| {
        let reference = format!("/Reference[<</Type/SigRef/TransformMethod/{method}/TransformParams<</V/2.2>>>>]");
        Builder::new()
            .object(1, b"<</Type/Catalog/Pages 2 0 R/Perms<</UR3 4 0 R>>>>")
            .object(2, b"<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 300 144]>>")
            .object(3, b"<</Type/Page/Parent 2 0 R>>")
            .object(4, SIGNATURE.replace("/Type/Sig/", &format!("/Type/Sig{reference}/")).as_bytes())
            .table("/Root 1 0 R")
    };
    let report = crate::judged(file("UR3").bytes, "usage rights");
    assert_eq!(report.indication, Indication::NoSignature, "{}", crate::described(&report));
    assert!(report.findings.iter().any(|finding| finding.code == Code::UsageRights));
    // What says that it is something else is a signature without its field.
    for method in ["DocMDP", "FieldMDP"] {
        let report = crate::judged(file(method).bytes, method);
        assert_eq!(report.indication, Indication::TotalFailed, "{}", crate::described(&report));
        assert!(report.findings.iter().any(|finding| finding.code == Code::SignatureRemoved));
    }
}

/// What came with a later signature, and what it closed, is judged for it as if it were the first.
#[test]
fn a_later_signature_is_judged_by_what_it_saw() {
    let again = |lock: &str| {
        let file = crate::signed(0)
            .object(3, format!("<<{PAGE}/Annots[6 0 R 7 0 R 8 0 R 20 0 R 60 0 R]>>").as_bytes())
            .object(5, format!("<<{}>>", FORM.replace("8 0 R]", "8 0 R 60 0 R]")).as_bytes())
            .object(60, b"<</FT/Tx/T(late)/Type/Annot/Subtype/Widget/Rect[0 0 9 9]/AP<</N 61 0 R>>/V(x)>>")
            .stream(
                61,
                "/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 62 0 R>>>>",
                b"BT (x) Tj ET /X Do",
            )
            .stream(62, "/Type/XObject/Subtype/Form/BBox[0 0 9 9]", b"0 0 9 9 re f")
            .object(8, format!("<<{EMPTY}/V 63 0 R{lock}>>").as_bytes());
        crate::closed(file, 63, "", "/Root 1 0 R/Info 21 0 R")
    };
    let second = |file: Builder| {
        let report = crate::judged(file.table("/Root 1 0 R/Info 21 0 R").bytes, "twice");
        let second = report.signatures.iter().find(|signature| signature.id == "second").unwrap();
        let step = second.steps.iter().find(|step| step.step == "later-changes").unwrap().result;
        let codes: Vec<&str> = second.changes.iter().map(|change| change.code.name()).collect();
        (step, codes.join(" "))
    };
    use eseal::report::StepResult::{Failed, Passed};
    assert_eq!(second(fill(again(""))), (Passed, "FIELD_FILLED".to_owned()));
    assert_eq!(second(fill(again("/Lock<</Action/All>>"))), (Failed, "LOCKED_FIELD_MODIFIED".to_owned()));
    // The appearance of a field that the first signature left open and the second locked, under its number.
    let appearance = |file: Builder| file.stream(9, "/Type/XObject/Subtype/Form/BBox[0 0 80 20]", b"BT (evil) Tj ET");
    assert_eq!(second(appearance(again("/Lock<</Action/All>>"))), (Failed, "LOCKED_FIELD_MODIFIED".to_owned()));
    // What came with the second signature is what it signed.
    let drawn = |file: Builder| file.stream(62, "/Type/XObject/Subtype/Form/BBox[0 0 9 9]", b"BT (evil) Tj ET");
    assert_eq!(second(drawn(again(""))), (Failed, "PAGE_MODIFIED".to_owned()));
    // And what the first signed is what the second saw, too.
    let content = |file: Builder| file.stream(4, "", b"BT /F1 12 Tf (Pay 900) Tj ET");
    assert_eq!(second(content(again(""))), (Failed, "PAGE_MODIFIED".to_owned()));
    let note = |file: Builder| file.object(20, b"<</Type/Annot/Subtype/Text/Rect[200 100 220 120]/Contents(more)>>");
    assert_eq!(second(note(again(""))), (Failed, "ANNOTATIONS_MODIFIED".to_owned()));
}

/// EAA and SSA ("Breaking the specification: PDF certification", 2021): what lies over certified content.
#[test]
fn overlays_of_a_certified_document_are_told_or_refused() {
    let overlay = |kind: &str, permission: u8| {
        let annotation = format!("<</Type/Annot/Subtype/{kind}/Rect[10 10 200 100]/Contents(Pay 900)>>");
        let file = crate::signed(permission)
            .object(3, format!("<<{PAGE}/Annots[6 0 R 7 0 R 8 0 R 20 0 R 30 0 R]>>").as_bytes())
            .object(30, annotation.as_bytes());
        let report = crate::judged(file.table("/Root 1 0 R/Info 21 0 R").bytes, kind);
        report.signatures[0].findings.iter().map(|finding| finding.code).collect::<Vec<_>>()
    };
    for kind in ["FreeText", "Stamp", "Redact"] {
        let told = overlay(kind, 3);
        assert!(told.contains(&Code::AnnotationOverlaysContent), "{kind}: {told:?}");
        assert!(!told.contains(&Code::AnnotationsModified), "{kind}: {told:?}");
        for permission in [0, 1, 2] {
            assert!(overlay(kind, permission).contains(&Code::AnnotationsModified), "{kind} {permission}");
        }
    }
    let covering = |permission| Case {
        name: "a signature field that covers the page",
        permission,
        change: |file| new_signature(file, "[0 0 300 144]", SIGNATURE),
        expected: Refused("UNEXPECTED_FORM_FIELD"),
    };
    all_hold(&plain(vec![covering(2), covering(3)]));
}

#[test]
fn pages_neither_come_nor_go() {
    let case = |name, change, expected| Case { name, permission: 3, change, expected };
    all_hold(&plain(vec![
        case(
            "the page is removed",
            |file| file.object(2, b"<</Type/Pages/Kids[]/Count 0/MediaBox[0 0 300 144]>>"),
            Refused("PAGES_MODIFIED"),
        ),
        case(
            "another page stands in its place",
            |file| {
                file.object(2, b"<</Type/Pages/Kids[30 0 R]/Count 1/MediaBox[0 0 300 144]>>")
                    .object(30, b"<</Type/Page/Parent 2 0 R>>")
            },
            Refused("PAGE_MODIFIED"),
        ),
        case(
            "the page becomes a node with other pages",
            |file| file.object(3, b"<</Type/Pages/Parent 2 0 R/Kids[30 0 R]/Count 1>>").object(30, b"<</Type/Page>>"),
            Refused("PAGE_MODIFIED"),
        ),
        case(
            "metadata with entities",
            |file| {
                file.stream(
                    14,
                    "/Type/Metadata/Subtype/XML",
                    b"<!DOCTYPE x [<!ENTITY e 'x'>]><x:xmpmeta xmlns:x='adobe:ns:meta/'>&e;</x:xmpmeta>",
                )
            },
            Refused("METADATA_MALFORMED"),
        ),
        case(
            "the empty field gets the first signature as its own",
            |file| file.object(8, format!("<<{EMPTY}/V 10 0 R>>").as_bytes()),
            Refused("FIELD_MODIFIED"),
        ),
        case(
            "layers are switched off",
            |file| settings(file, "/Perms<</DocMDP 10 0 R>>/OCProperties<</OCGs[11 0 R]/D<</OFF[11 0 R]>>>>"),
            Refused("CATALOG_MODIFIED"),
        ),
    ]));
}
