//! Hand-made reports with an exchange behind each cell: hops, headers, bodies, times.

use bytes::Bytes;

use crate::exchange::{
    Body, BodyEnd, Exchange, ExchangeId, Header, Hop, HttpVersion, Outcome, Purpose, Response, SentRequest,
    Timing,
};
use crate::oci::digest::Digest;
use crate::oci::document::BodyKind;
use crate::plan::Subject;
use crate::render::fixture;
use crate::report::{self, CellView, Did, Report};

/// What would act in a browser if it were not escaped.
pub(in crate::render::html) const EVIL: &[&str] = &[
    "</script><script>window.owned=1</script>",
    "<!--<script>window.owned=1</script>-->",
    "\"><img src=x onerror=window.owned=1>",
    "' autofocus onfocus='window.owned=1",
    "javascript:window.owned=1//",
    "<svg onload=window.owned=1><style>*{display:none}</style>",
    "</style><style>*{display:none}</style>",
    "</title></textarea></noscript><iframe srcdoc='<script>parent.owned=1</script>'>",
    "{{ 7*7 }}{% raw %}${7*7}",
    "__proto__",
];

const MANIFEST: &str = r#"{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json","config":{"mediaType":"application/vnd.docker.container.image.v1+json","size":7023,"digest":"sha256:ff00000000000000000000000000000000000000000000000000000000000000"},"layers":[]}"#;
const ERROR: &str = r#"{"errors":[{"code":"MANIFEST_UNKNOWN","message":"Manifest with tag '0.5.0' has media type 'application/vnd.docker.distribution.manifest.v2+json', but client accepts 'application/vnd.docker.distribution.manifest.v1+json'"}]}"#;
const CONFIG: &str = r#"{"architecture":"amd64","os":"linux","config":{"Env":["PATH=/usr/local/bin:/usr/bin"],"Cmd":["/opt/deepvariant/bin/run"]},"rootfs":{"type":"layers","diff_ids":[]}}"#;
const PAGE: &str = "<html>\r\n<body bgcolor=\"white\">\r\n<h1>500 Internal Server Error</h1>\r\n<script>window.owned=1</script>\r\n</body></html>\r\n";

fn header(name: &str, value: &str) -> Header {
    Header { name: name.into(), value: value.into() }
}

fn body(text: &str) -> Body {
    body_of(text.as_bytes().to_vec())
}

pub(super) fn body_of(bytes: Vec<u8>) -> Body {
    let kept = Bytes::from(bytes);
    Body {
        size: kept.len() as u64,
        sha256: Digest::sha256(&kept),
        sha512: Digest::sha512(&kept),
        end: BodyEnd::Complete,
        kept,
    }
}

fn response(status: u16, headers: Vec<Header>, body: Body) -> Response {
    let peer = Some("192.0.2.7:443".into());
    Response { status, reason: None, version: HttpVersion::Http11, headers, headers_dropped: 0, body, peer }
}

fn hop(cell: Option<&CellView>, url: String, outcome: Outcome, timing: Timing) -> Hop {
    let method = cell.map_or(crate::exchange::Method::Get, |c| c.method);
    let mut headers = vec![header("host", "gcr.io"), header("user-agent", "regprobe/0.1.0")];
    headers.extend(cell.map(|c| header("accept", &format!("application/{}", c.accept))));
    headers.push(header("authorization", "Bearer <redacted>"));
    Hop { request: SentRequest { method, url, headers }, outcome, timing }
}

/// When: three waves over eight connections, as a run goes.
fn timing(n: usize, cell: &CellView) -> Timing {
    let wave = match cell.subject {
        Some(Subject::Manifest | Subject::Index) => 210.0,
        Some(Subject::Config | Subject::Layer) => 390.0,
        _ => 60.0,
    };
    let turn = (n / 8) % 9;
    let slow = if n % 97 == 13 { 180.0 } else { 0.0 };
    let total = 9.0 + (n * 7 % 11) as f64 + slow;
    let connect = (wave < 100.0 && turn == 0).then_some(6.5);
    Timing {
        start: wave + turn as f64 * 21.0 + (n % 8) as f64 * 0.7,
        dns: None,
        connect,
        first_byte: Some(total * 0.8),
        total,
        connection: Some((n % 8) as u64 + 1),
    }
}

fn answered(cell: &CellView, answer: &report::Answer) -> Response {
    let text = match answer.kind {
        BodyKind::Error => ERROR,
        BodyKind::Config => CONFIG,
        BodyKind::Html => PAGE,
        BodyKind::Empty => "",
        _ => MANIFEST,
    };
    let headers = vec![
        header("content-type", "application/vnd.docker.distribution.manifest.v2+json"),
        header("docker-content-digest", fixture::digest("aa").as_str()),
        header("x-frame-options", "SAMEORIGIN"),
    ];
    response(
        answer.status,
        headers,
        if cell.method == crate::exchange::Method::Head { body("") } else { body(text) },
    )
}

fn exchange_of(n: usize, cell: &CellView, id: &ExchangeId) -> Exchange {
    let subject = cell.subject.map_or("", |s| s.as_str());
    let url =
        format!("https://gcr.io/v2/deepvariant-docker/deepvariant/{}/{subject}", cell.endpoint.as_str());
    let timing = timing(n, cell);
    let mut hops = Vec::new();
    let outcome = match &cell.did {
        Did::Answer(answer) => {
            if answer.redirects > 0 {
                let to = vec![header("location", "https://storage.example/blob?X-Sig=<redacted>")];
                hops.push(hop(
                    Some(cell),
                    url.clone(),
                    Outcome::Answered(response(307, to, body(""))),
                    timing,
                ));
            }
            Outcome::Answered(answered(cell, answer))
        }
        Did::Failed { error, .. } => Outcome::Failed(error.clone()),
        Did::NotTried(_) => unreachable!("not tried, no exchange"),
    };
    let after =
        Timing { start: timing.start + timing.total + 0.2, connection: Some(9), connect: None, ..timing };
    let (url, timing) = if hops.is_empty() {
        (url, timing)
    } else {
        ("https://storage.example/blob?X-Sig=<redacted>".into(), after)
    };
    hops.push(hop(Some(cell), url, outcome, timing));
    Exchange { id: id.clone(), purpose: Purpose::Cell, hops }
}

/// The report with an exchange of its own behind each cell that was sent, and those that come before cells.
pub(super) fn filled(mut report: Report) -> Report {
    let scheme = Timing {
        start: 0.0,
        connect: Some(12.0),
        first_byte: Some(17.0),
        total: 18.0,
        dns: Some(2.0),
        connection: Some(1),
    };
    let token = Timing {
        start: 19.0,
        connect: Some(9.0),
        first_byte: Some(33.0),
        total: 34.0,
        dns: Some(2.0),
        connection: Some(10),
    };
    let challenge =
        vec![header("www-authenticate", "Bearer realm=\"https://gcr.io/v2/token\",service=\"gcr.io\"")];
    let unauthorized = Outcome::Answered(response(401, challenge, body(ERROR)));
    let granted = Outcome::Answered(response(200, vec![], body("{\"token\":\"<redacted>\"}")));
    let early = |id: &str, purpose, hop| Exchange { id: ExchangeId(id.into()), purpose, hops: vec![hop] };
    report.recording.exchanges = vec![
        early("x0001", Purpose::Scheme, hop(None, "https://gcr.io/v2/".into(), unauthorized.clone(), scheme)),
        early(
            "x0002",
            Purpose::Token,
            hop(None, "https://gcr.io/v2/token?service=gcr.io".into(), granted, token),
        ),
        early(
            "x0003",
            Purpose::Challenged,
            hop(
                None,
                "https://gcr.io/v2/".into(),
                unauthorized,
                Timing { start: 54.0, total: 5.0, connection: Some(1), ..Timing::default() },
            ),
        ),
    ];
    for (n, cell) in report.cells.iter_mut().enumerate() {
        let id = ExchangeId(format!("x{:04}", n + 10));
        match &mut cell.did {
            Did::Answer(answer) => answer.exchange = id.clone(),
            Did::Failed { exchange, .. } => *exchange = id.clone(),
            Did::NotTried(_) => continue,
        }
        report.recording.exchanges.push(exchange_of(n, cell, &id));
    }
    report
}

/// A report, exchanges included, in which every text that can come from outside is this one.
pub(super) fn hostile(nasty: &'static str) -> Report {
    let mut report = filled(fixture::hostile(nasty, report::Outcome::Degraded));
    // One row is enough to see it in each place, and keeps the pages of a whole gallery small.
    let mut kept = 0;
    report.cells.retain(|c| {
        kept += usize::from(!c.varied);
        kept <= 24 || c.varied || !matches!(c.did, Did::Answer(_))
    });
    let evil = || header(nasty, nasty);
    for hop in report.recording.exchanges.iter_mut().flat_map(|e| &mut e.hops) {
        hop.request.url.push_str(nasty);
        hop.request.headers.push(evil());
        match &mut hop.outcome {
            Outcome::Failed(error) => error.message = nasty.into(),
            Outcome::Answered(response) => {
                response.reason = Some(nasty.into());
                response.peer = Some(nasty.into());
                response.headers.push(evil());
                response.body = body(nasty);
            }
        }
    }
    report.recording.exchanges.truncate(40);
    report
}
