//! The demo: a simulated number with the salon's bot, so that a first conversation needs nothing from Meta.
//!
//! Invariant: making it again changes nothing while a bot answers on the number.

use application::ports::directory::Directory;
use application::use_cases::bots::{Bots, ImportBot};
use application::use_cases::numbers::{AddNumber, Numbers};
use application::use_cases::{Request, UseCaseError};
use domain::ids::NumberId;
use domain::number::{NumberDetails, NumberKind};
use domain::phone::E164;
use secrecy::SecretString;

use crate::config::{Config, SimulatorMode};
use crate::i18n::Text;

/// Meta's id of the demo's number, as it would be.
pub const PHONE_NUMBER_ID: &str = "100000000000001";
/// WABA of the demo's number.
pub const WABA_ID: &str = super::payload::WABA_ID;
/// The number as it is shown.
pub const PHONE_NUMBER: &str = "+79001234567";
/// The number's name.
pub const DISPLAY_NAME: &str = "Салон красоты (демо)";
/// The bot's name.
pub const BOT_NAME: &str = "Салон";
/// The seed's salon scenario.
pub const SCENARIO: &[u8] = include_bytes!("../../../domain/scenarios/salon.json");

/// What there is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demo {
    /// The demo's number.
    pub number: NumberId,
    /// Whether anything was made just now.
    pub is_new: bool,
    /// The read models that passed this position show it; 0 where nothing was made.
    pub position: u64,
}

/// Makes the demo where it is not there: the number, and the bot where none answers on it.
///
/// # Errors
/// [`UseCaseError`]; `number_exists` where a live number has the demo's phone number id.
pub async fn ensure(
    numbers: &Numbers,
    bots: &Bots,
    request: &Request,
) -> Result<Demo, UseCaseError> {
    let directory = &numbers.directory;
    let (number, mut position, mut is_new) =
        match directory.number_by_phone_number_id(PHONE_NUMBER_ID) {
            Some(known) if known.row.kind == NumberKind::Simulated => (known.row.id, 0, false),
            // Adding says what is wrong with a live one.
            _ => {
                let added = numbers.add(request, number(request)?).await?;
                (added.value, added.position, true)
            }
        };
    if directory.bot(number).is_none() {
        let import = ImportBot {
            name: BOT_NAME.to_owned(),
            definition: SCENARIO.to_vec(),
            phone_number_id: Some(PHONE_NUMBER_ID.to_owned()),
            publish: true,
        };
        position = position.max(bots.import(request, import).await?.position);
        is_new = true;
    }
    Ok(Demo {
        number,
        is_new,
        position,
    })
}

fn number(request: &Request) -> Result<AddNumber, UseCaseError> {
    let phone_number = E164::parse(PHONE_NUMBER).map_err(|_| UseCaseError::NotFound)?;
    Ok(AddNumber {
        kind: NumberKind::Simulated,
        details: NumberDetails {
            display_name: DISPLAY_NAME.to_owned(),
            phone_number,
            phone_number_id: PHONE_NUMBER_ID.to_owned(),
            whatsapp_business_account_id: Some(WABA_ID.to_owned()),
        },
        // No secret: it opens nothing but the simulator of this installation.
        access_token: SecretString::from(format!(
            "simulated-{}",
            request.id("demo token").simple()
        )),
        app_secret: None,
        is_active: true,
    })
}

/// Whether the simulator runs: by itself only while there is no live number.
pub fn runs(mode: SimulatorMode, directory: &dyn Directory) -> bool {
    match mode {
        SimulatorMode::On => true,
        SimulatorMode::Off => false,
        SimulatorMode::Auto => !directory
            .numbers()
            .iter()
            .any(|number| number.row.kind == NumberKind::Live && !number.row.is_removed),
    }
}

/// Whether this start is the first and makes the demo: no number is there, and by itself (`auto`) nothing says either
/// that Meta will deliver here.
pub fn is_first_start(config: &Config, directory: &dyn Directory) -> bool {
    let is_wanted = match config.simulator {
        SimulatorMode::On => true,
        SimulatorMode::Off => false,
        SimulatorMode::Auto => config.app_secrets.is_empty() && config.public_url.is_none(),
    };
    is_wanted && directory.numbers().is_empty()
}

/// What to type next; `program` is how this program was called.
pub fn next_steps(demo: &Demo, program: &str) -> Text {
    let (made_en, made_ru) = if demo.is_new {
        ("The demo is ready", "Демо готово")
    } else {
        ("The demo is there", "Демо на месте")
    };
    let simulate = format!("{program} simulate");
    let token = format!("{program} token create --name me --role admin");
    let number = format!("{program} numbers add --help");
    let width = token.len();
    Text::made(
        format!(
            "{made_en}: {DISPLAY_NAME}, {PHONE_NUMBER}, with the bot «{BOT_NAME}».\n\
             Next, in a second terminal:\n  \
             {simulate:width$}   a phone in the terminal: write to the bot\n  \
             {token:width$}   a token for the API\n  \
             {number:width$}   connect a real number\n"
        ),
        format!(
            "{made_ru}: {DISPLAY_NAME}, {PHONE_NUMBER}, с ботом «{BOT_NAME}».\n\
             Дальше, во втором терминале:\n  \
             {simulate:width$}   телефон в терминале: напишите боту\n  \
             {token:width$}   токен для API\n  \
             {number:width$}   подключить настоящий номер\n"
        ),
    )
}
