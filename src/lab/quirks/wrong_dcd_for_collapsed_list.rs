use super::list_collapsed_to_amd64::collapse;
use crate::lab::content::Store;
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;
use crate::lab::route::Route;

/// The linux/amd64 manifest under the list's name.
pub(super) struct WrongDcdForCollapsedList;

impl Quirk for WrongDcdForCollapsedList {
    fn id(&self) -> &'static str {
        "wrong-dcd-for-collapsed-list"
    }

    fn about(&self) -> &'static str {
        "a list collapses to its linux/amd64 manifest, and Docker-Content-Digest still names the list"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &[
            "distribution before 2.7",
            "Docker Hub of that time",
            "distribution/distribution#2395",
            "google/go-containerregistry#56",
        ]
    }

    fn before(&self, request: &LabRequest, store: &Store) -> Option<Reply> {
        let child = collapse(request, store)??;
        let Route::Manifest { repository, reference } = &request.route else { return None };
        let list = store.manifest(repository, reference)?;
        let reply = Reply::content(200, &child.media_type, child.bytes.clone());
        Some(reply.with("Docker-Content-Digest", list.digest.as_str()))
    }
}
