use super::sketch::Sketch;

/// JSON with a parameter that the type does not have.
pub(super) const UTF_8: Sketch = Sketch {
    id: "json-charset-utf-8",
    about: "errors, lists and the ping are application/json; charset=utf-8",
    seen_at: &["distribution 2.8"],
    after: |_, reply| {
        if reply.header("content-type") == Some("application/json") {
            reply.set("Content-Type", "application/json; charset=utf-8");
        }
    },
    ..Sketch::NONE
};
