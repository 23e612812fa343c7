//! `regprobe explain ID`: a page about one thing. `regprobe explain MESSAGE`: the findings whose symptom it is.

use std::io::Write;

use super::{CommandError, Screen, load_probes};
use crate::cli::ExplainArgs;
use crate::diagnosis::pages;
use crate::probes::{MetadataPath, Probes, Step, nearest};
use crate::render::escape::shorten;
use crate::render::page;
use crate::render::text::{count, wrap};
use crate::report::PathKind;

/// Prose is not wider, whatever the terminal.
const WIDTH: usize = 80;

/// A message is quoted in an error no longer than this.
const QUOTED: usize = 60;

/// Explains from everything that this binary knows.
pub fn of_everything(args: &ExplainArgs, screen: &Screen, out: &mut dyn Write) -> Result<u8, CommandError> {
    let columns = screen.width.min(WIDTH);
    let pages = super::catalogue::pages(columns);
    let pages: Vec<(&str, &str)> = pages.iter().map(|(id, text)| (*id, text.as_str())).collect();
    run(args, &pages, columns, out)
}

/// Writes the page of a metadata path, or one of `pages`, which are (id, whole text) of findings and quirks; or else
/// the findings with the message as a symptom.
pub fn run(
    args: &ExplainArgs,
    pages: &[(&str, &str)],
    columns: usize,
    out: &mut dyn Write,
) -> Result<u8, CommandError> {
    let probes = load_probes(args.probes.as_deref())?;
    let asked = args.words.join(" ");
    let path = probes.path(&asked);
    let mut found: Vec<String> = path.map(|path| path_page(path, &probes, columns)).into_iter().collect();
    // A finding and the quirk that produces it share their id, and perhaps their page.
    for (_, text) in pages.iter().filter(|(id, _)| *id == asked) {
        let text = format!("{}\n", text.trim_end());
        if !found.contains(&text) {
            found.push(text);
        }
    }
    if found.is_empty() {
        found.extend(quoting(&asked, columns));
    }
    if found.is_empty() {
        let known = probes.paths.iter().map(|p| p.id.as_str()).chain(pages.iter().map(|(id, _)| *id));
        let hint = match nearest(&asked, known) {
            Some(near) => format!("did you mean {near:?}?"),
            None => "try the words after the last colon of an error message; `regprobe list findings`, `list paths` \
                     and `list quirks` have every id"
                .to_owned(),
        };
        let asked = shorten(&asked, QUOTED);
        return Err(CommandError::Usage(format!("no id and no known error message: {asked:?}; {hint}")));
    }
    out.write_all(found.join("\n").as_bytes())?;
    Ok(0)
}

/// The findings that quote a message as a symptom, each with the first thing to do.
fn quoting(message: &str, columns: usize) -> Option<String> {
    let found = pages::quoting(message);
    if found.is_empty() {
        return None;
    }
    let verb = if found.len() == 1 { "has" } else { "have" };
    let head = format!(
        "{} {verb} this message as a symptom. `regprobe explain ID` shows the whole page.",
        count(found.len(), "finding")
    );
    let mut list = format!("{}\n", wrap(&head, columns, "").join("\n"));
    for found in found {
        let title = wrap(&format!("{}: {}", found.id, found.title), columns, "");
        let fix = wrap(&page::first(&found.fix), columns, "  ");
        list.push_str(&format!("\n{}\n{}\n", title.join("\n"), fix.join("\n")));
    }
    Some(list)
}

fn path_page(path: &MetadataPath, probes: &Probes, columns: usize) -> String {
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
    page.push_str(&wrap(&path.about, columns, "").join("\n"));
    page.push_str(&format!(
        "\n\nKind     {kind}\nApplies  {holds}\nYields   {}\n\nSteps\n",
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

#[cfg(test)]
mod tests {
    use super::*;

    fn explain(id: &str, pages: &[(&str, &str)]) -> Result<String, String> {
        let mut out = Vec::new();
        let args = ExplainArgs { words: vec![id.to_owned()], probes: None };
        run(&args, pages, WIDTH, &mut out).map_err(|e| format!("{}: {e}", e.exit_code()))?;
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
        2: no id and no known error message: "oci-indx"; did you mean "oci-index"?
        2: no id and no known error message: "config-is-blob"; did you mean "config-is-a-blob"?
        2: no id and no known error message: "zzz"; try the words after the last colon of an error message; `regprobe list findings`, `list paths` and `list quirks` have every id
        "#);
    }

    #[test]
    fn a_message_lists_the_findings_that_quote_it() {
        let listed =
            explain("Get \"https://r.example/v2/\": x509: certificate signed by unknown authority", &[]);
        insta::assert_snapshot!(listed.unwrap(), @"
        2 findings have this message as a symptom. `regprobe explain ID` shows the whole
        page.

        tls-untrusted: TLS fails: certificate untrusted, expired or for another name
          Client: Trust the CA, or the server's own self-signed certificate. In
          regprobe: `--cacert FILE`. In docker: `/etc/docker/certs.d/HOST/ca.crt`.

        redirect-target-unreachable: Blobs are redirected to a host that cannot be
        reached
          Client: Allow the storage host in DNS, firewall and proxy, and trust its CA.
          The report names the host.
        ");
        assert!(explain("manifest unknown", &[]).unwrap().contains("\ntag-not-found: "));
        assert!(explain("missing signature key", &[]).unwrap().contains("\nindex-returned-unasked: "));
    }
}
