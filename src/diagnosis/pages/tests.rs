//! Every page, and the titles and remedies in the rules, as their readers need them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::words::banned;
use super::*;
use crate::diagnosis::rules::RULES;

const GOOD: &str = "+++\nid = \"a-b\"\ntitle = \"HEAD is 404, GET is 200\"\ngroup = \"head\"\nreferences = [\n  \"RFC 9110\",\n]\n+++\n
## Symptom\n\nIt fails.\n\n## Cause\n\nIt is so.\n\n## Fix\n\n- **Client:** Use GET.\n\n## Who is affected\n\nAll.\n
## How regprobe decides\n\nBy both.\n";

/// Each source file of the rules: its folder, and its text without tests.
fn rule_files() -> Vec<(PathBuf, String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/diagnosis/rules");
    let read =
        |path: &Path| fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    let mut files = Vec::new();
    for folder in read(&root).into_iter().filter(|path| path.is_dir()) {
        let group = folder.file_name().unwrap().to_str().unwrap().to_owned();
        for file in read(&folder) {
            let text = fs::read_to_string(&file).unwrap();
            let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
            files.push((file, group.clone(), code.to_owned()));
        }
    }
    assert!(files.len() > 80, "{} files", files.len());
    files
}

/// What stands between the parentheses of each call of a method.
fn arguments<'a>(code: &'a str, method: &str) -> Vec<&'a str> {
    let closed = |from: usize| {
        let mut open = 1;
        code[from..].find(|c: char| {
            open += i32::from(c == '(') - i32::from(c == ')');
            open == 0
        })
    };
    let starts = code.match_indices(method).map(|(at, _)| at + method.len());
    starts.map(|from| code[from..from + closed(from).unwrap()].trim()).collect()
}

#[test]
fn every_page_is_well_formed() {
    let errors: Vec<String> =
        files().filter_map(|(file, text)| parse::page(&file, text).err()).map(|e| e.to_string()).collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}

#[test]
fn every_rule_has_a_page_and_every_page_a_rule() {
    let without: Vec<&str> = RULES.iter().map(|rule| rule.id).filter(|id| page(id).is_none()).collect();
    assert_eq!(
        without,
        [] as [&str; 0],
        "rules without docs/findings/<id>.md, or with one that is malformed"
    );
    let strangers: Vec<&str> =
        all().map(|page| page.id.as_str()).filter(|id| !RULES.iter().any(|rule| rule.id == *id)).collect();
    assert_eq!(strangers, [] as [&str; 0], "pages without a rule");
}

#[test]
fn the_group_of_a_page_is_the_folder_of_its_rule() {
    let mut folders = BTreeMap::new();
    for (_, group, code) in rule_files() {
        for page in all().filter(|page| code.contains(&format!("id: \"{}\"", page.id))) {
            folders.insert(page.id.as_str(), group.clone());
        }
    }
    for page in all() {
        assert_eq!(folders.get(page.id.as_str()), Some(&page.group), "{}", page.id);
    }
}

#[test]
fn titles_are_unique() {
    let mut titles: BTreeMap<&str, &str> = BTreeMap::new();
    for page in all() {
        let other = titles.insert(&page.title, &page.id);
        assert_eq!(other, None, "{} has the same title", page.id);
    }
}

#[test]
fn pages_titles_and_remedies_are_plain_english() {
    let mut found = Vec::new();
    for page in all() {
        for text in page.texts() {
            // An id is what it is.
            found.extend(
                banned(&text.replace(&page.id, "")).into_iter().map(|turn| format!("{}: {turn}", page.id)),
            );
        }
    }
    for (file, _, code) in rule_files() {
        let turns =
            [".title(", ".remedy("].into_iter().flat_map(|method| arguments(&code, method)).flat_map(banned);
        found.extend(turns.map(|turn| format!("{}: {turn}", file.display())));
        for title in
            arguments(&code, ".title(").into_iter().filter_map(|a| a.strip_prefix('"')?.strip_suffix('"'))
        {
            let fault = parse::title_fault(&title.replace("\\\"", "\""));
            found.extend(fault.map(|fault| format!("{}: {title:?} {fault}", file.display())));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_malformed_page_is_reported_with_its_line() {
    assert_eq!(parse::page("docs/findings/a-b.md", GOOD).unwrap().fix, "- **Client:** Use GET.");
    assert_eq!(parse::page("docs/findings/a-b.md", &GOOD.replace('\n', "\r\n")).unwrap().cause, "It is so.");
    let long = format!("\"H{}\"", "e".repeat(72));
    let told = [
        ("+++\nid", "---\nid"),
        ("]\n+++", "]\n---"),
        ("group", "grupo"),
        ("\"head\"", "\"\""),
        ("a-b", "a-c"),
        ("200\"", "200.\""),
        ("\"HEAD is 404, GET is 200\"", long.as_str()),
        ("\"HEAD is", "\"it is"),
        ("\"RFC 9110\"", "\" \""),
        ("\"RFC 9110\"", "9110"),
        ("\n## Symptom", "\nText.\n\n## Symptom"),
        ("## Fix", "## Remedy"),
        ("It is so.\n", ""),
        ("By both.\n", ""),
        ("## How regprobe decides", "How regprobe decides"),
        ("By both.\n", "By both.\n\n## References\n"),
    ]
    .map(|(from, to)| {
        assert!(GOOD.contains(from), "{from:?}");
        parse::page("docs/findings/a-b.md", &GOOD.replacen(from, to, 1)).unwrap_err().to_string()
    });
    insta::assert_snapshot!(told.join("\n"), @r#"
    docs/findings/a-b.md:1: the first line is not +++
    docs/findings/a-b.md:1: no second line +++
    docs/findings/a-b.md:4: unknown field `grupo`, expected one of `id`, `title`, `group`, `references`
    docs/findings/a-b.md:4: the group is empty
    docs/findings/a-b.md:2: the file of "a-c" is a-c.md
    docs/findings/a-b.md:3: the title ends in a full stop
    docs/findings/a-b.md:3: the title has 73 characters: 1 to 72 are allowed
    docs/findings/a-b.md:3: the title begins with a lower-case letter
    docs/findings/a-b.md:5: no references, or an empty one
    docs/findings/a-b.md:6: invalid type: integer `9110`, expected a string
    docs/findings/a-b.md:10: text before the first heading
    docs/findings/a-b.md:18: the heading is not `## Fix`
    docs/findings/a-b.md:14: nothing under this heading
    docs/findings/a-b.md:26: nothing under this heading
    docs/findings/a-b.md:28: the heading `## How regprobe decides` is missing
    docs/findings/a-b.md:30: a heading after the last one
    "#);
}
