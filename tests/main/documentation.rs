//! What the documentation says is so.

use std::fs;
use std::path::Path;

use wenji::problem::Code;

fn page(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name))
        .unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The codes that docs/problems.md explains, each a heading of the third level, in their order.
fn documented() -> Vec<String> {
    page("docs/problems.md")
        .lines()
        .filter_map(|line| line.strip_prefix("### `")?.strip_suffix('`').map(str::to_owned))
        .collect()
}

#[test]
fn every_problem_code_is_documented_once_and_none_is_invented() {
    let mut codes: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    let mut documented = documented();
    codes.sort_unstable();
    documented.sort_unstable();
    assert_eq!(documented, codes);
}

#[test]
fn the_help_of_every_code_is_the_one_that_the_program_prints() {
    let page = page("docs/problems.md");
    for code in Code::ALL {
        let after = page.split(&format!("### `{code}`\n")).nth(1).unwrap_or_default();
        let entry = after.split("\n### ").next().unwrap_or_default();
        let joined = entry.split_whitespace().collect::<Vec<_>>().join(" ").replace('`', "").to_lowercase();
        let help = code.help().split_whitespace().collect::<Vec<_>>().join(" ").replace('`', "").to_lowercase();
        assert!(joined.contains(&help), "{code}: `{help}` is not in: {joined}");
    }
}

#[test]
fn every_embedded_face_has_its_row_and_its_licence() {
    let table = page("fonts/README.md");
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("fonts")).expect("fonts/") {
        let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
        if let Some(stem) = name.strip_suffix(".ttf") {
            let family = stem.split('-').next().expect("a family");
            assert!(table.contains(family), "{name} is not in fonts/README.md");
            assert!(page(&format!("fonts/OFL-{family}.txt")).contains("SIL OPEN FONT LICENSE Version 1.1"), "{family}");
        }
    }
}

#[test]
fn every_file_that_the_readme_names_exists() {
    for name in ["README.md", "ARCHITECTURE.md", "examples/README.md", "fonts/README.md"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(name).parent().expect("a folder").to_owned();
        let text = page(name);
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let local = target.split('#').next().unwrap_or_default();
            if !local.is_empty() && !local.contains(':') {
                assert!(folder.join(local).exists(), "{name} points at {target}");
            }
        }
    }
}
