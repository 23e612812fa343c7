//! Recording -> report: the one place where facts meet every opinion. Pure, and the same for a recording made two
//! years ago.

use crate::diagnosis::{self, Diagnosis, Finding, Severity, account};
use crate::evidence::Evidence;
use crate::exchange::{Method, Purpose};
use crate::oci::document::BodyKind;
use crate::paths;
use crate::plan::Endpoint;
use crate::probes::Probes;
use crate::recording::Recording;
use crate::render::snippet::curl;
use crate::report::{
    Answer, Did, Outcome, PathKind, PathVerdict, Recommendation, Report, SnippetStep, TlsHint, TokenHint,
    Verdict,
};

/// Judges a recording.
pub fn judge(recording: Recording, probes: &Probes) -> Report {
    let evidence = Evidence::new(&recording, &probes.accepts);
    let paths = paths::judge_all(&probes.paths, &evidence);
    let Diagnosis { mut findings, anomalies, coverage } = diagnosis::diagnose(&evidence, &paths);
    let recommended = recommend(&evidence, &paths);
    let outcome = outcome(&evidence, &paths, &findings);
    let tls = tls_hint(&recording);
    for finding in &mut findings {
        reproduce(finding, &evidence, tls);
    }
    let unexplained = account::unexplained(&evidence, &anomalies, |request| curl::request(request, tls));
    let cells = evidence.cells;
    Report { cells, paths, findings, anomalies, unexplained, coverage, recommended, outcome, recording }
}

/// In one word: whether a person gets the image's metadata here.
fn outcome(evidence: &Evidence<'_>, paths: &[PathVerdict], findings: &[Finding]) -> Outcome {
    let any = |kinds: &[PathKind], verdicts: &[Verdict]| {
        paths
            .iter()
            .filter(|p| leads_to_an_image(p))
            .any(|p| kinds.contains(&p.kind) && verdicts.contains(&p.verdict))
    };
    let worst = findings.iter().map(|f| f.severity).max();
    if any(&[PathKind::Main], &[Verdict::Works]) {
        return if worst >= Some(Severity::Warning) { Outcome::Degraded } else { Outcome::Works };
    }
    if any(&[PathKind::Legacy, PathKind::Trap], &[Verdict::Works]) {
        return Outcome::Degraded;
    }
    // A recording of a client's own requests may hold no path whole. Then it goes by what the client got.
    let all_but_asked = [Verdict::Works, Verdict::Fails, Verdict::Inconclusive, Verdict::NotTried];
    if !any(&[PathKind::Main, PathKind::Legacy, PathKind::Trap], &all_but_asked) {
        return match got(evidence) {
            Some(true) if worst == Some(Severity::Broken) => Outcome::Broken,
            Some(true) if worst == Some(Severity::Warning) => Outcome::Degraded,
            Some(true) => Outcome::Works,
            Some(false) => Outcome::Broken,
            None => Outcome::Inconclusive,
        };
    }
    // No path works. That is a verdict only if the most ordinary request of all was answered and its path judged;
    // what a limit, a time-out or an interrupt kept from being seen is none.
    let judged = ["GET manifests/digest accept=all", "GET manifests/tag accept=all"]
        .into_iter()
        .find_map(|id| evidence.answer(id))
        .is_some_and(|answer| answer.status != 429);
    // Of a registry that fails at everything nothing is known, least of all about the image.
    if evidence.answers(|_| true).all(|(_, answer)| answer.status >= 500) {
        return Outcome::Inconclusive;
    }
    let telling = ["any-type", "digest-pinned"];
    let open = paths.iter().any(|p| telling.contains(&p.id.as_str()) && p.verdict == Verdict::Inconclusive);
    if judged && !open { Outcome::Broken } else { Outcome::Inconclusive }
}

/// Whether any manifest that was asked for by GET came; `None` where none was asked for, or the limit was reached.
fn got(evidence: &Evidence<'_>) -> Option<bool> {
    let answers = evidence.cells.iter().filter_map(|cell| match &cell.did {
        Did::Answer(answer) if cell.endpoint == Endpoint::Manifests && cell.method == Method::Get => {
            Some(answer)
        }
        _ => None,
    });
    let told: Vec<&Answer> = answers.filter(|answer| answer.status != 429).collect();
    let document = |kind: BodyKind| kind.is_index() || kind.is_manifest() || kind == BodyKind::Schema1;
    let came = |a: &&Answer| a.status == 200 && document(a.kind);
    (!told.is_empty()).then(|| told.iter().any(came))
}

/// Referrers tell of signatures; they are no way to the image itself.
fn leads_to_an_image(path: &PathVerdict) -> bool {
    path.id != "referrers"
}

/// The shortest working path of those made for what the reference holds; else the shortest that works at all.
fn recommend(evidence: &Evidence<'_>, paths: &[PathVerdict]) -> Option<Recommendation> {
    let pinned = evidence.recording.target.digest.is_some() && evidence.recording.target.tag.is_none();
    let fit = |path: &PathVerdict| {
        let made_for = match evidence.held() {
            Some(BodyKind::OciIndex) => "oci-index",
            Some(BodyKind::DockerList) => "docker-list",
            Some(BodyKind::OciManifest) => "oci-manifest",
            Some(BodyKind::DockerManifest) => "docker-manifest",
            _ => "any-type",
        };
        (path.kind, path.id != made_for, path.steps.len(), path.id.clone())
    };
    let best = paths
        .iter()
        .filter(|p| p.verdict == Verdict::Works && leads_to_an_image(p))
        // Without a tag there is only the digest; with one, a digest nobody knows yet is no first step.
        .filter(|p| (p.id == "digest-pinned") == pinned)
        .min_by_key(|p| fit(p))?;
    let steps = best.steps.iter().filter_map(|step| {
        let answer = evidence.answer(&step.cell.0)?;
        let cell = evidence.plan(&step.cell)?;
        let request = &evidence.exchange(&answer.exchange)?.hops.first()?.request;
        Some(SnippetStep {
            url: request.url.clone(),
            accept: evidence.axis.lines(&cell.accept).unwrap_or(&[]).to_vec(),
            yields: step.why.clone(),
            needs: cell.subject.filter(|s| evidence.recording.subjects.digest(*s).is_some()),
        })
    });
    Some(Recommendation {
        path: best.id.clone(),
        title: best.title.clone(),
        steps: steps.collect(),
        token: token_hint(evidence, best),
        tls: tls_hint(evidence.recording),
    })
}

/// How the steps of the path were let in, without the secret.
fn token_hint(evidence: &Evidence<'_>, path: &PathVerdict) -> Option<TokenHint> {
    let authorization = path
        .steps
        .iter()
        .filter_map(|step| evidence.exchange(&evidence.answer(&step.cell.0)?.exchange)?.hops.first())
        .find_map(|hop| hop.request.headers.iter().find(|h| h.name == "authorization"))?;
    if authorization.value.starts_with("Basic") {
        return Some(TokenHint::Basic);
    }
    let token = evidence
        .exchanges(Purpose::Token)
        .filter(|e| e.response().is_some_and(|r| r.status == 200))
        .filter_map(|e| e.hops.first())
        .find(|hop| hop.request.method == Method::Get);
    Some(match token {
        Some(hop) => TokenHint::Bearer {
            url: hop.request.url.clone(),
            with_credentials: hop.request.headers.iter().any(|h| h.name == "authorization"),
        },
        None => TokenHint::Given,
    })
}

fn tls_hint(recording: &Recording) -> TlsHint {
    let noted = |id: &str| recording.notes.iter().any(|n| n.id == id);
    if !recording.base_url.starts_with("https:") {
        TlsHint::Default
    } else if noted("insecure-tls") {
        TlsHint::Insecure
    } else if noted("own-ca") {
        TlsHint::OwnCa
    } else {
        TlsHint::Default
    }
}

/// The requests of a finding's evidence as curl lines: the first few, which the rule put first for a reason.
fn reproduce(finding: &mut Finding, evidence: &Evidence<'_>, tls: TlsHint) {
    const ENOUGH: usize = 4;
    let lines = finding.evidence.iter().filter_map(|id| {
        let (crate::report::Did::Answer(crate::report::Answer { exchange, .. })
        | crate::report::Did::Failed { exchange, .. }) = &evidence.cell(&id.0)?.did
        else {
            return None;
        };
        if evidence.cell(&id.0)?.endpoint == Endpoint::Token {
            return None;
        }
        Some(curl::request(&evidence.exchange(exchange)?.hops.first()?.request, tls))
    });
    finding.reproduce.extend(lines.take(ENOUGH));
    for child in &mut finding.children {
        reproduce(child, evidence, tls);
    }
}

/// The exit code of what was cut short, where nothing worse is certain.
pub const CUT_SHORT: u8 = 3;

/// Exit codes, failing closed (design, section 9): of a run that was cut short, a bad verdict counts, and a good one only
/// where it is certain.
pub fn exit_code(report: &Report, fail_on: Option<Severity>) -> u8 {
    let code = match report.outcome {
        Outcome::Inconclusive => 3,
        Outcome::Broken => 1,
        Outcome::Works | Outcome::Degraded => {
            let hit =
                fail_on.is_some_and(|threshold| report.findings.iter().any(|f| f.severity >= threshold));
            u8::from(hit)
        }
    };
    if code == 0 && !certain(report, fail_on) { CUT_SHORT } else { code }
}

/// Whether what was left out cannot make a good verdict a bad one. Who interrupts a run has not seen what was asked for.
/// A deadline was chosen beforehand: with a main path verified, nothing can be `broken` any more; of a warning or a
/// note that is not so.
fn certain(report: &Report, fail_on: Option<Severity>) -> bool {
    let works =
        |p: &PathVerdict| p.kind == PathKind::Main && p.verdict == Verdict::Works && leads_to_an_image(p);
    match cut_short(&report.recording) {
        None => true,
        Some("deadline") => {
            fail_on.is_none_or(|threshold| threshold == Severity::Broken) && report.paths.iter().any(works)
        }
        Some(_) => false,
    }
}

/// By what a run ended before its plan did: the id of its note.
pub(crate) fn cut_short(recording: &Recording) -> Option<&str> {
    let ids = recording.notes.iter().map(|note| note.id.as_str());
    ids.filter(|id| ["interrupted", "deadline"].contains(id)).min_by_key(|id| *id != "interrupted")
}

/// Over several targets the worst counts: 1, then 3, then 0.
pub fn worst(codes: impl IntoIterator<Item = u8>) -> u8 {
    codes
        .into_iter()
        .max_by_key(|code| match code {
            1 => 2,
            3 => 1,
            _ => 0,
        })
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_of_several_targets_counts() {
        assert_eq!(worst([0, 3, 0]), 3);
        assert_eq!(worst([3, 1, 0]), 1);
        assert_eq!(worst([0, 0]), 0);
    }
}
