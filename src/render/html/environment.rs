//! What a reader must know to judge the run, and to repeat it.

use std::collections::BTreeSet;

use super::text;
use crate::exchange::Outcome;
use crate::plan::Subject;
use crate::render::escape;
use crate::render::text as words;
use crate::report::Report;

pub(super) struct Fact {
    pub(super) name: &'static str,
    pub(super) values: Vec<String>,
}

pub(super) fn build(report: &Report) -> Vec<Fact> {
    let recording = &report.recording;
    let target = &recording.target;
    let access = &recording.access;
    let mut facts = Vec::new();
    let mut add = |name, values: Vec<String>| {
        let values: Vec<String> =
            values.into_iter().filter(|v| !v.is_empty()).map(|v| text::line(&v)).collect();
        if !values.is_empty() {
            facts.push(Fact { name, values });
        }
    };
    add("Tool", vec![format!("regprobe {}", recording.tool_version)]);
    add("Run", vec![recording.created.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)]);
    add("Image", vec![target.image.clone()]);
    add("Reference in full", vec![target.display_reference()]);
    add("About the reference", target.notes.clone());
    add("Registry asked", vec![recording.base_url.clone()]);
    let wanted = if target.platform_given { "wanted" } else { "this machine's" };
    add("Platform", vec![format!("{} ({wanted})", target.platform)]);
    add("Platform taken", recording.subjects.platform.iter().map(ToString::to_string).collect());
    for (name, subject) in [
        ("Index", Subject::Index),
        ("Manifest", Subject::Manifest),
        ("Config", Subject::Config),
        ("First layer", Subject::Layer),
    ] {
        add(name, recording.subjects.digest(subject).iter().map(ToString::to_string).collect());
    }
    add("Authentication", vec![[access.scheme.as_str(), &access.source].join(" ").trim().to_owned()]);
    add("Challenges", access.challenges.clone());
    add("Trouble on the way in", access.problem.iter().cloned().collect());
    let (peers, versions) = spoken(report);
    add("Peers", peers);
    add("Spoken", versions);
    add("Suite", vec![recording.suite.clone()]);
    let pulls = usize::try_from(recording.pulls).unwrap_or(usize::MAX);
    add("Cost", vec![format!("{} that count as pulls", words::count(pulls, "request"))]);
    add("Time", vec![words::duration(recording.wall_ms)]);
    add("Run it again", vec![format!("regprobe probe {}", escape::shell(&target.image))]);
    facts
}

/// Who answered, and in which versions of HTTP.
fn spoken(report: &Report) -> (Vec<String>, Vec<String>) {
    let mut peers = BTreeSet::new();
    let mut versions = BTreeSet::new();
    for hop in report.recording.exchanges.iter().flat_map(|e| &e.hops) {
        if let Outcome::Answered(response) = &hop.outcome {
            peers.extend(response.peer.clone());
            versions.insert(response.version.as_str().to_owned());
        }
    }
    (peers.into_iter().take(20).collect(), versions.into_iter().collect())
}
