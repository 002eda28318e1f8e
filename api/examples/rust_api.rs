//! The seed's Python examples in Rust: `send_text_message`, `send_interactive_buttons`, `process_message`.
//!
//! `cargo run --example rust_api` runs it with the settings of the working folder (`.env`, as for
//! `vestnik serve`) and the number whose id is given; its customer must have a phone that the number may
//! write to:
//!
//! ```text
//! cargo run --example rust_api -- 123456789012345 79991112233
//! ```

use anyhow::Context;
use api::bootstrap::{Running, start};
use api::config::Config;
use api::embed::{BotProcessor, IncomingText, Processed, get_whatsapp_service};

/// Lets the bot process a message of the customer, then writes to the customer; what happened, line by line.
pub(crate) async fn run(
    running: &Running,
    phone_number_id: &str,
    customer: &str,
    message_id: &str,
) -> anyhow::Result<Vec<String>> {
    let mut lines = Vec::new();

    // Process a message through the bot.
    let bot_processor = BotProcessor::new(running);
    let message = IncomingText {
        phone_number_id: phone_number_id.to_owned(),
        from: customer.to_owned(),
        name: "Анна".to_owned(),
        id: message_id.to_owned(),
        text: "Здравствуйте".to_owned(),
    };
    let processed = bot_processor.process_message(&message).await?;
    lines.push(match processed {
        Processed::ByBot => "Сообщение обработано ботом".to_owned(),
        Processed::NeedsOperator(reason) => {
            format!("Бот не активен, требуется оператор: {reason:?}")
        }
    });

    // The service of the number.
    let whatsapp_service = get_whatsapp_service(running, phone_number_id)?;

    // Send a text.
    let text = whatsapp_service
        .send_text_message(customer, "Привет! Это сообщение от бота.")
        .await?;
    lines.push(format!("text {text}"));

    // Send buttons.
    let options = [("1", "Опция 1"), ("2", "Опция 2"), ("3", "Опция 3")];
    let buttons = whatsapp_service
        .send_interactive_buttons(customer, "Выберите опцию:", &options)
        .await?;
    lines.push(format!("buttons {buttons}"));
    Ok(lines)
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let phone_number_id = arguments.next().context("the number's phone_number_id")?;
    let customer = arguments
        .next()
        .context("the customer's phone, digits only")?;
    let running = start(Config::load()?).await?;
    let message_id = format!("example-{}", running.app().log.head());
    let lines = run(&running, &phone_number_id, &customer, &message_id).await;
    running.stop().await;
    for line in lines? {
        write(&line)?;
    }
    Ok(())
}

fn write(line: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    writeln!(std::io::stdout().lock(), "{line}")
}
