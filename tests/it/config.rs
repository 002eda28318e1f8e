//! The seed's own configuration: copied verbatim it starts, and says what should be changed.

use std::path::Path;

use api::bootstrap;
use api::config::Config;
use api::i18n::Lang;

/// The seed's `.env`, character for character.
const SEED: &str = "# Backend .env
WHATSAPP_API_URL=https://graph.facebook.com/v18.0
WHATSAPP_VERIFY_TOKEN=your_secret_verify_token_12345
WHATSAPP_APP_SECRET=your_app_secret_from_meta

# Encryption key для токенов (32 символа)
ENCRYPTION_KEY=your-encryption-key-32-characters
";

fn read(folder: &Path, env_file: &str, more: &[(&str, &str)]) -> Result<Config, String> {
    std::fs::write(folder.join(".env"), env_file).expect("a file");
    let data = folder.join("data").display().to_string();
    let mut env = vec![
        ("DATA_DIR".to_owned(), data),
        ("PORT".to_owned(), "0".to_owned()),
    ];
    env.extend(
        more.iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
    );
    Config::from_sources(folder, env).map_err(|error| error.to_string())
}

fn warnings(config: &Config, lang: Lang) -> String {
    let said: Vec<&str> = config
        .warnings
        .iter()
        .map(|warning| warning.get(lang))
        .collect();
    said.join("\n")
}

#[tokio::test]
async fn the_seeds_settings_start_and_warn() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = read(folder.path(), SEED, &[]).expect("a good configuration");
    for lang in [Lang::En, Lang::Ru] {
        let said = warnings(&config, lang);
        for name in [
            "WHATSAPP_VERIFY_TOKEN",
            "WHATSAPP_APP_SECRET",
            "ENCRYPTION_KEY",
            "WHATSAPP_API_URL",
        ] {
            assert!(said.contains(name), "{name}: {said}");
        }
        assert!(said.contains("v18") && said.contains("v25.0"), "{said}");
    }
    let running = bootstrap::start(config).await.expect("the server starts");
    assert!(running.new_verify_token.is_none());
    assert!(running.stop().await);
}

#[test]
fn the_seeds_examples_are_refused_where_strangers_come() {
    let folder = tempfile::tempdir().expect("a folder");
    let error = read(
        folder.path(),
        SEED,
        &[("PUBLIC_URL", "https://bots.example.com")],
    )
    .expect_err("a public server with everyone's secrets");
    for name in [
        "WHATSAPP_VERIFY_TOKEN",
        "WHATSAPP_APP_SECRET",
        "ENCRYPTION_KEY",
    ] {
        assert!(error.contains(name), "{error}");
    }
}

#[test]
fn a_dead_version_warns_and_a_living_one_does_not() {
    let folder = tempfile::tempdir().expect("a folder");
    for (version, warns) in [("v18.0", true), ("v20.0", true), ("v25.0", false)] {
        let line = format!("WHATSAPP_API_URL=https://graph.facebook.com/{version}\n");
        let config = read(folder.path(), &line, &[]).expect("a good configuration");
        assert_eq!(!config.warnings.is_empty(), warns, "{version}");
    }
}

#[test]
fn all_problems_are_named_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let bad = "PORT=http\nENCRYPTION_KEY=short\nLOG_FORMAT=xml\nSEND_TIMEOUT_SECONDS=0\n";
    let error = read(folder.path(), bad, &[("PORT", "http")]).expect_err("four problems");
    for name in [
        "PORT",
        "ENCRYPTION_KEY",
        "LOG_FORMAT",
        "SEND_TIMEOUT_SECONDS",
    ] {
        assert!(error.contains(name), "{error}");
    }
    assert!(!error.contains("short"), "the key itself is shown: {error}");
}
