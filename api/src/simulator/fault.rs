//! Ways in which the simulated Cloud API fails, and when it does: by a script, then by chance.

use std::collections::VecDeque;
use std::str::FromStr;
use std::time::Duration;

use super::chance::Chance;

/// Codes that prove a message was not processed.
const THROTTLING: [i64; 6] = [4, 613, 80_007, 130_429, 131_056, 131_057];

/// One way to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The message is taken, then the connection is reset: `reset`.
    ResetAfterApply,
    /// The message is taken, then the answer is 500: `error_after`.
    ErrorAfterApply,
    /// 500 and nothing is taken: `error_before`.
    ErrorBeforeApply,
    /// The message is taken, no answer ever comes: `never`.
    NeverAnswer,
    /// Nothing is taken, no answer ever comes: `ignore`.
    Ignore,
    /// The message is taken, the answer is no JSON: `bad_json`.
    BadJson,
    /// The message is taken, the answer comes late: `slow:MILLISECONDS`.
    Slow(Duration),
    /// The message is taken, the answer comes byte by byte with pauses: `drip:MILLISECONDS`.
    Drip(Duration),
    /// Throttled with this code: `130429`, `131056`, `80007`, ...
    Throttle(i64),
    /// 429 without a body: `429`.
    TooManyRequests,
    /// The token is refused with 190: `token`.
    TokenRefused,
    /// Refused with this code: `reject:CODE`.
    Reject(i64),
    /// Taken, then a `failed` status with this code: `fail_later:CODE`.
    FailLater(i64),
}

impl Fault {
    /// Whether the message is taken although something goes wrong.
    pub const fn applies(self) -> bool {
        matches!(
            self,
            Self::ResetAfterApply
                | Self::ErrorAfterApply
                | Self::NeverAnswer
                | Self::BadJson
                | Self::Slow(_)
                | Self::Drip(_)
                | Self::FailLater(_)
        )
    }

    /// The name in plans and in the ledger.
    pub fn name(self) -> String {
        match self {
            Self::ResetAfterApply => "reset".to_owned(),
            Self::ErrorAfterApply => "error_after".to_owned(),
            Self::ErrorBeforeApply => "error_before".to_owned(),
            Self::NeverAnswer => "never".to_owned(),
            Self::Ignore => "ignore".to_owned(),
            Self::BadJson => "bad_json".to_owned(),
            Self::Slow(time) => format!("slow:{}", time.as_millis()),
            Self::Drip(pause) => format!("drip:{}", pause.as_millis()),
            Self::Throttle(code) => code.to_string(),
            Self::TooManyRequests => "429".to_owned(),
            Self::TokenRefused => "token".to_owned(),
            Self::Reject(code) => format!("reject:{code}"),
            Self::FailLater(code) => format!("fail_later:{code}"),
        }
    }
}

/// A plan that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// No such fault.
    #[error(
        "{0:?} is no fault; use reset, error_after, error_before, never, ignore, bad_json, slow:MS, drip:MS, \
         429, 4, 613, 80007, 130429, 131056, 131057, token, reject:CODE or fail_later:CODE"
    )]
    UnknownFault(String),
    /// No `fault=per mille`, or more than 1000 together.
    #[error(
        "{0:?} must be fault=N with N per mille, at most 1000 together, e.g. reset=20,130429=50"
    )]
    Share(String),
}

impl FromStr for Fault {
    type Err = PlanError;

    fn from_str(text: &str) -> Result<Self, PlanError> {
        let unknown = || PlanError::UnknownFault(text.to_owned());
        let (name, value) = match text.split_once(':') {
            Some((name, value)) => (name, Some(value.parse::<i64>().map_err(|_| unknown())?)),
            None => (text, None),
        };
        match (name, value) {
            ("reset", None) => Ok(Self::ResetAfterApply),
            ("error_after", None) => Ok(Self::ErrorAfterApply),
            ("error_before", None) => Ok(Self::ErrorBeforeApply),
            ("never", None) => Ok(Self::NeverAnswer),
            ("ignore", None) => Ok(Self::Ignore),
            ("bad_json", None) => Ok(Self::BadJson),
            ("429", None) => Ok(Self::TooManyRequests),
            ("token", None) => Ok(Self::TokenRefused),
            ("slow", Some(millis)) => u64::try_from(millis)
                .map(|millis| Self::Slow(Duration::from_millis(millis)))
                .map_err(|_| unknown()),
            ("drip", Some(millis)) => u64::try_from(millis)
                .map(|millis| Self::Drip(Duration::from_millis(millis)))
                .map_err(|_| unknown()),
            ("reject", Some(code)) => Ok(Self::Reject(code)),
            ("fail_later", Some(code)) => Ok(Self::FailLater(code)),
            (code, None) => code
                .parse()
                .ok()
                .filter(|code| THROTTLING.contains(code))
                .map(Self::Throttle)
                .ok_or_else(unknown),
            _ => Err(unknown()),
        }
    }
}

/// What share of requests fails how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FaultPlan(Vec<(Fault, u16)>);

impl FromStr for FaultPlan {
    type Err = PlanError;

    fn from_str(text: &str) -> Result<Self, PlanError> {
        let mut shares = Vec::new();
        let mut sum = 0_u16;
        for part in text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
        {
            let wrong = || PlanError::Share(part.to_owned());
            let (fault, share) = part.split_once('=').ok_or_else(wrong)?;
            let share: u16 = share.trim().parse().map_err(|_| wrong())?;
            sum = sum
                .checked_add(share)
                .filter(|sum| *sum <= 1000)
                .ok_or_else(wrong)?;
            shares.push((fault.trim().parse()?, share));
        }
        Ok(Self(shares))
    }
}

/// Decides for each request whether and how it fails.
#[derive(Debug)]
pub struct Faults {
    script: VecDeque<Fault>,
    plan: FaultPlan,
    chance: Chance,
}

impl Faults {
    /// Faults by a plan, played from a seed.
    pub const fn new(plan: FaultPlan, seed: u64) -> Self {
        Self {
            script: VecDeque::new(),
            plan,
            chance: Chance::new(seed),
        }
    }

    /// The next requests fail so, one after the other, whatever the plan says.
    pub fn script(&mut self, faults: impl IntoIterator<Item = Fault>) {
        self.script.extend(faults);
    }

    /// Replaces the plan.
    pub fn set_plan(&mut self, plan: FaultPlan) {
        self.plan = plan;
    }

    /// How the request at hand fails; `None` lets it pass.
    pub fn decide(&mut self) -> Option<Fault> {
        if let Some(fault) = self.script.pop_front() {
            return Some(fault);
        }
        let mut left = self.chance.below(1000);
        for (fault, share) in &self.plan.0 {
            let share = u64::from(*share);
            if left < share {
                return Some(*fault);
            }
            left -= share;
        }
        None
    }
}
