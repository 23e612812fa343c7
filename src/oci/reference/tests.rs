use proptest::prelude::*;

use super::*;

const SHA: &str = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

#[test]
fn lengths() {
    let name = |n: usize| format!("host.example/{}", "a".repeat(n));
    assert!(parse(&name(255)).is_ok());
    assert!(parse(&name(256)).unwrap_err().message.contains("255 characters at most, this one 256"));
    let tag = |n: usize| format!("x:{}", "a".repeat(n));
    assert!(parse(&tag(128)).is_ok());
    assert!(parse(&tag(129)).unwrap_err().message.contains("128 characters at most, this one 129"));
    assert!(parse(&format!("{}.example/x", "a".repeat(260))).is_err());
}

#[test]
fn a_password_is_never_echoed() {
    for image in [
        "https://user:hunter2@host.example/x",
        "https://user:hunter2@host.example",
        "http://user:hun ter2@host.example/x",
        "https:user:hunter2@host.example",
        "user:hunter2@host.example/x",
        "https://user:hunter2/@host.example/x@sha256:00",
        "https://u@corp:hunter2@host.example/x",
        "https://user:hunter2#@host.example/x",
        "https://host.example/x?token=hunter2",
        "https://host.example/x y?token=hunter2",
        "https://user:hünter2@host.example/x",
    ] {
        let error = parse(image).unwrap_err();
        let all = format!("{error} {error:?}");
        assert!(!all.contains("ter2"), "{image}: {all}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn never_panics(image in any::<String>()) {
        if let Err(error) = parse(&image) {
            prop_assert!(error.span.end <= error.input.len());
            prop_assert!(error.to_string().lines().skip(1).all(|l| l.bytes().all(|b| matches!(b, b' '..=b'~'))));
        }
    }

    #[test]
    fn never_panics_near_the_grammar(image in "(https?://)?[a-zA-Z:/@.\\[\\]?# é_-]{0,24}(/v2/|@sha256:|manifests/)?[a-z:/@]{0,9}") {
        if let Err(error) = parse(&image) {
            prop_assert!(!error.to_string().is_empty());
        }
    }

    /// Where both should agree: no upper case, no IPv6, no scheme, no alias, no unknown digest algorithm, no underscore in a host (which the other
    /// takes for a path and then for a host).
    #[test]
    fn agrees_with_the_other_parser(image in "([a-c0]{1,2}[.:-]?[b1]{0,2}/)?[ab0._/-]{1,8}(:[aA0._-]{0,3})?(@[ab]{0,3}|@SHA)?") {
        let image = image.replace("SHA", SHA);
        let first = image.split_once('/').map_or("", |(first, _)| first);
        prop_assume!(!(first.contains(['.', ':']) && first.contains('_')));
        // A URL cannot have a host whose last label is a number and which is no address; the other parser does not ask.
        let number = first.rsplit_once('.').is_some_and(|(_, label)| label.bytes().all(|b| b.is_ascii_digit()));
        prop_assume!(!number);
        match (parse(&image), oci_spec::distribution::Reference::try_from(image.as_str())) {
            (Ok(ours), Ok(theirs)) => {
                prop_assert_eq!(ours.registry, theirs.registry());
                prop_assert_eq!(ours.repository, theirs.repository());
                prop_assert_eq!(ours.tag.as_deref(), theirs.tag());
                prop_assert_eq!(ours.digest.as_ref().map(|d| d.as_str()), theirs.digest());
            }
            (Err(_), Err(_)) => {}
            (ours, theirs) => prop_assert!(false, "{}: {:?} {:?}", image, ours, theirs),
        }
    }
}
