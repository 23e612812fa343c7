//! `Link`: where the next page is said to be.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use url::Url;

use super::{Listing, MANY, NEGATIVE, ONE, OTHER, PAST, PLAIN};
use crate::diagnosis::rule::{Case, Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::oci::link::LinkTarget;

/// Every list that has a link to a next page.
fn linked<'a>(case: &Case<'a>) -> Vec<(Listing<'a>, LinkTarget)> {
    [ONE, PLAIN, OTHER, MANY, PAST, NEGATIVE]
        .into_iter()
        .filter_map(|id| Listing::of(case, id))
        .filter_map(|listing| listing.next().map(|link| (listing, link)))
        .collect()
}

/// No `<` and `>`.
pub(crate) const BARE: Rule = Rule {
    id: "link-without-brackets",
    layer: Layer::Optional,
    under: &[],
    examine: |case| {
        let bare: Vec<_> = linked(case).into_iter().filter(|(_, link)| !link.bracketed).collect();
        let (listing, link) = bare.first()?;
        Some(
            Finding::new("link-without-brackets", Severity::Warning, Confidence::Certain, Whose::Registry)
                .explain(format!(
                    "{}, with a Link to {} that is not between < and >. Clients that read the header by the RFC stop here, and \
                     list only the first page, or none.",
                    quote(listing.id, listing.answer),
                    link.raw
                ))
                .remedy(
                    "Registry operator: send Link: <URL>; rel=\"next\". Client: take the text before the first \
                     semicolon.",
                )
                .evidence(bare.iter().map(|(l, _)| l.id)),
        )
    },
};

/// Where a link leads, as seen from the request that it answers.
enum Leads {
    /// To another scheme, host or port.
    Away(String),
    /// To another path of the registry.
    Aside(String),
    /// To the same list, with the registry's address spelt out.
    Absolute,
}

fn leads(case: &Case<'_>, listing: &Listing<'_>, link: &LinkTarget) -> Option<Leads> {
    let here = Url::parse(&case.evidence.exchange(&listing.answer.exchange)?.last().request.url).ok()?;
    let there = here.join(&link.raw).ok()?;
    if there.origin() != here.origin() {
        return Some(Leads::Away(there.origin().ascii_serialization()));
    }
    if decoded(&there) != decoded(&here) {
        return Some(Leads::Aside(there.path().to_owned()));
    }
    (link.raw.starts_with("//") || Url::parse(&link.raw).is_ok()).then_some(Leads::Absolute)
}

fn decoded(url: &Url) -> Cow<'_, str> {
    percent_decode_str(url.path().trim_end_matches('/')).decode_utf8_lossy()
}

/// A whole URL, and perhaps that of somebody else.
pub(crate) const FOREIGN: Rule = Rule {
    id: "link-absolute-or-foreign",
    layer: Layer::Optional,
    under: &["link-without-brackets"],
    examine: |case| {
        let all: Vec<_> = linked(case)
            .into_iter()
            .filter_map(|(listing, link)| leads(case, &listing, &link).map(|leads| (listing, link, leads)))
            .collect();
        let (listing, link, leads) = all.iter().min_by_key(|(_, _, l)| matches!(l, Leads::Absolute))?;
        let (severity, title, then) = match leads {
            Leads::Away(origin) => (
                Severity::Warning,
                format!("Link of tags/list leads to another host: {origin}"),
                "Who follows it leaves the registry, and mostly gets nowhere: only the first page of a long list is seen.",
            ),
            Leads::Aside(path) => (
                Severity::Warning,
                format!("Link of tags/list leads to another path: {path}"),
                "Who follows it asks for another list than the one that was begun.",
            ),
            Leads::Absolute => (
                Severity::Note,
                "Link of tags/list is an absolute URL".to_owned(),
                "It names this registry as it was asked, which is in order.",
            ),
        };
        let confidence =
            if matches!(leads, Leads::Aside(_)) { Confidence::Likely } else { Confidence::Certain };
        Some(
            Finding::new("link-absolute-or-foreign", severity, confidence, Whose::Registry)
                .title(title)
                .explain(format!(
                    "{}, with a Link to {}, while the registry is {}. {then}",
                    quote(listing.id, listing.answer),
                    link.raw,
                    case.evidence.recording.base_url
                ))
                .remedy(
                    "Client: take only the query of the link and use the same host and path. Registry operator: \
                     send a relative Link, or configure the external URL. Proxy operator: forward Host and \
                     X-Forwarded-Proto.",
                )
                .evidence(std::iter::once(listing.id).chain(all.iter().map(|(l, _, _)| l.id))),
        )
    },
};

/// A link to a page that holds nothing.
pub(crate) const EXACT: Rule = Rule {
    id: "link-on-exact-page",
    layer: Layer::Optional,
    under: &["n-ignored"],
    examine: |case| {
        // Without a Link the list is whole, and its last tag is the last there is.
        let plain = Listing::plain(case).filter(|p| p.next().is_none());
        let all = plain.as_ref().and_then(Listing::tags);
        let at_end = |listing: &Listing<'_>| {
            let Some(tags) = listing.tags() else { return false };
            let empty_past = tags.is_empty() && listing.id.0 == PAST;
            let the_last = all.as_ref().is_some_and(|all| !all.is_empty() && tags == *all);
            empty_past || the_last
        };
        let needless: Vec<_> = linked(case).into_iter().filter(|(l, _)| at_end(l)).collect();
        let (listing, link) = needless.first()?;
        let control = plain.as_ref().filter(|p| p.id != listing.id);
        let whole = control.map_or(String::new(), |p| {
            format!(" {} has no more than that, and no Link.", quote(p.id, p.answer))
        });
        Some(
            Finding::new("link-on-exact-page", Severity::Note, Confidence::Certain, Whose::Registry)
                .explain(format!(
                    "{}, with a Link to {}, and no tag follows.{whole}",
                    quote(listing.id, listing.answer),
                    link.raw
                ))
                .remedy(
                    "Client: take an empty page as the end of the list, and stop when a Link repeats. Registry \
                     operator: send Link only when more tags follow.",
                )
                .evidence(needless.iter().map(|(l, _)| l.id).chain(control.map(|p| p.id))),
        )
    },
};

#[cfg(test)]
mod tests {
    use crate::diagnosis::Severity;
    use crate::diagnosis::testing::{assert_fires, assert_none_of, find, probe};

    const IDS: [&str; 3] = ["link-without-brackets", "link-absolute-or-foreign", "link-on-exact-page"];

    #[test]
    fn each_fires_on_its_quirk() {
        assert_fires("link-without-brackets", &["link-without-brackets"], "lab/artifact:base");
        assert_fires("link-absolute-or-foreign", &["link-absolute-or-foreign"], "lab/artifact:base");
        // One tag: a page of one is as full as it may be.
        assert_fires("link-on-exact-page", &["link-on-exact-page"], "lab/oci");
    }

    #[test]
    fn a_link_to_another_host_is_worse_than_a_whole_url() {
        let severity = |quirks: &[&str]| {
            find(&probe(quirks, "lab/artifact:base"), "link-absolute-or-foreign").map(|f| f.severity)
        };
        assert_eq!(severity(&["link-absolute-or-foreign"]), Some(Severity::Warning));
        // Without its brackets the lab's link is a whole URL of its own.
        assert_eq!(severity(&["link-without-brackets"]), Some(Severity::Note));
    }

    #[test]
    fn silent_on_a_faithful_registry() {
        assert_none_of(&IDS);
        let report = probe(&[], "lab/artifact:base");
        assert!(IDS.into_iter().all(|id| find(&report, id).is_none()));
    }
}
