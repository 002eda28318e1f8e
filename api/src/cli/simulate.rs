//! `vestnik simulate`: the phone in the terminal, beside a running server.

use anyhow::bail;

use super::client::Server;
use crate::i18n::{Lang, Text};
use crate::simulator::terminal::{self, SimulateArgs};

pub(super) async fn run(server: &Server, args: &SimulateArgs, lang: Lang) -> anyhow::Result<()> {
    if server.is_own() {
        let text = Text::new(
            "no server runs on this data folder; start one in another terminal: vestnik demo",
            "на этой папке данных сервер не запущен; запустите его в другом терминале: vestnik demo",
        );
        bail!(text.get(lang).to_owned());
    }
    let address = server.address().parse()?;
    terminal::run(args, &address, server.token().clone(), lang).await
}
