//! What a cell did, small enough for a square of the heat map: a sign, a status, a word. Never a colour alone.

use crate::render::style::Tone;
use crate::render::table::shown;
use crate::report::{CellView, Did};

/// A square.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::render) struct Mark {
    /// The class of the square: `good`, `odd`, `bad`, `plain`, `dim`.
    pub(in crate::render) tone: &'static str,
    /// The tone again, for those who see no colour.
    pub(in crate::render) sign: &'static str,
    /// `404`, or nothing where no status came.
    pub(in crate::render) status: String,
    /// `idx`, `reset`, `v2 !→`
    pub(in crate::render) word: String,
}

/// Each tone with its sign and its meaning, for the legend.
pub(in crate::render) const TONES: [(&str, &str, &str); 5] = [
    ("good", "✓", "answered with what was asked for"),
    ("odd", "▲", "answered, worth a second look"),
    ("bad", "✕", "refused or failed"),
    ("plain", "–", "refused, as it should be"),
    ("dim", "·", "not sent"),
];

/// What the signs after a word mean.
pub(in crate::render) const SIGNS: [(&str, &str); 2] =
    [("!", "not the bytes that were named"), ("→", "after a redirect")];

/// The mark of a cell.
pub(in crate::render) fn of(cell: &CellView) -> Mark {
    let at = match shown::tone(cell) {
        Tone::Good => 0,
        Tone::Odd => 1,
        Tone::Bad => 2,
        Tone::Plain | Tone::Strong => 3,
        Tone::Dim => 4,
    };
    let (tone, sign, _) = TONES[at];
    let (status, word) = match &cell.did {
        Did::NotTried(_) => (String::new(), String::new()),
        Did::Failed { error, .. } => (String::new(), error.kind.as_str().to_owned()),
        Did::Answer(answer) => {
            let head = cell.method == crate::exchange::Method::Head;
            let kind = shown::kind_word(answer.kind).map(|(word, _)| word).filter(|_| !head);
            let mut word = kind.unwrap_or_default().to_owned();
            if answer.bytes_match == Some(false) {
                word.push('!');
            }
            if answer.redirects > 0 {
                word.push('→');
            }
            (answer.status.to_string(), word)
        }
    };
    Mark { tone, sign, status, word }
}

impl Mark {
    /// `✕ 404 err`
    pub(in crate::render) fn words(&self) -> String {
        let words = [self.sign, &self.status, &self.word];
        if self.tone == "dim" {
            return "not sent".to_owned();
        }
        words.into_iter().filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ")
    }
}
