//! All keys of an installation in one file of its own, apart from the backups that it opens.
//!
//! Lines of `name = value`, the last one a checksum. The key-encryption key is written as it is used, also
//! where it comes from `ENCRYPTION_KEY`, so that the file alone is enough. Invariants: nothing is written
//! before everything was checked, and no other key is ever replaced.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::data_key::KeyBytes;
use super::key_files::{DIRECTORY, create_directory, write_durably};
use super::key_material::{KeyMaterial, SALT_BYTES};
use super::{KeyError, Keyring};
use crate::backup::files;

/// Format of the file.
const FORMAT: &str = "1";
const HEAD: &str = "# Keys of Vestnik. With this file a backup can be read: keep the two apart.\n";
const ENCRYPTION_KEY: &str = "encryption_key";
const SALT: &str = "passphrase_salt";
const DEDUPE_KEY: &str = "dedupe_key";
const PEPPER: &str = "pepper";
const VERIFY_TOKEN: &str = "verify_token";

/// The keys of an installation.
pub struct KeyBackup {
    encryption_key: KeyBytes,
    dedupe_key: KeyBytes,
    pepper: KeyBytes,
    /// Only where `ENCRYPTION_KEY` is a passphrase.
    salt: Option<Zeroizing<[u8; SALT_BYTES]>>,
    /// Only where the installation made its own.
    verify_token: Option<SecretString>,
}

impl std::fmt::Debug for KeyBackup {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("KeyBackup(..)")
    }
}

impl KeyBackup {
    /// Reads the keys that an installation uses; makes none.
    ///
    /// # Errors
    /// [`KeyError::MissingAll`] names every file that should be there; [`KeyError`].
    pub fn of_data_dir(
        data_dir: &Path,
        encryption_key: Option<&SecretString>,
    ) -> Result<Self, KeyError> {
        let directory = data_dir.join(DIRECTORY);
        let mut missing = Vec::new();
        let (encryption_key, salt) = match encryption_key.map(KeyMaterial::parse).transpose()? {
            None => (file(&directory, ENCRYPTION_KEY, &mut missing)?, None),
            Some(KeyMaterial::Raw(bytes)) => (Some(bytes), None),
            Some(passphrase) => match file(&directory, SALT, &mut missing)? {
                None => (None, None),
                Some(salt) => (Some(passphrase.into_key(&salt)?), Some(salt)),
            },
        };
        let dedupe_key = file(&directory, DEDUPE_KEY, &mut missing)?;
        let pepper = file(&directory, PEPPER, &mut missing)?;
        let (Some(encryption_key), Some(dedupe_key), Some(pepper)) =
            (encryption_key, dedupe_key, pepper)
        else {
            return Err(KeyError::MissingAll { paths: missing });
        };
        let path = directory.join(VERIFY_TOKEN);
        let verify_token = match fs::read_to_string(&path) {
            Ok(text) => Some(SecretString::from(text.trim())),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(KeyError::File { path, error }),
        };
        Ok(Self {
            encryption_key,
            dedupe_key,
            pepper,
            salt,
            verify_token,
        })
    }

    /// Reads a file that [`Self::write`] made.
    ///
    /// # Errors
    /// [`KeyError::BackupDamaged`] for anything else; [`KeyError::File`].
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let text = fs::read_to_string(path)
            .map(Zeroizing::new)
            .map_err(|error| match error.kind() {
                ErrorKind::InvalidData => damaged(path),
                _ => file_error(path, error),
            })?;
        let (body, check) = text.rsplit_once("check = ").ok_or_else(|| damaged(path))?;
        if check.trim() != checksum(body) {
            return Err(damaged(path));
        }
        let values: BTreeMap<&str, &str> = body
            .lines()
            .filter_map(|line| line.split_once(" = "))
            .collect();
        let known = values.get("format") == Some(&FORMAT);
        let keys = (
            values.get(ENCRYPTION_KEY).and_then(|hex| bytes(hex)),
            values.get(DEDUPE_KEY).and_then(|hex| bytes(hex)),
            values.get(PEPPER).and_then(|hex| bytes(hex)),
        );
        let (true, (Some(encryption_key), Some(dedupe_key), Some(pepper))) = (known, keys) else {
            return Err(damaged(path));
        };
        Ok(Self {
            encryption_key,
            dedupe_key,
            pepper,
            salt: values.get(SALT).and_then(|hex| bytes(hex)),
            verify_token: values
                .get(VERIFY_TOKEN)
                .map(|text| SecretString::from(*text)),
        })
    }

    /// Writes all keys into one new file of mode 0600.
    ///
    /// # Errors
    /// [`KeyError::Exists`], [`KeyError::File`].
    pub fn write(&self, path: &Path) -> Result<(), KeyError> {
        files::write_new(path, self.text().as_bytes()).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => KeyError::Exists {
                path: path.to_owned(),
            },
            _ => file_error(path, error),
        })
    }

    fn text(&self) -> Zeroizing<String> {
        // Room for all of it, so that growing leaves no copy behind.
        let mut text = Zeroizing::new(String::with_capacity(2_048));
        text.push_str(HEAD);
        let mut line = |name: &str, value: &str| {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{name} = {value}");
        };
        line("format", FORMAT);
        for (name, hex) in self.key_files() {
            line(name, &hex);
        }
        if let Some(token) = &self.verify_token {
            line(VERIFY_TOKEN, token.expose_secret());
        }
        let check = checksum(&text);
        let _ = writeln!(text, "check = {check}");
        text
    }

    /// The keyring of these keys.
    ///
    /// # Errors
    /// As [`Keyring::new`].
    pub fn keyring(&self) -> Result<Keyring, KeyError> {
        Keyring::new(&self.encryption_key, &self.dedupe_key, &self.pepper)
    }

    /// Checks that the keys may be put into a data folder; answers what is to be written there.
    ///
    /// # Errors
    /// [`KeyError::Differs`] where another key lies, [`KeyError::SettingDiffers`] where `ENCRYPTION_KEY` is
    /// set to another one. Nothing was written.
    pub fn plan(
        &self,
        data_dir: &Path,
        encryption_key: Option<&SecretString>,
    ) -> Result<KeyPlan, KeyError> {
        let directory = data_dir.join(DIRECTORY);
        let mut files = self.key_files();
        if let Some(setting) = encryption_key {
            let salt = self.salt.as_deref();
            let set = match (KeyMaterial::parse(setting)?, salt) {
                (KeyMaterial::Raw(bytes), _) => Some(bytes),
                (passphrase, Some(salt)) => Some(passphrase.into_key(salt)?),
                (KeyMaterial::Passphrase(_), None) => None,
            };
            if set.as_deref() != Some(&*self.encryption_key) {
                return Err(KeyError::SettingDiffers);
            }
            // Where it is a setting it shall not lie beside the data as well.
            files.retain(|(name, _)| *name != ENCRYPTION_KEY);
        }
        if let Some(token) = &self.verify_token {
            files.push((
                VERIFY_TOKEN,
                Zeroizing::new(token.expose_secret().to_owned()),
            ));
        }
        let mut plan = KeyPlan {
            directory: directory.clone(),
            files: Vec::new(),
        };
        for (name, value) in files {
            let path = directory.join(name);
            match fs::read_to_string(&path).map(Zeroizing::new) {
                Ok(present) if present.trim() == value.as_str() => {}
                // A verify token is told to Meta anew at any time: the present one stays.
                Ok(_) if name == VERIFY_TOKEN => {}
                Ok(_) => return Err(KeyError::Differs { path }),
                Err(error) if error.kind() == ErrorKind::NotFound => plan.files.push((path, value)),
                Err(error) => return Err(file_error(&path, error)),
            }
        }
        Ok(plan)
    }

    /// The key files with their hex digits.
    fn key_files(&self) -> Vec<(&'static str, Zeroizing<String>)> {
        let hex = |bytes: &[u8]| Zeroizing::new(hex::encode(bytes));
        let mut files = vec![
            (ENCRYPTION_KEY, hex(&*self.encryption_key)),
            (DEDUPE_KEY, hex(&*self.dedupe_key)),
            (PEPPER, hex(&*self.pepper)),
        ];
        files.extend(self.salt.as_ref().map(|salt| (SALT, hex(&**salt))));
        files
    }
}

/// Key files to be written, checked.
pub struct KeyPlan {
    directory: PathBuf,
    files: Vec<(PathBuf, Zeroizing<String>)>,
}

impl std::fmt::Debug for KeyPlan {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("KeyPlan")
            .field("directory", &self.directory)
            .finish_non_exhaustive()
    }
}

impl KeyPlan {
    /// Writes them, mode 0600; answers which.
    ///
    /// # Errors
    /// [`KeyError::File`].
    pub fn carry_out(self) -> Result<Vec<PathBuf>, KeyError> {
        create_directory(&self.directory)?;
        let mut written = Vec::with_capacity(self.files.len());
        for (path, value) in self.files {
            let line = Zeroizing::new(format!("{}\n", value.as_str()));
            write_durably(&self.directory, &path, line.as_bytes())
                .map_err(|error| file_error(&path, error))?;
            written.push(path);
        }
        Ok(written)
    }
}

fn file<const N: usize>(
    directory: &Path,
    name: &str,
    missing: &mut Vec<PathBuf>,
) -> Result<Option<Zeroizing<[u8; N]>>, KeyError> {
    let path = directory.join(name);
    match fs::read_to_string(&path).map(Zeroizing::new) {
        Ok(text) => bytes(text.trim())
            .map(Some)
            .ok_or(KeyError::Damaged { path }),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            missing.push(path);
            Ok(None)
        }
        Err(error) => Err(KeyError::File { path, error }),
    }
}

fn bytes<const N: usize>(text: &str) -> Option<Zeroizing<[u8; N]>> {
    let mut bytes = Zeroizing::new([0; N]);
    hex::decode_to_slice(text, bytes.as_mut()).ok()?;
    Some(bytes)
}

fn checksum(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

fn damaged(path: &Path) -> KeyError {
    KeyError::BackupDamaged {
        path: path.to_owned(),
    }
}

fn file_error(path: &Path, error: std::io::Error) -> KeyError {
    KeyError::File {
        path: path.to_owned(),
        error,
    }
}
