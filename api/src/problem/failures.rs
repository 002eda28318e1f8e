//! Why a message was not delivered, in words: what happened, what to do, and whether again may help.

use crate::i18n::Text;

/// One reason.
#[derive(Debug)]
pub struct Failure {
    /// Our stable code.
    pub code: &'static str,
    /// Whether sending it again may work.
    pub retryable: bool,
    /// In one line.
    pub title: Text,
    /// What to do.
    pub next_step: Text,
}

const fn failure(
    code: &'static str,
    retryable: bool,
    title: (&'static str, &'static str),
    next_step: (&'static str, &'static str),
) -> Failure {
    Failure {
        code,
        retryable,
        title: Text::new(title.0, title.1),
        next_step: Text::new(next_step.0, next_step.1),
    }
}

/// The words of a code; those of `rejected_by_meta` where it is not listed.
pub fn find(code: &str) -> &'static Failure {
    FAILURES
        .iter()
        .find(|failure| failure.code == code)
        .unwrap_or(&OTHER)
}

static OTHER: Failure = failure(
    "rejected_by_meta",
    false,
    (
        "WhatsApp refused the message",
        "WhatsApp отклонил сообщение",
    ),
    (
        "Read Meta's words in detail and correct the message.",
        "Прочитайте пояснение Meta в detail и исправьте сообщение.",
    ),
);

/// Reasons by code.
#[rustfmt::skip]
pub static FAILURES: &[Failure] = &[
    failure("taken_over", false,
        ("A person took the conversation over", "Диалог перехватил человек"),
        ("Nothing to do: the person writes instead.", "Ничего: отвечает человек.")),
    failure("closed", false,
        ("The conversation was closed", "Диалог закрыт"),
        ("Write again to reopen it.", "Напишите снова, чтобы открыть его.")),
    failure("turn_rejected", false,
        ("An earlier message of the same turn was refused", "Предыдущее сообщение этого шага отклонено"),
        ("See the earlier message.", "Смотрите предыдущее сообщение.")),
    failure("number_removed", false,
        ("The number was removed", "Номер удалён"),
        ("Write from another number.", "Пишите с другого номера.")),
    failure("window_closed", false,
        ("The 24-hour window is closed", "24-часовое окно закрыто"),
        ("Wait until the customer writes, or send a template.", "Дождитесь сообщения клиента или отправьте шаблон.")),
    failure("auth_broken", true,
        ("The access token was refused", "Токен доступа отклонён"),
        ("Store a new access token for the number.", "Сохраните новый токен доступа для номера.")),
    failure("permission_missing", false,
        ("The access token lacks a permission", "Токену не хватает прав"),
        ("Give the token whatsapp_business_messaging at Meta.", "Выдайте токену право whatsapp_business_messaging в Meta.")),
    failure("number_not_registered", false,
        ("The number is not registered at Meta", "Номер не зарегистрирован в Meta"),
        ("Register the number in Meta's dashboard.", "Зарегистрируйте номер в панели Meta.")),
    failure("rate_limited", true,
        ("Meta's limit was reached", "Достигнут лимит Meta"),
        ("Send it again later.", "Отправьте позже.")),
    failure("pair_rate_limited", true,
        ("Too many messages to this customer", "Слишком много сообщений этому клиенту"),
        ("Send it again in a minute.", "Отправьте через минуту.")),
    failure("number_restricted", false,
        ("Meta restricted the number", "Meta ограничила номер"),
        ("See the account's quality in Meta's dashboard.", "Проверьте качество аккаунта в панели Meta.")),
    failure("recipient_blocked", false,
        ("Meta does not deliver to this customer", "Meta не доставляет этому клиенту"),
        ("Reach the customer in another way.", "Свяжитесь с клиентом иначе.")),
    failure("recipient_unavailable", true,
        ("The customer cannot be reached", "Клиент недоступен"),
        ("Ask the customer to update WhatsApp and to write first.", "Попросите клиента обновить WhatsApp и написать первым.")),
    failure("recipient_not_allowed", false,
        ("The recipient is not in the test list", "Получателя нет в тестовом списке"),
        ("Add the number to the test recipients in Meta's dashboard.", "Добавьте номер в тестовый список в панели Meta.")),
    failure("recipient_is_sender", false,
        ("The number cannot write to itself", "Номер не может писать себе"),
        ("Write to another number.", "Пишите на другой номер.")),
    failure("opted_out", false,
        ("The customer does not want messages", "Клиент отказался от сообщений"),
        ("Wait until the customer writes.", "Дождитесь сообщения клиента.")),
    failure("payment_problem", false,
        ("Payment is not set up at Meta", "В Meta не настроена оплата"),
        ("Set up payment in Meta's dashboard.", "Настройте оплату в панели Meta.")),
    failure("meta_unavailable", true,
        ("Meta is not available", "Meta недоступна"),
        ("Send it again later.", "Отправьте позже.")),
    failure("number_in_maintenance", true,
        ("The number is in maintenance at Meta", "Номер на обслуживании в Meta"),
        ("Send it again later.", "Отправьте позже.")),
];
