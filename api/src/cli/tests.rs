//! The command line as a person types it.

use clap::{CommandFactory, Parser};

use super::access_args::TokenCommand;
use super::activity::table;
use super::args::{Cli, Command};

#[test]
fn the_command_line_is_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn every_command_shows_an_example() {
    fn check(command: &clap::Command) {
        let help = command
            .get_after_help()
            .map(ToString::to_string)
            .unwrap_or_default();
        assert!(
            help.contains("Example"),
            "{} has no example",
            command.get_name()
        );
        command.get_subcommands().for_each(check);
    }
    check(&Cli::command());
}

#[test]
fn without_a_command_the_server_starts() {
    assert!(Cli::parse_from(["vestnik"]).command.is_none());
}

#[test]
fn roles_are_checked_when_typed() {
    let made = Cli::try_parse_from([
        "vestnik", "token", "create", "--name", "x", "--role", "agent",
    ]);
    let command = made.unwrap().command;
    assert!(matches!(
        command,
        Some(Command::Token(TokenCommand::Create { .. }))
    ));
    let error = Cli::try_parse_from([
        "vestnik", "token", "create", "--name", "x", "--role", "boss",
    ]);
    assert_eq!(error.unwrap_err().exit_code(), 2);
}

#[test]
fn the_documented_commands_parse() {
    let lines = [
        "vestnik serve",
        "vestnik token create --name audit --role analyst --days 30",
        "vestnik token list",
        "vestnik token revoke crm",
        "vestnik numbers list",
        "vestnik numbers edit 123456789012345 --name S --new-token",
        "vestnik numbers off 123456789012345",
        "vestnik numbers on 123456789012345",
        "vestnik numbers remove 123456789012345",
        "vestnik numbers add --name S --phone +79001234567 --phone-number-id 1 --access-token EAA",
        "vestnik bots import salon.json --number 123456789012345 --publish",
        "vestnik events export",
        "vestnik events export --format parquet --output e.parquet --personal pseudonym",
        "vestnik events export --after latest --follow --personal open --limit 5",
        "vestnik events schema ConversationMessageReceived",
        "vestnik projections list",
        "vestnik projections rebuild conversations",
        "vestnik activity --from 2026-11-01 --to 2026-11-30 --bot b --format csv",
        "vestnik demo",
        "vestnik simulate --number 100000000000001 --phone +79991112233 --name Anna --script -",
        "vestnik migrate",
        "vestnik backup create --output /mnt/backups/monday",
        "vestnik backup verify /mnt/backups/monday --keys vestnik-keys.txt",
        "vestnik backup restore /mnt/backups/monday --data-dir ./data --keys vestnik-keys.txt",
        "vestnik keys backup --output vestnik-keys.txt",
        "vestnik keys restore vestnik-keys.txt",
        "vestnik outbound status",
        "vestnik outbound release --discard",
        "vestnik webhook sign delivery.json --secret s",
        "vestnik --lang ru numbers list",
    ];
    for line in lines {
        assert!(Cli::try_parse_from(line.split(' ')).is_ok(), "{line}");
    }
}

#[test]
fn figures_stand_below_their_name_with_the_columns_they_fill() {
    let csv = "metric,day,node,value\nmessages,2026-11-22,,12\nmessages,2026-11-23,,7\n\
               node_visits,2026-11-22,menu,3\n";
    let lines = table(csv).unwrap();
    let expected = [
        "messages",
        "  day         value",
        "  2026-11-22  12",
        "  2026-11-23  7",
        "",
        "node_visits",
        "  day         node  value",
        "  2026-11-22  menu  3",
    ];
    assert_eq!(lines, expected);
}
