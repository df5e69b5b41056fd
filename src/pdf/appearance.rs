//! Appearance streams of seals and signatures: form `XObjects` that stand upright on the page as viewed.

use std::sync::Arc;

use crate::geometry::{Rotation, UserRect};
use crate::pdf::object::{Dictionary, Object, ObjectId};
use crate::pdf::paper::{ColourRule, Paper, Transparency, calibrated_rgb};
use crate::pdf::prepared_picture::PreparedPicture;
use crate::pdf::text_appearance::{TextAlign, TextFont, text_content};

/// What a widget shows.
#[derive(Clone, Debug)]
pub enum Appearance {
    /// A seal's picture, multiplied with what lies below.
    Picture {
        /// The picture.
        picture: Arc<PreparedPicture>,
        /// Which part of it fills the widget.
        part: PicturePart,
    },
    /// Lines of text, the first at the top, sized to fill the widget.
    Text {
        /// The lines, without line ends.
        lines: Vec<String>,
    },
    /// Several things, each in its part of the widget.
    Panel {
        /// The parts.
        parts: Vec<PanelPart>,
    },
}

/// A part of a panel.
#[derive(Clone, Debug)]
pub struct PanelPart {
    /// Where, in fractions of the widget.
    pub place: PicturePart,
    /// What.
    pub item: PanelItem,
}

/// What a part of a panel shows.
#[derive(Clone, Debug)]
pub enum PanelItem {
    /// A picture, as large as its proportions allow.
    Picture(Arc<PreparedPicture>),
    /// Lines of text.
    Text {
        /// The lines, without line ends.
        lines: Vec<String>,
        /// How they stand.
        align: TextAlign,
    },
}

/// A part of a picture in fractions of its width and height, from its top left; the whole is 0, 0, 1, 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PicturePart {
    /// Left edge.
    pub left: f64,
    /// Top edge.
    pub top: f64,
    /// Right edge.
    pub right: f64,
    /// Bottom edge.
    pub bottom: f64,
}

impl PicturePart {
    /// The whole picture.
    pub const WHOLE: PicturePart = PicturePart { left: 0.0, top: 0.0, right: 1.0, bottom: 1.0 };

    /// Whether it is a part at all: inside the picture and not empty.
    pub(in crate::pdf) fn is_proper(&self) -> bool {
        let inside = self.left >= 0.0 && self.top >= 0.0 && self.right <= 1.0 && self.bottom <= 1.0;
        inside && self.left < self.right && self.top < self.bottom
    }
}

/// How a picture fills a rectangle of other proportions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::pdf) enum Fit {
    /// The rectangle was computed for the picture: fill it.
    Fill,
    /// The rectangle is the document's: keep the proportions, centre.
    Contain,
}

/// Where an appearance is shown.
#[derive(Clone, Copy, Debug)]
pub(in crate::pdf) struct Stage {
    /// The annotation's rectangle in user space.
    pub(in crate::pdf) rect: UserRect,
    /// How the page is turned for viewing.
    pub(in crate::pdf) rotation: Rotation,
    /// How a picture fills it.
    pub(in crate::pdf) fit: Fit,
}

impl Stage {
    /// Width and height as viewed, in units of user space.
    pub(in crate::pdf) fn viewed(&self) -> (f64, f64) {
        let (width, height) = (self.rect.x1 - self.rect.x0, self.rect.y1 - self.rect.y0);
        match self.rotation {
            Rotation::None | Rotation::Half => (width, height),
            Rotation::Right | Rotation::Left => (height, width),
        }
    }
}

/// The content of an appearance while it is written, and what it needs.
pub(in crate::pdf) struct Sheet {
    paper: Paper,
    content: Vec<u8>,
    images: Dictionary,
    count: usize,
    font: Option<ObjectId>,
}

impl Sheet {
    /// Empty, for a document with these rules.
    pub(in crate::pdf) fn new(paper: Paper) -> Self {
        Sheet { paper, content: Vec::new(), images: Dictionary::new(), count: 0, font: None }
    }

    /// Shows a part of a picture, whose image stands at `image`, in a box: x, y, width, height.
    pub(in crate::pdf) fn picture(
        &mut self,
        place: [f64; 4],
        fit: Fit,
        (picture, part): (&PreparedPicture, PicturePart),
        image: ObjectId,
    ) {
        let [x, y, w, h] = match fit {
            Fit::Fill => place,
            Fit::Contain => contained(place, picture, part),
        };
        // The whole picture is drawn so large that its part fills the box; the BBox cuts off the rest.
        let (sx, sy) = (w / (part.right - part.left), h / (part.bottom - part.top));
        let (tx, ty) = (x - part.left * sx, y - (1.0 - part.bottom) * sy);
        self.content.extend_from_slice(b"q\n");
        if self.paper.transparency == Transparency::Allowed {
            self.content.extend_from_slice(b"/Multiply gs\n");
        }
        if fit == Fit::Contain {
            operands(&[x, y, w, h], "re W n", &mut self.content);
        }
        if let Some(ink) = picture.ink() {
            // Outlines take the colour that is set where they are shown.
            self.colour(ink);
        }
        operands(&[sx, 0.0, 0.0, sy, tx, ty], "cm", &mut self.content);
        self.count += 1;
        let name = if self.count == 1 { "Seal".to_owned() } else { format!("Seal{}", self.count) };
        self.content.extend_from_slice(format!("/{name} Do\nQ\n").as_bytes());
        self.images.set(&name, Object::Reference(image));
    }

    /// Shows lines of text, black, in a box.
    pub(in crate::pdf) fn text(&mut self, place: [f64; 4], lines: &[String], align: TextAlign, font: &TextFont) {
        self.content.extend_from_slice(b"q\n");
        self.colour([0, 0, 0]);
        text_content(lines, place, align, &font.subset, &mut self.content);
        self.content.extend_from_slice(b"Q\n");
        self.font = Some(font.id);
    }

    /// Sets the colour for filling.
    fn colour(&mut self, colour: [u8; 3]) {
        let parts = colour.map(|part| (f64::from(part) / 0.255).round() / 1000.0);
        match self.paper.colour {
            ColourRule::Device => operands(&parts, "rg", &mut self.content),
            ColourRule::Calibrated => {
                self.content.extend_from_slice(b"/Ink cs\n");
                operands(&parts, "sc", &mut self.content);
            }
        }
    }

    /// The form dictionary and its content.
    pub(in crate::pdf) fn into_form(self, stage: &Stage) -> (Dictionary, Vec<u8>) {
        let mut resources = Dictionary::new();
        if self.count > 0 && self.paper.transparency == Transparency::Allowed {
            // Multiply lets the text below a seal show through, as ink does (ISO 32000-1 table 136).
            let multiply =
                Dictionary::new().with("Type", Object::name("ExtGState")).with("BM", Object::name("Multiply"));
            resources
                .set("ExtGState", Object::Dictionary(Dictionary::new().with("Multiply", Object::Dictionary(multiply))));
        }
        if self.paper.colour == ColourRule::Calibrated {
            resources.set("ColorSpace", Object::Dictionary(Dictionary::new().with("Ink", calibrated_rgb())));
        }
        if self.count > 0 {
            resources.set("XObject", Object::Dictionary(self.images));
        }
        if let Some(font) = self.font {
            resources.set("Font", Object::Dictionary(Dictionary::new().with("Text", Object::Reference(font))));
        }
        (form(stage, resources), self.content)
    }
}

/// An empty form, for a widget that must have an appearance but shows nothing.
fn form(stage: &Stage, resources: Dictionary) -> Dictionary {
    let (width, height) = stage.viewed();
    let numbers = |values: &[f64]| Object::Array(values.iter().map(|v| Object::Real(*v)).collect());
    // The viewer turns the page clockwise by Rotate; the form is turned back (ISO 32000-1 12.5.5 maps the turned BBox
    // onto Rect).
    let matrix = match stage.rotation {
        Rotation::None => None,
        Rotation::Right => Some([0.0, 1.0, -1.0, 0.0, height, 0.0]),
        Rotation::Half => Some([-1.0, 0.0, 0.0, -1.0, width, height]),
        Rotation::Left => Some([0.0, -1.0, 1.0, 0.0, 0.0, width]),
    };
    let mut dictionary = Dictionary::new()
        .with("Type", Object::name("XObject"))
        .with("Subtype", Object::name("Form"))
        .with("BBox", numbers(&[0.0, 0.0, width, height]));
    if let Some(matrix) = matrix {
        dictionary.set("Matrix", numbers(&matrix));
    }
    dictionary.with("Resources", Object::Dictionary(resources))
}

/// The largest rectangle with the part's proportions inside a box, centred: x, y, width, height.
fn contained([x, y, width, height]: [f64; 4], picture: &PreparedPicture, part: PicturePart) -> [f64; 4] {
    let part_width = f64::from(picture.width()) * (part.right - part.left);
    let part_height = f64::from(picture.height()) * (part.bottom - part.top);
    let scale = (width / part_width).min(height / part_height);
    let (w, h) = (part_width * scale, part_height * scale);
    [x + (width - w) / 2.0, y + (height - h) / 2.0, w, h]
}

/// Writes operands and an operator.
pub(in crate::pdf) fn operands(values: &[f64], operator: &str, out: &mut Vec<u8>) {
    for value in values {
        Object::Real(*value).write(out);
        out.push(b' ');
    }
    out.extend_from_slice(operator.as_bytes());
    out.push(b'\n');
}

#[cfg(test)]
mod tests {
    use crate::drawing::Raster;
    use crate::geometry::{Rotation, UserRect};
    use crate::pdf::appearance::{Fit, PicturePart, Sheet, Stage};
    use crate::pdf::object::{Object, ObjectId};
    use crate::pdf::paper::{ColourRule, Paper, Transparency};
    use crate::pdf::prepared_picture::PreparedPicture;

    fn stage(rotation: Rotation, fit: Fit) -> Stage {
        Stage { rect: UserRect { x0: 10.0, y0: 10.0, x1: 110.0, y1: 60.0 }, rotation, fit }
    }

    fn drawn(stage: &Stage, part: PicturePart) -> (Option<Object>, String) {
        let picture = PreparedPicture::from_raster(&Raster::new(2, 2, vec![7; 12], None).unwrap());
        let (width, height) = stage.viewed();
        let mut sheet = Sheet::new(Paper::default());
        sheet.picture([0.0, 0.0, width, height], stage.fit, (&picture, part), ObjectId { number: 9, generation: 0 });
        let (form, content) = sheet.into_form(stage);
        (form.get("Matrix").cloned(), String::from_utf8(content).unwrap())
    }

    #[test]
    fn strict_paper_has_no_blending_and_no_device_colour() {
        let drawing = crate::drawing::SealDesign::new(crate::drawing::SealStyle::Personal, "张三").draw().unwrap();
        let picture = PreparedPicture::from_drawing(&drawing, b"").unwrap();
        let mut sheet = Sheet::new(Paper { transparency: Transparency::Forbidden, colour: ColourRule::Calibrated });
        let id = ObjectId { number: 9, generation: 0 };
        sheet.picture([0.0, 0.0, 10.0, 10.0], Fit::Fill, (&picture, PicturePart::WHOLE), id);
        let (form, content) = sheet.into_form(&stage(Rotation::None, Fit::Fill));
        let text = String::from_utf8(content).unwrap();
        assert!(!text.contains(" gs") && !text.contains(" rg") && text.contains("/Ink cs\n0.902 0 0.071 sc"), "{text}");
        let resources = form.get("Resources").and_then(Object::as_dictionary).unwrap();
        assert!(resources.get("ExtGState").is_none() && resources.get("ColorSpace").is_some());
    }

    #[test]
    fn a_turned_page_turns_the_form_back() {
        let (matrix, content) = drawn(&stage(Rotation::Right, Fit::Fill), PicturePart::WHOLE);
        let expected = [0.0, 1.0, -1.0, 0.0, 100.0, 0.0].map(Object::Real).to_vec();
        assert_eq!(matrix, Some(Object::Array(expected)));
        assert!(content.contains("50 0 0 100 0 0 cm"), "{content}");
        assert_eq!(drawn(&stage(Rotation::None, Fit::Fill), PicturePart::WHOLE).0, None);
    }

    #[test]
    fn a_part_fills_the_box() {
        let right_half = PicturePart { left: 0.5, ..PicturePart::WHOLE };
        let content = drawn(&stage(Rotation::None, Fit::Fill), right_half).1;
        assert!(content.contains("200 0 0 50 -100 0 cm"), "{content}");
    }

    #[test]
    fn a_foreign_rectangle_keeps_the_proportions() {
        let content = drawn(&stage(Rotation::None, Fit::Contain), PicturePart::WHOLE).1;
        assert!(content.contains("50 0 0 50 25 0 cm"), "{content}");
    }
}
