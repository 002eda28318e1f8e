//! The stream in NATS, where one is set. Looks only: nothing is made there.

use application::ports::broker::Holds;

use super::Finding;
use crate::config::Config;
use crate::i18n::Text;

const CODE: &str = "D-NATS";

/// What the stream holds; nothing to say where no address is set.
pub(super) async fn look(config: &Config) -> Option<Finding> {
    let nats = config.nats.as_ref()?;
    let (address, stream) = (&nats.address, &nats.stream);
    let seen = match infrastructure::nats::look(address, stream).await {
        Ok(seen) => seen,
        Err(error) => {
            return Some(Finding::problem(
                CODE,
                Text::made(
                    format!("{address} does not work: {error}; events wait in the log"),
                    format!("{address} не работает: {error}; события ждут в журнале"),
                ),
            ));
        }
    };
    let Some(seen) = seen else {
        return Some(Finding::warning(
            CODE,
            Text::made(
                format!(
                    "{address} answers, and has no stream {stream} yet: a running server makes it"
                ),
                format!(
                    "{address} отвечает, потока {stream} там ещё нет: его создаст работающий сервер"
                ),
            ),
        ));
    };
    let messages = seen.messages;
    Some(match seen.holds {
        Holds::Last(last) => {
            let position = last.position;
            Finding::good(
                CODE,
                Text::made(
                    format!(
                        "{address}, stream {stream}: {messages} messages, up to position {position}"
                    ),
                    format!(
                        "{address}, поток {stream}: сообщений {messages}, до позиции {position}"
                    ),
                ),
            )
        }
        Holds::Nothing | Holds::NothingLeft => Finding::good(
            CODE,
            Text::made(
                format!("{address}, stream {stream}: no messages"),
                format!("{address}, поток {stream}: сообщений нет"),
            ),
        ),
        Holds::Strangers => Finding::problem(
            CODE,
            Text::made(
                format!(
                    "{address}: the stream {stream} holds what Vestnik has not published (nats_stream_foreign)"
                ),
                format!(
                    "{address}: в потоке {stream} лежит то, что опубликовал не Вестник (nats_stream_foreign)"
                ),
            ),
        ),
    })
}
