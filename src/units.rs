//! Lengths, so that a number says what it measures.

use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub, SubAssign};

/// A length in PDF points, 1/72 inch (ISO 32000-1 8.3.2.3).
#[derive(Debug, Clone, Copy, Default, PartialEq, PartialOrd, serde::Deserialize)]
pub struct Pt(pub f32);

impl Pt {
    /// No length.
    pub const ZERO: Self = Self(0.0);

    /// A length given in millimetres.
    #[must_use]
    pub fn from_mm(mm: f32) -> Self {
        Self(mm * 72.0 / 25.4)
    }

    /// The larger of two lengths.
    #[inline]
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self(self.0.max(other.0))
    }

    /// The smaller of two lengths.
    #[inline]
    #[must_use]
    pub fn min(self, other: Self) -> Self {
        Self(self.0.min(other.0))
    }
}

/// A length in units of the type size.
#[derive(Debug, Clone, Copy, Default, PartialEq, PartialOrd, serde::Deserialize)]
pub struct Em(pub f32);

impl Em {
    /// No length.
    pub const ZERO: Self = Self(0.0);

    /// This length at a type size.
    #[inline]
    #[must_use]
    pub fn at(self, size: Pt) -> Pt {
        Pt(self.0 * size.0)
    }
}

// Inlined everywhere: these are the innermost operations of the layout.
macro_rules! arithmetic {
    ($($unit:ident),*) => { $(
        impl Add for $unit { type Output = Self; #[inline] fn add(self, other: Self) -> Self { Self(self.0 + other.0) } }
        impl Sub for $unit { type Output = Self; #[inline] fn sub(self, other: Self) -> Self { Self(self.0 - other.0) } }
        impl Neg for $unit { type Output = Self; #[inline] fn neg(self) -> Self { Self(-self.0) } }
        impl Mul<f32> for $unit { type Output = Self; #[inline] fn mul(self, factor: f32) -> Self { Self(self.0 * factor) } }
        impl Div<f32> for $unit { type Output = Self; #[inline] fn div(self, divisor: f32) -> Self { Self(self.0 / divisor) } }
        impl Div for $unit { type Output = f32; #[inline] fn div(self, other: Self) -> f32 { self.0 / other.0 } }
        impl AddAssign for $unit { #[inline] fn add_assign(&mut self, other: Self) { self.0 += other.0; } }
        impl SubAssign for $unit { #[inline] fn sub_assign(&mut self, other: Self) { self.0 -= other.0; } }
        impl Sum for $unit { fn sum<I: Iterator<Item = Self>>(iter: I) -> Self { Self(iter.map(|x| x.0).sum()) } }
    )* };
}
arithmetic!(Pt, Em);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inch_is_72_points() {
        assert!((Pt::from_mm(25.4).0 - 72.0).abs() < 1e-4);
        assert_eq!(Em(2.0).at(Pt(10.5)), Pt(21.0));
    }
}
