//! What each code means and what to do about it, in both languages.

use crate::i18n::Lang;

/// A text in English and Russian.
type Both = (&'static str, &'static str);

const NOTHING: Both = ("", "");

/// Code, meaning, next step.
#[rustfmt::skip]
pub(super) const WORDS: &[(&str, Both, Both)] = &[
    ("nothing_received",
        ("No message of the customer has come in this conversation.", "В этой беседе ещё не было сообщений клиента."),
        ("Send a message to the number; if it does not appear, look at webhookDeliveries and heldItems.", "Напишите на номер; если сообщение не появилось, смотрите webhookDeliveries и heldItems.")),
    ("in_progress",
        ("The message is being processed: nothing is recorded of it yet.", "Сообщение обрабатывается: о нём ещё ничего не записано."),
        ("Ask again in a few seconds; if it stays so, look at heldItems and at the log of the server.", "Спросите ещё раз через несколько секунд; если ничего не меняется, смотрите heldItems и журнал сервера.")),
    ("answered_by_bot",
        ("The bot answered.", "Бот ответил."), NOTHING),
    ("answered_by_person",
        ("A person wrote after the message.", "После сообщения написал человек."), NOTHING),
    ("handled_by_person",
        ("A person handles the conversation, so no bot answers.", "Беседу ведёт человек, поэтому бот не отвечает."),
        ("Hand the conversation back to let the bot go on.", "Верните беседу боту, чтобы он продолжил.")),
    ("awaiting_people",
        ("The bot handed over and a person is awaited; until then no bot starts.", "Бот передал беседу, ожидается человек; до этого бот не начинает."),
        ("Take the conversation over, or hand it back to the bot.", "Возьмите беседу или верните её боту.")),
    ("no_active_bot",
        ("The number has no bot that is published and switched on.", "У номера нет опубликованного и включённого бота."),
        ("Publish a bot, bind it to the number and switch it on.", "Опубликуйте бота, привяжите его к номеру и включите.")),
    ("number_inactive",
        ("The number is switched off.", "Номер выключен."),
        ("Switch the number on.", "Включите номер.")),
    ("number_removed",
        ("The number was removed.", "Номер удалён."),
        ("Add the number again.", "Добавьте номер снова.")),
    ("token_refused",
        ("Meta refuses the access token of the number: nothing leaves.", "Meta не принимает токен номера: ничего не отправляется."),
        ("Give the number a new access token.", "Задайте номеру новый токен доступа.")),
    ("sending_held",
        ("Nothing leaves since the installation was restored, until somebody releases it.", "После восстановления ничего не отправляется, пока отправку не разрешат."),
        ("Release it with releaseOutbound when no other installation sends on these numbers.", "Разрешите отправку через releaseOutbound, когда другая установка не работает с этими номерами.")),
    ("before_question",
        ("The message came before the bot's question had begun to leave, so it does not answer it.", "Сообщение пришло до отправки вопроса бота, поэтому не считается ответом на него."),
        ("The bot waits on: the next message answers.", "Бот продолжает ждать: ответом станет следующее сообщение.")),
    ("unreadable",
        ("The message holds nothing that a bot could read, for example a picture without words.", "В сообщении нет ничего, что бот может прочесть, например картинка без подписи."),
        ("The bot waits on for text or a button.", "Бот продолжает ждать текст или кнопку.")),
    ("not_understood",
        ("The message fits no button of the bot's question.", "Сообщение не подходит ни к одной кнопке вопроса бота."),
        ("The bot repeats the question once, and hands over to people the second time.", "Бот повторяет вопрос один раз, а во второй раз передаёт беседу людям.")),
    ("session_ended",
        ("The bot's run had ended or was just ending.", "Диалог бота закончился или как раз заканчивался."),
        ("The next message starts the bot anew.", "Следующее сообщение запустит бота заново.")),
    ("bot_failed",
        ("The bot broke: its scenario names what does not exist, or a limit stopped it.", "Бот остановился: в сценарии указано несуществующее, или сработало ограничение."),
        ("Look at the session with streamAt, correct the scenario and publish it.", "Посмотрите сессию через streamAt, исправьте сценарий и опубликуйте его.")),
    ("too_old",
        ("The message reached us later than the service window allows to answer.", "Сообщение дошло позже, чем окно обслуживания позволяет ответить."),
        ("Only an approved template can be sent until the customer writes again.", "До следующего сообщения клиента можно отправить только одобренный шаблон.")),
    ("scenario_is_silent",
        ("The bot took the message, and its scenario says nothing at this place.", "Бот принял сообщение, но сценарий в этом месте ничего не говорит."),
        ("Add a message to the scenario after this node.", "Добавьте в сценарий сообщение после этого узла.")),
    ("bot_waits",
        ("The bot has asked and waits for the customer, who has not written since.", "Бот задал вопрос и ждёт клиента, который с тех пор не писал."),
        ("Nothing: the next message answers. To write yourself, take the conversation over.", "Ничего: ответом станет следующее сообщение. Чтобы написать самим, возьмите беседу.")),
    ("conversation_closed",
        ("The conversation was closed, and the customer has not written since.", "Беседа закрыта, и клиент с тех пор не писал."),
        ("Nothing: whatever the customer writes opens it again.", "Ничего: любое сообщение клиента откроет её снова.")),
    ("reply_not_queued",
        ("The bot's reply was not queued: the guard refused it, or it is just being queued.", "Ответ бота не поставлен в очередь: проверка его не пропустила, или он как раз ставится."),
        ("Ask again in a few seconds; then look at the conversation's note and handler.", "Спросите ещё раз через несколько секунд; затем смотрите заметки и исполнителя беседы.")),
    ("reply_waits",
        ("The bot's reply is queued and waits to leave.", "Ответ бота в очереди и ждёт отправки."),
        ("Look whether sending is held, the token is refused or the number is limited by Meta.", "Проверьте, не остановлена ли отправка, принят ли токен и не ограничен ли номер со стороны Meta.")),
    ("reply_unknown",
        ("Whether Meta took the bot's reply cannot be known; the machine does not send it again.", "Неизвестно, приняла ли Meta ответ бота; автоматически он не повторяется."),
        ("Wait for a status, or repeat the message by hand.", "Дождитесь статуса или повторите сообщение вручную.")),
    ("reply_refused",
        ("The bot's reply was refused; the reply's error says why.", "Ответ бота отклонён; причина указана в error ответа."),
        ("Correct what the error names; a person can repeat the message.", "Исправьте указанное в ошибке; человек может повторить сообщение.")),
    ("reply_canceled_taken_over",
        ("A person took over before the bot's reply left, so it was canceled.", "Человек взял беседу до отправки ответа бота, поэтому ответ отменён."), NOTHING),
    ("reply_canceled_closed",
        ("The conversation was closed before the bot's reply left, so it was canceled.", "Беседу закрыли до отправки ответа бота, поэтому ответ отменён."), NOTHING),
    ("reply_canceled_turn_rejected",
        ("An earlier message of the same turn was refused, so the rest of it was canceled.", "Предыдущее сообщение того же хода отклонено, поэтому остальные отменены."),
        ("Look at the error of the earlier reply.", "Смотрите error предыдущего ответа.")),
    ("reply_canceled_number_removed",
        ("The number was removed before the bot's reply left.", "Номер удалён до отправки ответа бота."),
        ("Add the number again.", "Добавьте номер снова.")),
    ("reply_canceled_window_closed",
        ("The service window closed before the bot's reply could leave.", "Окно обслуживания закрылось до отправки ответа бота."),
        ("Only an approved template can be sent until the customer writes again.", "До следующего сообщения клиента можно отправить только одобренный шаблон.")),
];

/// Meaning and next step of a code in a language; the step is empty where there is none.
pub(super) fn of(code: &str, lang: Lang) -> (&'static str, &'static str) {
    let found = WORDS.iter().find(|(known, _, _)| *known == code);
    let (_, text, step) = found.copied().unwrap_or(("", NOTHING, NOTHING));
    match lang {
        Lang::En => (text.0, step.0),
        Lang::Ru => (text.1, step.1),
    }
}
