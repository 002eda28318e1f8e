//! The demo on a real store.

use std::sync::Arc;

use application::execute::Executor;
use application::ports::clock::IdGenerator;
use application::tasks::Tasks;
use application::use_cases::Request;
use application::use_cases::bots::Bots;
use application::use_cases::numbers::{AddNumber, Numbers};
use domain::number::{NumberDetails, NumberKind};
use domain::phone::E164;
use infrastructure::database::blobs::Sha256Hasher;
use infrastructure::database::{Database, OpenOptions};
use infrastructure::keys::Keyring;
use infrastructure::system::{SystemClock, SystemIds};
use secrecy::SecretString;

use crate::config::SimulatorMode;
use crate::i18n::Lang;
use crate::simulator::product::SimulatedNumbers;
use crate::simulator::{BusinessNumbers, demo};

#[tokio::test]
async fn the_demo_is_made_once_and_gives_way_to_a_live_number() {
    let folder = tempfile::tempdir().expect("a folder");
    let tasks = Tasks::default();
    let keyring = Arc::new(Keyring::random().expect("keys"));
    let options = OpenOptions {
        data_dir: folder.path().to_owned(),
        keyring: Arc::clone(&keyring),
        clock: Arc::new(SystemClock),
        ids: Arc::new(SystemIds),
    };
    let database = Database::open(options, &tasks).await.expect("opens");
    let executor = Arc::new(Executor::new(database.log.clone(), 1 << 20));
    let numbers = Numbers {
        executor: Arc::clone(&executor),
        directory: database.directory.clone(),
        inbox: Arc::clone(&database.inbox),
        clock: Arc::new(SystemClock),
        hashes: keyring,
    };
    let bots = Bots {
        executor,
        directory: database.directory.clone(),
        hasher: Arc::new(Sha256Hasher),
        clock: Arc::new(SystemClock),
    };
    let directory = numbers.directory.as_ref();
    assert!(demo::is_first_start(SimulatorMode::Auto, directory));
    assert!(!demo::is_first_start(SimulatorMode::Off, directory));

    let request = || Request::new(SystemIds.next(), "cli");
    let made = demo::ensure(&numbers, &bots, &request())
        .await
        .expect("made");
    assert!(made.is_new && made.position > 0);
    let bound = directory.bot(made.number).expect("a bot answers");
    assert_eq!(bound.version, 1);
    assert!(
        demo::next_steps(&made)
            .get(Lang::Ru)
            .contains("vestnik simulate")
    );

    let again = demo::ensure(&numbers, &bots, &request())
        .await
        .expect("there");
    assert_eq!(
        (again.number, again.is_new, again.position),
        (made.number, false, 0)
    );
    assert_eq!(directory.bot(made.number), Some(bound));
    assert_eq!(directory.numbers().len(), 1);
    assert!(!demo::is_first_start(SimulatorMode::Auto, directory));

    let known = directory
        .number_by_phone_number_id(demo::PHONE_NUMBER_ID)
        .expect("known");
    assert_eq!(known.row.kind, NumberKind::Simulated);
    let simulated = |mode| SimulatedNumbers {
        directory: numbers.directory.clone(),
        mode,
    };
    assert!(
        simulated(SimulatorMode::Auto)
            .display_phone_number(demo::PHONE_NUMBER_ID)
            .is_some()
    );
    assert!(
        simulated(SimulatorMode::Off)
            .display_phone_number(demo::PHONE_NUMBER_ID)
            .is_none()
    );
    assert!(!simulated(SimulatorMode::On).accepts_token(demo::PHONE_NUMBER_ID, "guessed"));

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
    numbers.add(&request(), live).await.expect("added");
    assert!(
        simulated(SimulatorMode::Auto)
            .display_phone_number(demo::PHONE_NUMBER_ID)
            .is_none()
    );
    assert!(
        simulated(SimulatorMode::On)
            .display_phone_number(demo::PHONE_NUMBER_ID)
            .is_some()
    );
    assert!(
        simulated(SimulatorMode::On)
            .display_phone_number("123456789012345")
            .is_none()
    );
    tasks.stop().cancel();
}
