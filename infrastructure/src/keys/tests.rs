//! Seals, wraps, hashes and key files.

use std::os::unix::fs::PermissionsExt as _;

use application::ports::hashes::KeyedHashes as _;
use secrecy::SecretString;

use super::{DataKey, KeyBackup, KeyError, KeyFiles, KeyMaterial, Keyring};

fn keyring() -> Keyring {
    Keyring::new(&[1; 32], &[2; 32], &[3; 32]).unwrap()
}

#[test]
fn sealed_bytes_open_only_with_the_same_context() {
    let key = DataKey::from_bytes(&[7; 32]);
    let sealed = key.seal(b"here", b"secret").unwrap();
    assert_eq!(key.open(b"here", &sealed).unwrap(), b"secret");
    assert!(matches!(
        key.open(b"there", &sealed),
        Err(KeyError::NotOpened)
    ));
    let mut changed = sealed.clone();
    *changed.last_mut().unwrap() ^= 1;
    assert!(matches!(
        key.open(b"here", &changed),
        Err(KeyError::NotOpened)
    ));
    assert!(matches!(key.open(b"here", &[]), Err(KeyError::Format)));
    assert!(matches!(key.open(b"here", &[9; 40]), Err(KeyError::Format)));
    assert_ne!(
        sealed,
        key.seal(b"here", b"secret").unwrap(),
        "a nonce is never used twice"
    );
}

#[test]
fn a_wrapped_key_opens_only_in_its_context_and_keyring() {
    let ring = keyring();
    let (key, wrapped) = ring.new_data_key("subject:a").unwrap();
    let sealed = key.seal(b"", b"x").unwrap();
    assert_eq!(
        ring.unwrap("subject:a", &wrapped)
            .unwrap()
            .open(b"", &sealed)
            .unwrap(),
        b"x"
    );
    assert!(ring.unwrap("subject:b", &wrapped).is_err());
    let other = Keyring::new(&[9; 32], &[2; 32], &[3; 32]).unwrap();
    assert!(other.unwrap("subject:a", &wrapped).is_err());
    assert_ne!(
        ring.known_answers().encryption_key,
        other.known_answers().encryption_key
    );
    assert_eq!(ring.known_answers().pepper, other.known_answers().pepper);
}

#[test]
fn parts_of_a_hash_cannot_flow_into_each_other() {
    let ring = keyring();
    assert_ne!(ring.dedupe(&["ab", "c"]), ring.dedupe(&["a", "bc"]));
    assert_ne!(ring.dedupe(&["ab"]), ring.dedupe(&["ab", ""]));
    assert_ne!(ring.identity("s", "k", "v"), ring.identity("sk", "", "v"));
    assert_ne!(ring.wamid("1", "2").0, ring.dedupe(&["1", "2"]).0);
    assert_eq!(ring.wamid("1", "2"), keyring().wamid("1", "2"));
    assert_eq!(ring.token_fingerprint("t").len(), 16);
}

#[test]
fn an_encryption_key_is_hex_base64_or_a_passphrase() {
    let parse = |text: &str| KeyMaterial::parse(&SecretString::from(text));
    assert!(matches!(parse(&"ab".repeat(32)), Ok(KeyMaterial::Raw(bytes)) if *bytes == [0xab; 32]));
    let base64 = "q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s";
    assert!(matches!(parse(base64), Ok(KeyMaterial::Raw(bytes)) if *bytes == [0xab; 32]));
    let padded = format!("{base64}=");
    assert!(matches!(parse(&padded), Ok(KeyMaterial::Raw(bytes)) if *bytes == [0xab; 32]));
    assert!(matches!(
        parse(&"correct horse ".repeat(3)),
        Ok(KeyMaterial::Passphrase(_))
    ));
    assert!(matches!(
        parse("short"),
        Err(KeyError::TooShort { length: 5 })
    ));
}

#[test]
fn keys_are_made_once_and_read_again() {
    let dir = tempfile::tempdir().unwrap();
    let (first, made) = KeyFiles::open_or_create(dir.path(), None).unwrap();
    assert_eq!(made.files.len(), 3);
    for file in &made.files {
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
    let (second, made) = KeyFiles::open_or_create(dir.path(), None).unwrap();
    assert!(made.files.is_empty());
    assert_eq!(first.known_answers(), second.known_answers());
}

#[test]
fn a_passphrase_gives_the_same_key_at_every_start() {
    let dir = tempfile::tempdir().unwrap();
    let passphrase = || Some(SecretString::from("correct horse battery staple and more"));
    let (first, made) = KeyFiles::open_or_create(dir.path(), passphrase()).unwrap();
    assert_eq!(made.files.len(), 3, "salt, dedupe_key and pepper");
    let (second, _) = KeyFiles::open_or_create(dir.path(), passphrase()).unwrap();
    assert_eq!(first.known_answers(), second.known_answers());
}

#[test]
fn a_lost_key_file_beside_a_log_is_never_remade() {
    let dir = tempfile::tempdir().unwrap();
    KeyFiles::open_or_create(dir.path(), None).unwrap();
    std::fs::write(dir.path().join("log.db"), b"").unwrap();
    std::fs::remove_file(dir.path().join("keys/pepper")).unwrap();
    assert!(matches!(
        KeyFiles::open_or_create(dir.path(), None),
        Err(KeyError::Missing { path }) if path.ends_with("keys/pepper")
    ));
    std::fs::write(dir.path().join("keys/pepper"), b"not a key").unwrap();
    assert!(matches!(
        KeyFiles::open_or_create(dir.path(), None),
        Err(KeyError::Damaged { .. })
    ));
}

#[test]
fn keys_come_back_from_their_file_and_replace_none() {
    let folder = tempfile::tempdir().unwrap();
    let (data, other) = (folder.path().join("a"), folder.path().join("b"));
    let passphrase = SecretString::from("a passphrase of more than thirty-two characters");
    let (ring, _) = KeyFiles::open_or_create(&data, Some(passphrase.clone())).unwrap();
    let file = folder.path().join("keys.txt");
    let keys = KeyBackup::of_data_dir(&data, Some(&passphrase)).unwrap();
    keys.write(&file).unwrap();
    assert!(matches!(keys.write(&file), Err(KeyError::Exists { .. })));
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let read = KeyBackup::read(&file).unwrap();
    let answers = ring.known_answers();
    assert_eq!(read.keyring().unwrap().known_answers(), answers);
    // Where the passphrase is set, the key itself does not lie beside the data.
    let written = read.plan(&other, Some(&passphrase)).unwrap();
    assert_eq!(written.carry_out().unwrap().len(), 3);
    assert!(!other.join("keys/encryption_key").exists());
    let (again, made) = KeyFiles::open_or_create(&other, Some(passphrase.clone())).unwrap();
    assert!(made.files.is_empty());
    assert_eq!(again.known_answers(), answers);
    // Without the setting the file alone is enough.
    let alone = folder.path().join("c");
    read.plan(&alone, None).unwrap().carry_out().unwrap();
    let (again, _) = KeyFiles::open_or_create(&alone, None).unwrap();
    assert_eq!(again.known_answers(), answers);

    let wrong = SecretString::from("another passphrase of thirty-two characters");
    let refused = read.plan(&folder.path().join("d"), Some(&wrong));
    assert!(matches!(refused, Err(KeyError::SettingDiffers)));
    std::fs::write(other.join("keys/pepper"), "00".repeat(32)).unwrap();
    let refused = read.plan(&other, Some(&passphrase));
    assert!(matches!(refused, Err(KeyError::Differs { .. })));
}

#[test]
fn missing_key_files_are_all_named() {
    let folder = tempfile::tempdir().unwrap();
    let error = KeyBackup::of_data_dir(folder.path(), None).unwrap_err();
    let said = error.to_string();
    for name in ["encryption_key", "dedupe_key", "pepper"] {
        assert!(said.contains(name), "{said}");
    }
    assert!(!folder.path().join("keys").exists());
}

#[test]
fn changed_key_backups_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    KeyFiles::open_or_create(folder.path(), None).unwrap();
    let file = folder.path().join("keys.txt");
    let keys = KeyBackup::of_data_dir(folder.path(), None).unwrap();
    keys.write(&file).unwrap();
    let text = std::fs::read_to_string(&file).unwrap();
    for changed in [
        text[..text.len() / 2].to_owned(),
        text.replace("dedupe_key", "dedupe_kez"),
        text.replace("format = 1", "format = 2"),
        String::new(),
    ] {
        std::fs::write(&file, changed).unwrap();
        let refused = KeyBackup::read(&file);
        assert!(matches!(refused, Err(KeyError::BackupDamaged { .. })));
    }
}
