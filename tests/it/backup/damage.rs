//! What must be refused: damaged backups, wrong and missing keys, a folder with data, a running server. Each
//! refusal has a code and leaves everything as it was.

use std::fs;
use std::path::{Path, PathBuf};

use super::{back_up, data_dir, run, text, vestnik};
use crate::support::TestApp;

/// A small installation's backup and keys.
async fn backed_up() -> (TestApp, PathBuf, PathBuf) {
    let app = TestApp::with_salon().await;
    app.meta.types("79996660001", "Здравствуйте");
    app.meta.shows("79996660001", 2).await;
    app.settled().await;
    let (backup, keys) = back_up(&app, "monday").await;
    (app, backup, keys)
}

fn copy(backup: &Path, name: &str) -> PathBuf {
    let folder = backup.with_file_name(name);
    fs::create_dir(&folder).expect("a folder");
    for file in ["log.db", "manifest.json"] {
        fs::copy(backup.join(file), folder.join(file)).expect("a copy");
    }
    folder
}

/// Nothing but an empty folder with a lock, or not even that.
fn is_untouched(data_dir: &Path) -> bool {
    let Ok(entries) = fs::read_dir(data_dir) else {
        return true;
    };
    entries
        .map(|entry| entry.expect("an entry").file_name())
        .all(|name| name == "lock")
}

#[tokio::test]
async fn damaged_backups_are_refused_and_nothing_is_restored() {
    let (app, backup, keys) = backed_up().await;
    let target = app.folder.path().join("target");
    let bytes = fs::read(backup.join("log.db")).expect("a log");
    let flipped = copy(&backup, "flipped");
    let mut changed = bytes.clone();
    changed[bytes.len() / 2] ^= 1;
    fs::write(flipped.join("log.db"), changed).expect("written");
    let cut = copy(&backup, "cut");
    fs::write(cut.join("log.db"), &bytes[..bytes.len() - 4096]).expect("written");
    let missing = copy(&backup, "missing");
    fs::remove_file(missing.join("log.db")).expect("removed");
    let torn = copy(&backup, "torn");
    let manifest = fs::read_to_string(backup.join("manifest.json")).expect("a manifest");
    fs::write(torn.join("manifest.json"), &manifest[..100]).expect("written");
    let edited = copy(&backup, "edited");
    let other = manifest.replace("\"head\": ", "\"head\": 1");
    fs::write(edited.join("manifest.json"), other).expect("written");
    let bare = copy(&backup, "bare");
    fs::remove_file(bare.join("manifest.json")).expect("removed");
    let newer = copy(&backup, "newer");
    let other = manifest.replace("\"format\": 1", "\"format\": 2");
    fs::write(newer.join("manifest.json"), other).expect("written");
    for (folder, code) in [
        (&flipped, "backup_damaged"),
        (&cut, "backup_damaged"),
        (&missing, "backup_damaged"),
        (&torn, "backup_damaged"),
        (&edited, "backup_damaged"),
        (&bare, "backup_not_found"),
        (&newer, "backup_newer"),
    ] {
        let verify = ["backup", "verify", text(folder)];
        run(&target, &[], &verify).await.refused(code);
        let restore = ["backup", "restore", text(folder), "--keys", text(&keys)];
        run(&target, &[], &restore).await.refused(code);
        assert!(is_untouched(&target), "{folder:?}");
    }
    let russian = ["--lang", "ru", "backup", "verify", text(&flipped)];
    let said = run(&target, &[], &russian).await.refused("backup_damaged");
    assert!(said.contains("Резервная копия повреждена"), "{said}");
}

#[tokio::test]
async fn keys_that_are_missing_or_wrong_are_named_before_anything_changes() {
    let (app, backup, keys) = backed_up().await;
    let target = app.folder.path().join("target");
    let restore = ["backup", "restore", text(&backup)];
    let said = run(&target, &[], &restore).await.refused("keys_missing");
    for name in ["encryption_key", "dedupe_key", "pepper"] {
        assert!(said.contains(name), "{said}");
    }
    let other_key = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    let set = [("ENCRYPTION_KEY", other_key)];
    let with_keys = ["backup", "restore", text(&backup), "--keys", text(&keys)];
    run(&target, &set, &with_keys).await.refused("keys_wrong");
    // Another installation's keys.
    let other = TestApp::start().await;
    let foreign = app.folder.path().join("foreign.txt");
    vestnik(&other, &["keys", "backup", "--output", text(&foreign)])
        .await
        .good();
    let with_foreign = ["backup", "restore", text(&backup), "--keys", text(&foreign)];
    let said = run(&target, &[], &with_foreign).await;
    let said = said.refused("keys_wrong");
    assert!(
        said.contains("encryption_key, dedupe_key, pepper"),
        "{said}"
    );
    let verify = ["backup", "verify", text(&backup), "--keys", text(&foreign)];
    run(&target, &[], &verify).await.refused("keys_wrong");
    // A file that was changed.
    let damaged = app.folder.path().join("damaged.txt");
    let whole = fs::read_to_string(&keys).expect("keys");
    fs::write(&damaged, whole.replacen("pepper = ", "pepper = 0", 1)).expect("written");
    let with_damaged = ["backup", "restore", text(&backup), "--keys", text(&damaged)];
    let said = run(&target, &[], &with_damaged).await;
    said.refused("key_file_damaged");
    assert!(is_untouched(&target));
    // Keys first, the backup then: the second way.
    let put_back = ["keys", "restore", text(&keys)];
    run(&target, &[], &put_back).await.good();
    let said = run(&target, &[], &["keys", "restore", text(&foreign)]).await;
    said.refused("keys_differ");
    run(&target, &[], &restore).await.good();
    let said = run(&target, &[], &["keys", "restore", text(&foreign)]).await;
    said.refused("keys_wrong");
    run(&target, &[], &put_back).await.good();
    run(&target, &[], &["outbound", "status"]).await.good();
    let taken = ["keys", "backup", "--output", text(&keys)];
    run(&target, &[], &taken).await.refused("file_exists");
    assert_eq!(fs::read_to_string(&keys).expect("keys"), whole);
}

#[tokio::test]
async fn folders_with_data_and_running_servers_are_left_alone() {
    let (mut app, backup, keys) = backed_up().await;
    let restore = ["backup", "restore", text(&backup), "--keys", text(&keys)];
    let said = vestnik(&app, &restore).await.refused("data_dir_in_use");
    assert!(said.contains("Stop the server"), "{said}");
    let put_back = ["keys", "restore", text(&keys)];
    vestnik(&app, &put_back).await.refused("data_dir_in_use");
    app.stop().await;
    let log = data_dir(&app).join("log.db");
    let before = fs::read(&log).expect("a log");
    let said = vestnik(&app, &restore).await.refused("data_dir_not_empty");
    assert!(said.contains("log.db"), "{said}");
    assert!(fs::read(&log).expect("a log") == before, "untouched");
    let empty = app.folder.path().join("empty");
    let said = run(&empty, &[], &["backup", "create"]).await;
    said.refused("no_log");
    assert!(!data_dir(&app).join("backups").exists());
}
