//! Objects as bytes (ISO 32000-1 7.3). lopdf has a serializer, but only for whole documents.

use std::io::Write as _;

use lopdf::{Dictionary, Object, StringFormat};

/// Writes an object. A stream's data is not written, only its dictionary: [`super::file`] adds it.
pub(super) fn write(object: &Object, out: &mut Vec<u8>) {
    match object {
        Object::Null => out.extend(b"null"),
        Object::Boolean(value) => out.extend(if *value { b"true".as_slice() } else { b"false" }),
        Object::Integer(value) => number(out, value),
        Object::Real(value) => real(out, *value),
        Object::Name(name) => write_name(name, out),
        Object::String(bytes, StringFormat::Hexadecimal) => {
            out.push(b'<');
            for byte in bytes {
                out.extend([hex(byte >> 4), hex(byte & 15)]);
            }
            out.push(b'>');
        }
        Object::String(bytes, StringFormat::Literal) => write_literal(bytes, out),
        Object::Array(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b' ');
                }
                write(item, out);
            }
            out.push(b']');
        }
        Object::Dictionary(dictionary) => write_dictionary(dictionary, out),
        Object::Stream(stream) => write_dictionary(&stream.dict, out),
        Object::Reference((id, generation)) => {
            number(out, id);
            out.push(b' ');
            number(out, generation);
            out.extend(b" R");
        }
    }
}

fn write_dictionary(dictionary: &Dictionary, out: &mut Vec<u8>) {
    out.extend(b"<<");
    for (key, value) in dictionary {
        write_name(key, out);
        out.push(b' ');
        write(value, out);
    }
    out.extend(b">>");
}

/// Delimiters, white space, `#` and bytes outside printable ASCII are written as `#xx` (7.3.5).
fn write_name(name: &[u8], out: &mut Vec<u8>) {
    out.push(b'/');
    for &byte in name {
        if byte.is_ascii_graphic() && !b"()<>[]{}/%#".contains(&byte) {
            out.push(byte);
        } else {
            out.extend([b'#', hex(byte >> 4), hex(byte & 15)]);
        }
    }
}

/// A carriage return would be read as a line feed (7.3.4.2), so it is escaped as brackets are.
fn write_literal(bytes: &[u8], out: &mut Vec<u8>) {
    out.push(b'(');
    for &byte in bytes {
        match byte {
            b'(' | b')' | b'\\' => out.extend([b'\\', byte]),
            b'\r' => out.extend(b"\\r"),
            _ => out.push(byte),
        }
    }
    out.push(b')');
}

fn hex(nibble: u8) -> u8 {
    b"0123456789ABCDEF"[usize::from(nibble & 15)]
}

fn number(out: &mut Vec<u8>, value: impl std::fmt::Display) {
    // Writing into a vector cannot fail.
    let _ = write!(out, "{value}");
}

/// Four decimals of a length are a hundredth of the finest printed dot, but scales below 1 need more. PDF
/// has no exponents, nor what is not finite.
fn real(out: &mut Vec<u8>, value: f32) {
    let value = if value.is_finite() { value } else { 0.0 };
    let text = if value.abs() < 1.0 { format!("{value:.8}") } else { format!("{value:.4}") };
    let text = text.trim_end_matches('0').trim_end_matches('.');
    out.extend(if text == "-0" { b"0".as_slice() } else { text.as_bytes() });
}

#[cfg(test)]
mod tests {
    use lopdf::dictionary;

    use super::*;

    fn text(object: &Object) -> String {
        let mut out = Vec::new();
        write(object, &mut out);
        String::from_utf8(out).expect("ASCII")
    }

    #[test]
    fn objects_are_written_as_the_standard_says() {
        let dictionary = dictionary! {
            "A B" => Object::Array(vec![1.into(), Object::Real(0.5), Object::Real(-1e-9), Object::Null]),
            "C" => Object::String(b"a(b\r".to_vec(), StringFormat::Literal),
            "D" => Object::String(vec![0xFE, 0x0A], StringFormat::Hexadecimal),
            "E" => Object::Reference((7, 0)),
        };
        let expected = r"<</A#20B [1 0.5 0 null]/C (a\(b\r)/D <FE0A>/E 7 0 R>>";
        assert_eq!(text(&Object::Dictionary(dictionary)), expected);
        assert_eq!(text(&Object::Real(f32::NAN)), "0");
    }
}
