//! Has the linker pack the addresses that the loader fills in.
//!
//! A position-independent program holds a record of 24 bytes for each address in its data, 180,000 of them here; the
//! loader reads them all before `main`, 4 MB in every run. Packed (`DT_RELR`) they are 50 KB.
//! glibc reads that form since 2.36, so an older system gets the long one, and so does a program built for another system.

#![expect(clippy::disallowed_methods, reason = "cargo tells a build script of the target in its environment")]

use std::env;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if is_for_this_glibc() && glibc().is_some_and(|version| version >= (2, 36)) {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}

/// Whether the program runs with the C library that this script runs with.
fn is_for_this_glibc() -> bool {
    let is = |name, wanted: &str| env::var(name).is_ok_and(|value| value == wanted);
    is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu") && env::var("HOST") == env::var("TARGET")
}

/// The version of this system's glibc, as in `glibc 2.36`.
fn glibc() -> Option<(u32, u32)> {
    let output = Command::new("getconf").arg("GNU_LIBC_VERSION").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let (major, minor) = text.trim().strip_prefix("glibc ")?.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}
