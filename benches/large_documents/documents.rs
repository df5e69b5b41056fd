//! Large documents, made anew for each run: no file of this size lies in the repository.

use std::fs::File;
use std::io::{BufWriter, Seek, Write};
use std::path::Path;

/// What a made PDF holds.
pub struct Pdf {
    pub pages: usize,
    /// Objects in all, pages included.
    pub objects: usize,
    /// Bytes of page content in all, which look like compressed data.
    pub bytes: usize,
}

/// Bytes without a pattern that a compressor or a search could use (xorshift).
struct Noise(u64);

impl Noise {
    fn fill(&mut self, bytes: &mut [u8]) {
        for piece in bytes.chunks_mut(8) {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            piece.copy_from_slice(&self.0.to_le_bytes()[..piece.len()]);
        }
    }
}

impl Pdf {
    /// Writes it, with a cross-reference table (ISO 32000-1 7.5).
    pub fn write(&self, path: &Path) {
        let mut out = BufWriter::new(File::create(path).unwrap());
        let mut offsets = Vec::new();
        let mut noise = Noise(0x9E37_79B9_7F4A_7C15);
        let mut content = b"0 0 m 100 100 l S\n".to_vec();
        out.write_all(b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n").unwrap();
        let kids: Vec<String> = (0..self.pages).map(|page| format!("{} 0 R", 3 + 2 * page)).collect();
        let mut object = |out: &mut BufWriter<File>, body: &[u8]| {
            offsets.push(out.stream_position().unwrap());
            writeln!(out, "{} 0 obj", offsets.len()).unwrap();
            out.write_all(body).unwrap();
            out.write_all(b"\nendobj\n").unwrap();
            offsets.len()
        };
        object(&mut out, b"<< /Type /Catalog /Pages 2 0 R >>");
        let tree = format!("<< /Type /Pages /Count {} /Kids [{}] >>", self.pages, kids.join(" "));
        object(&mut out, tree.as_bytes());
        for page in 0..self.pages {
            let body = format!(
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << >> /Contents {} 0 R >>",
                4 + 2 * page
            );
            object(&mut out, body.as_bytes());
            if self.bytes > 0 {
                content.resize(self.bytes / self.pages, 0);
                noise.fill(&mut content);
            }
            let mut stream = format!("<< /Length {} >>\nstream\n", content.len()).into_bytes();
            stream.extend_from_slice(&content);
            stream.extend_from_slice(b"\nendstream");
            object(&mut out, &stream);
        }
        let mut last = 2 + 2 * self.pages;
        while last < self.objects {
            last = object(&mut out, format!("<< /Before {last} 0 R >>").as_bytes());
        }
        let start = out.stream_position().unwrap();
        write!(out, "xref\n0 {}\n0000000000 65535 f \n", offsets.len() + 1).unwrap();
        for offset in &offsets {
            writeln!(out, "{offset:010} 00000 n ").unwrap();
        }
        let (size, id) = (offsets.len() + 1, "<6C61726765000000000000000000000A>");
        write!(out, "trailer\n<< /Size {size} /Root 1 0 R /ID [{id} {id}] >>\nstartxref\n{start}\n%%EOF\n").unwrap();
        out.flush().unwrap();
    }
}

/// Writes an OFD (GB/T 33190) whose pages have an image each, all images together of `bytes` bytes.
pub fn ofd(path: &Path, pages: usize, bytes: usize) {
    const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    const SPACE: &str = "xmlns:ofd=\"http://www.ofdspec.org/2016\"";
    let mut zip = Zip { out: BufWriter::new(File::create(path).unwrap()), directory: Vec::new(), count: 0 };
    let body = "<ofd:DocBody><ofd:DocInfo><ofd:DocID>6c617267650000000000000000000000</ofd:DocID></ofd:DocInfo>\
                <ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody>";
    zip.add("OFD.xml", format!("{HEAD}<ofd:OFD {SPACE} Version=\"1.0\" DocType=\"OFD\">{body}</ofd:OFD>").as_bytes());
    let page = |n: usize| format!("<ofd:Page ID=\"{}\" BaseLoc=\"Pages/Page_{n}/Content.xml\"/>", 10 + n);
    let list: String = (0..pages).map(page).collect();
    let common = "<ofd:CommonData><ofd:MaxUnitID>9000</ofd:MaxUnitID><ofd:PageArea><ofd:PhysicalBox>0 0 210 297\
                  </ofd:PhysicalBox></ofd:PageArea><ofd:DocumentRes>DocumentRes.xml</ofd:DocumentRes></ofd:CommonData>";
    let document = format!("{HEAD}<ofd:Document {SPACE}>{common}<ofd:Pages>{list}</ofd:Pages></ofd:Document>");
    zip.add("Doc_0/Document.xml", document.as_bytes());
    let media = |n: usize| {
        let id = 2000 + n;
        format!(
            "<ofd:MultiMedia ID=\"{id}\" Type=\"Image\"><ofd:MediaFile>image_{n}.png</ofd:MediaFile></ofd:MultiMedia>"
        )
    };
    let list: String = (0..pages).map(media).collect();
    let list = format!("<ofd:MultiMedias>{list}</ofd:MultiMedias>");
    zip.add("Doc_0/DocumentRes.xml", format!("{HEAD}<ofd:Res {SPACE} BaseLoc=\"Res\">{list}</ofd:Res>").as_bytes());
    let mut noise = Noise(0xD1B5_4A32_D192_ED03);
    let mut image = vec![0; bytes / pages];
    for n in 0..pages {
        let (layer, object, resource) = (3000 + n, 4000 + n, 2000 + n);
        let content = format!(
            "{HEAD}<ofd:Page {SPACE}><ofd:Content><ofd:Layer ID=\"{layer}\"><ofd:ImageObject ID=\"{object}\" \
             Boundary=\"10 10 190 277\" CTM=\"190 0 0 277 0 0\" ResourceID=\"{resource}\"/></ofd:Layer></ofd:Content>\
             </ofd:Page>"
        );
        zip.add(&format!("Doc_0/Pages/Page_{n}/Content.xml"), content.as_bytes());
        noise.fill(&mut image);
        zip.add(&format!("Doc_0/Res/image_{n}.png"), &image);
    }
    zip.finish();
}

/// A ZIP package of stored entries (APPNOTE 4.3).
struct Zip {
    out: BufWriter<File>,
    directory: Vec<u8>,
    count: u16,
}

impl Zip {
    fn add(&mut self, name: &str, bytes: &[u8]) {
        let mut crc = flate2::Crc::new();
        crc.update(bytes);
        let size = u32::try_from(bytes.len()).unwrap();
        // Version 2.0, UTF-8, stored, 1 January 1980.
        let mut common: Vec<u8> = [20_u16, 1 << 11, 0, 0, 0x21].iter().flat_map(|field| field.to_le_bytes()).collect();
        common.extend([crc.sum(), size, size].iter().flat_map(|field| field.to_le_bytes()));
        common.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
        common.extend([0, 0]);
        let offset = u32::try_from(self.out.stream_position().unwrap()).unwrap();
        self.directory.extend(b"PK\x01\x02\x14\x00");
        self.directory.extend(&common);
        self.directory.extend([0; 10]);
        self.directory.extend(offset.to_le_bytes());
        self.directory.extend(name.as_bytes());
        self.out.write_all(b"PK\x03\x04").unwrap();
        for piece in [&common, name.as_bytes(), bytes] {
            self.out.write_all(piece).unwrap();
        }
        self.count += 1;
    }

    fn finish(mut self) {
        let start = u32::try_from(self.out.stream_position().unwrap()).unwrap();
        self.out.write_all(&self.directory).unwrap();
        self.out.write_all(b"PK\x05\x06\x00\x00\x00\x00").unwrap();
        for count in [self.count; 2] {
            self.out.write_all(&count.to_le_bytes()).unwrap();
        }
        for field in [u32::try_from(self.directory.len()).unwrap(), start] {
            self.out.write_all(&field.to_le_bytes()).unwrap();
        }
        self.out.write_all(&[0, 0]).unwrap();
        self.out.flush().unwrap();
    }
}
