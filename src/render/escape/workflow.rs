//! Workflow commands of GitHub Actions: a line that begins with `::` is one.

use super::terminal;

/// The message of a command: one line, and no character of it is read as anything else.
pub fn workflow_message(text: &str) -> String {
    terminal(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property of a command, where `:` and `,` end it.
pub fn workflow_property(text: &str) -> String {
    workflow_message(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::super::{NASTY, is_deceptive};
    use super::*;

    #[test]
    fn commands_cannot_be_forged() {
        for nasty in NASTY {
            let line = format!("::error title={}::{}", workflow_property(nasty), workflow_message(nasty));
            assert!(!line.chars().any(is_deceptive), "{line:?}");
            // As the runner reads it: the properties end at the next `::`.
            let rest = line.strip_prefix("::error title=").unwrap();
            let (title, message) = rest.split_once("::").unwrap();
            let read = |text: &str| {
                text.replace("%3A", ":")
                    .replace("%2C", ",")
                    .replace("%0A", "\n")
                    .replace("%0D", "\r")
                    .replace("%25", "%")
            };
            assert_eq!(read(title), terminal(nasty));
            assert!(!title.contains(','));
            assert_eq!(message.replace("%25", "%"), terminal(nasty));
        }
    }
}
