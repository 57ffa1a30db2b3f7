//! The same inputs give the same bytes, wherever and however they are built; and the whole machine is not needed for it.

use std::fs;
use std::path::Path;

use image::ImageFormat;

use crate::support::{Answer, Sandbox, Server, article, finish, picture};

fn example() -> String {
    format!("{}/examples/anthology", env!("CARGO_MANIFEST_DIR"))
}

/// Both books of a build, as bytes.
fn books(sandbox: &Sandbox, folder: &str) -> Vec<Vec<u8>> {
    let names = sandbox.list(folder);
    assert_eq!(names.len(), 2, "{names:?}");
    names.iter().map(|name| fs::read(sandbox.path(folder).join(name)).expect("a book")).collect()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("copied");
        }
    }
}

#[test]
fn another_place_zone_locale_clock_and_number_of_jobs_change_no_byte() {
    let sandbox = Sandbox::new();
    sandbox.run(["build", &example(), "-o", "here/"]).exits(0);
    copy(Path::new(&example()), &sandbox.path("else/where"));
    let mut command = sandbox.command();
    command.args(["build", "else/where", "-o", "there/", "--jobs", "1", "--now", "2031-02-03T04:05:06Z"]);
    command.env("TZ", "Pacific/Chatham").env("LANG", "tr_TR.UTF-8").env("LC_ALL", "de_DE.UTF-8");
    finish(&mut command, b"").exits(0);
    assert!(books(&sandbox, "here") == books(&sandbox, "there"), "the books differ");
}

#[test]
fn a_hundred_articles_with_six_hundred_remote_pictures_stay_small_and_alike() {
    let server = Server::serve(|path, _| {
        let number: u32 = path.trim_start_matches("/p/").split('.').next()?.parse().ok()?;
        let format = if number.is_multiple_of(3) { ImageFormat::Png } else { ImageFormat::Jpeg };
        let mut bytes = picture(format, 600 + number % 7 * 10, 400, (number % 256) as u8);
        // What follows the end of a picture is not decoded: it makes the bytes of each unlike all others.
        bytes.extend(number.to_be_bytes());
        Some(Answer::ok("image/jpeg", bytes))
    });
    let sandbox = Sandbox::new();
    for n in 0..100 {
        let mut body = String::new();
        for k in 0..6 {
            body += &format!(
                "{}\n\n![图 {k}]({})\n\n",
                "山路很长，走的人很慢，两边都是茶树。".repeat(12),
                server.url(&format!("/p/{}.jpg", n * 6 + k))
            );
        }
        sandbox.write(&format!("in/{n}.md"), article(&format!("第 {n} 篇"), &body));
    }
    let build = |out: &str, jobs: &[&str]| {
        let fixed = ["build", "in", "-o", out, "--allow-private-hosts", "--title", "百篇"];
        let (run, peak) = sandbox.run_measured(&[fixed.as_slice(), jobs].concat());
        run.exits(0);
        let peak = peak / 1024;
        println!("peak of {out} {peak} MB");
        peak
    };
    let peak = build("one/", &[]).max(build("two/", &["--jobs", "1"]));
    // DESIGN: the faces (70 MB), --jobs decoded pictures, 60 KB a page, and the encoded pictures of the PDF.
    let encoded = books(&sandbox, "one").iter().map(Vec::len).max().expect("two books") as u64 / (1 << 20);
    let bound = 220 + 3 * encoded;
    assert!(peak <= bound, "{peak} MB is more than {bound} MB");
    assert!(books(&sandbox, "one") == books(&sandbox, "two"), "the books differ");
}

#[test]
fn an_epub_of_many_pictures_holds_few_of_them_at_a_time() {
    let sandbox = Sandbox::new();
    let kinds = [("webp", ImageFormat::WebP), ("png", ImageFormat::Png), ("jpg", ImageFormat::Jpeg)];
    for n in 0..20_u8 {
        let mut body = String::new();
        for (number, (ending, format)) in (n * 6..n * 6 + 6).zip(kinds.iter().cycle()) {
            sandbox.write(&format!("in/{number}.{ending}"), picture(*format, 1000, 640, number));
            body += &format!("山路很长。\n\n![图 {number}]({number}.{ending})\n\n");
        }
        sandbox.write(&format!("in/{n}.md"), article(&format!("第 {n} 篇"), &body));
    }
    let (run, peak) = sandbox.run_measured(&["build", "in", "-o", "a.epub", "--title", "图集", "--jobs", "2"]);
    run.exits(0);
    println!("peak {peak} KB");
    // 64 MB; all of them as pixels would be 300.
    assert!(peak <= 62_500, "{peak} KB");
}
