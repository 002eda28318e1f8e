//! The built binary, as a person at the machine runs it.

use std::path::Path;
use std::process::Stdio;

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use super::{APP_SECRET, TestApp, VERIFY_TOKEN};

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) success: bool,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    /// Standard output of a command that must succeed.
    #[track_caller]
    pub(crate) fn good(self) -> String {
        assert!(self.success, "{}{}", self.out, self.err);
        self.out
    }

    /// Standard error of a command that must fail with this code.
    #[track_caller]
    pub(crate) fn refused(self, code: &str) -> String {
        assert!(!self.success, "{}", self.out);
        assert!(self.err.contains(&format!("({code})")), "{}", self.err);
        self.err
    }

    /// The line with a code on it.
    #[track_caller]
    pub(crate) fn line(&self, code: &str) -> &str {
        let has_code = |line: &&str| line.split_whitespace().any(|word| word == code);
        let found = self.out.lines().find(has_code);
        found.unwrap_or_else(|| panic!("no {code} in\n{}{}", self.out, self.err))
    }
}

/// Runs the binary with a data folder and settings.
pub(crate) async fn vestnik_in(
    data_dir: &Path,
    settings: &[(&str, &str)],
    arguments: &[&str],
) -> Said {
    vestnik_fed(data_dir, settings, arguments, "").await
}

/// The same with something on its standard input.
pub(crate) async fn vestnik_fed(
    data_dir: &Path,
    settings: &[(&str, &str)],
    arguments: &[&str],
    input: &str,
) -> Said {
    let folder = data_dir.parent().expect("a folder above");
    let mut child = Command::new(env!("CARGO_BIN_EXE_server"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("ENCRYPTION_KEY")
        .env("LC_ALL", "C")
        .env("DATA_DIR", data_dir)
        .env("PORT", "0")
        .env("SIMULATOR", "off")
        .env("WHATSAPP_APP_SECRET", APP_SECRET)
        .env("WHATSAPP_VERIFY_TOKEN", VERIFY_TOKEN)
        .env("LOG", "warn")
        .envs(settings.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let mut stdin = child.stdin.take().expect("an input");
    // Whoever does not read it closes it.
    let _unread = stdin.write_all(input.as_bytes()).await;
    drop(stdin);
    let done = child.wait_with_output().await.expect("the binary ends");
    Said {
        success: done.status.success(),
        out: String::from_utf8_lossy(&done.stdout).into_owned(),
        err: String::from_utf8_lossy(&done.stderr).into_owned(),
    }
}

impl TestApp {
    /// Runs a command beside the server, with its Meta.
    pub(crate) async fn vestnik(&self, settings: &[(&str, &str)], arguments: &[&str]) -> Said {
        self.vestnik_fed(settings, arguments, "").await
    }

    /// The same with something on its standard input.
    pub(crate) async fn vestnik_fed(
        &self,
        settings: &[(&str, &str)],
        arguments: &[&str],
        input: &str,
    ) -> Said {
        let meta = self.meta.url();
        let mut all = vec![("WHATSAPP_API_URL", &*meta)];
        all.extend(self.database_url().map(|url| ("DATABASE_URL", url)));
        all.extend_from_slice(settings);
        vestnik_fed(&self.folder.path().join("data"), &all, arguments, input).await
    }
}
