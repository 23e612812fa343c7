//! Requests as a person can paste them: whole, or not at all.

pub mod curl;
pub mod python;
#[cfg(test)]
mod tests;

/// Bytes of a line to paste. Real ones, with a signed URL and a long Accept, take half of it.
pub(crate) const LONGEST: usize = 8000;

/// The line, or a comment in its place where it is longer than this: a line that is cut could mean anything.
pub(crate) fn whole(line: String, longest: usize) -> String {
    if line.len() <= longest { line } else { refusal(&format!("it would be {} bytes long", line.len())) }
}

/// A comment in place of a line. In an interactive zsh `#` begins no comment: the reason must be harmless there too.
fn refusal(reason: &str) -> String {
    format!("# no line to paste, {reason}")
}
