//! `regprobe explain ID`: a page about one thing.

use std::io::Write;

use super::{CommandError, load_probes};
use crate::cli::ExplainArgs;
use crate::probes::{MetadataPath, Probes, Step, nearest};
use crate::report::PathKind;

/// The column at which prose is wrapped.
const WIDTH: usize = 80;

/// Explains from everything that this binary knows.
pub fn of_everything(args: &ExplainArgs, out: &mut dyn Write) -> Result<u8, CommandError> {
    let pages = super::catalogue::pages();
    let pages: Vec<(&str, &str)> = pages.iter().map(|(id, text)| (*id, text.as_str())).collect();
    run(args, &pages, out)
}

/// Writes the page of a metadata path, or one of `pages`, which are (id, whole text) of findings and quirks.
pub fn run(args: &ExplainArgs, pages: &[(&str, &str)], out: &mut dyn Write) -> Result<u8, CommandError> {
    let probes = load_probes(args.probes.as_deref())?;
    let path = probes.path(&args.id);
    let mut found: Vec<String> = path.map(|path| path_page(path, &probes)).into_iter().collect();
    // A finding and the quirk that produces it share their id, and perhaps their page.
    for (_, text) in pages.iter().filter(|(id, _)| *id == args.id) {
        let text = format!("{}\n", text.trim_end());
        if !found.contains(&text) {
            found.push(text);
        }
    }
    if found.is_empty() {
        let known = probes.paths.iter().map(|p| p.id.as_str()).chain(pages.iter().map(|(id, _)| *id));
        let hint = match nearest(&args.id, known) {
            Some(near) => format!("did you mean {near:?}?"),
            None => "`regprobe list findings`, `list paths` and `list quirks` have every id".to_owned(),
        };
        return Err(CommandError::Usage(format!("nothing is called {:?}; {hint}", args.id)));
    }
    out.write_all(found.join("\n").as_bytes())?;
    Ok(0)
}

fn path_page(path: &MetadataPath, probes: &Probes) -> String {
    let kind = match path.kind {
        PathKind::Main => "main: what clients in use today do",
        PathKind::Legacy => "legacy: what naive or very old clients do",
        PathKind::Trap => "trap: looks right, and no registry owes it an answer",
    };
    let holds = match path.holds.as_slice() {
        [] => "always".to_owned(),
        kinds => format!("where the tag holds: {}", words(kinds.iter().map(|k| k.as_str()), " or ")),
    };
    let mut page = format!("{}: {}\n\n", path.id, path.title);
    wrap(&mut page, &path.about);
    page.push_str(&format!(
        "\nKind     {kind}\nApplies  {holds}\nYields   {}\n\nSteps\n",
        path.yields.join(", ")
    ));
    for (i, step) in path.steps.iter().enumerate() {
        page.push_str(&format!("  {}. {}\n", i + 1, step.cell.id()));
        if let Some(condition) = condition(step) {
            page.push_str(&format!("     {condition}\n"));
        }
        let lines = probes.accepts.get(&step.cell.accept).map(|a| a.lines.as_slice()).unwrap_or_default();
        for line in lines {
            page.push_str(&format!("     Accept: {line}\n"));
        }
        let expect = words(step.expect.iter().map(|k| k.as_str()), " or ");
        page.push_str(&format!("     expects {expect}: {}\n", step.yields));
    }
    page
}

fn condition(step: &Step) -> Option<&'static str> {
    if step.alternative {
        Some("instead, where the step before it does not answer")
    } else if step.only_after_index {
        Some("only where the step before it returned an index or manifest list")
    } else if step.unless_schema1 {
        Some("unless the tag came as schema 1, which holds the config itself")
    } else {
        None
    }
}

fn words<'a>(words: impl Iterator<Item = &'a str>, between: &str) -> String {
    words.collect::<Vec<_>>().join(between)
}

pub(crate) fn wrap(page: &mut String, text: &str) {
    let mut column = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > WIDTH {
            page.push('\n');
            column = 0;
        }
        let before = if column == 0 { "" } else { " " };
        page.push_str(before);
        page.push_str(word);
        column += before.len() + length;
    }
    page.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explain(id: &str, pages: &[(&str, &str)]) -> Result<String, String> {
        let mut out = Vec::new();
        let args = ExplainArgs { id: id.to_owned(), probes: None };
        run(&args, pages, &mut out).map_err(|e| format!("{}: {e}", e.exit_code()))?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn a_path_has_a_page() {
        insta::assert_snapshot!(explain("no-accept", &[]).unwrap(), @"
    no-accept: Tag with no Accept

    The tag is asked for with no Accept header, and what comes is followed. What
    curl users and naive clients see.

    Kind     legacy: what naive or very old clients do
    Applies  always
    Yields   platforms, config, layers

    Steps
      1. GET manifests/tag accept=none
         expects oci-index or docker-list or oci-manifest or docker-manifest or schema1: whatever the registry chooses
      2. GET manifests/manifest accept=none
         only where the step before it returned an index or manifest list
         expects oci-manifest or docker-manifest: the manifest for the platform
      3. GET blobs/config accept=none
         unless the tag came as schema 1, which holds the config itself
         expects config: the config
    ");
        for path in Probes::embedded().unwrap().paths {
            assert!(explain(&path.id, &[]).unwrap().contains(&path.title));
        }
    }

    #[test]
    fn other_pages_and_strangers() {
        let pages =
            [("config-is-a-blob", "A config is a blob.\n"), ("config-is-a-blob", "A config is a blob.")];
        assert_eq!(explain("config-is-a-blob", &pages), Ok("A config is a blob.\n".to_owned()));
        let told = ["oci-indx", "config-is-blob", "zzz"].map(|id| explain(id, &pages).unwrap_err());
        insta::assert_snapshot!(told.join("\n"), @r#"
    2: nothing is called "oci-indx"; did you mean "oci-index"?
    2: nothing is called "config-is-blob"; did you mean "config-is-a-blob"?
    2: nothing is called "zzz"; `regprobe list findings`, `list paths` and `list quirks` have every id
    "#);
    }
}
