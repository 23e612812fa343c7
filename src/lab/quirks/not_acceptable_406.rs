use super::asked::stored;
use crate::lab::content::Store;
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;
use crate::lab::route::Route;

/// Accept by the book: manifests and lists of tags that it does not allow are 406.
pub(super) struct NotAcceptable406;

impl Quirk for NotAcceptable406 {
    fn id(&self) -> &'static str {
        "not-acceptable-406"
    }

    fn about(&self) -> &'static str {
        "406 where Accept does not allow the stored type, or, for the list of tags, JSON"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["Artifactory: concourse/docker-image-resource#40", "sapcc/keppel#181", "deitch/docker_registry2#40"]
    }

    fn before(&self, request: &LabRequest, store: &Store) -> Option<Reply> {
        let media_type = match &request.route {
            Route::Manifest { .. } => stored(request, store)?.media_type.as_str(),
            Route::Tags { .. } => "application/json",
            _ => return None,
        };
        let refused = Reply::error(406, "UNSUPPORTED", &format!("{media_type} is not acceptable"), None);
        (!request.accept().allows(media_type)).then_some(refused)
    }
}

/// Manifests are sent as JSON, and so only to those who accept JSON.
pub(super) struct NotAcceptable406Json;

impl Quirk for NotAcceptable406Json {
    fn id(&self) -> &'static str {
        "not-acceptable-406-json"
    }

    fn about(&self) -> &'static str {
        "manifests are labelled application/json, and 406 where Accept does not allow that"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["Artifactory, old: concourse/docker-image-resource#40"]
    }

    fn after(&self, request: &LabRequest, reply: &mut Reply, _store: &Store) {
        if !matches!(request.route, Route::Manifest { .. }) || reply.status != 200 {
            return;
        }
        if request.accept().allows("application/json") {
            reply.set("Content-Type", "application/json");
        } else {
            *reply = Reply::error(406, "UNSUPPORTED", "application/json is not acceptable", None);
        }
    }
}
