//! What `list` and `explain` know of findings and quirks: from the pages and the lab themselves.

use crate::diagnosis::pages;
use crate::lab;
use crate::render::page;

/// Ids with one line each.
pub(crate) fn findings() -> Vec<(&'static str, &'static str)> {
    pages::all().map(|page| (page.id.as_str(), page.title.as_str())).collect()
}

/// Ids with one line each.
pub(crate) fn quirks() -> Vec<(&'static str, &'static str)> {
    lab::quirks().iter().map(|quirk| (quirk.id(), quirk.about())).collect()
}

/// Ids with whole pages, so many columns wide.
pub(crate) fn pages(columns: usize) -> Vec<(&'static str, String)> {
    let findings = pages::all().map(|page| (page.id.as_str(), page::terminal(page, columns)));
    let quirks = lab::quirks().iter().map(|quirk| {
        let seen: String = quirk.seen_at().iter().map(|who| format!("  {who}\n")).collect();
        let page = format!(
            "Quirk of the embedded registry: {}\n\n{}\n\nRun it:\n  regprobe lab --quirk {}\n\nSeen at\n{seen}",
            quirk.id(),
            quirk.about(),
            quirk.id()
        );
        (quirk.id(), page)
    });
    findings.chain(quirks).collect()
}
