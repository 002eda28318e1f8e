//! One attempt: claimed on disk, sent, and its outcome brought to record.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use domain::delivery::UnknownCause;
use domain::ids::{MessageId, SessionId};
use domain::time::Timestamp;
use tracing::Instrument as _;

use super::facts::{Prepared, Verdict};
use super::{STORE_PAUSE, Shared};
use crate::failpoints;
use crate::ports::StoreError;
use crate::ports::cloud_api::{SendOutcome, SendRequest};
use crate::ports::leases::{Fence, Permit, Work};
use crate::ports::outbox::{Claimed, OutboxRow, OutboxState, TURN_HOLD_SECONDS};

/// How often a lost attempt's row is looked at: a status may settle it before its deadline.
const SETTLED_BY_STATUS: Duration = Duration::from_secs(1);
/// Seconds for which a number waits while its refused token is being recorded.
const RECORDING_AUTH: i64 = 5;
/// How often the rest of a rejected message's turn is looked at.
const DECIDED: Duration = Duration::from_millis(100);

/// Sees to it that a row is looked up again if its task ends without a word (a panic).
struct Care {
    shared: Arc<Shared>,
    row: Option<OutboxRow>,
}

impl Care {
    fn of(shared: &Arc<Shared>, row: &OutboxRow) -> Self {
        Self {
            shared: Arc::clone(shared),
            row: Some(row.clone()),
        }
    }

    fn over(mut self) {
        self.row = None;
    }
}

impl Drop for Care {
    fn drop(&mut self) {
        if let Some(row) = self.row.take() {
            self.shared.stranded().push(row);
            self.shared.wake.notify_one();
        }
    }
}

impl Shared {
    /// Lets picked rows of one number leave: asks the guard, claims, and starts an attempt for each claim that
    /// won.
    pub(super) async fn leave(self: Arc<Self>, rows: Vec<OutboxRow>, permit: Permit) {
        let mut care: HashMap<MessageId, Care> = rows
            .iter()
            .map(|row| (row.message, Care::of(&self, row)))
            .collect();
        let mut ready: HashMap<MessageId, Box<Prepared>> = HashMap::new();
        for row in &rows {
            match self.prepare(row).await {
                Ok(Verdict::Send(prepared)) => {
                    ready.insert(row.message, prepared);
                    continue;
                }
                Ok(Verdict::Wait) => self.put_back(row.message, self.now().plus_seconds(1)),
                Ok(Verdict::Cancel(reason)) => self.cancel(row, reason, &permit).await,
                Ok(Verdict::Refuse(code)) => self.refuse(row, code, &permit).await,
                Err(error) => {
                    if let StoreError::Newer(event_type) = &error {
                        let work = Work::Number(row.number);
                        self.deps.leases.decline(work, event_type);
                    }
                    tracing::error!(message = %row.message, %error, "a message could not be prepared");
                    self.put_back(row.message, self.now().plus_seconds(1));
                }
            }
            if let Some(care) = care.remove(&row.message) {
                care.over();
            }
        }
        // Those left in `care` are looked up again, or by the next start.
        if ready.is_empty() || self.stop.is_cancelled() || !permit.is_wanted() {
            return;
        }
        let messages: Vec<MessageId> = rows
            .iter()
            .map(|row| row.message)
            .filter(|message| ready.contains_key(message))
            .collect();
        match self
            .deps
            .outbox
            .claim(messages, self.config.timeout_seconds, permit.fence())
            .await
        {
            Ok(claims) => {
                for claimed in claims {
                    if let Some(prepared) = ready.remove(&claimed.message)
                        && let Some(care) = care.remove(&claimed.message)
                    {
                        let permit = permit.clone();
                        self.deps.tasks.spawn(Arc::clone(&self).attempt(
                            prepared,
                            claimed,
                            (care, permit),
                        ));
                    }
                }
            }
            Err(StoreError::LeaseLost) => {
                // Nothing was begun: the rows are another node's.
                self.deps.leases.doubt();
                for (_, care) in care.drain() {
                    care.over();
                }
            }
            Err(error) => {
                tracing::error!(%error, rows = ready.len(), "attempts could not be begun");
                self.stopped_within(STORE_PAUSE).await;
                for row in rows.iter().filter(|row| ready.contains_key(&row.message)) {
                    self.take_back(row, &permit).await;
                    if let Some(care) = care.remove(&row.message) {
                        care.over();
                    }
                }
            }
        }
    }

    /// After a claim whose outcome is unknown: nothing was sent, so a claim that won is undone. Under the lease:
    /// if that has changed hands meanwhile, the attempt may be the next owner's, which may have sent.
    async fn take_back(self: &Arc<Self>, row: &OutboxRow, permit: &Permit) {
        let found = self
            .until_stored("look up", row.message, || {
                self.deps.outbox.find(row.message)
            })
            .await;
        let Some(found) = found else { return };
        match found {
            Some(now) if now.state == OutboxState::Attempting && now.attempt > row.attempt => {
                self.release(row, now.attempt, self.now(), permit.fence())
                    .await;
            }
            _ => Arc::clone(self).look_up(row.clone(), permit.clone()).await,
        }
    }

    /// One attempt from its claim to its record.
    async fn attempt(
        self: Arc<Self>,
        prepared: Box<Prepared>,
        claimed: Claimed,
        (care, permit): (Care, Permit),
    ) {
        failpoints::reach("after_claim_before_http");
        let row = &prepared.row;
        let began = self.now();
        let left = u64::try_from(claimed.deadline.micros_since(began)).unwrap_or(0);
        let outcome = if left == 0 {
            SendOutcome::NotWritten {
                cause: "the deadline passed before the attempt began".to_owned(),
            }
        } else if !permit.is_good() {
            // This node was paused or cut off since the claim: whoever has the number now sends it.
            metrics::counter!("sends_withheld_total").increment(1);
            SendOutcome::NotWritten {
                cause: "the number's lease ran out before the attempt began".to_owned(),
            }
        } else {
            let request = SendRequest {
                credentials: prepared.credentials.clone(),
                to: prepared.to.clone(),
                content: prepared.queued.content.clone(),
                reply_to_wamid: prepared.queued.reply_to_wamid.clone(),
                send_id: row.message,
                timeout: Duration::from_micros(left),
            };
            failpoints::reach("after_lease_check");
            let span = tracing::info_span!(
                target: "vestnik::trace", "send", otel.kind = "client", message.id = %row.message
            );
            let outcome = self.deps.cloud_api.send(request).instrument(span).await;
            if !permit.is_good() && !matches!(outcome, SendOutcome::NotWritten { .. }) {
                // It left within its attempt's deadline, which the next owner waits for: once, but late.
                metrics::counter!("sends_late_total").increment(1);
                tracing::warn!(message = %row.message, "a message was sent after the number's lease ran out");
            }
            outcome
        };
        metrics::counter!("sends_total", "outcome" => name(&outcome)).increment(1);
        let took = u64::try_from(self.now().micros_since(began)).unwrap_or(0);
        metrics::histogram!("send_seconds").record(Duration::from_micros(took).as_secs_f64());
        tracing::info!(
            message = %row.message, conversation = %row.conversation, number = %row.number,
            attempt = claimed.attempt, ?outcome, "an attempt to send ended"
        );
        self.conclude(&prepared, &claimed, outcome, &permit).await;
        care.over();
    }

    async fn conclude(
        self: &Arc<Self>,
        prepared: &Prepared,
        claimed: &Claimed,
        outcome: SendOutcome,
        permit: &Permit,
    ) {
        let row = &prepared.row;
        let now = self.now();
        match outcome {
            SendOutcome::Accepted {
                wamid,
                message_status,
                ..
            } => {
                failpoints::reach("after_200_before_record");
                self.lanes().answered(row.message);
                let number = &prepared.credentials.phone_number_id;
                if self
                    .accept(row, claimed.attempt, number, wamid, message_status)
                    .await
                {
                    self.settled(row.message);
                }
            }
            SendOutcome::Rejected(error) => {
                self.lanes().answered(row.message);
                if self.reject(row, claimed.attempt, error).await {
                    let permit = permit.clone();
                    Arc::clone(self).rejected(row.clone(), permit).await;
                }
            }
            SendOutcome::Unknown { cause } => {
                let attempt = (claimed.attempt, claimed.deadline);
                self.await_deadline(row, attempt, cause, permit).await;
            }
            SendOutcome::NotWritten { cause } => {
                tracing::warn!(message = %row.message, number = %row.number, cause, "nothing was written");
                let not_before = self.lanes().not_written(row.message, now);
                self.release(row, claimed.attempt, not_before, None).await;
            }
            SendOutcome::Throttled {
                meta_code,
                retry_after,
            } => {
                let not_before = self
                    .lanes()
                    .throttled(row.message, meta_code, retry_after, now);
                self.release(row, claimed.attempt, not_before, None).await;
            }
            SendOutcome::AuthBroken { meta_code } => {
                tracing::warn!(number = %row.number, meta_code, "Meta refused the access token");
                self.lanes()
                    .hold(row.number, now.plus_seconds(RECORDING_AUTH));
                self.break_auth(row, meta_code, &prepared.fingerprint).await;
                self.release(row, claimed.attempt, now, None).await;
            }
        }
    }

    /// A rejection is on record: the conversation goes on once nothing of its turn is held any more, because
    /// the process manager canceled it or let it go, or the hold has passed.
    pub(super) async fn rejected(self: Arc<Self>, row: OutboxRow, permit: Permit) {
        let until = self.now().plus_seconds(TURN_HOLD_SECONDS);
        while let Some(turn) = row.turn
            && self.now() < until
        {
            match self.deps.outbox.of_conversation(row.conversation).await {
                Ok(rows) if !holds(&rows, turn, self.now()) => break,
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(message = %row.message, %error, "a rejected message's turn could not be looked up");
                }
            }
            if self.let_go_within(&permit, DECIDED).await {
                return;
            }
        }
        self.lanes().let_turn_go(row.message);
        self.settled(row.message);
    }

    /// Waits for a lost attempt's deadline and declares its outcome unknown, unless a status settles it. A number
    /// that is given up leaves that to its next owner.
    async fn await_deadline(
        self: &Arc<Self>,
        row: &OutboxRow,
        (attempt, deadline): (u32, Timestamp),
        cause: UnknownCause,
        permit: &Permit,
    ) {
        loop {
            let left = u64::try_from(deadline.micros_since(self.now())).unwrap_or(0);
            if left == 0 {
                if self.declare_unknown(row, attempt, cause, permit).await {
                    self.settled(row.message);
                }
                return;
            }
            match self.deps.outbox.find(row.message).await {
                Ok(Some(found)) if found.state == OutboxState::Attempting => {}
                Ok(Some(found)) if found.state == OutboxState::Queued => {
                    return self
                        .put_back(row.message, found.not_before.unwrap_or_else(|| self.now()));
                }
                Ok(_) => return self.settled(row.message),
                Err(error) => {
                    tracing::warn!(message = %row.message, %error, "a lost attempt could not be looked up");
                }
            }
            let pause = SETTLED_BY_STATUS.min(Duration::from_micros(left));
            if self.let_go_within(permit, pause).await {
                return;
            }
        }
    }

    /// Finds out what became of a row that this sender lost sight of.
    pub(super) async fn look_up(self: Arc<Self>, row: OutboxRow, permit: Permit) {
        let found = self
            .until_stored("look up", row.message, || {
                self.deps.outbox.find(row.message)
            })
            .await;
        match found {
            None => {}
            Some(Some(found)) if found.state == OutboxState::Attempting => {
                let deadline = found.deadline.unwrap_or_else(|| self.now());
                let attempt = (found.attempt, deadline);
                self.await_deadline(&row, attempt, UnknownCause::Crash, &permit)
                    .await;
            }
            Some(Some(found)) if found.state == OutboxState::Queued => {
                self.put_back(row.message, self.now().plus_seconds(1));
            }
            Some(_) => self.settled(row.message),
        }
    }

    /// Ends an attempt that certainly had no effect.
    async fn release(
        &self,
        row: &OutboxRow,
        attempt: u32,
        not_before: Timestamp,
        fence: Option<Fence>,
    ) {
        let outbox = &self.deps.outbox;
        let released = self
            .until_stored("release", row.message, || {
                outbox.release(row.message, attempt, not_before, fence.clone())
            })
            .await;
        if released.is_some() {
            self.put_back(row.message, not_before);
        }
    }

    fn put_back(&self, message: MessageId, not_before: Timestamp) {
        self.lanes().put_back(message, not_before, self.now());
        self.wake.notify_one();
    }

    pub(super) fn settled(&self, message: MessageId) {
        self.lanes().settled(message, self.now());
        self.wake.notify_one();
    }
}

/// Whether something queued of this turn is held.
pub(super) fn holds(rows: &[OutboxRow], turn: (SessionId, u32), now: Timestamp) -> bool {
    rows.iter().any(|row| {
        row.turn == Some(turn)
            && row.state == OutboxState::Queued
            && row.not_before.is_some_and(|at| at > now)
    })
}

fn name(outcome: &SendOutcome) -> &'static str {
    match outcome {
        SendOutcome::Accepted { .. } => "accepted",
        SendOutcome::NotWritten { .. } => "not_written",
        SendOutcome::Throttled { .. } => "throttled",
        SendOutcome::AuthBroken { .. } => "auth_broken",
        SendOutcome::Rejected(_) => "rejected",
        SendOutcome::Unknown { .. } => "unknown",
    }
}
