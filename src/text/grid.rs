//! Code on a grid: narrow characters take one column, wide ones two.

use super::class::Class;
use super::shape::{Shaped, Unit};
use super::{Content, Fragment, Glyph};
use crate::units::Pt;

/// How many columns a unit takes.
fn columns(unit: &Unit) -> u16 {
    if unit.class.is_wide() { 2 } else { 1 }
}

/// Sets the units of one line of code.
pub(super) fn set(content: &Content, shaped: &Shaped, column: Pt) -> Vec<Fragment> {
    let mut fragments: Vec<Fragment> = Vec::new();
    let mut x = Pt::ZERO;
    for unit in &shaped.units {
        let cell = column * f32::from(columns(unit));
        let span = &content.spans[unit.span];
        let joins = fragments
            .last()
            .is_some_and(|last| last.face == unit.face && last.tag == span.tag && last.size == unit.size);
        if !joins {
            fragments.push(Fragment {
                face: unit.face,
                size: unit.size,
                x,
                width: Pt::ZERO,
                y: span.style.shift,
                glyphs: Vec::new(),
                text: String::new(),
                tag: span.tag,
                language: span.language.clone(),
            });
        }
        let Some(fragment) = fragments.last_mut() else { continue };
        // Ink stands in the middle of its cell; a space is empty and stays where it is.
        let inset = match unit.class {
            _ if unit.space == Pt::ZERO || unit.width == Pt::ZERO => Pt::ZERO,
            // A mark is the half of its em that has ink.
            Class::Opening => (cell - unit.size) / 2.0 + unit.size * 0.5,
            Class::Closing | Class::Pause | Class::Stop if !unit.centred => (cell - unit.size) / 2.0,
            _ => (cell - unit.width) / 2.0,
        };
        let cluster = u32::try_from(fragment.text.len()).unwrap_or(u32::MAX);
        for glyph in &shaped.glyphs[unit.glyphs.clone()] {
            fragment.glyphs.push(Glyph { x: x - fragment.x + inset + glyph.x, cluster, ..*glyph });
        }
        fragment.text.push_str(&content.text[unit.text.clone()]);
        x += cell;
        fragment.width = x - fragment.x;
    }
    fragments
}
