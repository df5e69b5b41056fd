//! Widgets of signatures: their places, their appearances, and the pages that show them (ISO 32000-1 12.5).

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::geometry::{PageBox, Rect, Rotation, UserRect};
use crate::pdf::appearance::{Appearance, Fit, PanelItem, PanelPart, PicturePart, Sheet, Stage};
use crate::pdf::error::PdfError;
use crate::pdf::field::Widget;
use crate::pdf::object::{Dictionary, Object, ObjectId};
use crate::pdf::page::Page;
use crate::pdf::paper::Paper;
use crate::pdf::prepared_picture::PreparedPicture;
use crate::pdf::signature_request::SignatureWidget;
use crate::pdf::text_appearance::{TextAlign, TextFont};
use crate::pdf::update::Update;
use crate::pdf::update_error::{Part, UpdateError};

/// Annotation flags Print and Locked (ISO 32000-1 table 165).
const PRINT_LOCKED: i64 = 4 | 128;
/// Annotation flags Invisible, Hidden and NoView.
const UNSEEN: i64 = 1 | 2 | 32;
/// An update that is becoming a signed revision, with what its appearances share.
pub(in crate::pdf) struct Form<'a> {
    pub(in crate::pdf) update: Update<'a>,
    pub(in crate::pdf) pages: BTreeMap<usize, Page>,
    pub(in crate::pdf) pictures: Vec<(Arc<PreparedPicture>, ObjectId)>,
    pub(in crate::pdf) font: Option<TextFont>,
    pub(in crate::pdf) paper: Paper,
}

impl Form<'_> {
    /// Shows an appearance in a widget that the document has.
    pub(in crate::pdf) fn fill_rectangle(
        &mut self,
        widget: &Widget,
        appearance: &Appearance,
    ) -> Result<(), UpdateError> {
        let (Some(id), Some(rect)) = (widget.id, widget.rect) else { return Ok(()) };
        let view = self.update.view();
        let rotation = match view.page_of(widget)? {
            Some(page) => view.page(page)?.page_box.rotation,
            None => Rotation::None,
        };
        let stage = Stage { rect, rotation, fit: Fit::Contain };
        let form = self.appearance(&stage, appearance)?;
        // Where field and widget are one, the field has been given its value already.
        let mut widget = dictionary(self.update.value(id)?, Part::Field)?;
        let shown = Dictionary::new().with("N", Object::Reference(form));
        widget.set("AP", Object::Dictionary(shown));
        widget.remove("AS");
        let flags = self.update.entry(&widget, "F")?.as_integer().unwrap_or(0);
        widget.set("F", Object::Integer((flags | PRINT_LOCKED) & !UNSEEN));
        self.update.put(id, Object::Dictionary(widget));
        Ok(())
    }

    /// The widget's entries for a place on a page; the page's annotations gain it (ISO 32000-1 tables 164 and 188).
    pub(in crate::pdf) fn widget(&mut self, widget: &SignatureWidget, id: ObjectId) -> Result<Dictionary, UpdateError> {
        let (page, page_box) = self.page(widget.page)?;
        check_place(widget, &page_box)?;
        let stage = Stage { rect: page_box.to_user(widget.rect), rotation: page_box.rotation, fit: Fit::Fill };
        let form = self.appearance(&stage, &widget.appearance)?;
        self.annotate(page, id)?;
        let shown = Dictionary::new().with("N", Object::Reference(form));
        Ok(placed(page, stage.rect).with("AP", Object::Dictionary(shown)))
    }

    /// The widget of an invisible signature: an empty rectangle on the first page (ISO 32000-1 12.7.4.5).
    pub(in crate::pdf) fn unseen_widget(&mut self, id: ObjectId) -> Result<Dictionary, UpdateError> {
        let (page, _) = self.page(0)?;
        self.annotate(page, id)?;
        Ok(placed(page, UserRect::default()))
    }

    /// A page that was read beforehand.
    fn page(&self, index: usize) -> Result<(ObjectId, PageBox), UpdateError> {
        let page = self.pages.get(&index).ok_or(PdfError::PageOutOfRange { index, count: self.pages.len() })?;
        // A page inside its parent could only be changed by writing the page tree again, which no signature may.
        let id = page.id.ok_or(UpdateError::Malformed { part: Part::Page })?;
        Ok((id, page.page_box))
    }

    /// Adds an annotation to a page.
    fn annotate(&mut self, page: ObjectId, annotation: ObjectId) -> Result<(), UpdateError> {
        let mut holder = dictionary(self.update.value(page)?, Part::Page)?;
        let grown = self.append(&mut holder, "Annots", annotation)?;
        // Table 30: Type is required. Where a signature hangs on the page as it is, it stays so.
        let typed = holder.get("Type").is_some_and(|kind| kind.is_name("Page"));
        let mend = !typed && self.update.view().signatures()?.is_empty();
        if mend {
            holder.set("Type", Object::name("Page"));
        }
        if mend || grown == Grown::Holder {
            self.update.put(page, Object::Dictionary(holder));
        }
        Ok(())
    }

    /// Appends a reference to the array under a key: in its own object where it has one, else in its holder. What is no
    /// array is nothing to any reader and gives way to one.
    pub(in crate::pdf) fn append(
        &mut self,
        holder: &mut Dictionary,
        key: &str,
        item: ObjectId,
    ) -> Result<Grown, UpdateError> {
        let item = Object::Reference(item);
        let (id, value) = match holder.get(key) {
            Some(Object::Reference(id)) => (Some(*id), self.update.value(*id)?),
            Some(value) => (None, value.clone()),
            None => (None, Object::Null),
        };
        match (id, value) {
            (Some(id), Object::Array(mut items)) => {
                items.push(item);
                self.update.put(id, Object::Array(items));
                Ok(Grown::OwnObject)
            }
            (None, Object::Array(mut items)) => {
                items.push(item);
                holder.set(key, Object::Array(items));
                Ok(Grown::Holder)
            }
            _ => {
                holder.set(key, Object::Array(vec![item]));
                Ok(Grown::Holder)
            }
        }
    }

    /// The form `XObject` of an appearance.
    fn appearance(&mut self, stage: &Stage, appearance: &Appearance) -> Result<ObjectId, UpdateError> {
        let (width, height) = stage.viewed();
        let whole = [0.0, 0.0, width, height];
        let mut sheet = Sheet::new(self.paper);
        match appearance {
            Appearance::Picture { picture, part } => {
                if !part.is_proper() {
                    return Err(UpdateError::RectangleEmpty);
                }
                let image = self.image(picture)?;
                sheet.picture(whole, stage.fit, (picture, *part), image);
            }
            Appearance::Text { lines } => {
                let font = self.font_for(&lines.concat())?;
                sheet.text(whole, lines, TextAlign::Left, &font);
            }
            Appearance::Panel { parts } => {
                for PanelPart { place, item } in parts {
                    if !place.is_proper() {
                        return Err(UpdateError::RectangleEmpty);
                    }
                    let (x, y) = (place.left * width, (1.0 - place.bottom) * height);
                    let own = [x, y, (place.right - place.left) * width, (place.bottom - place.top) * height];
                    match item {
                        PanelItem::Picture(picture) => {
                            let image = self.image(picture)?;
                            sheet.picture(own, Fit::Contain, (picture, PicturePart::WHOLE), image);
                        }
                        PanelItem::Text { lines, align } => {
                            let font = self.font_for(&lines.concat())?;
                            sheet.text(own, lines, *align, &font);
                        }
                    }
                }
            }
        }
        let (form, content) = sheet.into_form(stage);
        self.update.add_stream(form, content)
    }

    /// The image of a picture: one for all widgets that show it.
    fn image(&mut self, picture: &Arc<PreparedPicture>) -> Result<ObjectId, UpdateError> {
        if let Some((_, id)) = self.pictures.iter().find(|(seen, _)| Arc::ptr_eq(seen, picture)) {
            return Ok(*id);
        }
        let mask = match picture.mask(self.paper) {
            Some((mask, data)) => Some(self.update.add_stream(mask, data)?),
            None => None,
        };
        let (image, data) = picture.image(mask, self.paper);
        let id = self.update.add_stream(image, data)?;
        self.pictures.push((Arc::clone(picture), id));
        Ok(id)
    }

    /// The font for a text, made once for all widgets that show the same.
    fn font_for(&mut self, text: &str) -> Result<TextFont, UpdateError> {
        if let Some(font) = self.font.as_ref().filter(|font| font.text == text) {
            return Ok(font.clone());
        }
        let font = TextFont::embed(text, &mut self.update)?.ok_or(UpdateError::Font)?;
        self.font = Some(font.clone());
        Ok(font)
    }
}

/// Where an array grew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::pdf) enum Grown {
    /// In the dictionary that holds it, which must be written again.
    Holder,
    /// In an object of its own, which has been written.
    OwnObject,
}

/// The entries that every widget of ours has.
fn placed(page: ObjectId, rect: UserRect) -> Dictionary {
    let corners = [rect.x0, rect.y0, rect.x1, rect.y1].map(Object::Real).to_vec();
    Dictionary::new()
        .with("Type", Object::name("Annot"))
        .with("Subtype", Object::name("Widget"))
        .with("F", Object::Integer(PRINT_LOCKED))
        .with("P", Object::Reference(page))
        .with("Rect", Object::Array(corners))
}

/// Takes over the entries of a widget that is one with its field.
pub(in crate::pdf) fn merge(field: &mut Dictionary, widget: Dictionary) {
    for (key, value) in widget.iter() {
        field.set(key, value.clone());
    }
}

/// A tolerance for sums of fractions of a millimetre.
const ROUNDING: f64 = 0.001;

/// Refuses a rectangle that is none or is not wholly on the page.
fn check_place(widget: &SignatureWidget, page: &PageBox) -> Result<(), UpdateError> {
    let Rect { x, y, width, height } = widget.rect;
    let finite = [x.0, y.0, width.0, height.0].iter().all(|value| value.is_finite());
    if !finite || width.0 <= 0.0 || height.0 <= 0.0 {
        return Err(UpdateError::RectangleEmpty);
    }
    let by = widget.rect.overhang(page.viewed_size());
    if by.0 > ROUNDING {
        return Err(UpdateError::OffPage { index: widget.page, by });
    }
    Ok(())
}

/// The dictionary, or which part is malformed.
pub(in crate::pdf) fn dictionary(value: Object, part: Part) -> Result<Dictionary, UpdateError> {
    match value {
        Object::Dictionary(dictionary) => Ok(dictionary),
        _ => Err(UpdateError::Malformed { part }),
    }
}
