//! The command line. Commands work beside a running server, which sees them at once, and without one. Exceptions:
//! `simulate` and `events export --follow` need one; `copy`, `restored`, `backup restore` and `keys restore` refuse one.

mod access_args;
mod activity;
mod args;
mod backup;
mod bar;
mod bots;
mod client;
mod completions;
mod contacts;
mod conversations;
mod copy;
mod demo;
mod doctor;
mod event_target;
mod events;
mod events_args;
mod help;
mod keys;
mod log_level;
mod look_args;
mod nodes;
mod numbers;
mod outbound;
mod output;
mod place_args;
mod projections;
mod serve;
mod simulate;
mod token;
mod webhook;

use std::process::ExitCode;

pub use args::Cli;
use args::{BotsCommand, Command};
use client::Server;
use events_args::EventsCommand;

use crate::config::{Config, terminal_locale};
use crate::i18n::{Lang, Text};

/// Parses the arguments and does what they say.
pub fn main() -> ExitCode {
    let locale = Lang::from_locale(terminal_locale().as_deref().unwrap_or(""));
    let cli = help::parse(locale);
    let lang = cli.lang.unwrap_or(locale);
    match run(cli.command.unwrap_or(Command::Serve), lang) {
        Ok(code) => code,
        // Whoever read the result (`| head`) has enough of it.
        Err(error) if nobody_reads(&error) => ExitCode::FAILURE,
        Err(error) => {
            let word = Text::new("error", "ошибка");
            output::tell(&format!("{}: {error:#}", word.get(lang)));
            ExitCode::FAILURE
        }
    }
}

fn nobody_reads(error: &anyhow::Error) -> bool {
    let error = error.downcast_ref::<std::io::Error>();
    error.is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

fn run(command: Command, lang: Lang) -> anyhow::Result<ExitCode> {
    let config = Config::load();
    match &command {
        // Needs neither a configuration nor a server, so that a build can ask for it.
        Command::Schema => {
            output::result(crate::graphql::sdl().trim_end())?;
            return Ok(ExitCode::SUCCESS);
        }
        Command::Completions { shell } => return completions::run(*shell).map(succeeded),
        Command::Bots(BotsCommand::Validate { file }) => {
            return bots::validate(file, lang).map(succeeded);
        }
        _ => {}
    }
    if let Command::Events(EventsCommand::Schema { event_type }) = &command {
        return events::schema(event_type.as_deref(), lang).map(succeeded);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    // It tells of settings that cannot be used as well.
    if let Command::Doctor(args) = &command {
        return runtime.block_on(doctor::run(config, args, lang));
    }
    let config = config.map_err(|error| anyhow::anyhow!(error.shown(lang)))?;
    if let Command::Webhook(command) = command {
        return webhook::run(&config, command).map(succeeded);
    }
    let done = runtime.block_on(async move {
        match command {
            Command::Serve => serve::run(config, lang).await,
            Command::Demo => demo::run(config, lang).await,
            Command::Backup(command) => backup::run(config, command, lang).await,
            Command::Keys(command) => keys::run(&config, command, lang).await,
            Command::Copy(arguments) => copy::run(&config, &arguments, lang).await,
            Command::Restored(arguments) => copy::restored(&config, arguments, lang).await,
            other => {
                let server = Server::find(&config, lang).await?;
                let result = ask(&server, other, lang).await;
                server.finish().await;
                result
            }
        }
    });
    done.map(succeeded)
}

fn succeeded((): ()) -> ExitCode {
    ExitCode::SUCCESS
}

async fn ask(server: &Server, command: Command, lang: Lang) -> anyhow::Result<()> {
    match command {
        Command::Token(command) => token::run(server, command, lang).await,
        Command::Simulate(args) => simulate::run(server, &args, lang).await,
        Command::Numbers(command) => numbers::run(server, command, lang).await,
        Command::Bots(command) => bots::run(server, command).await,
        Command::Contacts(command) => contacts::run(server, command).await,
        Command::Conversations(command) => conversations::run(server, command).await,
        Command::Events(EventsCommand::Export(args)) => events::export(server, &args, lang).await,
        Command::Activity(args) => activity::run(server, &args).await,
        Command::Projections(command) => projections::run(server, command).await,
        Command::Outbound(command) => outbound::run(server, command, lang).await,
        Command::Nodes => nodes::run(server, lang).await,
        Command::LogLevel(args) => log_level::run(server, args, lang).await,
        Command::Migrate => {
            // Whoever opened the databases, this process or the running server, has migrated them.
            let text = if server.is_own() {
                Text::new(
                    "the databases are of this version",
                    "базы данных приведены к этой версии",
                )
            } else {
                Text::new(
                    "a server runs on these databases and has brought them to its version",
                    "на этих базах работает сервер и уже привёл их к своей версии",
                )
            };
            output::tell(text.get(lang));
            Ok(())
        }
        Command::Serve
        | Command::Demo
        | Command::Backup(_)
        | Command::Keys(_)
        | Command::Copy(_)
        | Command::Restored(_)
        | Command::Schema
        | Command::Doctor(_)
        | Command::Completions { .. }
        | Command::Webhook(_)
        | Command::Events(EventsCommand::Schema { .. }) => Ok(()),
    }
}

#[cfg(test)]
mod tests;
