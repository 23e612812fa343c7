//! Turns of phrase that a search for the field's terms does not find. No page, title or remedy has one.

use crate::diagnosis::Finding;

/// With what is written in place of each.
const BANNED: &[(&str, &str)] = &[
    ("are told", "are reported"),
    ("asked for", "requested"),
    ("asks for", "requests"),
    ("comes to nothing", "finds nothing"),
    ("doors", "access rules"),
    ("gives out", "serves"),
    ("goes by", "uses"),
    ("habit", "behaviour"),
    ("heeds", "honours"),
    ("is no", "is not a"),
    ("is there", "exists"),
    ("is told", "is reported"),
    ("let in", "authorized"),
    ("lets in", "authorizes"),
    ("most plainly", "(nothing)"),
    ("nobody", "no client"),
    ("not there", "does not exist"),
    ("nowhere", "does not exist"),
    ("speaks for", "explains"),
    ("surely", "(nothing)"),
    ("tells", "reports, shows"),
    ("the anonymous are", "anonymous clients are"),
    ("to be had", "available"),
    ("to the anonymous", "to anonymous clients"),
    ("to who", "to clients that"),
    ("told apart", "distinguished"),
    ("turned away", "denied"),
    ("turns away", "denies"),
    ("who asks", "clients that request"),
    ("who does not", "clients that do not"),
    ("whoever", "clients that"),
];

/// The turns that a text has, with what to write. What a hyphen joins is a name: an id, a tag.
pub(crate) fn banned(text: &str) -> Vec<String> {
    let words: Vec<String> = text
        .split(|c: char| !c.is_alphanumeric() && c != '-')
        .filter(|w| !w.is_empty())
        .map(str::to_lowercase)
        .collect();
    let text = format!(" {} ", words.join(" "));
    let found = BANNED.iter().filter(|(turn, _)| text.contains(&format!(" {turn} ")));
    found.map(|(turn, better)| format!("{turn:?}: write {better}")).collect()
}

/// A finding of a run of the lab, whose registry says nothing of the kind.
pub(crate) fn assert_plain(finding: &Finding) {
    for text in [&finding.title, &finding.remedy] {
        assert!(!text.is_empty(), "{} has no title, or no remedy", finding.id);
        assert_eq!(banned(text), [] as [String; 0], "{}: {text}", finding.id);
    }
}

#[test]
fn turns_are_found_as_words() {
    assert_eq!(
        banned("What is\ntold, tells."),
        ["\"is told\": write is reported", "\"tells\": write reports, shows"]
    );
    assert_eq!(banned("It foretells, and goes byte for byte: is-there."), [] as [String; 0]);
    assert!(BANNED.is_sorted());
}
