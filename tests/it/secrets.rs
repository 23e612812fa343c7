//! A secret of its own in every place one can enter, and a look at every byte that comes out.

use std::io::Write;

use crate::support::{Raw, Running, head, regprobe, told};

const PASSWORD: &str = "pw-7b0c2f1d-password";
const HEADER: &str = "hd-3a9e5c70-header";
const TOKEN: &str = "tk-55d1e8aa-token";

fn assert_clean(what: &str, texts: &[&str], secrets: &[&str]) {
    for text in texts {
        for secret in secrets {
            assert!(!text.contains(secret), "{secret} leaks from {what}");
        }
    }
}

fn encoded(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

#[test]
fn a_password_and_a_header_stay_in() {
    for quirks in [&["basic-auth"][..], &["bearer-auth", "blob-redirect-strip-auth-s3"]] {
        let lab = Running::quirks(quirks);
        let image = lab.image("lab/index");
        for format in ["json", "table"] {
            let header = format!("X-Secret: {HEADER}");
            let args = [
                "probe",
                "-vvv",
                "--format",
                format,
                "--username",
                "user-of-mine",
                "--password-stdin",
                "--header",
                &header,
                &image,
            ];
            let (_, out, err) = told(regprobe(&args).write_stdin(PASSWORD).output().unwrap());
            assert!(!out.is_empty());
            let basic = encoded(&format!("user-of-mine:{PASSWORD}"));
            assert_clean(format, &[&out, &err], &[PASSWORD, HEADER, &basic]);
        }
    }
}

#[test]
fn tokens_cookies_and_signed_redirects_stay_in() {
    let server = Raw::serve(|mut stream, _| {
        loop {
            let request = head(&mut stream);
            if request.is_empty() {
                return;
            }
            let host = request.lines().find_map(|l| l.strip_prefix("host: ")).unwrap_or_default().to_owned();
            let asked = request.split(' ').nth(1).unwrap_or_default().to_owned();
            let answer = if asked.starts_with("/token") {
                let body = format!("{{\"token\":\"{TOKEN}\"}}");
                format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())
            } else if !request.contains(TOKEN) {
                format!(
                    "HTTP/1.1 401 Unauthorized\r\nwww-authenticate: Bearer realm=\"http://{host}/token\",service=\"x\"\r\ncontent-length: 0\r\n\r\n"
                )
            } else {
                "HTTP/1.1 307 Temporary Redirect\r\nlocation: /elsewhere?X-Amz-Signature=sg-90f1-signature&sig=az-17c3-signature\r\nset-cookie: session=ck-1f2e-cookie\r\ncontent-length: 0\r\n\r\n".to_owned()
            };
            if stream.write_all(answer.as_bytes()).is_err() {
                return;
            }
        }
    });
    let image = format!("http://{}/a/b:c", server.address);
    for format in ["json", "table"] {
        let (_, out, err) = told(regprobe(&["probe", "-vvv", "--format", format, &image]).output().unwrap());
        assert!(out.contains("/elsewhere") || format == "table", "the redirect was not seen");
        assert_clean(
            format,
            &[&out, &err],
            &[TOKEN, "sg-90f1-signature", "az-17c3-signature", "ck-1f2e-cookie"],
        );
    }
}
