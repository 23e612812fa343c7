//! The recommended path as a Python script that trusts nothing it was not given a digest for.

use std::fmt::Write as _;

use crate::plan::Subject;
use crate::render::escape;
use crate::report::{Recommendation, SnippetStep, TlsHint, TokenHint};

/// What every script holds: it fetches, and checks each body against the digest in its URL.
const GET: &str = r#"

def get(url, accept, what):
    # An Accept of None sends no such line at all.
    answer = session.get(url, headers={"Accept": accept}, verify=VERIFY, timeout=30)
    if not answer.ok:
        sys.exit(f"{what}: {answer.status_code} {ascii(answer.text[:500])}")
    body = answer.content
    algorithm, _, wanted = url.rsplit("/", 1)[1].partition(":")
    if algorithm in ("sha256", "sha512") and wanted:
        found = hashlib.new(algorithm, body).hexdigest()
        if found != wanted:
            sys.exit(f"{what}: these bytes are {algorithm}:{found}, not {algorithm}:{wanted}")
        print(f"{what}: {len(body)} bytes, {algorithm} verified", file=sys.stderr)
    else:
        print(f"{what}: {len(body)} bytes", file=sys.stderr)
    return json.loads(body)
"#;

/// Refuses to go on with a digest that the document before does not name any more.
const PINNED: &str = r#"

def pinned(index, digest):
    if digest not in [entry.get("digest") for entry in index.get("manifests", [])]:
        sys.exit(f"the index does not name {digest} any more: probe again")
    return digest
"#;

/// Bytes of a script; its own text takes a tenth of it.
const LONGEST: usize = 4 * super::LONGEST;

/// A script for `requests` that takes the recommended path: progress on stderr, the last document
/// (the config) on stdout. One that would be too long to paste is replaced by a comment.
pub fn recommended(recommendation: &Recommendation) -> String {
    let verify = match recommendation.tls {
        TlsHint::Default => "True",
        TlsHint::OwnCa => "os.environ[\"CA_FILE\"]",
        TlsHint::Insecure => "False",
    };
    let mut script = format!(
        "VERIFY = {verify}\n\n\
         session = requests.Session()\n\
         # Digests are of the bytes as stored, not of a compressed copy.\n\
         session.headers[\"Accept-Encoding\"] = \"identity\"\n"
    );
    script.push_str(&authorization(recommendation.token.as_ref()));
    script.push_str(GET);
    let follows = |(at, step): (usize, &SnippetStep)| at > 0 && step.needs == Some(Subject::Manifest);
    if recommendation.steps.iter().enumerate().any(follows) {
        script.push_str(PINNED);
    }
    script.push_str("\n\n");
    for (at, step) in recommendation.steps.iter().enumerate() {
        // Writing to a String cannot fail.
        let _ = writeln!(
            script,
            "document = get({}, {}, {})",
            url(step, at > 0),
            accept(&step.accept),
            escape::python(&step.yields)
        );
    }
    script.push_str("print(json.dumps(document, indent=2))\n");
    if script.len() > LONGEST {
        return format!("# no script to paste, it would be {} bytes long\n", script.len());
    }
    format!("{}{script}", opening(recommendation, script.contains("os.environ")))
}

fn opening(recommendation: &Recommendation, environment: bool) -> String {
    let yields = recommendation.steps.last().map_or("nothing", |step| &step.yields);
    format!(
        "#!/usr/bin/env python3\n# Reads {} by the path {}.\nimport hashlib\nimport json\n{}import sys\n\n\
         import requests\n\n",
        escape::cell(yields, 100),
        escape::cell(&recommendation.path, 100),
        if environment { "import os\n" } else { "" },
    )
}

/// A digest that the document before names is taken from there.
fn url(step: &SnippetStep, follows: bool) -> String {
    match (step.url.rsplit_once('/'), step.needs) {
        (Some((base, _)), Some(Subject::Config)) if follows => {
            format!("{} + document[\"config\"][\"digest\"]", escape::python(&format!("{base}/")))
        }
        (Some((base, digest)), Some(Subject::Manifest)) if follows => {
            let base = escape::python(&format!("{base}/"));
            format!("{base} + pinned(document, {})", escape::python(digest))
        }
        _ => escape::python(&step.url),
    }
}

/// `requests` cannot repeat a header line; joined by commas they mean the same (RFC 9110, section 5.3).
fn accept(lines: &[String]) -> String {
    if lines.is_empty() { "None".to_owned() } else { escape::python(&lines.join(", ")) }
}

fn authorization(token: Option<&TokenHint>) -> String {
    const CREDENTIALS: &str = "(os.environ[\"REGISTRY_USER\"], os.environ[\"REGISTRY_PASSWORD\"])";
    let fetched = match token {
        None => return String::new(),
        Some(TokenHint::Basic) => return format!("session.auth = {CREDENTIALS}\n"),
        Some(TokenHint::Given) => "TOKEN = os.environ[\"TOKEN\"]\n".to_owned(),
        Some(TokenHint::Bearer { url, with_credentials }) => {
            let auth = if *with_credentials { format!("auth={CREDENTIALS}, ") } else { String::new() };
            format!(
                "\nanswer = requests.get({}, {auth}verify=VERIFY, timeout=30)\n\
                 answer.raise_for_status()\n\
                 TOKEN = answer.json().get(\"token\") or answer.json()[\"access_token\"]\n",
                escape::python(url)
            )
        }
    };
    // As `auth`, not as a header: a ~/.netrc would win over a header.
    format!(
        "{fetched}\n\ndef authorize(request):\n    request.headers[\"Authorization\"] = \"Bearer \" + TOKEN\n    \
         return request\n\n\nsession.auth = authorize\n"
    )
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::process::Command;

    use super::*;
    use crate::oci::digest::Digest;
    use crate::render::fixture;

    fn parse(scripts: &[String]) {
        let check = "import ast, sys\nfor script in sys.argv[1:]: ast.parse(script)";
        let output = Command::new("python3").args(["-c", check]).args(scripts).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    #[test]
    fn the_script_reads_well() {
        insta::assert_snapshot!(recommended(&fixture::recommendation()));
    }

    #[test]
    #[ignore = "needs python3"]
    fn every_variant_parses_and_holds_no_deceptive_character() {
        let credentials = TokenHint::Bearer { url: "https://t.example/".into(), with_credentials: true };
        let mut scripts = Vec::new();
        for token in [None, Some(TokenHint::Basic), Some(TokenHint::Given), Some(credentials)] {
            for tls in [TlsHint::OwnCa, TlsHint::Insecure] {
                let recommendation =
                    Recommendation { token: token.clone(), tls, ..fixture::recommendation() };
                scripts.push(recommended(&recommendation));
            }
        }
        for nasty in escape::NASTY {
            let script = recommended(&fixture::hostile_recommendation(nasty));
            assert!(!script.chars().any(|c| c != '\n' && escape::is_deceptive(c)), "{script}");
            scripts.push(script);
        }
        parse(&scripts);
    }

    /// Serves what it is asked for by the last part of the path, and stops after so many requests.
    fn serve(bodies: Vec<(String, String)>, requests: usize) -> (String, std::thread::JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let serving = std::thread::spawn(move || {
            for _ in 0..requests {
                let (mut stream, _) = listener.accept().unwrap();
                let mut buffer = [0; 4096];
                let n = stream.read(&mut buffer).unwrap();
                let request = String::from_utf8_lossy(&buffer[..n]).into_owned();
                let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
                let body = bodies.iter().find(|(name, _)| path.ends_with(name)).map_or("{}", |(_, b)| b);
                let head =
                    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
                stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
            }
        });
        (address, serving)
    }

    #[test]
    #[ignore = "needs curl, python3 and its requests"]
    fn both_snippets_run_as_they_are() {
        let config = r#"{"architecture":"amd64","os":"linux"}"#.to_owned();
        let digest = Digest::sha256(config.as_bytes());
        let manifest = format!(r#"{{"config":{{"digest":"{digest}"}}}}"#);
        let pinned = Digest::sha256(manifest.as_bytes());
        let index = format!(r#"{{"manifests":[{{"digest":"{pinned}"}}]}}"#);
        let bodies = vec![
            ("/latest".to_owned(), index),
            (format!("/{pinned}"), manifest),
            (format!("/{digest}"), config.clone()),
        ];
        let step = |url: String, needs| SnippetStep { url, accept: vec![], yields: "it".into(), needs };
        let recommendation = |address: &str| Recommendation {
            steps: vec![
                step(format!("http://{address}/v2/a/manifests/latest"), None),
                step(format!("http://{address}/v2/a/manifests/{pinned}"), Some(Subject::Manifest)),
                step(format!("http://{address}/v2/a/blobs/{digest}"), Some(Subject::Config)),
            ],
            token: None,
            ..fixture::recommendation()
        };
        {
            let (address, serving) = serve(bodies.clone(), 3);
            let lines = crate::render::snippet::curl::recommended(&recommendation(&address)).join("\n");
            let output = Command::new("sh").args(["-c", &lines]).env("NO_PROXY", "*").output().unwrap();
            serving.join().unwrap();
            assert!(String::from_utf8_lossy(&output.stdout).ends_with(&config), "{output:?}");
        }
        {
            let (address, serving) = serve(bodies, 3);
            let script = recommended(&recommendation(&address));
            let output = Command::new("python3").args(["-c", &script]).env("NO_PROXY", "*").output().unwrap();
            serving.join().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            assert!(String::from_utf8_lossy(&output.stdout).contains("\"amd64\""));
            assert!(String::from_utf8_lossy(&output.stderr).contains("sha256 verified"));
        }
    }
}
