//! One thing, two names.

use super::{ABSENT, PLAIN, alike, by_tag, gave, severity};
use crate::diagnosis::rule::{Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};

/// Found under `library/` only.
pub(crate) const LIBRARY: Rule = Rule {
    id: "library-prefix",
    // What is not found under this name looks private to some registries and missing to others: both come later.
    layer: Layer::Routing,
    under: &[],
    examine: |case| {
        let (id, answer) = case.answer(PLAIN)?;
        let (there_id, there) = case.answer("GET manifests/tag accept=all repository=library")?;
        if !matches!(answer.status, 401 | 403 | 404)
            || !gave(there)
            || by_tag(case).any(|(_, a)| a.status == 200)
        {
            return None;
        }
        // Where any name gets a manifest, the prefix is not what matters.
        let absent = case.answer(ABSENT);
        if absent.is_some_and(|(_, a)| a.status == 200) {
            return None;
        }
        let name = &case.evidence.recording.target.repository;
        let confidence = if absent.is_some() { Confidence::Certain } else { Confidence::Likely };
        Some(
            Finding::new(self::LIBRARY.id, severity(case), confidence, Whose::Request)
                .title(format!("Repository is library/{name}, not {name}"))
                .explain(format!("{}, while {}.", quote(id, answer), quote(there_id, there)))
                .remedy(format!(
                    "Write library/{name} in the reference; clients add library/ for docker.io only."
                ))
                .evidence(
                    [id, there_id]
                        .into_iter()
                        .chain(absent.map(|(id, _)| id))
                        .chain(alike(case, answer.status)),
                ),
        )
    },
};

/// The name in the reference, the host that is asked, the key under which credentials are kept.
pub(crate) const HOST: Rule = Rule {
    id: "docker-io-host-alias",
    layer: Layer::Content,
    under: &[],
    examine: |case| {
        let target = &case.evidence.recording.target;
        if target.registry == target.api_host {
            return None;
        }
        let (id, answer) = case.answer("GET ping accept=none").or_else(|| case.answer(PLAIN))?;
        let (name, host) = (&target.registry, &target.api_host);
        Some(
            Finding::new(self::HOST.id, Severity::Note, Confidence::Certain, Whose::Request)
                .title(format!("The API of {name} is at {host}"))
                .explain(format!(
                    "{}, at {host}. {name} is the name in references; the API has a host of its own, and docker login keeps \
                     the credentials under https://index.docker.io/v1/.",
                    quote(id, answer)
                ))
                .remedy(format!(
                    "Send requests to {host}, not {name}, in scripts; read credentials from \
                     https://index.docker.io/v1/."
                ))
                .evidence([id]),
        )
    },
};

#[cfg(test)]
mod tests {
    use crate::diagnosis::Severity;
    use crate::diagnosis::testing::{assert_fires, assert_none_of, find, probe};
    use crate::judge;
    use crate::probes::Probes;

    const LIBRARY: &str = "library-prefix";

    #[test]
    fn the_cause_stands_for_the_missing_repository() {
        assert_fires(LIBRARY, &[LIBRARY], "oci");
        let report = probe(&[LIBRARY], "oci");
        assert_eq!((report.findings[0].id, report.findings[0].severity), (LIBRARY, Severity::Broken));
        assert!(find(&report, "repository-not-found").is_none());
        assert_fires(LIBRARY, &["bearer-auth", LIBRARY], "oci");
    }

    #[test]
    fn silent_where_the_name_is_whole_or_nowhere() {
        assert_none_of(&[LIBRARY, "docker-io-host-alias"]);
        assert!(find(&probe(&[LIBRARY], "library/oci"), LIBRARY).is_none());
        let nowhere = probe(&[LIBRARY], "nothing");
        assert!(find(&nowhere, LIBRARY).is_none() && find(&nowhere, "repository-not-found").is_some());
    }

    #[test]
    fn a_name_for_a_host() {
        // No lab answers for a public name: a run against it, under the names that Docker Hub goes by.
        let mut recording = probe(&[], "lab/oci").recording.clone();
        recording.target.registry = "docker.io".to_owned();
        recording.target.api_host = "registry-1.docker.io".to_owned();
        let report = judge::judge(recording, &Probes::embedded().unwrap());
        assert_eq!(find(&report, "docker-io-host-alias").unwrap().severity, Severity::Note);
    }
}
