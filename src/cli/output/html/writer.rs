//! HTML that cannot be broken out of: tags and attribute names are literals of this program, everything else is escaped.

use crate::cli::messages::escape;

/// HTML as it grows.
#[derive(Debug, Default)]
pub(super) struct Html {
    out: String,
}

/// An attribute: a literal name and a value that is escaped.
pub(super) type Attribute<'a> = (&'static str, &'a str);

impl Html {
    /// Markup of our own.
    pub(super) fn raw(&mut self, markup: &'static str) {
        self.out.push_str(markup);
    }

    /// A text from anywhere: what is special in HTML becomes a reference (HTML Living Standard 13.1.2.1), and what would
    /// be invisible or turn the text around is made visible.
    pub(super) fn text(&mut self, text: &str) {
        for c in escape(text).chars() {
            match c {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '"' => self.out.push_str("&quot;"),
                '\'' => self.out.push_str("&#39;"),
                c => self.out.push(c),
            }
        }
    }

    /// An element, its contents written by `inside`.
    pub(super) fn element(&mut self, tag: &'static str, attributes: &[Attribute<'_>], inside: impl FnOnce(&mut Self)) {
        self.start(tag, attributes);
        inside(self);
        self.out.push_str("</");
        self.out.push_str(tag);
        self.out.push('>');
    }

    /// An element that holds a text.
    pub(super) fn line(&mut self, tag: &'static str, attributes: &[Attribute<'_>], text: &str) {
        self.element(tag, attributes, |html| html.text(text));
    }

    /// The tag of an element, or a whole one that has no contents.
    pub(super) fn start(&mut self, tag: &'static str, attributes: &[Attribute<'_>]) {
        self.out.push('<');
        self.out.push_str(tag);
        for (name, value) in attributes {
            self.out.push(' ');
            self.out.push_str(name);
            self.out.push_str("=\"");
            self.text(value);
            self.out.push('"');
        }
        self.out.push('>');
    }

    /// What was written.
    pub(super) fn finish(self) -> String {
        self.out
    }
}

#[cfg(test)]
mod tests {
    use crate::cli::output::html::writer::Html;

    #[test]
    fn nothing_breaks_out() {
        let mut html = Html::default();
        html.line("p", &[("title", "\" onload=\"x")], "<script>'&\u{202e}\u{0}</p>");
        let wanted = "<p title=\"&quot; onload=&quot;x\">&lt;script&gt;&#39;&amp;\\u{202e}\\u{0}&lt;/p&gt;</p>";
        assert_eq!(html.finish(), wanted);
    }
}
