//! What the roles turn out to be, learned from the bodies as they come. Pure.
//!
//! Any cell may teach, so there is no separate discovery to fail. And yet a run must not depend on the order of
//! arrival: teachers are ranked, and a teacher's document is taken once every better-ranked one has settled
//! without a usable document. The best-ranked teacher that answers decides at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::exchange::Method;
use crate::oci::digest::Digest;
use crate::oci::document::{BodyKind, Document, MAX_ENTRIES, choose, first_image, parse_document};
use crate::oci::json;
use crate::oci::schema1;
use crate::plan::{Cell, Endpoint, Subject, Vary};
use crate::recording::Subjects;
use crate::target::Target;

/// Which Accept value is the better witness of what is behind a reference: those that name every type first,
/// those of the naive last.
const WITNESSES: [&str; 18] = [
    "all",
    "all-lines",
    "oci-index",
    "docker-list",
    "oci-only",
    "docker-only",
    "oci-manifest",
    "docker-manifest",
    "q-values",
    "any",
    "none",
    "app-any",
    "json",
    "upper-case",
    "schema1-signed",
    "schema1",
    "docker-config",
    "oci-config",
];

/// Platforms that are named where the wanted one is missing.
const OFFERED: usize = 20;

/// A body that could teach something, as it came.
#[derive(Debug, Clone, Copy)]
pub struct Lesson<'a> {
    /// The bytes, complete.
    pub body: &'a [u8],
    /// `Content-Type`
    pub content_type: Option<&'a str>,
    /// `Docker-Content-Digest`
    pub announced: Option<&'a str>,
}

#[derive(Debug, Clone)]
enum Teacher {
    Pending,
    Silent,
    Taught(Box<Taught>),
}

#[derive(Debug, Clone)]
struct Taught {
    document: Arc<Document>,
    digest: Digest,
    /// Whether the registry itself gave that digest.
    announced: bool,
}

/// Learns the subjects of a run.
#[derive(Debug)]
pub struct Learner<'a> {
    target: &'a Target,
    roots: Vec<(Cell, Teacher)>,
    manifests: Vec<(Cell, Teacher)>,
    /// A document whose bytes are the manifest's, wherever it came from.
    known: Option<Arc<Document>>,
    /// What is known so far.
    pub subjects: Subjects,
    /// Said when another platform than the host's was taken.
    pub platform_note: Option<String>,
    cuts: BTreeMap<(usize, String), String>,
    unmet_platform: Option<String>,
}

impl<'a> Learner<'a> {
    /// For the cells of one run.
    pub fn new(target: &'a Target, cells: &[Cell]) -> Learner<'a> {
        let ranked = |subjects: &[Subject]| {
            let mut teachers: Vec<Cell> = cells
                .iter()
                .filter(|c| {
                    c.method == Method::Get && c.endpoint == Endpoint::Manifests && c.vary == Vary::default()
                })
                .filter(|c| c.subject.is_some_and(|s| subjects.contains(&s)))
                .filter(|c| c.subject != Some(Subject::Tag) || target.tag.is_some())
                .cloned()
                .collect();
            let rank = |c: &Cell| WITNESSES.iter().position(|w| *w == c.accept).unwrap_or(WITNESSES.len());
            // A digest that the user gave says more exactly what is meant than the tag beside it.
            teachers.sort_by_key(|c| (c.subject != Some(Subject::Digest), rank(c)));
            teachers.into_iter().map(|c| (c, Teacher::Pending)).collect::<Vec<_>>()
        };
        Learner {
            target,
            roots: ranked(&[Subject::Digest, Subject::Tag]),
            manifests: ranked(&[Subject::Manifest]),
            known: None,
            subjects: Subjects::default(),
            platform_note: None,
            cuts: BTreeMap::new(),
            unmet_platform: None,
        }
    }

    /// A cell has settled: with a lesson, or without one. True when something new is known.
    pub fn settle(&mut self, cell: &Cell, lesson: Option<Lesson<'_>>) -> bool {
        if let Some(lesson) = lesson.filter(|lesson| json::is_too_large(lesson.body)) {
            let (size, most) = (lesson.body.len(), json::MAX_VALUES);
            self.cut(cell, format!("{size} bytes of JSON with more than {most} values, which were not read"));
        }
        let taught = lesson.and_then(|lesson| {
            let document = parse_document(lesson.body, lesson.content_type)?;
            let digest = content_digest(&document, &lesson);
            let announced = lesson.announced == Some(digest.as_str());
            Some(Taught { announced, digest, document: self.shared(document) })
        });
        if let Some(further) = taught.as_ref().map(|t| t.document.further).filter(|further| *further > 0) {
            let text =
                format!("{further} further entries not looked at, beyond the first {MAX_ENTRIES} of a list");
            self.cut(cell, text);
        }
        if let Some(taught) = &taught
            && self.known.is_none()
            && self.subjects.manifest.as_ref() == Some(&taught.digest)
        {
            self.known = Some(taught.document.clone());
        }
        let state = match taught {
            Some(taught) => Teacher::Taught(Box::new(taught)),
            None => Teacher::Silent,
        };
        for (teacher, slot) in self.roots.iter_mut().chain(&mut self.manifests) {
            if teacher == cell {
                *slot = state.clone();
            }
        }
        let before = self.subjects.clone();
        self.conclude();
        before != self.subjects
    }

    fn cut(&mut self, cell: &Cell, what: String) {
        let teachers = self.roots.iter().chain(&self.manifests);
        let rank = teachers.into_iter().position(|(teacher, _)| teacher == cell).unwrap_or(usize::MAX);
        let id = cell.id().0;
        let text = format!("{id}: {what}");
        self.cuts.insert((rank, id), text);
    }

    /// Said when a document was not read whole: of the best-ranked one, whatever the order of arrival.
    pub fn cut_note(&self) -> Option<&str> {
        self.cuts.values().next().map(String::as_str)
    }

    /// Most teachers tell the same: they share one copy.
    fn shared(&self, document: Document) -> Arc<Document> {
        let known = self.roots.iter().chain(&self.manifests).find_map(|(_, teacher)| match teacher {
            Teacher::Taught(taught) if *taught.document == document => Some(Arc::clone(&taught.document)),
            _ => None,
        });
        known.unwrap_or_else(|| Arc::new(document))
    }

    fn conclude(&mut self) {
        if self.subjects.index.is_none()
            && let Some(index) = first(&self.roots, |d| d.kind.is_index())
        {
            self.subjects.index = Some(index.digest.clone());
        }
        if self.subjects.manifest.is_none() {
            self.conclude_manifest();
        }
        if self.subjects.converted.is_none() {
            self.conclude_converted();
        }
        if self.subjects.config.is_none() && self.subjects.layer.is_none() {
            let document =
                self.known.clone().or_else(|| self.seen_behind_tag()).or_else(|| {
                    first(&self.manifests, |d| !d.kind.is_index()).map(|t| Arc::clone(&t.document))
                });
            if let Some(document) = document.filter(|_| self.subjects.manifest.is_some()) {
                self.subjects.config = document.config.as_ref().and_then(|c| c.digest.clone());
                self.subjects.layer = document.layers.iter().find_map(|l| l.digest.clone());
            }
        }
    }

    /// The best-ranked schema 1 answer, where something else is what the reference holds.
    fn conclude_converted(&mut self) {
        let stored = first(&self.roots, |d| d.kind != BodyKind::Schema1).is_some();
        let made = first(&self.roots, |d| d.kind == BodyKind::Schema1);
        if let Some(made) = made.filter(|made| stored && made.announced) {
            self.subjects.converted = Some(made.digest.clone());
        }
    }

    fn conclude_manifest(&mut self) {
        // A schema 1 answer may be a conversion of what is really there: it counts only if nothing else comes.
        let root = first(&self.roots, |d| d.kind != BodyKind::Schema1).or_else(|| {
            self.roots_settled().then(|| first(&self.roots, |d| d.kind == BodyKind::Schema1)).flatten()
        });
        let Some(Taught { document, digest, .. }) = root.cloned() else { return };
        if !document.kind.is_index() {
            self.subjects.manifest = Some(digest);
            self.known = Some(document);
            return;
        }
        let wanted = &self.target.platform;
        let offered = || {
            let mut names: Vec<String> = document
                .manifests
                .iter()
                .filter(|d| !d.is_attestation())
                .filter_map(|d| d.platform.as_ref().map(ToString::to_string))
                .collect();
            names.dedup();
            if names.len() > OFFERED {
                let more = names.len() - OFFERED;
                names.truncate(OFFERED);
                names.push(format!("and {more} more"));
            }
            if names.is_empty() { "no platform at all".to_owned() } else { names.join(", ") }
        };
        let chosen = match choose(&document, wanted) {
            Some(child) => Some(child),
            None if self.target.platform_given => {
                self.unmet_platform =
                    Some(format!("the index has no entry for {wanted}; it offers {}", offered()));
                None
            }
            None => {
                let other = first_image(&document);
                if let Some(other) = other {
                    let name =
                        other.platform.as_ref().map_or("without a platform".to_owned(), ToString::to_string);
                    self.platform_note = Some(format!(
                        "the index has no entry for {wanted}, so its entry {name} was looked at; it offers {}",
                        offered()
                    ));
                } else {
                    self.unmet_platform = Some("the index names no image manifest".to_owned());
                }
                other
            }
        };
        if let Some(child) = chosen {
            self.subjects.manifest = child.digest.clone();
            self.subjects.platform = child.platform.clone();
        }
    }

    /// The manifest's own bytes may have come by tag, from a registry that picks an index's child itself.
    fn seen_behind_tag(&self) -> Option<Arc<Document>> {
        self.roots.iter().find_map(|(_, teacher)| match teacher {
            Teacher::Taught(taught) if Some(&taught.digest) == self.subjects.manifest.as_ref() => {
                Some(taught.document.clone())
            }
            _ => None,
        })
    }

    fn roots_settled(&self) -> bool {
        self.roots.iter().all(|(_, t)| !matches!(t, Teacher::Pending))
    }

    /// Why a subject will not be learned any more; `None` while it still may be.
    pub fn hopeless(&self, subject: Subject) -> Option<String> {
        if self.subjects.digest(subject).is_some() {
            return None;
        }
        let nothing = || "nothing that was asked for behind the reference could be read".to_owned();
        match subject {
            Subject::Index if self.roots_settled() => Some(match self.subjects.manifest {
                Some(_) => "the reference holds one manifest, no index or manifest list".to_owned(),
                None => nothing(),
            }),
            Subject::Converted => self
                .roots_settled()
                .then(|| "no answer was a schema 1 manifest made from something else".to_owned()),
            Subject::Manifest => {
                if let Some(unmet) = &self.unmet_platform {
                    return Some(unmet.clone());
                }
                self.roots_settled().then(nothing)
            }
            Subject::Config | Subject::Layer => {
                if self.subjects.manifest.is_none() {
                    return self.hopeless(Subject::Manifest);
                }
                if let Some(known) = &self.known {
                    return Some(match (known.kind, subject) {
                        (BodyKind::Schema1, Subject::Config) => {
                            "a schema 1 manifest has no config blob".to_owned()
                        }
                        (_, Subject::Config) => "the manifest names no config".to_owned(),
                        _ => "the manifest names no layer".to_owned(),
                    });
                }
                let settled = self.manifests.iter().all(|(_, t)| !matches!(t, Teacher::Pending));
                settled.then(|| "the manifest could not be read".to_owned())
            }
            _ => None,
        }
    }
}

/// The first document of the wanted kind, if no better-ranked teacher may still speak.
fn first(teachers: &[(Cell, Teacher)], wanted: impl Fn(&Document) -> bool) -> Option<&Taught> {
    for (_, teacher) in teachers {
        match teacher {
            Teacher::Pending => return None,
            Teacher::Taught(taught) if wanted(&taught.document) => return Some(taught),
            Teacher::Taught(_) | Teacher::Silent => {}
        }
    }
    None
}

/// The digest by which a document can be asked for: that of its bytes. Of a signed schema 1 manifest it is that of
/// the signed payload, which the registry announces and which we check.
fn content_digest(document: &Document, lesson: &Lesson<'_>) -> Digest {
    if document.kind == BodyKind::Schema1 {
        let announced = lesson.announced.and_then(|text| Digest::parse(text).ok());
        if let Some(digest) = announced.or_else(|| schema1::payload_digest(lesson.body)) {
            return digest;
        }
    }
    Digest::sha256(lesson.body)
}
