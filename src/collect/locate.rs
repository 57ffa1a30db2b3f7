//! Where a picture is, by the address that an article gives, and the bytes of those that are near.

use std::io::Read as _;
use std::path::{Component, Path, PathBuf};

use data_url::DataUrl;
use percent_encoding::percent_decode_str;
use url::Url;

use crate::book::Origin;
use crate::collect::fetch::size_text;
use crate::problem::Code;

/// Where a picture is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Address {
    /// On a server.
    Remote(Url),
    /// On this machine.
    Local {
        /// The paths that it may have: as written, then percent-decoded, without a query.
        candidates: Vec<PathBuf>,
        /// The folder outside of which it must not be; a file that the user named may be anywhere.
        folder: Option<PathBuf>,
    },
    /// In the address itself (RFC 2397).
    Data(String),
}

/// Why a picture cannot be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) code: Code,
    pub(super) message: String,
    /// What a server answered, where that is the reason.
    pub(super) status: Option<u16>,
}

impl Failure {
    pub(super) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), status: None }
    }

    /// Something that cannot happen has happened.
    pub(super) fn internal() -> Self {
        Self::new(Code::InternalPanic, "reading the picture failed")
    }
}

/// Understands an address that an article gives. `folder` is the one whose files a local article may name.
pub(super) fn locate(source: &str, origin: &Origin, folder: Option<&Path>) -> Result<Address, Failure> {
    let source = source.trim();
    let bad = |message: &str| Err(Failure::new(Code::ImageBadAddress, message));
    if source.is_empty() {
        return bad("the picture has no address");
    }
    match Url::parse(source) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => return Ok(remote(url)),
        Ok(url) if url.scheme() == "data" => return Ok(Address::Data(source.to_owned())),
        Ok(url) if url.scheme() == "file" => {
            let Origin::File { .. } = origin else { return bad("a page cannot name a local file") };
            return match url.to_file_path() {
                Ok(path) => Ok(Address::Local { candidates: vec![path], folder: folder.map(Path::to_owned) }),
                Err(()) => bad("the address names no file of this machine"),
            };
        }
        // `C:\pictures\a.png` is a path.
        Ok(url) if url.scheme().len() > 1 => {
            return bad("pictures are read from http, https, data and local addresses");
        }
        Err(error)
            if source.get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case("http")) && source.contains("://") =>
        {
            return bad(&format!("the address is malformed: {error}"));
        }
        _ => {}
    }
    match origin {
        Origin::Url(base) => {
            let joined = Url::parse(base).and_then(|base| base.join(source));
            let url = joined.ok().filter(|url| matches!(url.scheme(), "http" | "https"));
            url.map_or_else(|| bad("the address leads to no http(s) address"), |url| Ok(remote(url)))
        }
        // Pages are saved with addresses that begin at the host; https is what such hosts speak.
        Origin::File { .. } if source.starts_with("//") => {
            let url = Url::parse(&format!("https:{source}"));
            url.map_or_else(|error| bad(&format!("the address is malformed: {error}")), |url| Ok(remote(url)))
        }
        Origin::File { path, .. } => {
            let base = path.parent().unwrap_or(Path::new(""));
            Ok(Address::Local { candidates: spellings(base, source), folder: folder.map(Path::to_owned) })
        }
    }
}

/// Understands what the user typed, which may name any file.
pub(super) fn locate_typed(typed: &str) -> Result<Address, Failure> {
    match Url::parse(typed) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(remote(url)),
        _ => Ok(Address::Local { candidates: vec![PathBuf::from(typed)], folder: None }),
    }
}

/// A fragment is no part of what is fetched.
fn remote(mut url: Url) -> Address {
    url.set_fragment(None);
    Address::Remote(url)
}

/// The paths that a reference may stand for, likeliest first.
fn spellings(base: &Path, source: &str) -> Vec<PathBuf> {
    let decode = |text: &str| {
        percent_decode_str(text).decode_utf8().map_or_else(|_| text.to_owned(), std::borrow::Cow::into_owned)
    };
    let bare = source.split(['?', '#']).next().unwrap_or(source);
    let slashes = source.replace('\\', "/");
    let mut paths: Vec<PathBuf> = Vec::new();
    for text in [source.to_owned(), decode(source), decode(bare), decode(&slashes)] {
        let path = base.join(text);
        if !paths.contains(&path) {
            paths.push(path);
        }
    }
    paths
}

impl Address {
    /// The bytes of a picture on this machine or in its address, at most `limit` of them, and the file that they stand in.
    pub(super) fn read(&self, limit: u64) -> Result<(Vec<u8>, Option<PathBuf>), Failure> {
        match self {
            Self::Remote(_) => Err(Failure::internal()),
            Self::Data(address) => {
                let malformed = || Failure::new(Code::ImageBadAddress, "the data: address is malformed");
                let data = DataUrl::process(address).map_err(|_| malformed())?;
                let (bytes, _) = data.decode_to_vec().map_err(|_| malformed())?;
                if bytes.len() as u64 > limit { Err(too_large(limit)) } else { Ok((bytes, None)) }
            }
            Self::Local { candidates, folder } => {
                let path = find(candidates, folder.as_deref())?;
                let mut bytes = Vec::new();
                // A file may grow while it is read.
                std::fs::File::open(&path)
                    .and_then(|file| file.take(limit + 1).read_to_end(&mut bytes))
                    .map_err(|error| Failure::new(Code::ImageNotFound, format!("the file cannot be read: {error}")))?;
                if bytes.len() as u64 > limit { Err(too_large(limit)) } else { Ok((bytes, Some(path))) }
            }
        }
    }
}

fn too_large(limit: u64) -> Failure {
    Failure::new(Code::ImageTooLarge, format!("the file is larger than {}", size_text(limit)))
}

/// The first candidate that is a file, with its links resolved, if it lies in the folder. Nothing outside is looked at,
/// but for what a link inside leads to.
fn find(candidates: &[PathBuf], folder: Option<&Path>) -> Result<PathBuf, Failure> {
    let outside = || Failure::new(Code::ImageOutsideFolder, "the file is not in the article's folder");
    let root = match folder.map(Path::canonicalize).transpose() {
        Ok(root) => root,
        Err(error) => {
            return Err(Failure::new(Code::ImageNotFound, format!("the article's folder cannot be read: {error}")));
        }
    };
    let mut failure = None;
    for candidate in candidates {
        if let (Some(root), Some(folder)) = (&root, folder)
            && !lies_in(candidate, folder, root)
        {
            failure = Some(outside());
            continue;
        }
        let Ok(path) = candidate.canonicalize() else { continue };
        if root.as_ref().is_some_and(|root| !path.starts_with(root)) {
            return Err(outside());
        }
        if path.is_file() {
            return Ok(path);
        }
    }
    Err(failure.unwrap_or_else(|| Failure::new(Code::ImageNotFound, "there is no such file")))
}

/// Whether a path, by its letters alone, lies in a folder, whose real place is `root`.
fn lies_in(path: &Path, folder: &Path, root: &Path) -> bool {
    let absolute = |path: &Path| std::path::absolute(path).map_or_else(|_| path.to_owned(), |path| without_dots(&path));
    let path = absolute(path);
    path.starts_with(absolute(folder)) || path.starts_with(root)
}

/// A path with `.` and `..` worked out.
fn without_dots(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file_origin(folder: &Path) -> Origin {
        Origin::File { path: folder.join("sub/a.md"), key: "sub/a.md".to_owned() }
    }

    /// The bytes, or the code, of a picture that `sub/a.md` names.
    fn read(folder: &Path, source: &str) -> Result<Vec<u8>, Code> {
        let address = locate(source, &file_origin(folder), Some(folder)).map_err(|failure| failure.code)?;
        address.read(1000).map(|(bytes, _)| bytes).map_err(|failure| failure.code)
    }

    #[test]
    fn local_pictures_are_found_by_the_ways_people_write_paths() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir_all(folder.path().join("sub/图")).expect("made");
        std::fs::write(folder.path().join("sub/图/a b.png"), "1").expect("written");
        std::fs::write(folder.path().join("top.png"), "2").expect("written");
        std::fs::write(folder.path().join("sub/50%.png"), "3").expect("written");
        for source in [
            "图/a b.png",
            "./图/a%20b.png",
            "%E5%9B%BE/a%20b.png",
            "图/a%20b.png?v=1#x",
            "图\\a b.png",
            "../sub/图/a b.png",
        ] {
            assert_eq!(read(folder.path(), source), Ok(b"1".to_vec()), "{source}");
        }
        assert_eq!(read(folder.path(), "../top.png"), Ok(b"2".to_vec()));
        assert_eq!(read(folder.path(), "50%.png"), Ok(b"3".to_vec()));
        let file_url = Url::from_file_path(folder.path().join("top.png")).expect("a path");
        assert_eq!(read(folder.path(), file_url.as_str()), Ok(b"2".to_vec()));
        assert_eq!(read(folder.path(), "data:image/gif;base64,R0lG"), Ok(b"GIF".to_vec()));
    }

    #[test]
    fn nothing_outside_the_folder_is_read() {
        let outer = tempfile::tempdir().expect("a folder");
        let folder = outer.path().join("book");
        std::fs::create_dir_all(folder.join("sub")).expect("made");
        std::fs::write(outer.path().join("secret.png"), "x").expect("written");
        #[cfg(unix)]
        std::os::unix::fs::symlink("../../secret.png", folder.join("sub/link.png")).expect("linked");
        for source in [
            "../../secret.png",
            "..%2F..%2Fsecret.png",
            "/etc/passwd",
            "file:///etc/passwd",
            "link.png",
            "../../none.png",
        ] {
            assert_eq!(read(&folder, source), Err(Code::ImageOutsideFolder), "{source}");
        }
        assert_eq!(read(&folder, "none.png"), Err(Code::ImageNotFound));
        assert_eq!(read(&folder, "../sub"), Err(Code::ImageNotFound));
    }

    #[test]
    fn a_picture_on_the_disk_or_in_an_address_is_no_larger_than_the_limit_allows() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("sub")).expect("made");
        std::fs::write(folder.path().join("sub/large.png"), vec![0; 1001]).expect("written");
        std::fs::write(folder.path().join("sub/full.png"), vec![0; 1000]).expect("written");
        assert_eq!(read(folder.path(), "large.png"), Err(Code::ImageTooLarge));
        assert_eq!(read(folder.path(), "full.png").map(|bytes| bytes.len()), Ok(1000));
        let data = |length: usize| format!("data:image/png,{}", "x".repeat(length));
        assert_eq!(read(folder.path(), &data(1001)), Err(Code::ImageTooLarge));
        assert_eq!(read(folder.path(), &data(1000)).map(|bytes| bytes.len()), Ok(1000));
    }

    #[test]
    fn addresses_that_mean_nothing_are_told() {
        let folder = Path::new("x");
        for source in ["", "ftp://a.example/x.png", "javascript:alert(1)", "http://", "https://a b/x", "data:broken"] {
            assert_eq!(read(folder, source), Err(Code::ImageBadAddress), "{source}");
        }
    }

    #[test]
    fn a_page_names_its_own_site_and_never_a_file() {
        let origin = Origin::Url("https://a.example/x/y.html".to_owned());
        let remote = |source: &str| match locate(source, &origin, None) {
            Ok(Address::Remote(url)) => Some(url.to_string()),
            _ => None,
        };
        assert_eq!(remote("p.png#f").as_deref(), Some("https://a.example/x/p.png"));
        assert_eq!(remote("//b.example/p.png").as_deref(), Some("https://b.example/p.png"));
        assert_eq!(remote("/etc/passwd").as_deref(), Some("https://a.example/etc/passwd"));
        assert_eq!((remote("file:///etc/passwd"), remote("C:\\a.png")), (None, None));
    }
}
