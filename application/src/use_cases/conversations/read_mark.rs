//! Marking the customer's last message as read at Meta: best effort, never retried, never waited for, and
//! left out while the outbox is frozen.

use domain::conversation::Conversation;

use super::Conversations;
use crate::ports::cloud_api::Credentials;

impl Conversations {
    /// Where somebody is about to answer, the typing indicator is shown too.
    pub(super) fn show_read(&self, conversation: &Conversation, is_typing: bool) {
        if self.outbox.frozen().is_some() {
            return;
        }
        let Some(wamid) = conversation
            .last_inbound()
            .and_then(|inbound| inbound.wamid.clone())
        else {
            return;
        };
        let Some(number) = conversation
            .number()
            .and_then(|id| self.directory.number(id))
        else {
            return;
        };
        let Some(access_token) = number.access_token.clone() else {
            return;
        };
        if !number.row.is_active || number.row.is_removed || number.row.auth_broken {
            return;
        }
        let credentials = Credentials {
            phone_number_id: number.row.phone_number_id.clone(),
            kind: number.row.kind,
            access_token,
        };
        let cloud_api = std::sync::Arc::clone(&self.cloud_api);
        let stop = self.tasks.stop().clone();
        self.tasks.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = cloud_api.mark_read(&credentials, &wamid, is_typing) => {}
            }
        });
    }
}
