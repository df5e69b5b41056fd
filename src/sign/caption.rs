//! What a widget shows: seal or name, and beside it date, text line and QR code.

use std::sync::Arc;

use crate::drawing::qr_code;
use crate::geometry::{Millimetres, Rect};
use crate::pdf::{Appearance, PanelItem, PanelPart, PicturePart, PreparedPicture, TextAlign};
use crate::sign::{Caption, Request, SignError, VisibleDate};
use crate::time::Time;

/// Height of a line of text below a seal.
const LINE: f64 = 4.5;
/// Side of a QR code below a seal.
const CODE: f64 = 16.0;
/// Seconds by which the clocks of China are ahead of UTC.
const CHINA: i64 = 8 * 3600;

/// What stands below a seal.
pub(crate) struct BelowSeal {
    lines: Vec<String>,
    code: Option<Arc<PreparedPicture>>,
}

impl BelowSeal {
    /// What was asked for; `None` where nothing was.
    pub(crate) fn of(request: &Request<'_>) -> Result<Option<Self>, SignError> {
        let caption = &request.stated.caption;
        if caption.is_empty() {
            return Ok(None);
        }
        let date = match caption.date {
            VisibleDate::Hidden => None,
            VisibleDate::Shown => Some(chinese_day(request.time)),
        };
        let lines = date.into_iter().chain(caption.text.clone()).collect();
        Ok(Some(BelowSeal { lines, code: code(caption)? }))
    }

    /// The height that it needs.
    fn height(&self) -> f64 {
        #[allow(clippy::cast_precision_loss, reason = "a handful of lines")]
        let lines = self.lines.len() as f64 * LINE;
        if self.code.is_some() { lines.max(CODE) } else { lines }
    }

    /// The seal's rectangle, grown downwards.
    pub(crate) fn grown(&self, seal: Rect) -> Rect {
        Rect { height: seal.height + Millimetres(self.height()), ..seal }
    }

    /// Seal and what stands below it, in a rectangle of the document's or one that was grown for it.
    pub(crate) fn panel(&self, picture: &Arc<PreparedPicture>, whole: Option<Rect>) -> Appearance {
        // Of an unknown rectangle the seal keeps the larger part.
        let share = whole.map_or(0.3, |rect| self.height() / rect.height.0);
        let wide = whole.map_or(0.4, |rect| (CODE / rect.width.0).min(0.5));
        let place = |left, top, right, bottom| PicturePart { left, top, right, bottom };
        let split = 1.0 - share;
        let mut parts =
            vec![PanelPart { place: place(0.0, 0.0, 1.0, split), item: PanelItem::Picture(Arc::clone(picture)) }];
        let (text_from, align) = match &self.code {
            Some(code) => {
                let beside = if self.lines.is_empty() { 1.0 } else { wide };
                let item = PanelItem::Picture(Arc::clone(code));
                parts.push(PanelPart { place: place(0.0, split, beside, 1.0), item });
                (wide, TextAlign::Left)
            }
            None => (0.0, TextAlign::Centre),
        };
        if !self.lines.is_empty() {
            let item = PanelItem::Text { lines: self.lines.clone(), align };
            parts.push(PanelPart { place: place(text_from, split, 1.0, 1.0), item });
        }
        Appearance::Panel { parts }
    }
}

/// The name of the signer, the day, and what else was asked for; `aspect` is the height of the rectangle as a share of
/// its width.
pub(crate) fn signer_appearance(request: &Request<'_>, name: String, aspect: f64) -> Result<Appearance, SignError> {
    let caption = &request.stated.caption;
    let lines: Vec<String> = [name, day(request.time)].into_iter().chain(caption.text.clone()).collect();
    let Some(code) = code(caption)? else { return Ok(Appearance::Text { lines }) };
    let split = 1.0 - aspect.clamp(0.1, 0.5);
    let place = |left, right| PicturePart { left, top: 0.0, right, bottom: 1.0 };
    let text = PanelItem::Text { lines, align: TextAlign::Left };
    let parts = vec![
        PanelPart { place: place(0.0, split), item: text },
        PanelPart { place: place(split, 1.0), item: PanelItem::Picture(code) },
    ];
    Ok(Appearance::Panel { parts })
}

fn code(caption: &Caption) -> Result<Option<Arc<PreparedPicture>>, SignError> {
    let Some(text) = &caption.code else { return Ok(None) };
    let drawing = qr_code(text).map_err(|fault| SignError::Document { detail: fault.to_string() })?;
    // A code is no seal: there is no picture that it must agree with.
    Ok(PreparedPicture::from_drawing(&drawing, &[]).map(Arc::new))
}

/// The day by the clocks of China, as 2026-11-22.
fn day(time: Time) -> String {
    time.plus_seconds(CHINA).to_string().get(..10).unwrap_or_default().to_owned()
}

/// The same as 2026年11月22日, without leading zeros (GB/T 15835-2011 5.2).
fn chinese_day(time: Time) -> String {
    let day = day(time);
    let mut parts = day.split('-').map(|part| part.trim_start_matches('0').to_owned());
    let mut next = || parts.next().unwrap_or_default();
    format!("{}年{}月{}日", next(), next(), next())
}

#[cfg(test)]
mod tests {
    use crate::sign::caption::{chinese_day, day};
    use crate::time::Time;

    #[test]
    fn the_day_is_that_of_china() {
        let evening = Time::parse_rfc3339("2026-11-30T16:30:00Z").unwrap();
        assert_eq!(day(evening), "2026-12-01");
        assert_eq!(chinese_day(evening), "2026年12月1日");
    }
}
