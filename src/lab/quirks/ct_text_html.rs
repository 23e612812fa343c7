use super::asked::stored;
use crate::lab::content::Store;
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;
use crate::lab::route::{Reference, Route};
use crate::oci::digest::Digest;
use crate::oci::media_type::DOCKER_CONFIG;

/// Manifests as `text/html`.
pub(super) struct CtTextHtml;

impl Quirk for CtTextHtml {
    fn id(&self) -> &'static str {
        "ct-text-html"
    }

    fn about(&self) -> &'static str {
        "manifests come with Content-Type: text/html"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["quay.io in January 2016: moby/moby#19526"]
    }

    fn after(&self, request: &LabRequest, reply: &mut Reply, _store: &Store) {
        if matches!(request.route, Route::Manifest { .. }) && reply.status == 200 {
            reply.set("Content-Type", "text/html");
        }
    }
}

/// The same words inside the manifest, as the type of its config: the image as a faulty tool pushed it, under the
/// digest that it has so.
pub(super) struct CtTextHtmlConfig;

impl Quirk for CtTextHtmlConfig {
    fn id(&self) -> &'static str {
        "ct-text-html-config"
    }

    fn about(&self) -> &'static str {
        "a Docker manifest names text/html as the type of its config"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["moby/moby#30083", "moby/moby#22378"]
    }

    fn before(&self, request: &LabRequest, store: &Store) -> Option<Reply> {
        let Route::Manifest { repository, reference } = &request.route else { return None };
        let faulty = |bytes: &[u8]| {
            let text = std::str::from_utf8(bytes).ok()?;
            text.contains(DOCKER_CONFIG).then(|| text.replace(DOCKER_CONFIG, "text/html"))
        };
        let (media_type, text) = match (reference, stored(request, store)) {
            (_, Some(stored)) => (stored.media_type.clone(), faulty(&stored.bytes)?),
            (Reference::Digest(wanted), None) => store
                .repository(repository)?
                .manifests
                .values()
                .filter_map(|stored| Some((stored.media_type.clone(), faulty(&stored.bytes)?)))
                .find(|(_, text)| Digest::sha256(text.as_bytes()) == *wanted)?,
            _ => return None,
        };
        let digest = Digest::sha256(text.as_bytes());
        Some(Reply::content(200, &media_type, text).with("Docker-Content-Digest", digest.as_str()))
    }
}
