use super::sketch::Sketch;
use crate::lab::respond::Reply;
use crate::lab::route::Route;

/// A fault that passes: whoever asks the same again gets the blob.
pub(super) const FIRST_TIME: Sketch = Sketch {
    id: "intermittent-5xx",
    about: "each GET of a blob is 500 UNKNOWN the first time, and answered the second time",
    seen_at: &[
        "docker-registry 2.8.2 as a pull-through cache: one of several GETs of a blob that it does not hold yet",
    ],
    after: |request, reply| {
        let Route::Blob { .. } = &request.route else { return };
        if request.is_head() || reply.status >= 400 {
            return;
        }
        // Each way of asking by itself: which of two comes first must make no difference.
        let lines = request.headers.iter().filter(|(name, _)| *name != http::header::AUTHORIZATION);
        let asked =
            format!("intermittent {} {} {:?}", request.path, request.query, lines.collect::<Vec<_>>());
        if request.lab.count(&asked) == 0 {
            *reply = Reply::error(500, "UNKNOWN", "unknown error", Some(serde_json::json!({})));
        }
    },
    ..Sketch::NONE
};
