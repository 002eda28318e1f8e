//! `vestnik completions`: what a shell completes, from the commands themselves. Needs no server.

use clap::CommandFactory;
use clap_complete::generate;

use super::args::Cli;
use super::look_args::Shell;
use super::output;

/// Prints the script of a shell.
pub(super) fn run(shell: Shell) -> anyhow::Result<()> {
    let shell = match shell {
        Shell::Bash => clap_complete::Shell::Bash,
        Shell::Zsh => clap_complete::Shell::Zsh,
        Shell::Fish => clap_complete::Shell::Fish,
    };
    let mut script = Vec::new();
    generate(shell, &mut Cli::command(), "vestnik", &mut script);
    output::text(&String::from_utf8_lossy(&script))?;
    Ok(())
}
