//! What is read from stdin or a list: a secret, or image references.

use std::io::Read;

use secrecy::SecretString;

/// Longer than any token seen; a secret beyond this is somebody's mistake.
const LONGEST: u64 = 64 << 10;

/// One secret: everything up to the end, without its final line break.
pub fn read_secret(input: &mut dyn Read) -> Result<SecretString, String> {
    let mut text = String::new();
    let read = input.take(LONGEST + 1).read_to_string(&mut text);
    read.map_err(|error| format!("the secret on stdin cannot be read: {error}"))?;
    if text.len() as u64 > LONGEST {
        return Err("the secret on stdin is longer than 64 KiB: is it the right file?".to_owned());
    }
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    if text.is_empty() {
        return Err(
            "stdin holds no secret: pipe it in, as in `printf %s \"$PASSWORD\" | regprobe ...`".to_owned()
        );
    }
    if text.contains(['\n', '\r', '\0']) {
        return Err("the secret on stdin has more than one line".to_owned());
    }
    Ok(SecretString::from(text))
}

/// Image references, one a line; blank lines and lines that begin with `#` are passed over, repetitions too.
pub fn parse_targets(text: &str) -> Vec<String> {
    let mut targets: Vec<String> = Vec::new();
    let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim);
    for line in lines.filter(|l| !l.is_empty() && !l.starts_with('#')) {
        if !targets.iter().any(|t| t == line) {
            targets.push(line.to_owned());
        }
    }
    targets
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn secret(bytes: &[u8]) -> Result<String, String> {
        read_secret(&mut &bytes[..]).map(|s| s.expose_secret().to_owned())
    }

    #[test]
    fn a_secret_is_one_line() {
        assert_eq!(secret(b"p w\r\n"), Ok("p w".to_owned()));
        assert_eq!(secret(b" p"), Ok(" p".to_owned()));
        for bad in [&b""[..], b"\n", b"a\nb\n", b"a\0b", b"\xff", &vec![b'a'; 70_000]] {
            assert!(secret(bad).is_err());
        }
    }

    #[test]
    fn lists_have_comments() {
        assert_eq!(parse_targets("\u{feff}# mine\n\n a:1 \r\nb@sha256:0\na:1\n"), ["a:1", "b@sha256:0"]);
    }
}
