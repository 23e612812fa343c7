//! Recordings of the embedded registry, compared.

use std::collections::BTreeSet;

use super::*;
use crate::diagnosis::testing::{all, probe, probe_at, probe_shuffled, with_lab};
use crate::lab::{LabOptions, Replay};

pub(super) fn told(diff: &Diff) -> String {
    let group = |g: &Group| {
        let cause = g.cause.as_ref().map(|c| {
            let also: Vec<String> =
                c.also.iter().map(|(id, came)| format!("{}{id}", if *came { "+" } else { "-" })).collect();
            format!(" [{}{} {}]", if c.appeared { "+" } else { "-" }, c.id, also.join(" "))
        });
        format!(
            "{}{}: {} | {} | {} cells, {} paths",
            g.direction.as_str(),
            cause.unwrap_or_default(),
            g.title,
            g.shared.join(" "),
            g.cells().count(),
            g.paths.len()
        )
    };
    diff.groups.iter().map(group).collect::<Vec<_>>().join("\n")
}

/// A registry that is what it was is never told to differ: not by the order of the requests or of their arrival, nor
/// by another tag and repository of the same shape.
#[test]
fn recordings_of_one_registry_do_not_differ() {
    let shapes: [&[&str]; 2] = [&["lab/docker", "deepvariant-docker/deepvariant:0.5.0"], &["lab/index"]];
    let runs: Vec<(u64, usize)> = (0..10).zip([1, 2, 7, 16, 64].into_iter().cycle()).collect();
    for images in shapes {
        let reports = with_lab(LabOptions::default(), async |address| {
            let mut reports = Vec::new();
            for ((seed, concurrency), image) in runs.iter().zip(images.iter().cycle()) {
                let reference = format!("http://{address}/{image}");
                reports.push(probe_shuffled(&reference, *concurrency, *seed).await);
            }
            reports
        });
        let ids = |r: &Report| all(r).iter().map(|f| (f.id, f.severity)).collect::<BTreeSet<_>>();
        for (report, run) in reports.iter().zip(&runs).skip(1) {
            let diff = diff(&reports[0], report);
            let told = told(&diff);
            assert!(diff.is_empty() && !diff.partial && diff.compared > 300, "{images:?} {run:?}: {told}");
            assert_eq!(ids(&reports[0]), ids(report), "{images:?} {run:?}");
        }
    }
}

/// What is replayed is seen as it was.
#[test]
fn a_replay_is_what_was_recorded() {
    let cases: [(&[&str], &str); 6] = [
        (&[], "lab/index"),
        (&["gcr-2018"], "deepvariant-docker/deepvariant:0.5.0"),
        (&["bearer-auth"], "lab/docker-list"),
        (&["blob-redirect-strip-auth-s3", "bearer-auth"], "lab/oci"),
        (&["ct-text-html", "head-405"], "lab/docker"),
        (&["basic-auth"], "lab/oci"),
    ];
    for (quirks, image) in cases {
        let recorded = probe(quirks, image);
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let strange = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let heard = std::sync::Arc::clone(&strange);
        let replayed = runtime.block_on(async {
            let tell = Box::new(move |m: &str| heard.lock().unwrap().push(m.to_owned()));
            let free = "127.0.0.1:0".parse().unwrap();
            let replay = Replay::start(std::slice::from_ref(&recorded.recording), free, tell).await.unwrap();
            let report = probe_at(&replay.references()[0], 32).await;
            replay.stop().await;
            report
        });
        let mut unheard = strange.lock().unwrap();
        unheard.retain(|told| !told.contains("keeps no layers"));
        assert!(unheard.is_empty(), "{quirks:?} {image}: {unheard:#?}");
        let diff = diff(&recorded, &replayed);
        assert!(diff.is_empty(), "{quirks:?} {image}: {}", told(&diff));
        let signatures =
            |r: &Report| r.cells.iter().map(|c| (c.id.0.clone(), c.signature.clone())).collect::<Vec<_>>();
        let pairs = signatures(&recorded).into_iter().zip(signatures(&replayed));
        let differing: Vec<_> = pairs.filter(|(a, b)| a != b).collect();
        assert!(differing.is_empty(), "{quirks:?} {image}: {differing:#?}");
        let ids = |r: &Report| all(r).iter().map(|f| (f.id, f.severity)).collect::<Vec<_>>();
        assert_eq!(ids(&recorded), ids(&replayed), "{quirks:?} {image}");
        let verdicts = |r: &Report| r.paths.iter().map(|p| (p.id.clone(), p.verdict)).collect::<Vec<_>>();
        assert_eq!(verdicts(&recorded), verdicts(&replayed), "{quirks:?} {image}");
    }
}

/// A quirk switched on is one change, and that names it; switched off again, one improvement.
#[test]
fn one_cause_is_one_group() {
    let cases = [
        ("wildcard-not-understood", "lab/docker"),
        ("head-405", "lab/docker"),
        ("dcd-missing-everywhere", "lab/docker"),
        ("not-acceptable-406", "lab/docker"),
        ("403-for-missing-tag", "lab/docker"),
        ("ct-text-html", "lab/docker"),
        ("referrers-406", "lab/docker"),
        ("accept-case-sensitive", "lab/docker"),
    ];
    for (quirk, image) in cases {
        let (faithful, quirky) = (probe(&[], image), probe(&[quirk], image));
        let names = |g: &Group| {
            g.cause.as_ref().is_some_and(|c| c.id == quirk || c.also.iter().any(|(id, _)| *id == quirk))
        };
        let on = diff(&faithful, &quirky);
        assert!(on.groups.len() == 1 && names(&on.groups[0]), "{quirk}: {}", told(&on));
        let off = diff(&quirky, &faithful);
        assert!(off.groups.iter().any(names), "{quirk}: {}", told(&off));
        assert!(off.going(Direction::Regression).next().is_none(), "{quirk}: {}", told(&off));
    }
}

/// A finding that is only graver because something else takes away what it had left is no cause of anything, nor is
/// it gone when that is mended.
#[test]
fn what_is_only_graver_is_no_news() {
    let (image, other) = ("deepvariant-docker/deepvariant:0.5.0", "blob-404-until-manifest-pulled");
    let (one, both) = (probe(&["gcr-2018"], image), probe(&["gcr-2018", other], image));
    let leads =
        |diff: &Diff, id: &str| diff.groups.iter().any(|g| g.cause.as_ref().is_some_and(|c| c.id == id));
    for diff in [diff(&one, &both), diff(&both, &one)] {
        assert!(leads(&diff, other), "{}", told(&diff));
        assert!(!leads(&diff, "gcr-accept-mismatch-message"), "{}", told(&diff));
    }
}

/// With no finding to name it, the requests' common words do.
#[test]
fn a_redirect_that_comes_is_told_in_few_lines() {
    let quirk = &["blob-redirect-strip-auth-s3"];
    let diff = diff(&probe(&[], "lab/docker"), &probe(quirk, "lab/docker"));
    assert!(diff.groups.len() <= 4, "{}", told(&diff));
    assert!(diff.groups[0].shared.contains(&"blobs".to_owned()), "{}", told(&diff));
}

/// A page says what is the same, what is not, and what could not have been seen.
#[test]
fn side_by_side_tells_what_was_not_looked_for() {
    let head = probe(&["head-405"], "lab/docker");
    let page = side_by_side::side_by_side(&[(*probe(&[], "lab/docker")).clone(), (*head).clone()]);
    let row = page.findings.iter().find(|row| row.label == "head-405").unwrap();
    assert_eq!(row.values, ["-", "warning"]);
    assert_eq!(row.title, head.findings.iter().find(|f| f.id == "head-405").unwrap().title);
    let works: Vec<&str> = page.everywhere().iter().map(|row| row.label.as_str()).collect();
    assert!(works.contains(&"docker-manifest") && !works.contains(&"oci-index"), "{works:?}");
    let differ: usize = page.cells.iter().map(|row| row.cells.len()).sum();
    assert!(page.alike > 300 && differ > 100, "{} {differ}", page.alike);
    assert_eq!(page.alike + differ + page.left_out, head.cells.len());
    let run = &page.runs[1];
    assert!(run.requests > 300 && run.recommended.as_deref() == Some("docker-manifest"), "{run:?}");
    assert!(page.remarks.is_empty(), "{:?}", page.remarks);
    let another = (*probe(&[], "deepvariant-docker/deepvariant:0.5.0")).clone();
    let lagging = side_by_side::side_by_side(&[(*head).clone(), another]);
    assert!(lagging.remarks[0].contains("digests differ"), "{:?}", lagging.remarks);
    // A list is behind the one alone: of what only a list can show, the other says nothing.
    let page = side_by_side::side_by_side(&[(*probe(&[], "lab/docker-list")).clone(), (*head).clone()]);
    assert!(!page.remarks.is_empty() && page.left_out > 0);
    let unseen = page.findings.iter().flat_map(|row| &row.values).filter(|v| *v == "not-exercised").count();
    let could = |report: &crate::report::Report, id: &str| {
        report.coverage.not_exercised.iter().any(|(unseen, _)| *unseen == id)
    };
    assert!(unseen > 0, "{:?}", page.findings);
    assert!(page.findings.iter().all(|r| (r.values[1] == "not-exercised") == could(&head, &r.label)));
}
