//! Objects become a file: streams are written as soon as they are made, all else goes into object
//! streams at the end, then the cross-reference stream (ISO 32000-1 7.5).
//!
//! lopdf can save a document, but holds all of it, serializes each object several times and compresses
//! on one core.

use std::cell::RefCell;
use std::io::{self, Write};

use libdeflater::{CompressionLvl, Compressor};
use lopdf::{Dictionary, Object, ObjectId, Stream, dictionary};
use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

use super::syntax;

/// How many objects an object stream holds. Readers unpack a stream as a whole to reach one of them.
const OBJECTS_PER_STREAM: usize = 200;

/// Where an object is.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// A number that was never used.
    Free,
    /// Bytes from the start of the file.
    Offset(u64),
    /// An object stream, and the index in it.
    Packed(u32, u16),
}

/// A PDF file that is being written.
pub(super) struct File<'a> {
    out: &'a mut (dyn Write + Send),
    written: u64,
    places: Vec<Place>,
    /// Objects that wait for their object stream, serialized.
    packed: Vec<(u32, Vec<u8>)>,
    digest: Sha256,
    compress: bool,
}

impl<'a> File<'a> {
    /// Writes the header: the version, and bytes that tell programs that the file is not text (7.5.2).
    pub(super) fn new(out: &'a mut (dyn Write + Send), compress: bool) -> io::Result<Self> {
        let digest = Sha256::new();
        let mut file = Self { out, written: 0, places: vec![Place::Free], packed: Vec::new(), digest, compress };
        file.bytes(b"%PDF-1.7\n%\xE6\x96\x87\xE9\x9B\x86\n")?;
        Ok(file)
    }

    /// A number for an object that is made later.
    pub(super) fn reserve(&mut self) -> ObjectId {
        self.places.push(Place::Free);
        (number(self.places.len() - 1), 0)
    }

    /// Writes an object under a new number.
    pub(super) fn add(&mut self, object: impl Into<Object>) -> io::Result<ObjectId> {
        let id = self.reserve();
        self.put(id, object)?;
        Ok(id)
    }

    /// Writes an object under a reserved number.
    pub(super) fn put(&mut self, id: ObjectId, object: impl Into<Object>) -> io::Result<()> {
        let object = object.into();
        let mut bytes = Vec::new();
        let Object::Stream(stream) = object else {
            syntax::write(&object, &mut bytes);
            self.packed.push((id.0, bytes));
            return Ok(());
        };
        self.places[index(id.0)] = Place::Offset(self.written);
        let _ = writeln!(bytes, "{} 0 obj", id.0);
        syntax::write(&Object::Dictionary(stream.dict), &mut bytes);
        bytes.extend(b"\nstream\n");
        self.bytes(&bytes)?;
        self.bytes(&stream.content)?;
        // After a carriage return of the data, a line feed alone would be taken for half of the line end.
        let end: &[u8] =
            if stream.content.ends_with(b"\r") { b"\r\nendstream\nendobj\n" } else { b"\nendstream\nendobj\n" };
        self.bytes(end)
    }

    /// Writes what is still to be written: object streams, cross-reference stream, trailer. The file's
    /// second identifier is made from its content (14.4).
    pub(super) fn finish(mut self, root: ObjectId, info: ObjectId, identifier: &[u8]) -> io::Result<()> {
        self.packed.sort_by_key(|(id, _)| *id);
        let packed = std::mem::take(&mut self.packed);
        let compress = self.compress;
        let streams: Vec<Stream> =
            packed.par_chunks(OBJECTS_PER_STREAM).map(|objects| object_stream(objects, compress)).collect();
        for (objects, stream) in packed.chunks(OBJECTS_PER_STREAM).zip(streams) {
            let container = self.add(stream)?;
            for (position, (id, _)) in (0_u16..).zip(objects) {
                self.places[index(*id)] = Place::Packed(container.0, position);
            }
        }
        let start = self.written;
        let own = self.reserve();
        self.places[index(own.0)] = Place::Offset(start);
        let content_hash = self.digest.clone().finalize()[..16].to_vec();
        let id_string = |bytes: Vec<u8>| Object::String(bytes, lopdf::StringFormat::Hexadecimal);
        let (table, widths) = cross_references(&self.places);
        let trailer = dictionary! {
            "Type" => "XRef",
            "Size" => Object::Integer(i64::from(number(self.places.len()))),
            "W" => widths,
            "Root" => root,
            "Info" => info,
            "ID" => vec![id_string(identifier.to_vec()), id_string(content_hash)],
        };
        self.put(own, stream(trailer, table, compress))?;
        self.bytes(format!("startxref\n{start}\n%%EOF\n").as_bytes())?;
        self.out.flush()
    }

    fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.digest.update(bytes);
        self.out.write_all(bytes)?;
        self.written += bytes.len() as u64;
        Ok(())
    }
}

/// A stream of these bytes, compressed unless that would not make it smaller.
pub(super) fn stream(dictionary: Dictionary, bytes: Vec<u8>, compress: bool) -> Stream {
    let packed = if compress { deflate(&bytes) } else { None };
    match packed {
        Some(packed) if packed.len() < bytes.len() => {
            let mut stream = Stream::new(dictionary, packed);
            stream.dict.set("Filter", "FlateDecode");
            stream
        }
        _ => Stream::new(dictionary, bytes),
    }
}

/// Level 6: half the time of the highest level for about a hundredth more bytes.
fn deflate(bytes: &[u8]) -> Option<Vec<u8>> {
    thread_local! {
        // A compressor's tables are larger than most pages, so each thread keeps its own.
        static COMPRESSOR: RefCell<Compressor> = RefCell::new(Compressor::new(CompressionLvl::default()));
    }
    COMPRESSOR.with_borrow_mut(|compressor| {
        let mut packed = vec![0; compressor.zlib_compress_bound(bytes.len())];
        let length = compressor.zlib_compress(bytes, &mut packed).ok()?;
        packed.truncate(length);
        Some(packed)
    })
}

/// Objects in a stream: their numbers and offsets, then the objects (7.5.7).
fn object_stream(objects: &[(u32, Vec<u8>)], compress: bool) -> Stream {
    let (mut head, mut body) = (Vec::new(), Vec::new());
    for (id, bytes) in objects {
        let _ = write!(head, "{id} {} ", body.len());
        body.extend_from_slice(bytes);
        body.push(b'\n');
    }
    let dictionary = dictionary! {
        "Type" => "ObjStm",
        "N" => i64::try_from(objects.len()).unwrap_or(i64::MAX),
        "First" => i64::try_from(head.len()).unwrap_or(i64::MAX),
    };
    head.extend(body);
    stream(dictionary, head, compress)
}

/// The table of places, and the widths of its columns in bytes (7.5.8.3).
fn cross_references(places: &[Place]) -> (Vec<u8>, Object) {
    let largest = places.iter().map(|place| match place {
        Place::Free => 0,
        Place::Offset(offset) => *offset,
        Place::Packed(container, _) => u64::from(*container),
    });
    let significant = 64 - largest.max().unwrap_or(0).leading_zeros();
    let width = significant.div_ceil(8).max(1) as usize;
    let mut table = Vec::with_capacity(places.len() * (width + 3));
    for (number, place) in places.iter().enumerate() {
        let (kind, middle, last) = match *place {
            // The head of the list of free objects has the generation 65535 (7.5.4).
            Place::Free => (0, 0, if number == 0 { u16::MAX } else { 0 }),
            Place::Offset(offset) => (1, offset, 0),
            Place::Packed(container, position) => (2, u64::from(container), position),
        };
        table.push(kind);
        table.extend_from_slice(&middle.to_be_bytes()[8 - width..]);
        table.extend_from_slice(&last.to_be_bytes());
    }
    let columns = [1, i64::try_from(width).unwrap_or(8), 2];
    (table, Object::Array(columns.map(Object::Integer).to_vec()))
}

/// Object numbers are 32-bit in lopdf; a file of more objects would need more memory than there is.
fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn index(number: u32) -> usize {
    number as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(compress: bool) -> Vec<u8> {
        let mut out = Vec::new();
        let mut file = File::new(&mut out, compress).expect("written");
        let pages = file.add(dictionary! { "Type" => "Pages", "Count" => 0, "Kids" => Object::Array(vec![]) });
        let root = file.add(dictionary! { "Type" => "Catalog", "Pages" => pages.expect("kept") }).expect("kept");
        file.add(stream(Dictionary::new(), b"text ".repeat(100), compress)).expect("written");
        let info = file.add(dictionary! { "Title" => Object::string_literal("文") }).expect("kept");
        file.finish(root, info, &[7; 16]).expect("written");
        out
    }

    #[test]
    fn a_reader_finds_every_object() {
        for compress in [false, true] {
            let document = lopdf::Document::load_mem(&file(compress)).expect("a PDF file");
            assert_eq!(document.version, "1.7");
            assert!(document.catalog().expect("a catalog").has(b"Pages"));
            let texts = document.objects.values().filter_map(|object| object.as_stream().ok());
            let found = texts.filter_map(|stream| stream.get_plain_content().ok());
            assert!(found.into_iter().any(|content| content == b"text ".repeat(100)));
        }
    }

    #[test]
    fn compression_makes_it_smaller_and_repeats_exactly() {
        assert!(file(true).len() < file(false).len());
        assert_eq!(file(true), file(true));
    }
}
