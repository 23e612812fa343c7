use http::Method;

use crate::lab::content::Store;
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;
use crate::lab::route::Route;

/// Docker Hub's metering: a GET of a manifest is a pull, and pulls run out. HEAD is free, and tells
/// how many are left.
pub(super) struct HubRatelimit;

impl Quirk for HubRatelimit {
    fn id(&self) -> &'static str {
        "hub-ratelimit"
    }

    fn about(&self) -> &'static str {
        "manifest GETs are counted and, once the quota is used up, refused with 429; HEADs are free"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["Docker Hub", "docker/hub-feedback#2464", "docker/docs#11707"]
    }

    // After and not before: what was not served (401, 404, 304) is no pull.
    fn after(&self, request: &LabRequest, reply: &mut Reply, _store: &Store) {
        if !matches!(request.route, Route::Manifest { .. }) || !reply.is_success() {
            return;
        }
        let (counter, quota) = ("hub-ratelimit", request.lab.quota);
        if request.method == Method::GET && request.lab.count(counter) >= quota {
            let message = "You have reached your unauthenticated pull rate limit.";
            *reply = Reply::error(429, "TOOMANYREQUESTS", message, None);
        }
        let remaining = quota.saturating_sub(request.lab.counted(counter));
        reply.set("RateLimit-Limit", format!("{quota};w=21600"));
        reply.set("RateLimit-Remaining", format!("{remaining};w=21600"));
        reply.set("Docker-RateLimit-Source", "127.0.0.1");
    }
}
