//! Manifests and files; what whole backups do is tested through the binary.

use std::os::unix::fs::PermissionsExt as _;

use domain::time::Timestamp;
use uuid::Uuid;

use super::{BackupError, Counts, FileEntry, MANIFEST, Manifest, files};

fn manifest() -> Manifest {
    Manifest::new(
        "0.1.0",
        Timestamp::from_micros(1_795_342_530_123_456),
        (Uuid::from_u128(7), 12),
        Counts {
            events: 12,
            ..Counts::default()
        },
        vec![FileEntry {
            name: "log.db".to_owned(),
            bytes: 3,
            sha256: "00".to_owned(),
        }],
    )
}

#[test]
fn a_manifest_reads_as_it_was_written() {
    let folder = tempfile::tempdir().unwrap();
    manifest().write(folder.path()).unwrap();
    assert_eq!(Manifest::read(folder.path()).unwrap(), manifest());
    let mode = std::fs::metadata(folder.path().join(MANIFEST)).unwrap();
    assert_eq!(mode.permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_changed_manifest_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(MANIFEST);
    manifest().write(folder.path()).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    for changed in [
        text.replace("\"head\": 12", "\"head\": 13"),
        text.replace("\"events\": 12", "\"events\": 11"),
        text[..text.len() / 2].to_owned(),
        String::new(),
        "[]".to_owned(),
    ] {
        std::fs::write(&path, changed).unwrap();
        let error = Manifest::read(folder.path()).unwrap_err();
        assert!(matches!(error, BackupError::Damaged { .. }), "{error}");
    }
    let newer = text.replace("\"format\": 1", "\"format\": 2");
    std::fs::write(&path, newer).unwrap();
    let error = Manifest::read(folder.path()).unwrap_err();
    assert!(matches!(error, BackupError::Newer { .. }), "{error}");
}

#[test]
fn a_file_outside_of_the_backup_is_not_followed() {
    let folder = std::path::Path::new("/backup");
    for name in ["../log.db", "a/b", ".hidden"] {
        let entry = FileEntry {
            name: name.to_owned(),
            bytes: 0,
            sha256: String::new(),
        };
        assert!(Manifest::path_of(folder, &entry).is_err(), "{name}");
    }
}

#[test]
fn a_new_file_replaces_nothing_and_leaves_no_draft() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.txt");
    files::write_new(&path, b"one").unwrap();
    let again = files::write_new(&path, b"two").unwrap_err();
    assert_eq!(again.kind(), std::io::ErrorKind::AlreadyExists);
    assert_eq!(std::fs::read(&path).unwrap(), b"one");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}
