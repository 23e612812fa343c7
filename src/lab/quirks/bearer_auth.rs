use crate::lab::auth::bearer;
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;

/// Token authentication on everything, `/v2/` included; anyone is given a token to pull.
pub(super) struct BearerAuth;

impl Quirk for BearerAuth {
    fn id(&self) -> &'static str {
        "bearer-auth"
    }

    fn about(&self) -> &'static str {
        "everything wants a bearer token; the token endpoint gives anyone one to pull"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["distribution with token authentication", "Docker Hub", "GHCR"]
    }

    fn admit(&self, request: &LabRequest) -> Option<Reply> {
        bearer(request)
    }
}
