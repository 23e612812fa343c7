//! Judges metadata paths: which way to layers and config works, and where the others break. Pure.

use std::rc::Rc;

use crate::evidence::Evidence;
use crate::exchange::{BodyEnd, Response};
use crate::oci::document::{BodyKind, Document, ImageMetadata, parse_config, schema1_metadata};
use crate::oci::{json, media_type};
use crate::plan::{Endpoint, Subject};
use crate::probes::{MetadataPath, Step};
use crate::recording::NotTried;
use crate::report::{Did, PathVerdict, StepResult, Verdict};

/// Judges every path, main ones first, then by id.
pub fn judge_all(paths: &[MetadataPath], evidence: &Evidence<'_>) -> Vec<PathVerdict> {
    let mut verdicts: Vec<PathVerdict> = paths.iter().map(|path| judge(path, evidence)).collect();
    verdicts.sort_by(|a, b| (a.kind, &a.id).cmp(&(b.kind, &b.id)));
    verdicts
}

/// What a step did for its path.
enum Check {
    /// What the path needs.
    Good,
    /// Something else.
    Bad(String),
    /// It cannot be judged.
    Unknown(String),
    /// It was never sent.
    NotSent(NotTried),
}

/// Judges one path.
pub fn judge(path: &MetadataPath, evidence: &Evidence<'_>) -> PathVerdict {
    let mut walk = Walk { evidence, document: None, config: None, steps: Vec::new() };
    let mut end: Option<(Verdict, String)> = None;
    let (mut done, mut unknown) = (false, None);
    for step in &path.steps {
        if step.alternative {
            if done {
                continue;
            }
            // The step before may fail, as long as this one does not. What it could not tell stays untold.
            unknown = end.take().filter(|(verdict, _)| *verdict == Verdict::Inconclusive);
        }
        let index_before = walk.document.as_ref().is_some_and(|d| d.kind.is_index());
        let schema1_before = walk.document.as_ref().is_some_and(|d| d.kind == BodyKind::Schema1);
        if (step.only_after_index && !index_before) || (step.unless_schema1 && schema1_before) {
            continue;
        }
        if end.is_some() {
            break;
        }
        // Alternatives are first steps too, where none before them came to anything.
        let first = walk.steps.iter().all(|step| !step.ok);
        end = match walk.take(step) {
            Check::Good => {
                done = true;
                None
            }
            Check::Bad(why) => Some((Verdict::Fails, why)),
            Check::Unknown(why) => Some((Verdict::Inconclusive, why)),
            Check::NotSent(NotTried::NotApplicable(why)) => Some((Verdict::NotApplicable, why)),
            Check::NotSent(reason) if first => Some((Verdict::NotTried, reason.reason().to_owned())),
            Check::NotSent(NotTried::NotLearned(why)) => Some((Verdict::Fails, why)),
            Check::NotSent(reason) => Some((Verdict::Inconclusive, reason.reason().to_owned())),
        };
        if end.as_ref().is_some_and(|(verdict, _)| *verdict == Verdict::Fails) && unknown.is_some() {
            end = unknown.take();
        }
    }
    let (verdict, why) = match end {
        None => (Verdict::Works, "every byte verified".to_owned()),
        Some((Verdict::Fails, why)) => {
            not_for_this(path, evidence, &walk.steps).unwrap_or((Verdict::Fails, why))
        }
        Some(other) => other,
    };
    let metadata = (verdict == Verdict::Works).then(|| walk.metadata()).flatten();
    PathVerdict {
        id: path.id.clone(),
        title: path.title.clone(),
        kind: path.kind,
        verdict,
        steps: walk.steps,
        why,
        metadata,
    }
}

/// A path that fails only because the reference holds something else does not apply. Pinned and optional paths say
/// so too, where there is nothing for them.
fn not_for_this(
    path: &MetadataPath,
    evidence: &Evidence<'_>,
    steps: &[StepResult],
) -> Option<(Verdict, String)> {
    if let Some(held) = evidence.held()
        && !path.holds.is_empty()
        && !path.holds.contains(&held)
    {
        return Some((Verdict::NotApplicable, format!("holds {}", name(held))));
    }
    let absent = |step: &StepResult| evidence.answer(&step.cell.0).is_some_and(|a| a.status == 404);
    let optional = path.steps.first().is_some_and(|s| s.cell.endpoint == Endpoint::Referrers);
    (optional && !steps.is_empty() && steps.iter().all(absent)).then(|| {
        (
            Verdict::NotApplicable,
            "no referrers API, and no fallback tag: nothing is said to refer to this image".to_owned(),
        )
    })
}

struct Walk<'a, 'e> {
    evidence: &'a Evidence<'e>,
    document: Option<Rc<Document>>,
    config: Option<ImageMetadata>,
    steps: Vec<StepResult>,
}

impl Walk<'_, '_> {
    fn take(&mut self, step: &Step) -> Check {
        let id = step.cell.id();
        let check = self.check(step, &id.0);
        let (ok, why) = match &check {
            Check::Good => (true, step.yields.clone()),
            Check::Bad(why) | Check::Unknown(why) => (false, why.clone()),
            Check::NotSent(reason) => (false, reason.reason().to_owned()),
        };
        self.steps.push(StepResult { cell: id, ok, why });
        check
    }

    fn check(&mut self, step: &Step, id: &str) -> Check {
        let evidence = self.evidence;
        let answer = match evidence.cell(id).map(|cell| &cell.did) {
            None => {
                return Check::NotSent(NotTried::NotApplicable(
                    "the suite that was run does not ask it".to_owned(),
                ));
            }
            Some(Did::NotTried(reason)) => return Check::NotSent(reason.clone()),
            Some(Did::Failed { error, .. }) => return Check::Unknown(error.to_string()),
            Some(Did::Answer(answer)) => answer,
        };
        if answer.status != 200 {
            let mut why = answer.status.to_string();
            for part in [&answer.error_code, &answer.error_message].into_iter().flatten() {
                why = format!("{why} {part}");
            }
            return if answer.status == 429 { Check::Unknown(why) } else { Check::Bad(why) };
        }
        let Some(response) = evidence.response(id) else {
            return Check::Unknown("no response is recorded".to_owned());
        };
        match &response.body.end {
            BodyEnd::Complete => {}
            BodyEnd::Capped => {
                return Check::Bad(format!(
                    "the body went on beyond {} bytes and was left",
                    response.body.size
                ));
            }
            BodyEnd::Broken(error) => return Check::Unknown(format!("the body broke off: {error}")),
        }
        let document = evidence.document(id);
        let config = step.expect.contains(&BodyKind::Config);
        // Only at its own endpoint: at /manifests/ the bytes that match are the manifest's.
        let foreign =
            config && step.cell.endpoint == Endpoint::Blobs && self.expects_foreign_config(answer.kind);
        let wanted_kind = step.expect.contains(&answer.kind) || (foreign && answer.bytes_match == Some(true));
        if let Some(why) = unread(response).filter(|_| !wanted_kind) {
            return Check::Unknown(why);
        }
        if !wanted_kind {
            let wanted: Vec<&str> = step.expect.iter().map(|k| name(*k)).collect();
            return Check::Bad(format!("200, but {} and not {}", name(answer.kind), wanted.join(" or ")));
        }
        if answer.bytes_match == Some(false) {
            return Check::Bad("200, but the bytes do not match the digest that names them".to_owned());
        }
        if let Some(broken) = self.broken_chain(step) {
            return Check::Bad(broken);
        }
        if config {
            let manifest = self.manifest();
            let parsed = manifest.and_then(|m| parse_config(&response.body.kept, &m));
            if parsed.is_none() {
                return Check::Bad("200, but the config could not be read".to_owned());
            }
            self.config = parsed;
        }
        if let Some(document) = document {
            // The platforms of an index stay known when the walk goes on to one child.
            let index = self.document.take().filter(|d| d.kind.is_index());
            self.document = Some(match index {
                Some(index) => {
                    let mut document = Rc::unwrap_or_clone(document);
                    document.manifests.extend(index.manifests.iter().cloned());
                    Rc::new(document)
                }
                None => document,
            });
        }
        Check::Good
    }

    /// The manifest that this walk led to, or, for the traps that lead to none, the one that is known.
    fn manifest(&self) -> Option<Rc<Document>> {
        if let Some(document) = self.document.clone().filter(|d| !d.kind.is_index()) {
            return Some(document);
        }
        let digest = self.evidence.recording.subjects.manifest.as_ref()?;
        self.evidence
            .answers(|_| true)
            .find(|(_, answer)| answer.body_digest.as_ref() == Some(digest))
            .and_then(|(cell, _)| self.evidence.document(&cell.id.0))
    }

    /// An artifact's config is whatever its descriptor says, and no image config; some call it one all the same, and
    /// put an object of their own there, or an empty one. The bytes that the manifest names are right by that alone.
    fn expects_foreign_config(&self, came: BodyKind) -> bool {
        let Some(manifest) = self.manifest() else { return false };
        let Some(config) = &manifest.config else { return false };
        let image = config.media_type.as_deref().is_some_and(|t| {
            matches!(media_type::base(t).as_str(), media_type::DOCKER_CONFIG | media_type::OCI_CONFIG)
        });
        !image || came == BodyKind::Json
    }

    /// A chain holds only if each step's digest is the one that the step before it named.
    fn broken_chain(&self, step: &Step) -> Option<String> {
        let subjects = &self.evidence.recording.subjects;
        let before = self.document.as_ref()?;
        match step.cell.subject? {
            Subject::Manifest if before.kind.is_index() => {
                let wanted = subjects.manifest.as_ref()?;
                let named = before.manifests.iter().any(|d| d.digest.as_ref() == Some(wanted));
                (!named).then(|| "the index that came names another manifest".to_owned())
            }
            Subject::Config if !before.kind.is_index() => {
                let named = before.config.as_ref().and_then(|c| c.digest.as_ref());
                (named != subjects.config.as_ref())
                    .then(|| "the manifest that came is another one's: it names another config".to_owned())
            }
            _ => None,
        }
    }

    fn metadata(&self) -> Option<ImageMetadata> {
        let document = self.document.as_ref();
        let mut metadata = match (&self.config, document) {
            (Some(config), _) => config.clone(),
            (None, Some(document)) if document.kind == BodyKind::Schema1 => schema1_metadata(document)?,
            _ => return None,
        };
        if let Some(document) = document {
            metadata.platforms = document
                .manifests
                .iter()
                .filter(|d| !d.is_attestation())
                .filter_map(|d| d.platform.clone())
                .collect();
        }
        Some(metadata)
    }
}

/// Why it is not known what a body is: our limits, and no fault of the registry's.
fn unread(response: &Response) -> Option<String> {
    let (kept, size) = (&response.body.kept, response.body.size);
    if (kept.len() as u64) < size {
        return Some(format!("200, but the body of {size} bytes was kept to {} bytes", kept.len()));
    }
    json::is_too_large(kept)
        .then(|| format!("200, but JSON of more than {} values, which was not read", json::MAX_VALUES))
}

/// A kind of body, in words.
pub fn name(kind: BodyKind) -> &'static str {
    match kind {
        BodyKind::OciIndex => "an OCI index",
        BodyKind::DockerList => "a Docker manifest list",
        BodyKind::OciManifest => "an OCI manifest",
        BodyKind::DockerManifest => "a Docker manifest",
        BodyKind::Schema1 => "a schema 1 manifest",
        BodyKind::Config => "an image config",
        BodyKind::Error => "an error",
        BodyKind::Tags => "a list of tags",
        BodyKind::Token => "a token",
        BodyKind::Json => "some other JSON",
        BodyKind::Html => "a web page",
        BodyKind::Text => "plain text",
        BodyKind::Empty => "nothing",
        BodyKind::Other => "something else",
    }
}
