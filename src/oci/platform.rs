//! Platforms: how they are written, which one this machine is, and which of an index suits a wish.

use crate::oci::document::Platform;

impl Platform {
    /// `os/architecture[/variant]`; Windows versions stand in parentheses, `windows(10.0.20348.1)/amd64`.
    pub fn parse(text: &str) -> Result<Platform, String> {
        const FORM: &str =
            "a platform is written os/architecture or os/architecture/variant, as in linux/arm64/v8";
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-');
        let word = |part: &str| !part.is_empty() && part.bytes().all(allowed);
        let parts: Vec<&str> = text.split('/').collect();
        let (os, architecture, variant) = match parts.as_slice() {
            [os, architecture] => (*os, *architecture, None),
            [os, architecture, variant] => (*os, *architecture, Some(*variant)),
            [one] if word(one) => {
                return Err(format!("{FORM}; `{one}` is one of its parts only: perhaps linux/{one}"));
            }
            _ => return Err(FORM.to_owned()),
        };
        let (os, os_version) = match os.split_once('(') {
            Some((os, version)) => (os, Some(version.strip_suffix(')').ok_or(FORM)?)),
            None => (os, None),
        };
        if ![Some(os), Some(architecture), variant, os_version].into_iter().flatten().all(word) {
            return Err(FORM.to_owned());
        }
        Ok(Platform {
            os: os.to_ascii_lowercase(),
            architecture: oci_architecture(&architecture.to_ascii_lowercase()).to_owned(),
            variant: variant.map(str::to_ascii_lowercase),
            os_version: os_version.map(str::to_owned),
        })
    }

    /// Linux on this machine's architecture: images are linux nearly always, whatever the host runs.
    pub fn host() -> Platform {
        let architecture = match std::env::consts::ARCH {
            "powerpc64" if cfg!(target_endian = "little") => "ppc64le",
            "mips64" if cfg!(target_endian = "little") => "mips64le",
            other => oci_architecture(other),
        };
        Platform {
            os: "linux".to_owned(),
            architecture: architecture.to_owned(),
            variant: (architecture == "arm").then(|| "v7".to_owned()),
            os_version: None,
        }
    }

    /// How well an entry of an index suits this wish: lower is better, `None` not at all. An older variant
    /// runs where a newer one is wanted, as Docker and containerd choose.
    pub(super) fn suits(&self, offered: &Platform) -> Option<u32> {
        let architecture = oci_architecture(&offered.architecture);
        if self.os != offered.os || oci_architecture(&self.architecture) != architecture {
            return None;
        }
        let version_differs = match (&self.os_version, &offered.os_version) {
            (Some(wanted), offered) => u32::from(offered.as_ref() != Some(wanted)),
            (None, _) => 0,
        };
        let found = level(architecture, offered.variant.as_deref());
        let distance = match &self.variant {
            None => match (found, default_level(architecture)) {
                (Some(found), best) if found <= best => best - found,
                _ => 100,
            },
            Some(variant) if offered.variant.as_ref() == Some(variant) => 0,
            Some(variant) => level(architecture, Some(variant))?.checked_sub(found?)?,
        };
        Some(version_differs * 1000 + distance)
    }
}

/// The names that Go, and so the image spec, uses for what kernels and compilers call otherwise.
fn oci_architecture(name: &str) -> &str {
    match name {
        "x86_64" | "x86-64" => "amd64",
        "x86" | "i386" | "i686" => "386",
        "aarch64" => "arm64",
        "armhf" | "armv7l" => "arm",
        "loongarch64" => "loong64",
        other => other,
    }
}

/// What an architecture without a variant means.
fn default_level(architecture: &str) -> u32 {
    match architecture {
        "arm64" => 8,
        "arm" => 7,
        "amd64" => 1,
        _ => 0,
    }
}

/// `v7` -> 7. A variant of another form has no level and suits only itself.
fn level(architecture: &str, variant: Option<&str>) -> Option<u32> {
    match variant {
        None | Some("") => Some(default_level(architecture)),
        Some(variant) => variant.strip_prefix('v')?.parse().ok().filter(|level| *level < 100),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_forms() {
        let parse = |text| Platform::parse(text).map(|p| p.to_string());
        assert_eq!(parse("linux/arm64/v8").unwrap(), "linux/arm64/v8");
        assert_eq!(parse("Linux/x86_64").unwrap(), "linux/amd64");
        let windows = Platform::parse("windows(10.0.20348.1)/amd64").unwrap();
        assert_eq!(windows.os_version.as_deref(), Some("10.0.20348.1"));
        insta::assert_snapshot!(parse("arm64").unwrap_err(), @"a platform is written os/architecture or os/architecture/variant, as in linux/arm64/v8; `arm64` is one of its parts only: perhaps linux/arm64");
        for bad in [
            "",
            "/",
            "linux/",
            "/amd64",
            "linux//v8",
            "a/b/c/d",
            "linux/am d64",
            "windows(1/amd64",
            "li\nux/a",
        ] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn the_host_is_linux() {
        let host = Platform::host();
        assert_eq!(host.os, "linux");
        assert_eq!(Platform::parse(&host.to_string()), Ok(host));
    }

    #[test]
    fn which_suits() {
        let suits = |wanted: &str, offered: &str| {
            Platform::parse(wanted).unwrap().suits(&Platform::parse(offered).unwrap())
        };
        assert_eq!(suits("linux/arm64", "linux/arm64/v8"), Some(0));
        assert_eq!(suits("linux/arm64/v8", "linux/arm64"), Some(0));
        assert!(suits("linux/arm", "linux/arm/v7") < suits("linux/arm", "linux/arm/v6"));
        assert!(suits("linux/arm/v7", "linux/arm/v6").is_some());
        assert_eq!(suits("linux/arm/v6", "linux/arm/v7"), None);
        assert_eq!(suits("linux/amd64", "linux/amd64"), Some(0));
        assert!(suits("linux/amd64", "linux/amd64/v3") > Some(0));
        assert_eq!(suits("linux/amd64", "windows/amd64"), None);
        assert_eq!(suits("linux/amd64", "linux/arm64"), None);
    }
}
