//! Small PDF files written for one test each.
#![allow(dead_code, missing_docs, unreachable_pub)]

/// A file under construction: bytes, and the entries of the section to come.
pub struct Builder {
    pub bytes: Vec<u8>,
    entries: Vec<(u32, u64)>,
    freed: Vec<u32>,
    previous: Option<u64>,
    size: u32,
}

impl Builder {
    /// A header and nothing else.
    pub fn new() -> Self {
        Builder {
            bytes: b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec(),
            entries: Vec::new(),
            freed: Vec::new(),
            previous: None,
            size: 1,
        }
    }

    /// Adds an object; `body` is what stands between `obj` and `endobj`.
    pub fn object(mut self, number: u32, body: &[u8]) -> Self {
        self.entry(number, self.bytes.len() as u64);
        self.bytes.extend_from_slice(format!("{number} 0 obj\n").as_bytes());
        self.bytes.extend_from_slice(body);
        self.bytes.extend_from_slice(b"\nendobj\n");
        self
    }

    /// Adds an object in the place of one of the same section.
    pub fn again(mut self, number: u32, body: &[u8]) -> Self {
        self.entries.retain(|(listed, _)| *listed != number);
        self.object(number, body)
    }

    /// Adds a stream with the right /Length.
    pub fn stream(self, number: u32, entries: &str, data: &[u8]) -> Self {
        let mut body = format!("<<{entries}/Length {}>>\nstream\n", data.len()).into_bytes();
        body.extend_from_slice(data);
        body.extend_from_slice(b"\nendstream");
        self.object(number, &body)
    }

    /// Adds bytes as they are.
    pub fn raw(mut self, bytes: &[u8]) -> Self {
        self.bytes.extend_from_slice(bytes);
        self
    }

    /// Lists an object at an offset.
    pub fn entry(&mut self, number: u32, offset: u64) {
        self.entries.push((number, offset));
        self.size = self.size.max(number + 1);
    }

    /// Lists a number as free.
    pub fn free(mut self, number: u32) -> Self {
        self.freed.push(number);
        self
    }

    /// Table, trailer with these entries, startxref and `%%EOF`.
    pub fn table(self, trailer: &str) -> Self {
        let trailer = match self.previous {
            Some(previous) => format!("{trailer}/Prev {previous}"),
            None => trailer.to_owned(),
        };
        self.section(&trailer).raw(b"%%EOF\n")
    }

    /// Table, trailer with exactly these entries and /Size, startxref; no `%%EOF`.
    pub fn section(mut self, trailer: &str) -> Self {
        let at = self.bytes.len() as u64;
        let mut text = String::from("xref\n");
        if self.previous.is_none() {
            text.push_str("0 1\n0000000000 65535 f \n");
        }
        for (number, offset) in std::mem::take(&mut self.entries) {
            text.push_str(&format!("{number} 1\n{offset:010} 00000 n \n"));
        }
        for number in std::mem::take(&mut self.freed) {
            text.push_str(&format!("{number} 1\n0000000000 00001 f \n"));
        }
        text.push_str(&format!("trailer\n<<{trailer}/Size {}>>\nstartxref\n{at}\n", self.size));
        self.bytes.extend_from_slice(text.as_bytes());
        self.previous = Some(at);
        self
    }

    /// Where the last section is.
    pub fn last(&self) -> u64 {
        self.previous.unwrap_or(0)
    }

    /// How many bytes there are.
    pub fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// One page, complete, as objects 1 to 4.
    pub fn one_page() -> Self {
        Builder::new()
            .object(1, b"<</Type/Catalog/Pages 2 0 R>>")
            .object(2, b"<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 300 144]>>")
            .object(3, b"<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<<>>>>")
            .stream(4, "", b"q Q")
    }

    /// [`Builder::one_page`] with its table.
    pub fn minimal() -> Self {
        Builder::one_page().table("/Root 1 0 R")
    }
}
