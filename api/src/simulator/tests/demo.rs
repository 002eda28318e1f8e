//! The demo on a real server.

use std::sync::Arc;

use application::use_cases::Request;
use application::use_cases::numbers::AddNumber;
use domain::number::{NumberDetails, NumberKind};
use domain::phone::E164;
use secrecy::SecretString;

use crate::bootstrap::{Running, start};
use crate::config::{Config, SimulatorMode};
use crate::i18n::Lang;
use crate::simulator::product::SimulatedNumbers;
use crate::simulator::{BusinessNumbers, demo};

async fn server(folder: &std::path::Path, simulator: &str) -> Running {
    configured(folder, simulator, None).await
}

async fn configured(
    folder: &std::path::Path,
    simulator: &str,
    setting: Option<(&str, &str)>,
) -> Running {
    let data_dir = folder.join("data").display().to_string();
    let env = [
        ("DATA_DIR", data_dir.as_str()),
        ("PORT", "0"),
        ("SIMULATOR", simulator),
    ];
    let env = env.into_iter().chain(setting);
    let env = env.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let config = Config::from_sources(folder, env).expect("a configuration");
    start(config).await.expect("a server")
}

#[tokio::test]
async fn the_first_start_makes_the_demo_and_only_the_first() {
    let folder = tempfile::tempdir().expect("a folder");
    let running = server(folder.path(), "auto").await;
    let made = running.new_demo.expect("made at the first start");
    assert!(made.is_new && made.position > 0);
    assert!(
        demo::next_steps(&made, "vestnik")
            .get(Lang::Ru)
            .contains("vestnik simulate")
    );
    let directory = Arc::clone(&running.app().directory);
    let bound = directory.bot(made.number).expect("a bot answers");
    assert_eq!(bound.version, 1);

    let again = running.make_demo().await.expect("there");
    assert_eq!(
        (again.number, again.is_new, again.position),
        (made.number, false, 0)
    );
    assert_eq!(directory.bot(made.number), Some(bound));
    assert_eq!(directory.numbers().len(), 1);
    assert!(running.stop().await);

    let running = server(folder.path(), "auto").await;
    assert_eq!(running.new_demo, None);
    assert!(running.stop().await);
}

#[tokio::test]
async fn without_the_simulator_no_demo_is_made() {
    let folder = tempfile::tempdir().expect("a folder");
    let running = server(folder.path(), "off").await;
    assert_eq!(running.new_demo, None);
    assert!(running.app().directory.numbers().is_empty());
    assert!(running.stop().await);
}

#[tokio::test]
async fn where_meta_is_configured_only_the_asked_for_simulator_makes_the_demo() {
    let settings = [
        ("WHATSAPP_APP_SECRET", "a-secret-of-metas-dashboard"),
        ("PUBLIC_URL", "https://chat.example.com"),
    ];
    for setting in settings {
        let folder = tempfile::tempdir().expect("a folder");
        let running = configured(folder.path(), "auto", Some(setting)).await;
        assert_eq!(running.new_demo, None, "{setting:?}");
        assert!(running.app().directory.numbers().is_empty());
        // It can still be asked for.
        let asked = running.make_demo().await.expect("made");
        assert!(asked.is_new);
        assert!(running.stop().await);

        let folder = tempfile::tempdir().expect("a folder");
        let running = configured(folder.path(), "on", Some(setting)).await;
        assert!(running.new_demo.is_some(), "{setting:?}");
        assert!(running.stop().await);
    }
}

#[tokio::test]
async fn a_live_number_switches_the_simulator_off_unless_it_was_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let running = server(folder.path(), "auto").await;
    let app = running.app();
    let shown = |mode, phone_number_id: &str| {
        let numbers = SimulatedNumbers {
            directory: Arc::clone(&app.directory),
            mode,
        };
        numbers.display_phone_number(phone_number_id)
    };
    assert!(shown(SimulatorMode::Auto, demo::PHONE_NUMBER_ID).is_some());
    assert!(shown(SimulatorMode::Off, demo::PHONE_NUMBER_ID).is_none());

    let live = AddNumber {
        kind: NumberKind::Live,
        details: NumberDetails {
            display_name: "Live".to_owned(),
            phone_number: E164::parse("+79007654321").expect("a phone"),
            phone_number_id: "123456789012345".to_owned(),
            whatsapp_business_account_id: None,
        },
        access_token: SecretString::from("EAAxxxxxxxxxxxxxxx"),
        app_secret: None,
        is_active: true,
    };
    let request = Request::new(app.ids.next(), "cli");
    app.numbers.add(&request, live).await.expect("added");
    assert!(shown(SimulatorMode::Auto, demo::PHONE_NUMBER_ID).is_none());
    assert!(shown(SimulatorMode::On, demo::PHONE_NUMBER_ID).is_some());
    assert!(shown(SimulatorMode::On, "123456789012345").is_none());
    assert!(running.stop().await);
}
