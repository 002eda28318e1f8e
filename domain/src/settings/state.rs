//! The settings as their events leave them.

use std::collections::BTreeMap;

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::hours::checked;
use super::{DEFAULT_TIME_ZONE, Opening, SettingsCommand, SettingsError, SettingsEvent};
use crate::any_event::aggregate_type;
use crate::field;
use crate::ids::{ContactId, NumberId};
use crate::stream::{self, StreamAggregate};

/// Characters of a time zone's name.
const TIME_ZONE_LIMIT: usize = 64;

/// What the installation is set to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    time_zone: Option<String>,
    numbers: BTreeMap<NumberId, NumberHours>,
}

/// When people answer on a number, and what customers are told outside these hours.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NumberHours {
    /// The openings of a week; none: always.
    pub hours: Vec<Opening>,
    /// What customers are told outside them.
    pub text: Option<String>,
}

impl Settings {
    /// The time zone's IANA name.
    pub fn time_zone(&self) -> &str {
        self.time_zone.as_deref().unwrap_or(DEFAULT_TIME_ZONE)
    }

    /// The hours of a number, if any were set.
    pub fn number(&self, number: NumberId) -> Option<&NumberHours> {
        self.numbers.get(&number)
    }

    fn hours(&self, number: NumberId) -> &[Opening] {
        self.number(number).map_or(&[], |known| &known.hours)
    }

    fn text(&self, number: NumberId) -> Option<&str> {
        self.number(number)?.text.as_deref()
    }
}

impl Aggregate for Settings {
    const TYPE: &'static str = aggregate_type::SETTINGS;
    type Command = SettingsCommand;
    type Event = SettingsEvent;
    type Error = SettingsError;
    type Services = ();

    async fn handle(
        &mut self,
        command: Self::Command,
        _services: &Self::Services,
        sink: &EventSink<Self>,
    ) -> Result<(), Self::Error> {
        stream::handle(self, command, sink).await
    }

    fn apply(&mut self, event: Self::Event) {
        match event {
            SettingsEvent::TimeZoneSet { time_zone, .. } => self.time_zone = Some(time_zone),
            SettingsEvent::WeeklyHoursSet { number, hours, .. } => {
                self.numbers.entry(number).or_default().hours = hours;
            }
            SettingsEvent::OutOfHoursTextSet { number, text, .. } => {
                self.numbers.entry(number).or_default().text = text;
            }
        }
    }
}

impl StreamAggregate for Settings {
    const EVENT_TYPES: &'static [&'static str] = &[
        "SettingsTimeZoneSet",
        "SettingsWeeklyHoursSet",
        "SettingsOutOfHoursTextSet",
    ];

    fn decide(&self, command: &SettingsCommand) -> Result<Vec<SettingsEvent>, SettingsError> {
        let event = match command {
            SettingsCommand::SetTimeZone { now, time_zone } => {
                let time_zone = field::name("time_zone", time_zone, TIME_ZONE_LIMIT)?;
                (time_zone != self.time_zone()).then_some(SettingsEvent::TimeZoneSet {
                    at: *now,
                    time_zone,
                })
            }
            SettingsCommand::SetWeeklyHours { now, number, hours } => {
                let hours = checked(hours)?;
                (hours != self.hours(*number)).then_some(SettingsEvent::WeeklyHoursSet {
                    at: *now,
                    number: *number,
                    hours,
                })
            }
            SettingsCommand::SetOutOfHoursText { now, number, text } => {
                let text = text
                    .as_deref()
                    .map(|text| field::message_text("text", text))
                    .transpose()?;
                (text.as_deref() != self.text(*number)).then_some(
                    SettingsEvent::OutOfHoursTextSet {
                        at: *now,
                        number: *number,
                        text,
                    },
                )
            }
        };
        Ok(event.into_iter().collect())
    }

    fn subject(&self) -> Option<ContactId> {
        None
    }

    fn lane_key(&self) -> Option<Uuid> {
        None
    }

    fn weight_bytes(&self) -> usize {
        let weight = |hours: &NumberHours| {
            size_of::<NumberHours>()
                + hours.hours.len() * size_of::<Opening>()
                + hours.text.as_ref().map_or(0, String::len)
        };
        size_of::<Self>() + self.numbers.values().map(weight).sum::<usize>()
    }
}
