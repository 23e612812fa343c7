use crate::lab::auth::bearer;
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;
use crate::lab::route::Route;

/// Harbor's way to make clients fetch a token.
pub(super) struct HeadAnonymousAlways401;

impl Quirk for HeadAnonymousAlways401 {
    fn id(&self) -> &'static str {
        "head-anonymous-always-401"
    }

    fn about(&self) -> &'static str {
        "HEAD of a manifest wants a token, GET does not; anyone is given a token"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["Harbor (goharbor/harbor#11271)"]
    }

    fn admit(&self, request: &LabRequest) -> Option<Reply> {
        let head = request.is_head() && matches!(request.route, Route::Manifest { .. });
        if head || request.route == Route::Token { bearer(request) } else { None }
    }
}
