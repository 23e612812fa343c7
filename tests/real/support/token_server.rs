//! A token server whose tokens a real docker-registry accepts: ES256, with the certificate in `x5c`.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use serde_json::json;

/// What the registry calls itself, and us.
const SERVICE: &str = "lab-registry";
const ISSUER: &str = "lab-issuer";

/// A running token server.
pub struct TokenServer {
    address: SocketAddr,
    bundle: PathBuf,
    asked: Arc<Mutex<Vec<String>>>,
}

struct Signer {
    key: EcdsaKeyPair,
    certificate: Vec<u8>,
    user: Option<(String, String)>,
}

impl TokenServer {
    /// Starts one. With a user, only that user gets access; without, anyone may pull.
    pub fn start(dir: &Path, user: Option<(&str, &str)>) -> TokenServer {
        let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).expect("a key");
        let parameters = rcgen::CertificateParams::new(vec!["token.example".into()]).expect("parameters");
        let certificate = parameters.self_signed(&pair).expect("a certificate");
        let bundle = dir.join("token-bundle.pem");
        std::fs::write(&bundle, certificate.pem()).expect("the bundle");
        let key = EcdsaKeyPair::from_pkcs8(
            &ECDSA_P256_SHA256_FIXED_SIGNING,
            &pair.serialize_der(),
            &SystemRandom::new(),
        );
        let signer = Signer {
            key: key.expect("the same key"),
            certificate: certificate.der().to_vec(),
            user: user.map(|(name, password)| (name.to_owned(), password.to_owned())),
        };
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("its address");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        // Ends with the process; it holds nothing that must be cleaned up.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A client that goes away is its own business.
                let _ = signer.answer(&stream, &log);
            }
        });
        TokenServer { address, bundle, asked }
    }

    /// The `auth` section of a registry that trusts this server.
    pub fn registry_auth(&self) -> String {
        format!(
            "token: {{realm: \"http://{}/token\", service: {SERVICE}, issuer: {ISSUER}, rootcertbundle: {}}}",
            self.address,
            self.bundle.display()
        )
    }

    /// The request targets seen so far.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("the log").clone()
    }
}

impl Signer {
    fn answer(&self, stream: &TcpStream, log: &Mutex<Vec<String>>) -> std::io::Result<()> {
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let mut words = line.split(' ');
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let mut authorization = None;
        loop {
            let mut header = String::new();
            if reader.read_line(&mut header)? <= 2 {
                break;
            }
            if let Some((name, value)) = header.split_once(':')
                && name.eq_ignore_ascii_case("authorization")
            {
                authorization = Some(value.trim().to_owned());
            }
        }
        log.lock().expect("the log").push(format!("{method} {target}"));
        let url = url::Url::parse(&format!("http://token.example{target}"));
        let (status, body) = match url {
            // As many real ones: no OAuth2 POST.
            _ if method != "GET" => ("405 Method Not Allowed", json!({"errors": [{"code": "UNSUPPORTED"}]})),
            Ok(url) if url.path() == "/token" => match self.subject(authorization.as_deref()) {
                Some(subject) => ("200 OK", json!({"token": self.token(&url, &subject), "expires_in": 300})),
                None => (
                    "401 Unauthorized",
                    json!({"errors": [{"code": "UNAUTHORIZED", "message": "bad credentials"}]}),
                ),
            },
            _ => ("404 Not Found", json!({"errors": [{"code": "NOT_FOUND"}]})),
        };
        let body = body.to_string();
        let length = body.len();
        let mut stream = stream;
        write!(
            stream,
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        )
    }

    /// Who asks: the empty name is anonymous. `None`: credentials that are not good.
    fn subject(&self, authorization: Option<&str>) -> Option<String> {
        let Some(authorization) = authorization else { return Some(String::new()) };
        let (name, password) = self.user.as_ref()?;
        let expected = format!("Basic {}", STANDARD.encode(format!("{name}:{password}")));
        (authorization == expected).then(|| name.clone())
    }

    fn token(&self, url: &url::Url, subject: &str) -> String {
        let may_pull = self.user.is_none() || !subject.is_empty();
        let query =
            |key: &'static str| url.query_pairs().filter(move |(k, _)| k == key).map(|(_, v)| v.into_owned());
        let scopes: Vec<String> =
            query("scope").flat_map(|s| s.split(' ').map(str::to_owned).collect::<Vec<_>>()).collect();
        let access: Vec<_> = scopes
            .iter()
            .filter_map(|scope| {
                scope.split_once(':').and_then(|(kind, rest)| Some((kind, rest.rsplit_once(':')?)))
            })
            .filter(|(_, (_, actions))| {
                may_pull && actions.split(',').collect::<BTreeSet<_>>().contains("pull")
            })
            .map(|(kind, (name, _))| json!({"type": kind, "name": name, "actions": ["pull"]}))
            .collect();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
        let header = json!({"typ": "JWT", "alg": "ES256", "x5c": [STANDARD.encode(&self.certificate)]});
        let claims = json!({"iss": ISSUER, "sub": subject, "aud": query("service").next().unwrap_or_default(),
            "exp": now + 300, "nbf": now - 5, "iat": now, "jti": format!("{now}"), "access": access});
        let signed = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string())).join(".");
        let signature = self.key.sign(&SystemRandom::new(), signed.as_bytes()).expect("a signature");
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}
