//! Scripts of `tests/js`: clients and audits of others, run by Node.js where it is found.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Files of `tests/js` that make the packages.
const MANIFESTS: [&str; 2] = ["package.json", "package-lock.json"];

fn target() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target")
}

/// Runs a script of `tests/js` with these variables; `None` where Node.js or its packages cannot be had,
/// which `make test` then says.
pub(crate) async fn run_script(
    script: &'static str,
    variables: Vec<(&'static str, String)>,
) -> anyhow::Result<Option<Output>> {
    tokio::task::spawn_blocking(move || run(script, variables)).await?
}

fn run(script: &str, variables: Vec<(&str, String)>) -> anyhow::Result<Option<Output>> {
    let Some(folder) = packages()? else {
        not_run(&format!(
            "tests/js/{script}: no Node.js, or no packages for it"
        ))?;
        return Ok(None);
    };
    let source = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("js")
        .join(script);
    // Beside its packages, because Node.js looks for them beside the script.
    let copied = folder.join(script);
    std::fs::copy(source, &copied)?;
    let output = Command::new("node")
        .arg(&copied)
        .envs(variables)
        .current_dir(&folder)
        .output()?;
    Ok(Some(output))
}

/// The folder with the packages, installed once for all tests; `None` where they cannot be had.
pub(crate) fn packages() -> anyhow::Result<Option<PathBuf>> {
    let has_node = Command::new("node").arg("--version").output();
    if !has_node.is_ok_and(|output| output.status.success()) {
        return Ok(None);
    }
    let folder = target().join("js");
    std::fs::create_dir_all(&folder)?;
    let lock = std::fs::File::create(folder.join(".lock"))?;
    lock.lock()?;
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("js");
    let wanted = std::fs::read(sources.join(MANIFESTS[1]))?;
    let done = folder.join("installed.json");
    if std::fs::read(&done).is_ok_and(|installed| installed == wanted) {
        return Ok(Some(folder));
    }
    for file in MANIFESTS {
        std::fs::copy(sources.join(file), folder.join(file))?;
    }
    let installed = Command::new("npm")
        .args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"])
        .current_dir(&folder)
        .output();
    if !installed.is_ok_and(|output| output.status.success()) {
        return Ok(None);
    }
    std::fs::write(done, wanted)?;
    Ok(Some(folder))
}

/// Says what did not run in the last line of `make test`.
pub(crate) fn not_run(what: &str) -> anyhow::Result<()> {
    use std::io::Write as _;
    let target = target();
    std::fs::create_dir_all(&target)?;
    let mut file = std::fs::OpenOptions::new()
        .append(true)
        .create(true)
        .open(target.join("not-run.txt"))?;
    writeln!(file, "{what}")?;
    Ok(())
}
