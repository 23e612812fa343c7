//! Which key of a credentials file means this registry and repository.
//!
//! Clients have written these keys in many spellings over the years: a host, a URL of the v1 API,
//! a path of one namespace. The rank says how well a key fits, so that the closest one wins.

/// Docker Hub's key, written by `docker login` since the v1 API, and what helpers want to be asked.
pub(crate) const HUB_KEY: &str = "https://index.docker.io/v1/";

/// What a credential helper is to be asked for.
pub(crate) fn helper_server(registry: &str) -> String {
    if normal_host(registry) == "docker.io" { HUB_KEY.to_owned() } else { registry.to_owned() }
}

/// How well a key fits: `None` not at all, higher is closer.
pub(crate) fn rank(key: &str, registry: &str, repository: &str) -> Option<usize> {
    let key = key.trim();
    let (scheme, rest) = split_scheme(key);
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let path = path.trim_matches('/');
    let (mut asked, mut named) = (normal_host(registry), normal_host(host));
    if scheme == Some("http") {
        for host in [&mut asked, &mut named] {
            if let Some(bare) = host.strip_suffix(":80") {
                *host = bare.to_owned();
            }
        }
    }
    if named.is_empty() || asked != named {
        return None;
    }
    match path {
        "" | "v1" | "v2" => Some(match key {
            _ if key == registry => 14,
            HUB_KEY => 13,
            _ if scheme.is_none() => 12,
            _ if scheme == Some("https") => 11,
            _ => 10,
        }),
        // The Hub's log-in by browser keeps its own tokens under such keys: not for a registry.
        _ if scheme.is_some() && asked == "docker.io" => None,
        _ if scheme.is_some() => Some(1),
        _ => is_path_prefix(path, repository).then(|| 100 + path.split('/').count()),
    }
}

/// Lower case, without the default port of https, and the Hub by one name.
fn normal_host(host: &str) -> String {
    let host = host.trim().to_ascii_lowercase();
    let host = host.strip_suffix(":443").unwrap_or(&host);
    match host {
        "index.docker.io" | "registry-1.docker.io" => "docker.io".to_owned(),
        other => other.to_owned(),
    }
}

fn split_scheme(key: &str) -> (Option<&'static str>, &str) {
    for scheme in ["https", "http"] {
        let end = scheme.len() + 3;
        if let Some(head) = key.get(..end)
            && head.strip_suffix("://").is_some_and(|s| s.eq_ignore_ascii_case(scheme))
        {
            return (Some(scheme), &key[end..]);
        }
    }
    (None, key)
}

/// Whole components only: `org` is no prefix of `organisation/x`.
fn is_path_prefix(path: &str, repository: &str) -> bool {
    repository.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_host() {
        for key in [
            "host.example",
            "host.example/",
            "HOST.example",
            "https://host.example",
            "HTTPS://host.example/v1/",
            "https://host.example/v2/",
            "http://host.example",
            "http://host.example:80/",
            "host.example:443",
            "https://host.example:443/v1/",
            " host.example ",
        ] {
            assert!(rank(key, "host.example", "org/repo").is_some(), "{key}");
        }
        assert!(rank("host.example", "host.example:443", "a").is_some());
        assert!(rank("[::1]:5000", "[::1]:5000", "a").is_some());
    }

    #[test]
    fn other_hosts_and_paths_do_not_fit() {
        for key in [
            "",
            "https://",
            "host.example:5000",
            "evil-host.example",
            "host.example.evil",
            "host.example/other",
        ] {
            assert_eq!(rank(key, "host.example", "org/repo"), None, "{key}");
        }
        assert_eq!(rank("host.example", "host.example:5000", "a"), None);
        assert_eq!(rank("host.example:80", "host.example", "a"), None);
        assert_eq!(rank("h/org", "h", "organisation/x"), None);
        assert_eq!(rank("h/org/repo/sub", "h", "org/repo"), None);
    }

    #[test]
    fn the_longest_path_wins_then_the_exact_spelling() {
        let mut keys = ["h", "https://h/v1/", "h/org", "h/org/repo", "H", "https://h/odd"];
        keys.sort_by_key(|k| std::cmp::Reverse(rank(k, "h", "org/repo/sub")));
        assert_eq!(keys, ["h/org/repo", "h/org", "h", "H", "https://h/v1/", "https://h/odd"]);
    }

    proptest::proptest! {
        #[test]
        fn any_key_is_ranked_without_a_panic(key in "\\PC*", tail in "[/:\u{e9}a-z0-9.]*") {
            for key in [key.clone(), format!("http{key}://{tail}"), tail] {
                rank(&key, "host.example", "org/repo");
            }
        }
    }

    #[test]
    fn the_hub_by_its_aliases() {
        for key in
            [HUB_KEY, "docker.io", "index.docker.io", "registry-1.docker.io", "https://index.docker.io/v1"]
        {
            assert!(rank(key, "docker.io", "library/ubuntu").is_some(), "{key}");
        }
        assert_eq!(rank("https://index.docker.io/v1/access-token", "docker.io", "library/ubuntu"), None);
        assert_eq!(helper_server("docker.io"), HUB_KEY);
        assert_eq!(helper_server("gcr.io"), "gcr.io");
    }
}
