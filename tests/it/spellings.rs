//! Servers that say a password back in every spelling, in every place of an answer: it is in no output, and nothing is
//! left for the last look.

use std::io::Write;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use crate::support::{Raw, head, regprobe, told};

const USER: &str = "user-of-mine";
const PASSWORD: &str = "Zq7k\"&<\u{e9}>'/+w9 x";

const FORMATS: [&str; 10] =
    ["table", "json", "markdown", "html", "svg", "junit", "sarif", "har", "ndjson", "github"];

/// What each is, what is said, and what of it may be nowhere: the ends of base64 are shared with the neighbours.
fn spellings() -> Vec<(&'static str, String, String)> {
    let pair = format!("{USER}:{PASSWORD}");
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    let percent =
        percent_encoding::utf8_percent_encode(PASSWORD, percent_encoding::NON_ALPHANUMERIC).to_string();
    let inside = |before: &str| {
        let said = STANDARD.encode(format!("{before}{PASSWORD}34"));
        let trace = said[4..24].to_owned();
        (said, trace)
    };
    let ((one, one_trace), (two, two_trace)) = (inside("1"), inside("12"));
    let whole = [
        ("raw", PASSWORD.to_owned()),
        ("upper case", PASSWORD.to_uppercase()),
        ("lower case", PASSWORD.to_lowercase()),
        ("percent", percent.clone()),
        ("percent, lower", percent.to_ascii_lowercase()),
        ("a form", percent.replace("%20", "+")),
        ("a browser", "Zq7k%22%26%3C%C3%A9%3E'%2F%2Bw9%20x".to_owned()),
        ("base64", STANDARD.encode(PASSWORD)),
        ("base64 of the pair", STANDARD.encode(&pair)),
        ("base64 of URLs", URL_SAFE_NO_PAD.encode(PASSWORD)),
        ("Go", "Zq7k\\\"\\u0026\\u003c\u{e9}\\u003e'/+w9 x".to_owned()),
        ("Python", "Zq7k\\\"&<\\u00e9>'/+w9 x".to_owned()),
        ("PHP", "Zq7k\\\"&<\\u00e9>'\\/+w9 x".to_owned()),
        (".NET", "Zq7k\\u0022\\u0026\\u003C\\u00E9\\u003E\\u0027/\\u002Bw9 x".to_owned()),
        ("HTML, named", "Zq7k&quot;&amp;&lt;&eacute;&gt;&#39;/+w9 x".to_owned()),
        ("HTML, decimal", "Zq7k&#34;&#38;&#60;&#233;&#62;&#39;/+w9 x".to_owned()),
        ("HTML, hex", "Zq7k&#x22;&#x26;&#x3C;&#xE9;&#x3E;&#x27;/+w9 x".to_owned()),
        ("hex", hex(PASSWORD.as_bytes())),
        ("hex, upper", hex(PASSWORD.as_bytes()).to_ascii_uppercase()),
    ];
    let whole = whole.into_iter().map(|(name, said)| (name, said.clone(), said));
    let inside = [("base64, one before", one, one_trace), ("base64, two before", two, two_trace)];
    whole.chain(inside).collect()
}

/// An answer to the request line `asked`, which says the spelling in each place.
fn answer(asked: &str, spelling: &str) -> Vec<u8> {
    let visible: String = spelling.chars().filter(|c| !c.is_control()).collect();
    let mut out = Vec::new();
    if asked.starts_with("HEAD ") {
        out.extend(
            format!("HTTP/1.1 307 Temporary Redirect\r\nlocation: /x/{visible}?n={visible}\r\n").bytes(),
        );
    } else {
        out.extend(format!("HTTP/1.1 403 no {visible}\r\ncontent-type: text/html\r\n").bytes());
    }
    out.extend(format!("www-authenticate: Basic realm=\"r\", error_description=\"{visible}\"\r\n").bytes());
    out.extend(
        format!("x-echo: {visible}\r\nset-cookie: a=b; Path=/{visible}\r\nlink: <{visible}>\r\n").bytes(),
    );
    // No UTF-8, so read as Latin-1.
    out.extend(b"x-latin: \xff ".iter().chain(visible.as_bytes()));
    out.extend(
        b"\r\nx-latin-too: \xff ".iter().copied().chain(visible.chars().filter_map(|c| u8::try_from(c).ok())),
    );
    let body = format!(
        "{{\"errors\":[{{\"code\":\"DENIED\",\"message\":\"a\"}}],\"raw\":\"{spelling}\"}}\n{spelling}\n"
    );
    let body = [
        body.as_bytes(),
        b"\xff",
        &spelling.chars().filter_map(|c| u8::try_from(c).ok()).collect::<Vec<_>>(),
    ]
    .concat();
    out.extend(format!("\r\ncontent-length: {}\r\n\r\n", body.len()).bytes());
    out.extend(body);
    out
}

/// Says the spelling to whoever has credentials, and behind its redirects to everybody.
fn server(spelling: String) -> Raw {
    Raw::serve(move |mut stream, _| {
        loop {
            let request = head(&mut stream);
            if request.is_empty() {
                return;
            }
            let asked = request.lines().next().unwrap_or_default().to_owned();
            let answer = if request.contains("authorization:") || asked.contains("/x/") {
                answer(&asked, &spelling)
            } else {
                b"HTTP/1.1 401 no\r\nwww-authenticate: Basic realm=\"r\"\r\ncontent-length: 0\r\n\r\n"
                    .to_vec()
            };
            let answer = match asked.strip_prefix("HEAD ") {
                Some(_) => answer[..answer.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 4].to_vec(),
                None => answer,
            };
            if stream.write_all(&answer).is_err() {
                return;
            }
        }
    })
}

#[test]
fn a_password_in_every_spelling_and_every_place() {
    let all = spellings();
    let traces: Vec<String> = all.iter().map(|(_, _, trace)| trace.to_lowercase()).collect();
    for (name, spelling, _) in &all {
        let server = server(spelling.clone());
        let directory = tempfile::tempdir().unwrap();
        let image = format!("http://{}/a/b:c", server.address);
        let file = |format: &str| directory.path().join(format!("out.{format}"));
        let files: Vec<String> = FORMATS.iter().map(|f| format!("{f}={}", file(f).display())).collect();
        let mut args = vec!["probe", "-vvv", "--suite", "quick", "--format", "ndjson"];
        args.extend(["--username", USER, "--password-stdin", &image]);
        files.iter().for_each(|file| args.extend(["-o", file]));
        let (code, out, err) = told(regprobe(&args).write_stdin(PASSWORD).output().unwrap());
        assert_eq!((code, err.contains("late")), (1, false), "{name}: {err}");
        let mut texts = vec![("stdout", out)];
        texts.extend(FORMATS.iter().map(|f| (*f, std::fs::read_to_string(file(f)).unwrap())));
        for (format, text) in &texts {
            let text = text.to_lowercase();
            let found = traces.iter().find(|trace| text.contains(*trace));
            assert!(found.is_none(), "{name}: {found:?} in {format}");
        }
        assert!(texts[2].1.contains("<redacted>"), "it was said, and struck: {name}");
    }
}
