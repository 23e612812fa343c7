//! What clap says of a fault, without the secrets that an argument may hold.

use std::io::Write as _;

use clap::error::{ContextKind, ContextValue, Error, ErrorKind};

use crate::redaction::REDACTED;
use crate::redaction::places::hide_in_argument;

/// Says what is wrong, or helps, and ends the process.
pub(super) fn end(error: &Error) -> ! {
    if let Some(message) = redacted(error) {
        // There is nowhere left to complain if stderr is gone too.
        let _ = write!(std::io::stderr(), "{message}");
        std::process::exit(error.exit_code());
    }
    error.exit()
}

/// The message without secrets, in plain text; nothing where it holds none.
fn redacted(error: &Error) -> Option<String> {
    let said = error.render().to_string();
    let mut shown = said.clone();
    if let Some(ContextValue::String(value)) = error.get(ContextKind::InvalidValue) {
        // A flag that takes no value was given one: a password, most likely, that is read from stdin.
        let hidden = match error.kind() {
            ErrorKind::TooManyValues => REDACTED.to_owned(),
            _ => hide_in_argument(value),
        };
        shown = shown.replace(value.as_str(), &hidden);
    }
    if !matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        let hide =
            |word: &str| if word.contains(['@', '?']) { hide_in_argument(word) } else { word.to_owned() };
        shown = shown.split(' ').map(hide).collect::<Vec<_>>().join(" ");
    }
    (shown != said).then_some(shown)
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::Cli;

    fn said(args: &[&str]) -> String {
        let error = Cli::try_parse_from(["regprobe", "probe"].iter().chain(args)).unwrap_err();
        redacted(&error).unwrap_or_else(|| error.render().to_string())
    }

    #[test]
    fn arguments_are_quoted_without_their_secrets() {
        for args in [
            &["--resolve", "user:hunter2@h:443:127.0.0.1", "a"][..],
            &["--resolve", "https://h/?token=hunter2:443:127.0.0.1", "a"],
            &["--resolve=http://user:hunter2@h", "a"],
            &["--password-stdin=hunter2", "a"],
            &["--rate", "http://u:hunter 2@h", "a"],
            &["--timeout", "?sig=hunter2", "a"],
            &["--platform", "https://u:hunter2@h/x", "a"],
            &["--http://u:hunter2@h", "a"],
        ] {
            let said = said(args);
            assert!(!said.contains("hunter") && said.contains("--help"), "{said}");
        }
        assert!(said(&["--timeout", "1x", "a"]).contains("'1x'"));
    }
}
