//! What registries were recorded to do: `reports/`, packed by `build.rs` and carried by the binary.

use std::fmt;
use std::io::Read;

use flate2::read::DeflateDecoder;

#[cfg(test)]
#[allow(dead_code)] // its main
#[path = "../build.rs"]
mod build;

static PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/recorded.pack"));

/// A recorded report that is not unpacked yet.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Packed<'a> {
    /// What was recorded, and its version: the directory below `reports/`.
    pub registry: &'a str,
    /// Of what kind the image is: the file's name without `.json`.
    pub shape: &'a str,
    deflated: &'a [u8],
}

impl fmt::Debug for Packed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{} ({} bytes)", self.registry, self.shape, self.deflated.len())
    }
}

impl Packed<'_> {
    /// The report's JSON.
    pub(crate) fn unpack(&self) -> Result<Vec<u8>, String> {
        let mut json = Vec::new();
        DeflateDecoder::new(self.deflated)
            .read_to_end(&mut json)
            .map_err(|e| format!("the recorded {}/{} cannot be unpacked: {e}", self.registry, self.shape))?;
        Ok(json)
    }
}

/// Everything that the binary carries, by registry and shape.
pub(crate) fn all() -> Result<Vec<Packed<'static>>, String> {
    read(PACKED)
}

/// Reads what `build.rs` wrote; nothing is unpacked.
fn read(packed: &[u8]) -> Result<Vec<Packed<'_>>, String> {
    let bad = || "what the binary carries of reports/ is damaged".to_owned();
    let mut found = Vec::new();
    let mut lines = packed;
    let mut lengths = Vec::new();
    loop {
        let end = lines.iter().position(|b| *b == b'\n').ok_or_else(bad)?;
        let (line, rest) = (&lines[..end], &lines[end + 1..]);
        lines = rest;
        if line.is_empty() {
            break;
        }
        let line = std::str::from_utf8(line).map_err(|_| bad())?;
        let (name, length) = line.split_once(' ').ok_or_else(bad)?;
        let (registry, shape) = name.split_once('/').ok_or_else(bad)?;
        lengths.push((registry, shape, length.parse::<usize>().map_err(|_| bad())?));
    }
    let mut data = lines;
    for (registry, shape, length) in lengths {
        let (deflated, rest) = data.split_at_checked(length).ok_or_else(bad)?;
        data = rest;
        found.push(Packed { registry, shape, deflated });
    }
    if data.is_empty() { Ok(found) } else { Err(bad()) }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn a_checkout_with_little_or_nothing_in_it_can_be_packed() {
        let dir = tempfile::tempdir().unwrap();
        let pack = || build::pack(dir.path()).unwrap();
        assert_eq!(build::pack(&dir.path().join("reports")).unwrap(), b"\n");
        assert_eq!(pack(), b"\n");
        assert_eq!(read(b"\n").unwrap(), []);
        for directory in ["a-1", "b-2"] {
            std::fs::create_dir(dir.path().join(directory)).unwrap();
        }
        for (file, text) in [
            ("README.md", "no report"),
            ("report.schema.json", "no report either"),
            ("b-2/oci-index.md", "a rendering"),
            ("b-2/oci-index.json", "the report"),
        ] {
            std::fs::write(dir.path().join(file), text).unwrap();
        }
        let packed = pack();
        let read = read(&packed).unwrap();
        assert_eq!(format!("{read:?}"), "[b-2/oci-index (12 bytes)]");
        assert_eq!(read[0].unpack().unwrap(), b"the report");
    }

    #[test]
    fn the_binary_carries_every_report_as_it_is() {
        let reports = Path::new(env!("CARGO_MANIFEST_DIR")).join("reports");
        let all = all().unwrap();
        let mut files = 0;
        for directory in
            std::fs::read_dir(&reports).unwrap().map(|d| d.unwrap().path()).filter(|d| d.is_dir())
        {
            let names = std::fs::read_dir(directory).unwrap().map(|f| f.unwrap().path());
            files += names.filter(|f| f.extension().is_some_and(|e| e == "json")).count();
        }
        assert_eq!(all.len(), files);
        for packed in &all {
            let file = reports.join(packed.registry).join(format!("{}.json", packed.shape));
            assert!(packed.unpack().unwrap() == std::fs::read(file).unwrap(), "{packed:?}");
        }
        let size = PACKED.len();
        assert!(size < 100_000 * all.len(), "{size} bytes are more than packing should leave");
    }

    #[test]
    fn what_is_damaged_is_told() {
        for damaged in [
            &b""[..],
            b"a/b 1\n",
            b"a/b 1\n\n",
            b"a/b x\n\nx",
            b"a 1\n\nx",
            b"a/b\n\nx",
            b"\nx",
            b"\xff/b 1\n\nx",
        ] {
            assert!(read(damaged).is_err(), "{damaged:?}");
        }
        let read = read(b"a/b 1\n\n\xff").unwrap();
        assert!(read[0].unpack().unwrap_err().contains("a/b"));
    }
}
