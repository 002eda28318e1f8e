//! `vestnik events`: takes events out over the server's own route, and prints their schemas.

use std::io::{self, IsTerminal, Write};

use anyhow::{Context, anyhow, bail};
use application::cursor::Cursor;
use application::ports::event_file::{EventFile, EventFileError, Written};
use application::use_cases::exports::{ExportedEvent, PersonalMode};
use domain::event_catalog;
use indicatif::{ProgressBar, ProgressStyle};
use reqwest::Response;
use tokio::signal::unix::{SignalKind, signal};
use url::form_urlencoded::Serializer;

use super::client::Server;
use super::event_target::{Manifest, Target};
use super::events_args::{ExportArgs, Format};
use super::output;
use crate::bootstrap::begin_event_file;
use crate::i18n::{Lang, Text};

/// Why no more events come.
#[derive(Debug, PartialEq, Eq)]
enum End {
    /// All that was asked for is there.
    Complete,
    /// Whoever reads has enough.
    Enough,
    /// The person at the terminal ended it.
    Interrupted,
    /// The server ended a connection that would have gone on.
    Broken(String),
}

/// Prints one schema, or all types with their meaning.
pub(super) fn schema(event_type: Option<&str>, lang: Lang) -> anyhow::Result<()> {
    let events = event_catalog::events();
    let Some(event_type) = event_type else {
        for event in events {
            output::result(&format!("{}\t{}", event.event_type, event.meaning))?;
        }
        return Ok(());
    };
    let found = events.iter().find(|event| event.event_type == event_type);
    let found = found.ok_or_else(|| {
        let text = Text::made(
            format!("there is no event {event_type}; list them: vestnik events schema"),
            format!("события {event_type} нет; список: vestnik events schema"),
        );
        anyhow!(text.get(lang).to_owned())
    })?;
    output::result(&serde_json::to_string_pretty(&found.schema)?)?;
    Ok(())
}

/// Exports.
pub(super) async fn export(server: &Server, args: &ExportArgs, lang: Lang) -> anyhow::Result<()> {
    refuse_what_cannot_work(server, args, lang)?;
    let response = server.get_for_lines(&path(args)).await?;
    let begin = header(&response, "vestnik-cursor").unwrap_or_default();
    let epoch = begin.parse::<Cursor>()?.epoch.to_string();
    let target = match &args.output {
        None => None,
        Some(path) => {
            let grows = args.follow && args.format == Format::Ndjson;
            let begun = Target::begin(path, grows);
            Some(begun.with_context(|| path.display().to_string())?)
        }
    };
    let out: Box<dyn Write + Send> = match &target {
        None => Box::new(io::stdout()),
        Some(target) => target.out()?,
    };
    let personal = PersonalMode::from(args.personal).as_str();
    let about = [
        ("vestnik.epoch", epoch.clone()),
        ("vestnik.personal", personal.to_owned()),
        ("vestnik.after", begin.clone()),
    ];
    let mut file = begin_event_file(args.format.into(), out, &about)?;
    let bar = progress(&response, target.is_some())?;
    let mut cursor = begin.clone();
    let copied = copy(response, file.as_mut(), &bar, &mut cursor).await;
    bar.finish_and_clear();
    let finished = match copied {
        Ok(End::Broken(why)) if !args.follow => Err(broken(&why, &cursor, lang)),
        Ok(End::Interrupted) if !args.follow => {
            let text = Text::new(
                "interrupted; no file was written",
                "прервано; файл не записан",
            );
            Err(anyhow!(text.get(lang).to_owned()))
        }
        Ok(end) => finish(file, lang).map(|written| (end, written)),
        Err(error) => Err(error),
    };
    let (end, written) = match finished {
        Ok(finished) => finished,
        Err(error) => {
            if let Some(target) = target {
                target.abandon();
            }
            return Err(error);
        }
    };
    if let Some(target) = target {
        let manifest = Manifest {
            product: "vestnik",
            product_version: env!("CARGO_PKG_VERSION"),
            file: target.name(),
            format: args.format.as_str(),
            personal,
            epoch,
            after: &begin,
            cursor: &cursor,
            written: &written,
        };
        target.finish(&manifest)?;
        let text = Text::made(
            format!("{} events; go on with --after {cursor}", written.events),
            format!("событий: {}; продолжение: --after {cursor}", written.events),
        );
        output::tell(text.get(lang));
    }
    match end {
        End::Broken(why) => Err(broken(&why, &cursor, lang)),
        End::Complete | End::Enough | End::Interrupted => Ok(()),
    }
}

fn refuse_what_cannot_work(server: &Server, args: &ExportArgs, lang: Lang) -> anyhow::Result<()> {
    if args.follow && server.is_own() {
        let text = Text::new(
            "no server runs on this data folder, so nothing would come; leave --follow out, or start one: vestnik serve",
            "на этой папке данных сервер не запущен, новых событий не будет; уберите --follow или запустите его: vestnik serve",
        );
        bail!(text.get(lang).to_owned());
    }
    if args.format == Format::Parquet && args.output.is_none() && io::stdout().is_terminal() {
        let text = Text::new(
            "Parquet is not for the eye; name a file: --output FILE",
            "Parquet не предназначен для чтения глазами; укажите файл: --output ФАЙЛ",
        );
        bail!(text.get(lang).to_owned());
    }
    Ok(())
}

fn path(args: &ExportArgs) -> String {
    let mut query = Serializer::new(String::new());
    query.append_pair("personal", PersonalMode::from(args.personal).as_str());
    if let Some(after) = &args.after {
        query.append_pair("after", after);
    }
    if let Some(limit) = args.limit {
        query.append_pair("limit", &limit.to_string());
    }
    if args.follow {
        query.append_pair("follow", "true");
    }
    format!("/api/v1/events?{}", query.finish())
}

fn header(response: &Response, name: &str) -> Option<String> {
    let value = response.headers().get(name)?;
    value.to_str().ok().map(str::to_owned)
}

/// A bar where a person watches and it is not in the way of the events.
fn progress(response: &Response, is_file: bool) -> anyhow::Result<ProgressBar> {
    if !is_file && io::stdout().is_terminal() {
        return Ok(ProgressBar::hidden());
    }
    let total = header(response, "x-total-count").and_then(|text| text.parse().ok());
    let (bar, template) = match total {
        Some(total) => (
            ProgressBar::new(total),
            "{bar:40} {pos}/{len} {per_sec} {eta}",
        ),
        None => (ProgressBar::no_length(), "{spinner} {pos} {per_sec}"),
    };
    bar.set_style(ProgressStyle::with_template(template)?);
    Ok(bar)
}

/// Copies until the answer ends; `cursor` stays behind the last event that was copied.
async fn copy(
    mut response: Response,
    file: &mut dyn EventFile,
    bar: &ProgressBar,
    cursor: &mut String,
) -> anyhow::Result<End> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut pending = Vec::new();
    loop {
        let chunk = tokio::select! {
            chunk = response.chunk() => chunk,
            _ = interrupt.recv() => return Ok(End::Interrupted),
            _ = terminate.recv() => return Ok(End::Interrupted),
        };
        match chunk {
            Ok(Some(chunk)) => pending.extend_from_slice(&chunk),
            Ok(None) => return Ok(End::Complete),
            Err(error) => return Ok(End::Broken(error.to_string())),
        }
        match take_lines(&mut pending, file, bar, cursor) {
            Ok(()) => {}
            Err(Failure::Closed) => return Ok(End::Enough),
            Err(Failure::Other(error)) => return Err(error),
        }
    }
}

enum Failure {
    /// Whoever reads our standard output went away: `head` has its lines.
    Closed,
    Other(anyhow::Error),
}

impl From<EventFileError> for Failure {
    fn from(error: EventFileError) -> Self {
        match error {
            EventFileError::Io(error) if error.kind() == io::ErrorKind::BrokenPipe => Self::Closed,
            other => Self::Other(other.into()),
        }
    }
}

fn take_lines(
    pending: &mut Vec<u8>,
    file: &mut dyn EventFile,
    bar: &ProgressBar,
    cursor: &mut String,
) -> Result<(), Failure> {
    let Some(end) = pending.iter().rposition(|byte| *byte == b'\n') else {
        return Ok(());
    };
    let lines: Vec<u8> = pending.drain(..=end).collect();
    for line in lines
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
    {
        let event: ExportedEvent =
            serde_json::from_slice(line).map_err(|error| Failure::Other(error.into()))?;
        file.write(&event)?;
        *cursor = event.cursor;
        bar.inc(1);
    }
    file.flush()?;
    Ok(())
}

fn finish(file: Box<dyn EventFile>, lang: Lang) -> anyhow::Result<Written> {
    match file.finish() {
        Ok(written) => Ok(written),
        Err(EventFileError::Io(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            Ok(Written::default())
        }
        Err(error) => {
            let text = Text::new("the file was not written", "файл не записан");
            Err(anyhow::Error::new(error).context(text.get(lang).to_owned()))
        }
    }
}

fn broken(why: &str, cursor: &str, lang: Lang) -> anyhow::Error {
    let text = Text::made(
        format!("the server ended the connection ({why}); go on with --after {cursor}"),
        format!("сервер закрыл соединение ({why}); продолжение: --after {cursor}"),
    );
    anyhow!(text.get(lang).to_owned())
}
