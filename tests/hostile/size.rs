//! Too much of everything: what is kept, parsed, judged and rendered is bounded by the run, not by the answer.

use std::fmt::Write as _;
use std::io::Write as _;

use crate::case::{ANY, Case, FAILS, WORKS, case};
use crate::image::{
    CONFIG_TYPE, DOCKER, Image, LAYER_TYPE, OCI, descriptor, digest, entry, index_of, made_up, manifest_of,
};
use crate::server::{Act, Asked, Numbers, Reply, endless, raw};

const MB: usize = 1 << 20;

pub(crate) fn cases() -> Vec<Case> {
    let mut all = bodies();
    all.extend(documents());
    all.extend(headers());
    all
}

/// `count` texts, comma-separated.
fn list(count: usize, item: impl Fn(usize) -> String) -> String {
    let mut text = String::new();
    for number in 0..count {
        let comma = if number == 0 { "" } else { "," };
        let _ = write!(text, "{comma}{}", item(number));
    }
    text
}

fn bodies() -> Vec<Case> {
    let zeros = gzip(&vec![b' '; 64 * MB]);
    let numbers = list(100_000, |number| (number * 7).to_string());
    let errors = list(100_000, |n| format!(r#"{{"code":"E{n}","message":"m","detail":{{"n":{n}}}}}"#));
    vec![
        case("size/endless-body", FAILS, |_| {
            raw(|out| {
                out.write_all(format!("HTTP/1.1 200 OK\r\ncontent-type: {DOCKER}\r\n\r\n").as_bytes())?;
                endless(out, &[b'x'; 65536])
            })
        }),
        case("size/endless-json", FAILS, |_| {
            raw(|out| {
                out.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n[")?;
                endless(out, "[0],".repeat(10_000).as_bytes())
            })
        }),
        case("size/endless-body-of-404", FAILS, |_| {
            raw(|out| {
                out.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-type: text/html\r\n\r\n<html>")?;
                endless(out, &[b'x'; 65536])
            })
        }),
        case("size/distinct-random-bodies", FAILS, |asked| {
            let mut numbers = Numbers::new(asked.count);
            let body: Vec<u8> = (0..MB / 2).flat_map(|_| numbers.next().to_le_bytes()).collect();
            Reply::ok("application/octet-stream", body).act()
        }),
        case("size/distinct-texts", FAILS, |asked| {
            let body = format!("{} ", asked.count).repeat(MB / 2);
            Reply::ok("text/plain", body).act()
        }),
        case("size/distinct-json", FAILS, move |asked| {
            Reply::json(format!(r#"{{"schemaVersion":2,"n":{},"numbers":[{numbers}]}}"#, asked.count)).act()
        }),
        case("size/two-million-nodes", FAILS, |_| {
            Reply::ok(DOCKER, format!(r#"{{"schemaVersion":2,"layers":[{}0]}}"#, "0,".repeat(2_000_000)))
                .act()
        }),
        case("size/two-million-nodes-each-its-own", FAILS, |asked| {
            let text = format!(
                r#"{{"schemaVersion":2,"n":{},"layers":[{}0]}}"#,
                asked.count,
                "[],".repeat(1_000_000)
            );
            Reply::ok(DOCKER, text).act()
        }),
        case("size/gzip-bomb", FAILS, move |_| {
            Reply::ok(DOCKER, zeros.clone()).with("content-encoding", "gzip").act()
        }),
        case("size/nested-arrays", FAILS, |_| Reply::ok(DOCKER, "[".repeat(4 * MB)).act()),
        case("size/nested-objects", FAILS, |_| {
            Reply::ok(DOCKER, format!("{}1{}", r#"{"config":"#.repeat(300_000), "}".repeat(300_000))).act()
        }),
        case("size/error-message-4mb", FAILS, |_| {
            let text = format!(r#"{{"errors":[{{"code":"DENIED","message":"{}"}}]}}"#, "no ".repeat(MB));
            Reply::new("403 Forbidden", "application/json", text).act()
        }),
        case("size/error-list-100k", FAILS, move |_| {
            Reply::new("404 Not Found", "application/json", format!(r#"{{"errors":[{errors}]}}"#)).act()
        }),
    ]
}

fn documents() -> Vec<Case> {
    let layers =
        list(100_000, |n| format!(r#"{{"mediaType":"{LAYER_TYPE}","digest":"{}","size":1}}"#, made_up(n)));
    let some_layers: String = layers.chars().take(MB).collect();
    let some_layers = some_layers.rsplit_once(",{").map_or(String::new(), |(whole, _)| whole.to_owned());
    let many_layers = Image::of_manifest(manifest_of(b"{}", &layers));
    let tiny = Image::of_manifest(manifest_of(b"{}", &vec!["{}"; 1_000_000].join(",")));
    let same = descriptor(LAYER_TYPE, b"layer");
    let same_layer = Image::of_manifest(manifest_of(b"{}", &vec![same.as_str(); 20_000].join(",")));
    let plain = Image::plain();
    let entries = list(90_000, |n| {
        format!(r#"{{"digest":"{}","size":1,"platform":{{"architecture":"a{n}","os":"o"}}}}"#, made_up(n))
    });
    let big_index = Image::plain().under(index_of(&format!("{entries},{}", entry(&plain.manifest))));
    let annotations = list(60_000, |n| format!(r#""key.{n}":"value {n}""#));
    let annotated = Image::of_manifest(format!(
        r#"{{"schemaVersion":2,"mediaType":"{OCI}","config":{},"layers":[],"annotations":{{{annotations}}}}}"#,
        descriptor(CONFIG_TYPE, b"{}")
    ))
    .typed(OCI);
    let config = |inner: &str| format!(r#"{{"architecture":"amd64","os":"linux",{inner}}}"#);
    let env = list(150_000, |n| format!(r#""NAME{n}=value""#));
    let labels = list(100_000, |n| format!(r#""label.{n}":"value""#));
    let history = list(80_000, |n| format!(r#"{{"created_by":"RUN step {n}","empty_layer":true}}"#));
    let tags = list(300_000, |n| format!(r#""tag-{n}""#));
    vec![
        case("size/layers-100k", ANY, move |asked| many_layers.act(asked)),
        case("size/layers-empty-1m", ANY, move |asked| tiny.act(asked)),
        case("size/layers-the-same-20k", ANY, move |asked| same_layer.act(asked)),
        case("size/index-90k", ANY, move |asked| big_index.act(asked)),
        case("size/annotations-60k", ANY, move |asked| annotated.act(asked)),
        image("size/config-env-150k", Image::of_config(config(&format!(r#""config":{{"Env":[{env}]}}"#)))),
        image(
            "size/config-labels-100k",
            Image::of_config(config(&format!(r#""config":{{"Labels":{{{labels}}}}}"#))),
        ),
        image("size/config-history-80k", Image::of_config(config(&format!(r#""history":[{history}]"#)))),
        image(
            "size/config-label-of-3mb",
            Image::of_config(config(&format!(
                r#""config":{{"Labels":{{"a":"{}"}}}}"#,
                "x ".repeat(3 * MB / 2)
            ))),
        ),
        case("size/tags-300k", WORKS, {
            let image = Image::plain().tags(format!(r#"{{"name":"a/b","tags":[{tags}]}}"#));
            move |asked| image.act(asked)
        }),
        case("size/tags-endless-pages", WORKS, |asked| {
            let next = format!("</v2/a/b/tags/list?n=1&last={}>; rel=\"next\"", asked.count);
            Image::plain().with("link", next).act(asked)
        }),
        case("size/each-answer-another-manifest", ANY, move |asked| distinct_manifest(asked, &some_layers)),
    ]
}

fn image(name: &'static str, image: Image) -> Case {
    case(name, ANY, move |asked| image.act(asked))
}

/// Each answer is another manifest of 1 MB, whose layers do not exist.
fn distinct_manifest(asked: &Asked, layers: &str) -> Act {
    let last = format!(r#"{{"mediaType":"{LAYER_TYPE}","digest":"{}","size":1}}"#, made_up(asked.count));
    let manifest = manifest_of(b"{}", &format!("{last},{layers}"));
    Reply::ok(DOCKER, manifest.clone()).with("docker-content-digest", digest(manifest.as_bytes())).act()
}

fn headers() -> Vec<Case> {
    vec![
        case("size/headers-400k", ANY, |asked| {
            let plain = Image::plain();
            (0..8).fold(plain, |image, n| image.with(&format!("x-pad-{n}"), "a".repeat(50_000))).act(asked)
        }),
        case("size/header-lines-99", ANY, |asked| many_lines(asked, 96)),
        case("size/header-lines-499", ANY, |asked| many_lines(asked, 495)),
        case("size/header-lines-50k", FAILS, |asked| many_lines(asked, 50_000)),
        case("size/header-of-64mb", FAILS, |_| {
            raw(|out| {
                out.write_all(b"HTTP/1.1 200 OK\r\nx-pad: ")?;
                (0..64).try_for_each(|_| out.write_all(&vec![b'a'; MB]))
            })
        }),
        case("size/content-type-60k", ANY, |asked| typed(asked, &format!("a/{}", "b".repeat(60_000)))),
        case("size/content-type-parameters-20k", ANY, |asked| {
            typed(asked, &format!("{DOCKER}{}", ";a=b".repeat(20_000)))
        }),
        case("size/digest-header-60k", ANY, |asked| {
            Image::plain().with("docker-content-digest", format!("sha256:{}", "a".repeat(60_000))).act(asked)
        }),
        case("size/location-300k", FAILS, |_| {
            Reply::status("307 Temporary Redirect")
                .with("location", format!("/{}", "x".repeat(300_000)))
                .act()
        }),
        case("size/location-13k-signatures", FAILS, |asked| {
            if asked.path.contains("sig=") {
                return Reply::json("x".repeat(4 * MB)).act();
            }
            let query = (0..13_000).fold(String::new(), |text, n| text + &format!("&sig=secret{n:05}"));
            Reply::status("307 Temporary Redirect").with("location", format!("/v2/x?{}", &query[1..])).act()
        }),
        case("size/link-unterminated-repeated", WORKS, |asked| {
            Image::plain().with("link", "<a; rel=\"next, ".repeat(6_000)).act(asked)
        }),
        case("size/link-open-brackets", WORKS, |asked| {
            Image::plain().with("link", "<".repeat(90_000)).act(asked)
        }),
        case("size/link-lines", WORKS, |asked| {
            (0..80).fold(Image::plain(), |image, _| image.with("link", "<a>;rel=\"".repeat(100))).act(asked)
        }),
        case("size/set-cookie-90-lines", WORKS, |asked| {
            (0..90)
                .fold(Image::plain(), |image, n| {
                    image.with("set-cookie", format!("c{n}={}", "v".repeat(900)))
                })
                .act(asked)
        }),
        case("size/etag-and-warnings", WORKS, |asked| {
            Image::plain()
                .with("etag", "\"".repeat(30_000))
                .with("warning", "299 - \"".repeat(4_000))
                .act(asked)
        }),
    ]
}

fn many_lines(asked: &Asked, count: usize) -> Act {
    (0..count).fold(Image::plain(), |image, n| image.with(&format!("x-line-{n}"), "a".repeat(700))).act(asked)
}

fn typed(asked: &Asked, content_type: &str) -> Act {
    Image::plain().typed(content_type).act(asked)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
