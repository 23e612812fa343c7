//! Layers: tar (ustar) in gzip, the same bytes on every machine and for ever.

use bytes::Bytes;
use flate2::Crc;
use tar::{Builder, EntryType, Header};

/// A file of a layer; a name that ends in `/` is a directory.
pub(crate) struct File {
    /// Path in the archive, without a leading slash.
    pub(crate) path: &'static str,
    /// Permission bits.
    pub(crate) mode: u32,
    /// The content.
    pub(crate) content: Bytes,
}

/// A file with the given content.
pub(crate) fn file(path: &'static str, mode: u32, content: impl Into<Bytes>) -> File {
    File { path, mode, content: content.into() }
}

/// A layer, before and after compression.
pub(crate) struct Layer {
    /// The archive; its digest is the `diff_id` of the config.
    pub(crate) tar: Bytes,
    /// The blob; its digest is in the manifest.
    pub(crate) gzip: Bytes,
}

/// Packs files into a layer.
pub(crate) fn layer(files: &[File]) -> Layer {
    let mut archive = Builder::new(Vec::new());
    for file in files {
        let directory = file.path.ends_with('/');
        let mut header = Header::new_ustar();
        header.set_entry_type(if directory { EntryType::Directory } else { EntryType::Regular });
        header.set_mode(file.mode);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        header.set_size(file.content.len() as u64);
        // Writing into a Vec cannot fail, and the paths are constants of this crate short enough
        // for ustar; a test unpacks every layer.
        let _ = header.set_path(file.path);
        header.set_cksum();
        let _ = archive.append(&header, &file.content[..]);
    }
    let tar = archive.into_inner().unwrap_or_default();
    Layer { gzip: gzip_stored(&tar), tar: tar.into() }
}

/// Gzip with stored blocks, written out here: what a compressor makes of the same bytes changes
/// from one release to the next, and every digest of the lab would change with it.
fn gzip_stored(data: &[u8]) -> Bytes {
    const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let mut out = HEADER.to_vec();
    let mut blocks = data.chunks(usize::from(u16::MAX)).peekable();
    if blocks.peek().is_none() {
        out.extend([1, 0, 0, 0xff, 0xff]);
    }
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        out.push(u8::from(blocks.peek().is_none()));
        out.extend(length.to_le_bytes());
        out.extend((!length).to_le_bytes());
        out.extend(block);
    }
    let mut crc = Crc::new();
    crc.update(data);
    out.extend(crc.sum().to_le_bytes());
    out.extend(crc.amount().to_le_bytes());
    out.into()
}

/// Zstandard with raw blocks (RFC 8878, section 3.1.1), written out here for the same reason.
pub(crate) fn zstd_stored(data: &[u8]) -> Bytes {
    /// The largest block that any frame may hold.
    const BLOCK: usize = 128 << 10;
    // Magic number; a single segment whose size is given in four bytes.
    let mut out = vec![0x28, 0xb5, 0x2f, 0xfd, 0xa0];
    out.extend(u32::try_from(data.len()).unwrap_or(u32::MAX).to_le_bytes());
    let mut blocks = data.chunks(BLOCK).peekable();
    if blocks.peek().is_none() {
        out.extend([1, 0, 0]);
    }
    while let Some(block) = blocks.next() {
        let size = u32::try_from(block.len()).unwrap_or(u32::MAX);
        let header = size << 3 | u32::from(blocks.peek().is_none());
        out.extend(&header.to_le_bytes()[..3]);
        out.extend(block);
    }
    out.into()
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn any_gunzip_reads_what_is_stored() {
        for size in [0, 1, 65_535, 65_536, 200_000] {
            let data = vec![b'x'; size];
            let mut back = Vec::new();
            flate2::read::GzDecoder::new(&gzip_stored(&data)[..]).read_to_end(&mut back).unwrap();
            assert_eq!(back, data, "{size}");
        }
    }

    #[test]
    fn a_layer_is_a_plain_ustar_archive() {
        let made = layer(&[file("etc/", 0o755, ""), file("etc/hello", 0o644, "hello\n")]);
        let mut archive = tar::Archive::new(&made.tar[..]);
        let mut seen = Vec::new();
        for entry in archive.entries().unwrap() {
            let mut entry = entry.unwrap();
            let mut text = String::new();
            entry.read_to_string(&mut text).unwrap();
            assert!(entry.header().as_ustar().is_some());
            seen.push((entry.path().unwrap().display().to_string(), entry.header().mtime().unwrap(), text));
        }
        assert_eq!(seen, [("etc/".into(), 0, String::new()), ("etc/hello".into(), 0, "hello\n".into())]);
    }
}
