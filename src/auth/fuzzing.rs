//! The private parsers of this module, for the fuzz targets. Each panics where a property does not hold.

use url::Url;

use super::docker_config::CredentialsFile;
use super::{RawToken, helper, realm, token};
use crate::reach::Reach;

/// A docker config, and what it holds for one repository.
pub fn docker_config(bytes: &[u8], registry: &str, repository: &str) {
    match CredentialsFile::parse(bytes) {
        Ok((file, _)) => {
            if let Some(found) = file.helper(registry) {
                let _ = helper::program(found.name);
            }
            for (_, entry) in file.entries(registry, repository) {
                let _ = entry.secret();
            }
        }
        Err(why) => assert!(why.len() < 200, "an error that quotes the file: {why}"),
    }
}

/// What a credential helper printed.
pub fn helper(ok: bool, stdout: &[u8], stderr: &[u8]) {
    if let Err(why) = helper::read_output(ok, stdout, stderr) {
        // 200 characters of what was printed, and our own words.
        assert!(why.chars().count() < 400, "an error without bound: {why}");
    }
}

/// A token endpoint's answer.
pub fn token(status: u16, body: &[u8]) {
    let _ = token::read(&RawToken { status, headers: Vec::new(), body: body.to_vec().into() });
}

/// The realm of a public registry's challenge: credentials go over TLS or to this machine alone.
pub fn realm(text: &str) {
    let Ok(registry) = Url::parse("https://registry.example") else { return };
    match realm::resolve(text, Some(&registry)) {
        Ok(found) => {
            let here = Reach::of_url(&found.url) == Reach::Loopback;
            assert!(!found.credentials || found.url.scheme() == "https" || here, "{}", found.url);
            assert!(!here || found.leads_inside(Some(&registry)), "{}", found.url);
            assert!(found.url.username().is_empty() && found.url.password().is_none());
        }
        Err(why) => assert!(why.chars().count() < 4_000, "an error without bound"),
    }
}
