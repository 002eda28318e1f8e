//! What the phone in the terminal says of itself, in English and Russian.

use crate::i18n::Text;

pub(super) const TYPING: Text = Text::new("… typing", "… печатает");
pub(super) const NO_ANSWER: Text = Text::new(
    "(no answer: people may have the conversation now, see the list of conversations)",
    "(нет ответа: возможно, диалог теперь у людей, смотрите список диалогов)",
);
pub(super) const NO_BUTTON: Text = Text::new("(there is no such button)", "(такой кнопки нет)");
pub(super) const NOTHING_TO_REACT_TO: Text = Text::new(
    "(there is no message to react to)",
    "(нет сообщения, чтобы отреагировать)",
);
pub(super) const HELP: Text = Text::new(
    "Write a message and press Enter. 1, 2 or 3 presses the button of that number.\n\
     /react 👍   reacts to the last message\n/help       shows this\n/quit       puts the phone away",
    "Напишите сообщение и нажмите Enter. 1, 2 или 3 нажимает кнопку с этим номером.\n\
     /react 👍   реакция на последнее сообщение\n/help       эта подсказка\n/quit       убрать телефон",
);
pub(super) const WELCOME: Text = Text::new(
    "A customer's phone. Write to the bot, e.g. Привет. /help shows what else there is.",
    "Телефон клиента. Напишите боту, например: Привет. /help покажет, что ещё есть.",
);
