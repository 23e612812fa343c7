//! Text of a server that a terminal, a CI system, a browser or a shell would take for its own.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::{Value, json};

use crate::case::{ANY, Case, FAILS, WORKS, case};
use crate::challenges::denied;
use crate::image::{CONFIG_TYPE, DOCKER, INDEX, Image, LAYER_TYPE, OCI, descriptor, digest};
use crate::server::{Asked, Reply, bytes};

/// Each is of use to somebody.
pub(crate) const TEXTS: &[&str] = &[
    "::add-mask::canary",
    "::stop-commands::canary",
    "::set-output name=canary::x",
    "::set-env name=PATH::canary",
    "  \t::save-state name=canary::x",
    "##[group]canary",
    "canary ##[add-mask]canary",
    "##vso[task.setvariable variable=canary]x",
    "canary ##vso[task.complete result=Succeeded;]x",
    "##teamcity[buildStatus status='SUCCESS' text='canary']",
    "canary\n::add-mask::canary",
    "canary\r\n::add-mask::canary",
    "canary\r::add-mask::canary",
    "canary\u{2028}::add-mask::canary\u{85}::add-mask::canary\u{b}::add-mask::canary",
    "canary%0A::add-mask::canary",
    "canary&#10;::add-mask::canary",
    "\u{1b}[2J\u{1b}]0;canary\u{7}\u{1b}]8;;http://canary\u{1b}\\canary\u{9b}31m",
    "section_start:1:canary\r\u{1b}[0Kcanary",
    "\u{202e}canary\u{2066}canary\u{200b}\u{feff}",
    "<img src=x onerror=canary()>",
    "</script></style></textarea><script>canary()</script>",
    "]]><canary/><!--",
    "\" onload=\"canary()\" x=\"",
    "`canary`\n\n# canary\n\n| canary | canary |\n|---|---|\n```\n</details>",
    "[canary](javascript:canary) ![canary](http://127.0.0.1:1/canary) @canary #1",
    "';touch canary;'\"$(touch canary)`touch canary`\\",
    "\u{0}\u{1}\u{8}\u{c}\u{7f}\u{fffe}canary",
    "{{canary}}${canary}%s%n%d",
];

/// One of them, another one for another request.
fn text(asked: &Asked) -> &'static str {
    let accept: String =
        asked.head.lines().filter(|line| line.to_ascii_lowercase().starts_with("accept")).collect();
    let mut hasher = DefaultHasher::new();
    (&asked.method, &asked.path, accept, asked.count).hash(&mut hasher);
    TEXTS[(hasher.finish() % TEXTS.len() as u64) as usize]
}

/// What can stand in a header: no control characters but the tab.
fn header(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || *c == '\t').collect()
}

fn object(values: impl Iterator<Item = (String, Value)>) -> Value {
    Value::Object(values.collect())
}

/// `{"<text>": "<text>", ...}`
fn pairs() -> Value {
    object(TEXTS.iter().map(|text| ((*text).to_owned(), Value::from(*text))))
}

pub(crate) fn cases() -> Vec<Case> {
    let mut all = errors();
    all.extend(headers());
    all.extend(documents());
    all
}

fn errors() -> Vec<Case> {
    let error = |name, make: fn(&str) -> Value| {
        case(name, FAILS, move |asked| {
            if asked.is_ping() {
                return Reply::json("{}").act();
            }
            let first = make(text(asked));
            let errors: Vec<Value> =
                std::iter::once(first).chain(TEXTS.iter().map(|text| make(text))).collect();
            Reply::new("404 Not Found", "application/json", json!({ "errors": errors }).to_string()).act()
        })
    };
    vec![
        error("injection/error-message", |text| json!({"code": "MANIFEST_UNKNOWN", "message": text})),
        error("injection/error-code", |text| json!({"code": text, "message": "unknown"})),
        error(
            "injection/error-detail",
            |text| json!({"code": "DENIED", "message": "denied", "detail": {text: text}}),
        ),
        case("injection/error-page", FAILS, |asked| {
            Reply::new("404 Not Found", "text/html", format!("{}\n{}", text(asked), TEXTS.join("\n"))).act()
        }),
        case("injection/error-text", FAILS, |asked| {
            Reply::new("500 Internal Server Error", "text/plain", text(asked)).act()
        }),
        case("injection/unauthorized", FAILS, |asked| {
            let body =
                json!({"errors": [{"code": "UNAUTHORIZED", "message": text(asked)}], "details": text(asked)});
            Reply::new("401 Unauthorized", "application/json", body.to_string()).act()
        }),
        case("injection/reason-phrase", FAILS, |asked| {
            bytes(format!("HTTP/1.1 404 {}\r\ncontent-length: 0\r\n\r\n", header(text(asked))))
        }),
        case("injection/not-http", FAILS, |asked| bytes(format!("{}\r\n\r\n", text(asked)))),
    ]
}

fn headers() -> Vec<Case> {
    let on_all = |name, exit, header_name: &'static str, shape: fn(String) -> String| {
        case(name, exit, move |asked| Image::plain().with(header_name, shape(header(text(asked)))).act(asked))
    };
    vec![
        on_all("injection/server-header", WORKS, "server", |text| text),
        on_all("injection/api-version-header", ANY, "docker-distribution-api-version", |text| text),
        on_all("injection/warning-header", ANY, "warning", |text| format!("299 - \"{text}\"")),
        on_all("injection/link-header", ANY, "link", |text| format!("<{text}>; rel=\"next\"")),
        on_all("injection/etag-header", ANY, "etag", |text| format!("\"{text}\"")),
        on_all("injection/set-cookie-header", ANY, "set-cookie", |text| format!("canary={text}")),
        on_all("injection/content-encoding-header", ANY, "content-encoding", |text| text),
        on_all("injection/rate-limit-header", ANY, "ratelimit-limit", |text| text),
        on_all("injection/allow-header", ANY, "allow", |text| text),
        case("injection/digest-header", ANY, |asked| {
            let plain = Image::plain();
            let reply =
                Reply::ok(DOCKER, plain.manifest.clone()).with("docker-content-digest", header(text(asked)));
            if asked.path.contains("/manifests/c") { reply.act() } else { plain.act(asked) }
        }),
        case("injection/content-type", ANY, |asked| Image::plain().typed(&header(text(asked))).act(asked)),
        case("injection/location", FAILS, |asked| {
            Reply::status("302 Found").with("location", header(text(asked))).act()
        }),
        case("injection/location-query", ANY, |asked| {
            if !asked.path.contains("/blobs/") {
                return Image::plain().act(asked);
            }
            let there = format!("http://{}/x?sig={}", asked.here, header(text(asked)));
            Reply::status("307 Temporary Redirect").with("location", there).act()
        }),
        case("injection/realm", FAILS, |asked| {
            denied(format!("Bearer realm=\"{}\",service=\"s\"", header(text(asked)).replace('"', "\\\"")))
        }),
        case("injection/service-and-scope", FAILS, |asked| {
            let text = header(text(asked)).replace('"', "\\\"");
            denied(format!(
                "Bearer realm=\"http://{}/token\",service=\"{text}\",scope=\"{text}\",error=\"{text}\"",
                asked.here
            ))
        }),
        case("injection/scheme", FAILS, |asked| denied(header(text(asked)))),
        case("injection/token-error", FAILS, |asked| {
            if asked.path.starts_with("/token") {
                let body =
                    json!({"error": text(asked), "error_description": text(asked), "details": text(asked)});
                return Reply::new("400 Bad Request", "application/json", body.to_string()).act();
            }
            denied(format!("Bearer realm=\"http://{}/token\",service=\"s\"", asked.here))
        })
        .with_login(),
        case("injection/retry-after", FAILS, |asked| {
            Reply::new("429 Too Many Requests", "text/plain", text(asked))
                .with("retry-after", header(text(asked)))
                .act()
        }),
        case("injection/header-bytes", ANY, |asked| {
            // Raw bytes that hyper lets through: C1 controls and the halves of characters.
            Image::plain().with("server", b"\xc2\x9b31m\x80\xff\xe2\x80\xae::add-mask::canary").act(asked)
        }),
    ]
}

fn documents() -> Vec<Case> {
    let of_config = |name, config: Value| {
        let mut whole =
            json!({"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": []}});
        whole.as_object_mut().unwrap().extend(config.as_object().unwrap().clone());
        let image = Image::of_config(whole.to_string());
        case(name, ANY, move |asked| image.act(asked))
    };
    let of_manifest = |name, kind: &'static str, change: fn(&mut Value)| {
        let image = Image::plain();
        let mut manifest: Value = serde_json::from_slice(&image.manifest).unwrap();
        manifest["mediaType"] = kind.into();
        change(&mut manifest);
        let image = Image { manifest: manifest.to_string().into(), manifest_type: kind.to_owned(), ..image };
        case(name, ANY, move |asked| image.act(asked))
    };
    let of_index = |name, entry: fn(&str) -> Value| {
        let plain = Image::plain();
        let good = json!({"mediaType": DOCKER, "digest": digest(&plain.manifest), "size": plain.manifest.len(),
            "platform": {"architecture": "amd64", "os": "linux"}});
        let entries: Vec<Value> = TEXTS.iter().map(|text| entry(text)).chain([good]).collect();
        let index =
            json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries, "annotations": pairs()});
        let image = plain.under(index.to_string());
        case(name, ANY, move |asked| image.act(asked))
    };
    vec![
        of_config("injection/env", json!({"config": {"Env": TEXTS}})),
        of_config("injection/labels", json!({"config": {"Labels": pairs()}})),
        of_config(
            "injection/entrypoint-and-cmd",
            json!({"config": {"Entrypoint": TEXTS, "Cmd": TEXTS, "Shell": TEXTS}}),
        ),
        of_config(
            "injection/user",
            json!({"config": {"User": TEXTS.join("\n"), "WorkingDir": TEXTS.join(" ")}}),
        ),
        of_config(
            "injection/user-command",
            json!({"config": {"User": "::add-mask::canary", "WorkingDir": "##[group]canary"}}),
        ),
        of_config(
            "injection/volumes",
            json!({"config": {"Volumes": pairs(), "ExposedPorts": pairs(), "StopSignal": TEXTS[0]}}),
        ),
        of_config(
            "injection/author",
            json!({"author": TEXTS.join("\n"), "created": TEXTS[10], "comment": TEXTS[16]}),
        ),
        of_config(
            "injection/architecture",
            json!({"architecture": TEXTS[11], "os": TEXTS[18], "variant": TEXTS[7]}),
        ),
        of_config(
            "injection/history",
            json!({"history": TEXTS.iter().map(|t| json!({"created_by": t})).collect::<Vec<_>>()}),
        ),
        of_manifest("injection/annotations", OCI, |manifest| manifest["annotations"] = pairs()),
        of_manifest("injection/artifact-type", OCI, |manifest| manifest["artifactType"] = TEXTS[0].into()),
        of_manifest("injection/media-type-field", DOCKER, |manifest| {
            manifest["mediaType"] = TEXTS[10].into()
        }),
        of_manifest("injection/config-media-type", OCI, |manifest| {
            manifest["config"]["mediaType"] = TEXTS[0].into()
        }),
        of_manifest("injection/config-digest", DOCKER, |manifest| {
            manifest["config"]["digest"] = TEXTS[11].into()
        }),
        of_manifest("injection/layer-descriptors", OCI, |manifest| {
            let layers = TEXTS.iter().map(|text| json!({"mediaType": text, "digest": text, "size": 1, "urls": [text], "annotations": {*text: text}}));
            manifest["layers"] = layers.collect();
        }),
        of_manifest("injection/subject", OCI, |manifest| {
            manifest["subject"] = json!({"mediaType": TEXTS[0], "digest": TEXTS[5], "size": 1})
        }),
        of_index("injection/index-platforms", |text| {
            json!({"mediaType": DOCKER, "digest": digest(text.as_bytes()), "size": 1,
                "platform": {"architecture": text, "os": text, "variant": text, "os.version": text}})
        }),
        of_index(
            "injection/index-media-types",
            |text| json!({"mediaType": text, "digest": digest(text.as_bytes()), "size": 1}),
        ),
        of_index(
            "injection/index-digests",
            |text| json!({"mediaType": DOCKER, "digest": text, "size": 1, "platform": {"architecture": "amd64", "os": "linux"}}),
        ),
        case("injection/tags", WORKS, {
            let tags: Vec<&str> = TEXTS.iter().copied().chain(["c"]).collect();
            let image = Image::plain().tags(json!({"name": TEXTS[10], "tags": tags}).to_string());
            move |asked| image.act(asked)
        }),
        case("injection/referrers", ANY, |asked| {
            if !asked.path.contains("/referrers/") {
                return Image::plain().act(asked);
            }
            let entries: Vec<Value> = TEXTS
                .iter()
                .map(|text| json!({"mediaType": OCI, "artifactType": text, "digest": digest(text.as_bytes()), "size": 1, "annotations": pairs()}))
                .collect();
            Reply::ok(
                INDEX,
                json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}).to_string(),
            )
            .with("oci-filters-applied", header(text(asked)))
            .act()
        }),
        case("injection/schema1", ANY, {
            let fields: Vec<Value> = TEXTS.iter().map(|text| json!({"v1Compatibility": json!({"os": text, "config": {"Env": [text]}}).to_string()})).collect();
            let layers: Vec<Value> = TEXTS.iter().map(|text| json!({"blobSum": text})).collect();
            let manifest = json!({"schemaVersion": 1, "name": TEXTS[0], "tag": TEXTS[5], "architecture": TEXTS[7], "fsLayers": layers, "history": fields});
            let image = Image::of_manifest(manifest.to_string())
                .typed("application/vnd.docker.distribution.manifest.v1+json");
            move |asked| image.act(asked)
        }),
        case("injection/config-is-no-config", ANY, {
            let manifest = json!({"schemaVersion": 2, "mediaType": DOCKER,
                "config": serde_json::from_str::<Value>(&descriptor(CONFIG_TYPE, TEXTS.join("\n").as_bytes())).unwrap(),
                "layers": [serde_json::from_str::<Value>(&descriptor(LAYER_TYPE, b"layer")).unwrap()]});
            let image = Image { config: TEXTS.join("\n").into(), ..Image::of_manifest(manifest.to_string()) };
            move |asked| image.act(asked)
        }),
    ]
}
