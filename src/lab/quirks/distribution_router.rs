use http::Method;

use crate::lab::content::Store;
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;
use crate::lab::route::{Route, Site, is_name};

/// The router of CNCF distribution: what is no route of its own is not seen by anything behind it, authentication
/// least of all. Referrers are no route.
pub(super) struct DistributionRouter;

const PLAIN: &str = "text/plain; charset=utf-8";

/// As Go's `http.Error` and `http.NotFound` answer.
fn plain(status: u16, text: &str) -> Reply {
    Reply::content(status, PLAIN, format!("{text}\n")).with("X-Content-Type-Options", "nosniff")
}

/// A digest by the pattern of the route: an algorithm, a colon and something; what is no digest by the spec comes through.
fn digest_like(digest: &Result<crate::oci::digest::Digest, String>) -> bool {
    match digest {
        Ok(_) => true,
        Err(text) => text.contains(':'),
    }
}

impl Quirk for DistributionRouter {
    fn id(&self) -> &'static str {
        "distribution-router"
    }

    fn about(&self) -> &'static str {
        "no referrers; what the router does not know is 404 in plain text, before authentication; lists by HEAD are 405"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["distribution 2.8, 3.0 and 3.1"]
    }

    fn admit(&self, request: &LabRequest) -> Option<Reply> {
        if request.site != Site::Registry {
            return None;
        }
        let known = match &request.route {
            Route::PingWithoutSlash => {
                let reply = Reply::redirect(301, "/v2/").with("Content-Type", "text/html; charset=utf-8");
                let body = "<a href=\"/v2/\">Moved Permanently</a>.\n\n";
                return Some(Reply { body: crate::lab::respond::Body::Bytes(body.into()), ..reply });
            }
            // The token endpoint is another server in truth; where a quirk puts one here, it stays.
            Route::Token => return None,
            Route::Referrers { .. } | Route::Unknown | Route::Stored { .. } => false,
            Route::Blob { digest, .. } => digest_like(digest),
            _ => true,
        };
        let named = request.route.repository().is_none_or(is_name);
        (!known || !named).then(|| plain(404, "404 page not found"))
    }

    fn before(&self, request: &LabRequest, _store: &Store) -> Option<Reply> {
        match &request.route {
            Route::Token => Some(plain(404, "404 page not found")),
            Route::Tags { .. } | Route::Catalog if request.method != Method::GET => {
                Some(plain(405, "Method not allowed").with("Allow", "GET"))
            }
            _ => None,
        }
    }
}
