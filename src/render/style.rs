//! Colours that the colour-blind can tell apart, and never the only carrier of a meaning.

/// What a piece of text is, as far as its looks go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Tone {
    /// As it comes.
    #[default]
    Plain,
    /// Headings.
    Strong,
    /// As it should be: blue.
    Good,
    /// Legal, and worth a second look: orange.
    Odd,
    /// Failed: magenta and bold, so that it differs in weight as well.
    Bad,
    /// Of no interest.
    Dim,
}

impl Tone {
    /// The colour's number in the palette of 256, where the tone has one. These three stay apart for
    /// readers who see no red or no green, on dark ground and on light.
    pub fn palette(self) -> Option<u8> {
        match self {
            Tone::Good => Some(33),
            Tone::Odd => Some(208),
            Tone::Bad => Some(162),
            Tone::Plain | Tone::Strong | Tone::Dim => None,
        }
    }

    /// Whether it is written bold.
    pub fn bold(self) -> bool {
        matches!(self, Tone::Strong | Tone::Bad)
    }
}

/// The text in its tone; untouched without colour. The text must be escaped already.
pub fn paint(text: &str, tone: Tone, color: bool) -> String {
    if !color || tone == Tone::Plain || text.is_empty() {
        return text.to_owned();
    }
    let mut codes: Vec<String> = Vec::new();
    if tone.bold() {
        codes.push("1".to_owned());
    }
    if tone == Tone::Dim {
        codes.push("2".to_owned());
    }
    codes.extend(tone.palette().map(|n| format!("38;5;{n}")));
    format!("\u{1b}[{}m{text}\u{1b}[0m", codes.join(";"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_colour_means_no_byte_more() {
        assert_eq!(paint("404", Tone::Bad, false), "404");
        assert_eq!(paint("404", Tone::Bad, true), "\u{1b}[1;38;5;162m404\u{1b}[0m");
        assert_eq!(paint("x", Tone::Dim, true), "\u{1b}[2mx\u{1b}[0m");
        assert_eq!(paint("x", Tone::Plain, true), "x");
    }
}
