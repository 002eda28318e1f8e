//! Key files in the data directory: made at the first start, mode 0600, never remade beside a log.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use zeroize::Zeroizing;

use super::data_key::{KEY_BYTES, random_bytes};
use super::key_material::{KeyMaterial, SALT_BYTES};
use super::{KeyError, Keyring};

/// Directory of the key files inside the data directory.
pub(super) const DIRECTORY: &str = "keys";
/// The file whose presence means that data depends on the keys.
const LOG_FILE: &str = "log.db";

/// Opens the key files of a data directory.
#[derive(Debug)]
pub struct KeyFiles;

/// Key files made at this start: the person must back them up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeysMade {
    /// Their paths.
    pub files: Vec<PathBuf>,
}

impl KeyFiles {
    /// Reads the keys, or makes those that are missing if no log exists yet. `encryption_key` is the
    /// text of `ENCRYPTION_KEY`; without it the key is a file too.
    ///
    /// # Errors
    /// [`KeyError`]: every case says which file and what to do.
    pub fn open_or_create(
        data_dir: &Path,
        encryption_key: Option<SecretString>,
    ) -> Result<(Keyring, KeysMade), KeyError> {
        let directory = data_dir.join(DIRECTORY);
        create_directory(&directory)?;
        let mut files = Files {
            directory,
            may_create: !data_dir.join(LOG_FILE).exists(),
            made: KeysMade::default(),
        };
        let encryption_key = match encryption_key {
            None => files.load::<KEY_BYTES>("encryption_key")?,
            Some(text) => match KeyMaterial::parse(&text)? {
                KeyMaterial::Raw(bytes) => bytes,
                passphrase @ KeyMaterial::Passphrase(_) => {
                    let salt = files.load::<SALT_BYTES>("passphrase_salt")?;
                    passphrase.into_key(&salt)?
                }
            },
        };
        let dedupe_key = files.load::<KEY_BYTES>("dedupe_key")?;
        let pepper = files.load::<KEY_BYTES>("pepper")?;
        let keyring = Keyring::new(&encryption_key, &dedupe_key, &pepper)?;
        Ok((keyring, files.made))
    }
}

/// Makes the directory of the key files, the owner's alone.
pub(super) fn create_directory(directory: &Path) -> Result<(), KeyError> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
        .map_err(|error| KeyError::File {
            path: directory.to_owned(),
            error,
        })
}

struct Files {
    directory: PathBuf,
    may_create: bool,
    made: KeysMade,
}

impl Files {
    fn load<const N: usize>(&mut self, name: &str) -> Result<Zeroizing<[u8; N]>, KeyError> {
        let path = self.directory.join(name);
        match fs::read_to_string(&path).map(Zeroizing::new) {
            Ok(text) => {
                let mut bytes = Zeroizing::new([0; N]);
                hex::decode_to_slice(text.trim(), bytes.as_mut())
                    .map_err(|_| KeyError::Damaged { path })?;
                Ok(bytes)
            }
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(KeyError::File { path, error })
            }
            Err(_) if !self.may_create => Err(KeyError::Missing { path }),
            Err(_) => {
                let bytes = random_bytes::<N>()?;
                let text = Zeroizing::new(format!("{}\n", hex::encode(*bytes)));
                write_durably(&self.directory, &path, text.as_bytes()).map_err(|error| {
                    KeyError::File {
                        path: path.clone(),
                        error,
                    }
                })?;
                self.made.files.push(path);
                Ok(bytes)
            }
        }
    }
}

/// A crash leaves the whole file or none: half a key would lock the data for ever.
pub(super) fn write_durably(directory: &Path, path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let draft = path.with_extension("new");
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&draft)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&draft, path)?;
    fs::File::open(directory)?.sync_all()
}
