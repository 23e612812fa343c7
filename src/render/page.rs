//! A finding's page for a reader without a Markdown viewer.

use crate::diagnosis::pages::Page;
use crate::render::text::wrap;

/// The page of a finding: its title, the sections under their headings, the references.
pub fn terminal(page: &Page, columns: usize) -> String {
    let mut out = wrap(&format!("{}: {}", page.id, page.title), columns, "").join("\n");
    out.push('\n');
    for (heading, markdown) in page.sections() {
        out.push_str(&format!("\n{heading}\n"));
        for (n, block) in blocks(markdown).into_iter().enumerate() {
            // Entries of a list stand together.
            if n > 0 && block.marker.is_empty() {
                out.push('\n');
            }
            let lines = wrap(&block.text, columns, &format!("  {}", block.marker));
            out.push_str(&format!("{}\n", lines.join("\n")));
        }
    }
    out.push_str("\nReferences\n");
    for reference in &page.references {
        out.push_str(&format!("{}\n", wrap(reference, columns, "  ").join("\n")));
    }
    out
}

/// The first entry of a list, or the first paragraph.
pub fn first(markdown: &str) -> String {
    blocks(markdown).into_iter().next().map(|block| block.text).unwrap_or_default()
}

/// A section in one line.
pub fn text(markdown: &str) -> String {
    let blocks = blocks(markdown).into_iter();
    blocks.map(|block| format!("{}{}", block.marker, block.text)).collect::<Vec<_>>().join(" ")
}

/// The page in one line.
pub fn line(page: &Page) -> String {
    page.sections().map(|(heading, markdown)| format!("{heading}: {}", text(markdown))).join(" ")
}

/// A paragraph, or an entry of a list with its marker.
struct Block {
    marker: &'static str,
    text: String,
}

/// What pages have of Markdown: paragraphs, flat lists, code, emphasis.
fn blocks(markdown: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open = false;
    for line in markdown.lines() {
        if line.trim().is_empty() {
            open = false;
            continue;
        }
        let entry = line.strip_prefix("- ");
        match blocks.last_mut().filter(|_| open && entry.is_none()) {
            Some(last) => last.text = format!("{} {}", last.text, line.trim()),
            None => blocks.push(Block {
                marker: if entry.is_some() { "- " } else { "" },
                text: entry.unwrap_or(line).trim().to_owned(),
            }),
        }
        open = true;
    }
    blocks.iter_mut().for_each(|block| block.text = plain(&block.text));
    blocks
}

/// Without the marks of emphasis. Code keeps its backticks: they show where an error text ends.
fn plain(markdown: &str) -> String {
    let parts = markdown.split('`').enumerate();
    parts
        .map(|(n, part)| if n % 2 == 0 { part.replace('*', "") } else { part.to_owned() })
        .collect::<Vec<_>>()
        .join("`")
}

#[cfg(test)]
mod tests {
    use pulldown_cmark::{Event, Parser, Tag};

    use super::*;
    use crate::diagnosis::pages;
    use crate::render::text::width;

    /// A section as a Markdown reader has it, without line ends; what our own reader does not know is named.
    fn read(markdown: &str) -> String {
        let mut text = String::new();
        for event in Parser::new(markdown) {
            match event {
                Event::Text(words) => text.push_str(&words),
                Event::Code(code) => text.push_str(&format!("`{code}`")),
                Event::SoftBreak => text.push(' '),
                Event::Start(Tag::Paragraph | Tag::Item) => text.push(' '),
                Event::Start(Tag::List(None) | Tag::Strong | Tag::Emphasis) | Event::End(_) => {}
                other => text.push_str(&format!(" UNKNOWN {other:?}")),
            }
        }
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn every_section_reads_as_a_markdown_reader_has_it() {
        for page in pages::all() {
            for (heading, markdown) in page.sections() {
                let ours: Vec<String> = blocks(markdown).into_iter().map(|block| block.text).collect();
                assert_eq!(ours.join(" "), read(markdown), "{}, {heading}", page.id);
            }
        }
    }

    #[test]
    fn a_page_on_a_terminal() {
        let page = pages::page("tls-untrusted").unwrap();
        insta::assert_snapshot!(terminal(page, 80));
        // A line is longer only for a word that is: an address, or a message of the server.
        for line in
            pages::all().flat_map(|page| terminal(page, 80).lines().map(str::to_owned).collect::<Vec<_>>())
        {
            assert!(width(&line) <= 80 || line.split(' ').any(|word| width(word) > 60), "{line}");
        }
        assert_eq!(first("- **A:** b\n  c `*` d.\n- e"), "A: b c `*` d.");
    }
}
