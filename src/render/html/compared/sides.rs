//! The two reports that were compared, and the words in which two signatures differ.

use crate::compare::{Diff, Side};
use crate::render::html::text;

/// One of the two.
pub(super) struct SideView {
    pub(super) name: &'static str,
    pub(super) image: String,
    pub(super) base_url: String,
    pub(super) shape: &'static str,
    pub(super) suite: String,
    pub(super) created: String,
}

pub(super) fn sides(diff: &Diff) -> Vec<SideView> {
    let side = |name, side: &Side| SideView {
        name,
        image: text::line(&side.image),
        base_url: text::line(&side.base_url),
        shape: side.shape.unwrap_or("nothing learned"),
        suite: text::line(&side.suite),
        created: text::line(&side.created),
    };
    vec![side("Before", &diff.before), side("After", &diff.after)]
}

/// A word of a signature, and whether the other one lacks it.
pub(super) type Word = (String, bool);

/// Both signatures in words. The status is a word of its own kind: it stands first, and is compared with its like.
pub(super) fn words(before: &str, after: &str) -> (Vec<Word>, Vec<Word>) {
    let (before, after) = (text::line(before), text::line(after));
    let split = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let (old, new) = (split(&before), split(&after));
    let marked = |these: &[String], those: &[String]| -> Vec<Word> {
        let lacks = |at: usize, word: &String| match at {
            0 => those.first() != Some(word),
            _ => !those.iter().skip(1).any(|w| w == word),
        };
        these.iter().enumerate().map(|(at, word)| (word.clone(), lacks(at, word))).collect()
    };
    (marked(&old, &new), marked(&new, &old))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_marked() {
        let (old, new) = words("200 a/b body=index", "404 a/b body=error 200");
        let marked = |words: Vec<Word>| {
            words.into_iter().map(|(w, m)| if m { format!("[{w}]") } else { w }).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(marked(old), "[200] a/b [body=index]");
        assert_eq!(marked(new), "[404] a/b [body=error] [200]");
    }
}
