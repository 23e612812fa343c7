//! Redirects of what is no blob: manifests, whole registries, token endpoints.

use super::{Redirect, authorized, exchange, redirect, response};
use crate::diagnosis::rule::{Case, Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::exchange::{Purpose, Response};
use crate::oci::document::BodyKind;
use crate::oci::media_type;
use crate::plan::{Credentials, Endpoint};

/// The ordinary request, where it was redirected to another host.
fn away<'a>(case: &Case<'a>) -> Option<Redirect<'a>> {
    ["GET manifests/digest accept=all", "GET manifests/tag accept=all"]
        .into_iter()
        .filter_map(|id| redirect(case, case.answer(id)?))
        .find(|r| r.crosses() && r.seen.1.redirects > 0)
}

/// Whether the redirect's target, and not the registry, asks who is there.
fn wants_own_token(redirect: &Redirect<'_>) -> bool {
    redirect.seen.1.status == 401
}

/// The other cells that share its fate.
fn alike<'a>(case: &Case<'a>, status: u16) -> Vec<&'a crate::plan::CellId> {
    let evidence = case.evidence;
    let answers =
        evidence.answers(|c| matches!(c.endpoint, Endpoint::Manifests | Endpoint::Ping | Endpoint::Blobs));
    answers.filter(|(_, a)| a.redirects > 0 && a.status == status).map(|(c, _)| &c.id).collect()
}

/// Manifests are at another registry.
pub(crate) const MANIFEST: Rule = Rule {
    id: "redirect-on-manifest-cross-host",
    layer: Layer::Authentication,
    under: &["redirect-plan-impossible-with-auth"],
    examine: |case| {
        let away = away(case)?;
        let (id, answer) = away.seen;
        let severity = match (answer.status, case.main_path_works()) {
            (200, _) => Severity::Note,
            (_, true) => Severity::Warning,
            (_, false) => Severity::Broken,
        };
        let then = if wants_own_token(&away) { ", which requires its own token" } else { "" };
        Some(
            Finding::new(self::MANIFEST.id, severity, Confidence::Certain, Whose::Registry)
                .title(format!("Manifests are redirected to {}{then}", away.place()))
                .explain(format!(
                    "{} after {} redirect: the registry answered {}, with a Location at {}.",
                    quote(id, answer),
                    answer.redirects,
                    away.status,
                    away.place()
                ))
                .remedy(format!(
                    "Follow the redirect without the first registry's token, and answer the challenge of the second \
                     host; or name {} in the image reference.",
                    away.place()
                ))
                .evidence(std::iter::once(id).chain(alike(case, answer.status))),
        )
    },
};

/// The new place wants what clients leave behind.
pub(crate) const IMPOSSIBLE: Rule = Rule {
    id: "redirect-plan-impossible-with-auth",
    layer: Layer::Authentication,
    under: &[],
    examine: |case| {
        let blob = || {
            let followed = redirect(case, case.answer("GET blobs/config accept=none")?)?;
            let bare = case.answer("GET blobs/config accept=none redirects=anonymous")?;
            (followed.crosses() && bare.1.redirects > 0 && bare.1.status == 401).then_some(followed)
        };
        let moved = away(case).or_else(blob).filter(wants_own_token)?;
        let (id, answer) = moved.seen;
        let dropped = exchange(case, moved.seen)
            .is_some_and(|e| e.hops.first().is_some_and(authorized) && !authorized(e.last()));
        let ping = case
            .answer("GET ping accept=none")
            .filter(|(_, a)| a.status == 401 && a.redirects > 0)
            .and_then(|seen| redirect(case, seen))
            .filter(Redirect::crosses);
        if !dropped && ping.is_none() {
            return None;
        }
        let severity = if case.main_path_works() { Severity::Warning } else { Severity::Broken };
        let why = if dropped {
            "Authorization went to the registry and was dropped on the way to the other host, as it has to be."
        } else {
            "The ping is redirected there too, and its challenge is the other host's: a token for it is dropped on the way."
        };
        Some(
            Finding::new(self::IMPOSSIBLE.id, severity, Confidence::Certain, Whose::Registry)
                .title(format!("Redirect to {}, which needs a token that clients drop", moved.place()))
                .explain(format!("{} after {} redirect. {why}", quote(id, answer), answer.redirects))
                .remedy(format!(
                    "Client: name {} in the image reference. Registry operator: replace the redirects with a \
                     reverse proxy that forwards requests.",
                    moved.place()
                ))
                .evidence(
                    std::iter::once(id)
                        .chain(ping.iter().map(|r| r.seen.0))
                        .chain(alike(case, answer.status)),
                ),
        )
    },
};

/// A page to sign in at.
pub(crate) const LOGIN: Rule = Rule {
    id: "token-endpoint-redirects-to-login",
    layer: Layer::Authentication,
    under: &[],
    examine: |case| {
        let (id, answer) = case.answer("GET token accept=none")?;
        let moved = matches!(answer.status, 301 | 302 | 303 | 307 | 308);
        // What a token endpoint sends is withheld; its type says enough.
        let page =
            |r: &Response| r.header("content-type").is_some_and(|t| media_type::base(t) == "text/html");
        let shown = case.evidence.exchanges(Purpose::Token).any(|e| {
            let mut answers = e.hops.iter().filter_map(response);
            answers.any(|r| r.status == 200 && page(r))
        });
        let here = answer.status == 200 && answer.kind == BodyKind::Html;
        let elsewhere = moved && shown;
        if !here && !elsewhere {
            return None;
        }
        let wanted = case
            .plain(|c| c.endpoint == Endpoint::Manifests)
            .find(|(_, a)| a.status == 401)
            .map(|(c, a)| (&c.id, a));
        let severity = if case.main_path_works() { Severity::Note } else { Severity::Broken };
        let more = case.evidence.answers(|c| {
            c.endpoint == Endpoint::Token
                || case.evidence.plan(&c.id).is_some_and(|p| p.vary.token == Credentials::Normal)
        });
        let status = answer.status;
        let more =
            more.filter(|(c, a)| a.status == 401 || (c.endpoint == Endpoint::Token && a.status == status));
        Some(
            Finding::new(self::LOGIN.id, severity, Confidence::Certain, Whose::Registry)
                .explain(format!(
                    "{}{}: what comes in the end is a web page.{}",
                    quote(id, answer),
                    if moved { ", a redirect, and it was followed" } else { "" },
                    wanted.map_or(String::new(), |(id, answer)| format!(" So {}.", quote(id, answer)))
                ))
                .remedy(
                    "Client: check that the registry's host name is still in use; treat a non-JSON token answer as \
                     a wrong URL, not as a wrong password. Registry operator: correct the realm, and exempt the \
                     token endpoint from single sign-on.",
                )
                .evidence(std::iter::once(id).chain(wanted.map(|(id, _)| id)).chain(more.map(|(c, _)| &c.id))),
        )
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::testing::{all, assert_fires, assert_none_of, find, probe};

    const IDS: [&str; 3] = [
        "redirect-on-manifest-cross-host",
        "redirect-plan-impossible-with-auth",
        "token-endpoint-redirects-to-login",
    ];

    #[test]
    fn manifests_elsewhere() {
        for image in ["lab/oci", "lab/index"] {
            assert_fires(IDS[0], &[IDS[0]], image);
            let report = probe(&[IDS[0]], image);
            assert_eq!(find(&report, IDS[0]).unwrap().severity, Severity::Note);
            assert!(find(&report, IDS[1]).is_none());
        }
    }

    #[test]
    fn what_stops_everything_stands_first() {
        for id in &IDS[1..] {
            assert_fires(id, &[id], "lab/oci");
            let report = probe(&[id], "lab/oci");
            let top = &report.findings[0];
            assert_eq!((top.id, top.severity), (*id, Severity::Broken), "{:?}", all(&report));
            assert!(top.children.iter().any(|c| c.id == "not-authorized"), "{:?}", all(&report));
        }
    }

    #[test]
    fn silent_on_faithful_registries() {
        assert_none_of(&IDS);
        for quirk in ["bearer-auth", "basic-auth", "blob-redirect-strip-auth-s3"] {
            let report = probe(&[quirk], "lab/oci");
            assert!(IDS.iter().all(|id| find(&report, id).is_none()), "{:?}", all(&report));
        }
    }
}
