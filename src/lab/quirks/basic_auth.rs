use crate::lab::auth::{basic, unauthorized};
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;
use crate::lab::route::Site;

/// HTTP Basic on everything, user `lab`, password `lab`.
pub(super) struct BasicAuth;

impl Quirk for BasicAuth {
    fn id(&self) -> &'static str {
        "basic-auth"
    }

    fn about(&self) -> &'static str {
        "everything wants HTTP Basic: user lab, password lab"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["distribution with htpasswd"]
    }

    fn admit(&self, request: &LabRequest) -> Option<Reply> {
        let inside = request.site != Site::Registry || basic(request) == Some(true);
        (!inside).then(|| unauthorized("Basic realm=\"lab\""))
    }
}
