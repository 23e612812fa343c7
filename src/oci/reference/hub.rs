//! Docker Hub's several names.

use super::piece::Piece;

/// The registry's name in references.
pub const HUB: &str = "docker.io";
/// The host that speaks the distribution API for it.
pub const HUB_API_HOST: &str = "registry-1.docker.io";

const ALIASES: [&str; 4] = ["index.docker.io", HUB_API_HOST, "registry.hub.docker.com", "hub.docker.com"];

/// Whether a host is Docker Hub under another name.
pub(super) fn is_alias(host: &str) -> bool {
    ALIASES.contains(&host)
}

/// `library/` before a repository of one component, how Docker Hub keeps official images, and a note of it.
pub(super) fn qualify(repository: &str) -> (String, Option<String>) {
    if repository.contains('/') {
        return (repository.to_owned(), None);
    }
    let note = format!("Docker Hub keeps {repository} as library/{repository}");
    (format!("library/{repository}"), Some(note))
}

/// The repository inside the path of a page of Docker Hub's web site: `r/a/b`, `_/x`, with `tags` behind it or not.
pub(super) fn page<'a>(path: Piece<'a>) -> Option<Piece<'a>> {
    let components = path.components();
    let texts: Vec<&str> = components.iter().map(|c| c.text).collect();
    let (first, last, tail) = match texts.as_slice() {
        ["_", _, tail @ ..] => (1, 1, tail),
        ["r", _, _, tail @ ..] => (1, 2, tail),
        ["repository", "docker", _, _, tail @ ..] => (2, 3, tail),
        _ => return None,
    };
    if !matches!(tail, [] | [""] | ["tags" | "general"] | ["tags" | "general", ""]) {
        return None;
    }
    Some(path.span_of(*components.get(first)?, *components.get(last)?))
}

/// What is likely meant where `host:5000`, `gcr.io` or `localhost` stands alone, and so names an image on Docker Hub.
pub(super) fn lone_host_note(name: &str, tag: Option<&str>) -> Option<String> {
    if name.contains('/') {
        return None;
    }
    let port = tag.filter(|t| t.bytes().all(|b| b.is_ascii_digit()) && t.parse::<u16>().is_ok());
    let read = match tag {
        Some(tag) => {
            format!("`{name}:{tag}` is read, as Docker reads it, as tag {tag} of {HUB}/library/{name}")
        }
        None => format!("`{name}` is read, as Docker reads it, as {HUB}/library/{name}"),
    };
    match port {
        Some(port) => Some(format!(
            "{read}; for a registry on port {port} add the repository: {name}:{port}/repository"
        )),
        None if name.contains('.') || name == "localhost" => {
            Some(format!("{read}; for a registry of that name add the repository: {name}/repository"))
        }
        None => None,
    }
}
