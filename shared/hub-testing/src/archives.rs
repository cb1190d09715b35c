//! Archives made on the spot, good and bad ones.

use std::io::Write as _;

/// A gzipped tarball of `files`, paths as given.
#[must_use]
pub fn tar_gz(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (path, bytes) in files {
        let mut header = tar::Header::new_ustar();
        // Written by hand: the builder would refuse the paths that a test is about.
        let name = &mut header.as_old_mut().name;
        assert!(path.len() <= name.len(), "`{path}` needs an extended header");
        name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_entry_type(tar::EntryType::Regular);
        header.set_cksum();
        tar.append(&header, *bytes).expect("memory");
    }
    gzip(&tar.into_inner().expect("memory"))
}

/// What `npm pack` makes of `files`: everything below `package/`.
#[must_use]
pub fn npm_tarball(files: &[(&str, &str)]) -> Vec<u8> {
    let paths: Vec<String> = files.iter().map(|(path, _)| format!("package/{path}")).collect();
    let files: Vec<(&str, &[u8])> = paths
        .iter()
        .zip(files)
        .map(|(path, (_, text))| (path.as_str(), text.as_bytes()))
        .collect();
    tar_gz(&files)
}

/// A zip of `files`, as a wheel is one.
#[must_use]
pub fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (path, bytes) in files {
        zip.start_file(*path, zip::write::SimpleFileOptions::default()).expect("memory");
        zip.write_all(bytes).expect("memory");
    }
    zip.finish().expect("memory").into_inner()
}

/// Compresses `bytes`.
#[must_use]
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gz.write_all(bytes).expect("memory");
    gz.finish().expect("memory")
}
