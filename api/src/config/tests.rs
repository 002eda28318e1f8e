//! Settings: what is taken, what is refused, and with which words.

use std::path::Path;

use secrecy::ExposeSecret;

use super::describe::SETTINGS;
use super::sources::NAMES;
use super::{Config, ConfigError};
use crate::i18n::Lang;

fn read(folder: &Path, env: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let env = env
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::from_sources(folder, env)
}

fn read_env(env: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    read(folder.path(), env)
}

#[test]
fn nothing_set_gives_the_defaults() {
    let config = read_env(&[]).unwrap();
    assert_eq!(
        (config.port, config.host.to_string()),
        (8000, "127.0.0.1".to_owned())
    );
    assert_eq!(config.data_dir, Path::new("./data"));
    assert!(config.verify_token.is_none() && config.app_secrets.is_empty());
    assert!(config.warnings.is_empty());
    assert_eq!(
        config.webhook_url(8000),
        "http://localhost:8000/api/v1/webhooks/whatsapp"
    );
}

#[test]
fn environment_wins_over_dot_env_over_file_over_defaults() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("vestnik.toml"),
        "port = 1\ncache_mb = 2\nlog = \"warn\"\n",
    )
    .unwrap();
    std::fs::write(
        folder.path().join(".env"),
        "PORT=3\nCACHE_MB=4\nOTHER=kept-out\n",
    )
    .unwrap();
    let config = read(folder.path(), &[("PORT", "5"), ("HOME", "/root")]).unwrap();
    assert_eq!(
        (config.port, config.cache_mb, config.log.as_str()),
        (5, 4, "warn")
    );
}

#[test]
fn empty_values_count_as_not_set() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(".env"), "PORT=9000\nPUBLIC_URL=\n").unwrap();
    let config = read(folder.path(), &[("PORT", "")]).unwrap();
    assert_eq!((config.port, config.public_url), (9000, None));
}

const SEED: &str = "# Backend .env
WHATSAPP_API_URL=https://graph.facebook.com/v18.0
WHATSAPP_VERIFY_TOKEN=your_secret_verify_token_12345
WHATSAPP_APP_SECRET=your_app_secret_from_meta

# Encryption key для токенов (32 символа)
ENCRYPTION_KEY=your-encryption-key-32-characters
";

#[test]
fn the_seeds_example_starts_and_warns() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(".env"), SEED).unwrap();
    let config = read(folder.path(), &[]).unwrap();
    assert_eq!(config.warnings.len(), 4, "{:?}", config.warnings);
    assert_eq!(config.app_secrets.len(), 1);
}

#[test]
fn the_seeds_example_is_refused_where_strangers_reach_it() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(".env"), SEED).unwrap();
    let error = read(folder.path(), &[("PUBLIC_URL", "https://shop.example.com")]).unwrap_err();
    let names: Vec<&str> = error
        .0
        .iter()
        .map(|problem| problem.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "WHATSAPP_VERIFY_TOKEN",
            "WHATSAPP_APP_SECRET",
            "ENCRYPTION_KEY"
        ]
    );
    assert!(read(folder.path(), &[("PUBLIC_URL", "http://localhost:8000")]).is_ok());
}

#[test]
fn several_app_secrets_are_separated_by_commas() {
    let config = read_env(&[("WHATSAPP_APP_SECRET", "new-secret, old-secret")]).unwrap();
    let secrets: Vec<&str> = config
        .app_secrets
        .iter()
        .map(ExposeSecret::expose_secret)
        .collect();
    assert_eq!(secrets, ["new-secret", "old-secret"]);
}

#[test]
fn all_problems_are_named_at_once_with_a_remedy() {
    let error = read_env(&[
        ("PORT", "80000"),
        ("HOST", "everywhere"),
        ("PUBLIC_URL", "shop"),
        ("ENCRYPTION_KEY", "short"),
        ("SIMULATOR", "maybe"),
        ("METRICS_ADDR", "0.0.0.0:9100"),
        ("DATABASE_URL", "postgres://["),
        ("CORS_ORIGINS", "https://a.example/path"),
        ("SEND_TIMEOUT_SECONDS", "0"),
    ])
    .unwrap_err();
    assert_eq!(error.0.len(), 9, "{error}");
    for problem in &error.0 {
        for text in [&problem.problem, &problem.remedy] {
            assert_ne!(text.get(Lang::En), text.get(Lang::Ru), "{problem}");
        }
    }
    assert!(error.shown(Lang::Ru).contains("нужно не меньше 32"));
    assert!(error.to_string().contains("at least 32 are needed"));
    assert!(
        !error.to_string().contains("short"),
        "a secret is never repeated"
    );
}

#[test]
fn unknown_names_in_the_file_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("vestnik.toml"), "prot = 1\n").unwrap();
    let error = read(folder.path(), &[]).unwrap_err();
    assert_eq!(error.0[0].name, "PROT");
}

#[test]
fn a_broken_line_of_dot_env_is_not_repeated() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join(".env"),
        "WHATSAPP_APP_SECRET=with spaces hidden\n",
    )
    .unwrap();
    let error = read(folder.path(), &[]).unwrap_err();
    assert!(!error.to_string().contains("hidden"), "{error}");
}

#[test]
fn sqlite_urls_name_the_data_folder() {
    let config = read_env(&[("DATABASE_URL", "sqlite:/var/lib/vestnik")]).unwrap();
    assert_eq!(config.data_dir, Path::new("/var/lib/vestnik"));
}

#[test]
fn postgres_urls_name_the_server_and_are_not_printed() {
    let url = "postgres://vestnik:s3cret@db.example/vestnik";
    let config = read_env(&[("DATABASE_URL", url)]).unwrap();
    assert!(config.server.is_some());
    assert_eq!(config.data_dir, Path::new("./data"));
    assert!(!format!("{config:?}").contains("s3cret"));
}

#[test]
fn every_setting_is_described() {
    let mut described: Vec<&str> = SETTINGS.iter().map(|one| one.name).collect();
    let mut known = NAMES.to_vec();
    described.sort_unstable();
    known.sort_unstable();
    assert_eq!(described, known);
}
