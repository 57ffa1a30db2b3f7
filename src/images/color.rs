//! Colours of any profile become sRGB.

use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};

/// Whether an ICC profile describes colours that differ visibly from sRGB. A profile that cannot be
/// read is taken for sRGB, as viewers do.
#[must_use]
pub fn differs_from_srgb(icc: &[u8]) -> bool {
    let Ok(profile) = ColorProfile::new_from_slice(icc) else { return false };
    if profile.color_space != DataColorSpace::Rgb {
        return false;
    }
    // Saturated primaries and a mid grey: where profiles differ, they differ here.
    let probes: Vec<u8> = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [128, 128, 128], [200, 120, 60]]
        .into_iter()
        .flat_map(|[r, g, b]: [u8; 3]| [r, g, b, 255])
        .collect();
    let mut converted = probes.clone();
    convert(&profile, &mut converted) && probes.iter().zip(&converted).any(|(a, b)| a.abs_diff(*b) > 4)
}

/// Brings RGBA pixels from the colours of an ICC profile to sRGB. Profiles of other models (CMYK,
/// grey) and broken ones leave the pixels as they are.
pub(super) fn to_srgb(pixels: &mut [u8], icc: &[u8]) {
    if !differs_from_srgb(icc) {
        return;
    }
    if let Ok(profile) = ColorProfile::new_from_slice(icc) {
        convert(&profile, pixels);
    }
}

/// Converts in bands, so that no second picture is held. Gives whether it could.
fn convert(profile: &ColorProfile, pixels: &mut [u8]) -> bool {
    const BAND: usize = 4 * 64 * 1024;
    let srgb = ColorProfile::new_srgb();
    let transform = profile.create_transform_8bit(Layout::Rgba, &srgb, Layout::Rgba, TransformOptions::default());
    let Ok(transform) = transform else { return false };
    let mut source = vec![0; BAND.min(pixels.len())];
    for band in pixels.chunks_mut(BAND) {
        let source = &mut source[..band.len()];
        source.copy_from_slice(band);
        if transform.transform(source, band).is_err() {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn srgb_stays_and_a_wider_space_changes() {
        let srgb = ColorProfile::new_srgb().encode().expect("a profile");
        let wide = ColorProfile::new_display_p3().encode().expect("a profile");
        assert!(!differs_from_srgb(&srgb));
        assert!(differs_from_srgb(&wide));
        assert!(!differs_from_srgb(b"no profile"));

        let mut pixels = [200, 60, 60, 255];
        to_srgb(&mut pixels, &wide);
        assert!(pixels[0] > 205 && pixels[3] == 255, "{pixels:?}");
    }
}
