//! `vestnik activity`: what went on, as a table for people or as the server's CSV.

use std::collections::BTreeMap;

use anyhow::Context;
use url::form_urlencoded::Serializer;

use super::args::{ActivityArgs, ActivityFormat};
use super::client::Server;
use super::output;

pub(super) async fn run(server: &Server, args: &ActivityArgs) -> anyhow::Result<()> {
    let mut query = Serializer::new(String::new());
    query.append_pair("from", &args.from);
    query.append_pair("to", &args.to);
    let filters = [("number", &args.number), ("bot", &args.bot)];
    for (name, value) in filters {
        if let Some(value) = value {
            query.append_pair(name, value);
        }
    }
    let path = format!("/api/v1/activity.csv?{}", query.finish());
    let text = server.get_text(&path).await?;
    match args.format {
        ActivityFormat::Csv => output::text(&text)?,
        ActivityFormat::Table => {
            for line in table(&text)? {
                output::result(&line)?;
            }
        }
    }
    Ok(())
}

/// The lines of each metric below its name, with the columns that it fills, aligned.
pub(super) fn table(csv: &str) -> anyhow::Result<Vec<String>> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let columns = reader.headers().context("the answer is no CSV")?.clone();
    let mut order = Vec::new();
    let mut metrics: BTreeMap<String, Vec<csv::StringRecord>> = BTreeMap::new();
    for record in reader.records() {
        let record = record?;
        let metric = record.get(0).unwrap_or("").to_owned();
        if !metrics.contains_key(&metric) {
            order.push(metric.clone());
        }
        metrics.entry(metric).or_default().push(record);
    }
    let mut lines = Vec::new();
    for metric in order {
        let records = metrics.remove(&metric).unwrap_or_default();
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lines.push(metric);
        lines.extend(aligned(&columns, &records));
    }
    Ok(lines)
}

fn aligned(columns: &csv::StringRecord, records: &[csv::StringRecord]) -> Vec<String> {
    let cell = |record: &csv::StringRecord, place: usize| {
        let text = record.get(place).unwrap_or("");
        text.replace(char::is_control, " ")
    };
    let is_filled = |place: &usize| records.iter().any(|one| !cell(one, *place).is_empty());
    let filled: Vec<usize> = (1..columns.len()).filter(is_filled).collect();
    let widths: Vec<usize> = filled
        .iter()
        .map(|place| {
            let cells = records.iter().chain([columns]);
            let lengths = cells.map(|one| cell(one, *place).chars().count());
            lengths.max().unwrap_or(0)
        })
        .collect();
    let row = |record: &csv::StringRecord| {
        let cells = filled.iter().zip(&widths);
        let cells: Vec<String> = cells
            .map(|(place, width)| format!("{:width$}", cell(record, *place)))
            .collect();
        format!("  {}", cells.join("  ")).trim_end().to_owned()
    };
    [columns].into_iter().chain(records).map(row).collect()
}
