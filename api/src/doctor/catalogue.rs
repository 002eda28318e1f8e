//! Every code that `vestnik doctor` can print, with what it looks at and what to do. Documents name these
//! codes; a test asks that each one they name is here.

use crate::i18n::Text;

/// One thing that is looked at.
#[derive(Debug)]
pub struct Entry {
    /// Stable code.
    pub code: &'static str,
    /// What is looked at.
    pub about: Text,
    /// What to do where it is not good.
    pub next_step: Text,
}

const fn entry(
    code: &'static str,
    about: (&'static str, &'static str),
    next_step: (&'static str, &'static str),
) -> Entry {
    Entry {
        code,
        about: Text::new(about.0, about.1),
        next_step: Text::new(next_step.0, next_step.1),
    }
}

/// The entry of a code.
pub fn find(code: &str) -> Option<&'static Entry> {
    CATALOGUE.iter().find(|entry| entry.code == code)
}

/// All of them, in the order they are printed.
#[rustfmt::skip]
pub const CATALOGUE: &[Entry] = &[
    entry("D-CONFIG",
        ("settings: readable, in their limits, none with an example's value", "настройки: читаются, в допустимых пределах, без значений из примера"),
        ("Correct the setting named in .env or the environment; docs/operations.md lists all of them.", "Исправьте названную настройку в .env или окружении; все они перечислены в docs/operations.md.")),
    entry("D-APP-SECRET",
        ("an app secret is set, so that webhooks of live numbers can be verified", "секрет приложения задан, вебхуки живых номеров проверяются"),
        ("Set WHATSAPP_APP_SECRET to the App Secret of Meta's dashboard (App settings > Basic) and restart.", "Задайте WHATSAPP_APP_SECRET: App Secret из панели Meta (App settings > Basic) и перезапустите сервер.")),
    entry("D-KEYS",
        ("the keys are there and belong to the log", "ключи на месте и подходят к журналу"),
        ("Put the keys back: vestnik keys restore FILE. If ENCRYPTION_KEY was changed, set the former one.", "Верните ключи: vestnik keys restore FILE. Если менялся ENCRYPTION_KEY, задайте прежний.")),
    entry("D-KEY-MODE",
        ("only the owner can read keys and data", "ключи и данные читает только владелец"),
        ("Run chmod -R go-rwx on the data folder.", "Выполните chmod -R go-rwx для папки данных.")),
    entry("D-DATABASE",
        ("the log opens and is whole", "журнал открывается и цел"),
        ("Stop the server and restore the last backup: vestnik backup restore DIR --data-dir NEW-FOLDER. Look at the disk too.", "Остановите сервер и восстановите копию: vestnik backup restore DIR --data-dir НОВАЯ-ПАПКА. Проверьте и диск.")),
    entry("D-VERSION",
        ("the log is of this program's version", "журнал соответствует версии программы"),
        ("Make a backup, then: vestnik migrate. If the log is of a newer version, install that version.", "Сделайте копию, затем: vestnik migrate. Если журнал новее программы, установите новую версию.")),
    entry("D-READ-DATABASE",
        ("the read models' file is whole", "файл моделей чтения цел"),
        ("Stop the server, delete read.db and start it: the file is built anew from the log.", "Остановите сервер, удалите read.db и запустите снова: файл будет построен из журнала.")),
    entry("D-DISK",
        ("free space of the data folder against what lies in it", "свободное место рядом с объёмом данных"),
        ("Make room or move DATA_DIR: a full disk stops receiving. Old folders in DATA_DIR/backups can be moved away.", "Освободите место или перенесите DATA_DIR: при полном диске приём остановится. Старые копии из DATA_DIR/backups можно унести.")),
    entry("D-CLOCK",
        ("this machine's clock against the Date of the Graph API's answer", "часы машины по заголовку Date ответа Graph API"),
        ("Set the clock: timedatectl set-ntp true.", "Настройте часы: timedatectl set-ntp true.")),
    entry("D-SERVER",
        ("a server runs on the data folder", "на папке данных работает сервер"),
        ("Start it: vestnik serve.", "Запустите: vestnik serve.")),
    entry("D-PUBLIC-URL",
        ("PUBLIC_URL is an https address that strangers can reach", "PUBLIC_URL — адрес https, доступный извне"),
        ("Set PUBLIC_URL to the address of your domain or tunnel, e.g. https://your-domain.com, and restart.", "Задайте PUBLIC_URL: адрес домена или туннеля, например https://your-domain.com, и перезапустите сервер.")),
    entry("D-WEBHOOK",
        ("the webhook answers Meta's verification through PUBLIC_URL", "вебхук отвечает на проверку Meta через PUBLIC_URL"),
        ("See that domain, tunnel or proxy lead to this server, and that the verify token is the one this server uses.", "Проверьте, что домен, туннель или прокси ведут на этот сервер и что verify token тот же.")),
    entry("D-OUTBOUND",
        ("messages may leave", "отправка сообщений разрешена"),
        ("Look at what waits (vestnik outbound status), then: vestnik outbound release.", "Посмотрите, что ждёт (vestnik outbound status), затем: vestnik outbound release.")),
    entry("D-READ-MODELS",
        ("the read models follow the log", "модели чтения успевают за журналом"),
        ("Build the one named anew: vestnik projections rebuild NAME.", "Постройте названную заново: vestnik projections rebuild NAME.")),
    entry("D-HELD",
        ("received items that could not be handled", "полученные элементы, которые не удалось обработать"),
        ("List them at GET /api/v1/admin/held; after the cause is gone, for its reason: POST /api/v1/admin/held/release with {\"reason\": \"unknown_number\"}.", "Список: GET /api/v1/admin/held; после устранения причины, для неё: POST /api/v1/admin/held/release с {\"reason\": \"unknown_number\"}.")),
    entry("D-NUMBERS",
        ("a live number is there and switched on", "есть включённый живой номер"),
        ("Add it: vestnik numbers add --name NAME --phone NUMBER --phone-number-id ID.", "Добавьте: vestnik numbers add --name ИМЯ --phone НОМЕР --phone-number-id ID.")),
    entry("D-TOKEN",
        ("Meta takes the number's access token", "Meta принимает токен доступа номера"),
        ("Make a lasting token (system user, expiry never) and set it: PUT /api/v1/whatsapp/numbers/ID with access_token.", "Создайте постоянный токен (system user, срок never) и задайте его: PUT /api/v1/whatsapp/numbers/ID с access_token.")),
    entry("D-BOT",
        ("an active bot is bound to the number", "к номеру привязан активный бот"),
        ("Import and publish one: vestnik bots import FILE --number PHONE_NUMBER_ID --publish.", "Загрузите и опубликуйте: vestnik bots import FILE --number PHONE_NUMBER_ID --publish.")),
    entry("D-INBOUND",
        ("a customer's message has come in on the number", "на номер приходили сообщения клиентов"),
        ("Write to the number from a phone. If nothing comes: D-WEBHOOK must be good and Meta's subscription must have the field messages.", "Напишите на номер с телефона. Если ничего не приходит: D-WEBHOOK должен быть в норме, а подписка у Meta — содержать поле messages.")),
    entry("D-WHY-NOTHING",
        ("the customer has written nothing yet", "клиент ещё ничего не писал"),
        ("Wait for a message; a bot never begins by itself.", "Дождитесь сообщения: бот не начинает сам.")),
    entry("D-WHY-ANSWERED",
        ("a bot took the customer's last message", "последнее сообщение клиента принял бот"),
        ("Nothing to do.", "Ничего делать не нужно.")),
    entry("D-WHY-WAITS",
        ("the bot waits for the customer's answer", "бот ждёт ответа клиента"),
        ("Nothing to do; take over to answer yourself.", "Ничего делать не нужно; чтобы ответить самому, перехватите диалог.")),
    entry("D-WHY-PENDING",
        ("the message has only just come in", "сообщение только что пришло"),
        ("Ask again in a moment; if it stays so, look at D-READ-MODELS and at the log lines.", "Спросите ещё раз через мгновение; если не изменится, смотрите D-READ-MODELS и журнал сервера.")),
    entry("D-WHY-PERSON",
        ("a person handles the conversation", "диалог ведёт человек"),
        ("Hand it back: POST /api/v1/conversations/ID/handback.", "Верните боту: POST /api/v1/conversations/ID/handback.")),
    entry("D-WHY-AWAITING",
        ("the conversation was handed to people and waits for one", "диалог передан людям и ждёт оператора"),
        ("Take it over and answer, or hand it back to the bot: POST /api/v1/conversations/ID/handback.", "Перехватите и ответьте либо верните боту: POST /api/v1/conversations/ID/handback.")),
    entry("D-WHY-NO-BOT",
        ("no active bot is bound to the number", "к номеру не привязан активный бот"),
        ("Import and publish one: vestnik bots import FILE --number PHONE_NUMBER_ID --publish.", "Загрузите и опубликуйте: vestnik bots import FILE --number PHONE_NUMBER_ID --publish.")),
    entry("D-WHY-NUMBER-OFF",
        ("the number is switched off or removed", "номер выключен или удалён"),
        ("Switch it on: PATCH /api/v1/whatsapp/numbers/ID/toggle.", "Включите: PATCH /api/v1/whatsapp/numbers/ID/toggle.")),
    entry("D-WHY-BEFORE-QUESTION",
        ("the message came before the bot's question had left", "сообщение пришло раньше, чем ушёл вопрос бота"),
        ("Nothing to do: the bot waits for an answer to its question.", "Ничего делать не нужно: бот ждёт ответа на свой вопрос.")),
    entry("D-WHY-UNREADABLE",
        ("the message holds nothing a bot can read", "в сообщении нет ничего, что бот может прочитать"),
        ("Answer yourself: take the conversation over.", "Ответьте сами: перехватите диалог.")),
    entry("D-WHY-SESSION-ENDED",
        ("the bot's run had ended or was ending", "сеанс бота закончился или заканчивался"),
        ("The customer's next message starts the bot anew.", "Следующее сообщение клиента запустит бота заново.")),
    entry("D-WHY-BOT-FAILED",
        ("the bot broke or its message was refused", "бот сломался или его сообщение отклонено"),
        ("Check its scenario: vestnik bots export BOT > FILE, then vestnik bots validate FILE.", "Проверьте сценарий: vestnik bots export BOT > FILE, затем vestnik bots validate FILE.")),
    entry("D-WHY-TOO-OLD",
        ("the message arrived after the 24-hour window had closed", "сообщение пришло после закрытия 24-часового окна"),
        ("Find out why it was late: D-WEBHOOK, D-CLOCK, or the server was down.", "Выясните причину задержки: D-WEBHOOK, D-CLOCK или сервер не работал.")),
    entry("D-WHY-SEND",
        ("an answer was made but did not reach the customer", "ответ создан, но не дошёл до клиента"),
        ("Look at the message's error: GET /api/v1/conversations/ID/messages; D-TOKEN and D-OUTBOUND tell of what stops all.", "Посмотрите ошибку сообщения: GET /api/v1/conversations/ID/messages; общие причины видны в D-TOKEN и D-OUTBOUND.")),
];
