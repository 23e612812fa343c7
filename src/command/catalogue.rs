//! What `list` and `explain` know of findings and quirks: from the rules and the lab themselves.

use crate::diagnosis::rule::Rule;
use crate::diagnosis::rules::RULES;
use crate::lab;

/// Ids with one line each.
pub(crate) fn findings() -> Vec<(&'static str, &'static str)> {
    RULES.iter().map(|rule| (rule.id, rule.about)).collect()
}

/// Ids with one line each.
pub(crate) fn quirks() -> Vec<(&'static str, &'static str)> {
    lab::quirks().iter().map(|quirk| (quirk.id(), quirk.about())).collect()
}

/// Ids with whole pages.
pub(crate) fn pages() -> Vec<(&'static str, String)> {
    let rules = RULES.iter().map(|rule| (rule.id, rule_page(rule)));
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
    rules.chain(quirks).collect()
}

fn rule_page(rule: &Rule) -> String {
    let mut page = format!("{}: {}\n\n", rule.id, rule.about);
    super::explain::wrap(&mut page, rule.page);
    if !rule.references.is_empty() {
        page.push_str("\nReferences\n");
        for reference in rule.references {
            page.push_str(&format!("  {reference}\n"));
        }
    }
    page
}
