//! Connecting a Meta app as the README says, typed beside a running server: each command's doing is seen by it within
//! a second.

use reqwest::Method;
use serde_json::Value;
use tokio::process::Command;

use super::Served;
use crate::support::{
    APP_SECRET, Delivery, PHONE_NUMBER_ID, SALON, TestMeta, eventually, inbound_text, now,
};
use crate::tidy::{read, root};

const CUSTOMER: &str = "79991112233";
/// What the webhook answers.
const OK: &str = r#"{"status":"ok"}"#;
/// Where a shell finds curl, cat and date.
const SYSTEM_PATHS: [&str; 3] = ["/usr/local/bin", "/usr/bin", "/bin"];

async fn connected() -> (Served, TestMeta) {
    let meta = TestMeta::start().await;
    let url = meta.url();
    let settings = [
        ("WHATSAPP_APP_SECRET", APP_SECRET),
        ("WHATSAPP_API_URL", url.as_str()),
    ];
    let served = Served::start("serve", &settings).await;
    meta.call_back(&served.address);
    (served, meta)
}

/// The README's two commands that make a number with a bot.
async fn number_and_bot(served: &Served) {
    let add = [
        "numbers",
        "add",
        "--name",
        "Salon",
        "--phone",
        "+79001234567",
        "--phone-number-id",
        PHONE_NUMBER_ID,
    ];
    let added = served.types(&add, "EAAtokenOfTheTests4f2a\n").await.good();
    let id = added.trim();
    served
        .sees("/api/v1/whatsapp/numbers", |all| {
            (all[0]["id"] == id && all[0]["token"]["last4"] == "4f2a").then_some(())
        })
        .await;
    std::fs::write(served.folder.path().join("salon.json"), SALON).expect("a file");
    let import = [
        "bots",
        "import",
        "salon.json",
        "--number",
        PHONE_NUMBER_ID,
        "--publish",
    ];
    served.types(&import, "").await.good();
    served
        .sees("/api/v1/whatsapp/numbers", |all| {
            all[0]["bot_id"].is_string().then_some(())
        })
        .await;
}

#[tokio::test]
async fn a_number_and_a_bot_are_typed_and_a_customer_is_answered() {
    let (mut served, meta) = connected().await;
    number_and_bot(&served).await;
    meta.types(CUSTOMER, "Здравствуйте");
    let texts = meta.shows(CUSTOMER, 2).await;
    assert_eq!(
        texts,
        ["Привет! Я бот салона красоты", "Что вас интересует?"]
    );
    served.stop().await;
}

#[tokio::test]
async fn a_signed_delivery_goes_through_the_shell() {
    let (mut served, _meta) = connected().await;
    number_and_bot(&served).await;
    let message = inbound_text(CUSTOMER, "wamid.signed", now(), "Здравствуйте");
    let body = Delivery::new()
        .change(CUSTOMER, "Анна", &[message], &[])
        .bytes();
    std::fs::write(served.folder.path().join("delivery.json"), body).expect("a file");
    let url = format!("{}/api/v1/webhooks/whatsapp", served.address);
    let sign = ["webhook", "sign", "delivery.json", "--url", &url];
    let line = served.types(&sign, "").await.good();
    assert!(!line.contains(APP_SECRET), "{line}");
    let shell = |line: String| {
        let folder = served.folder.path().to_owned();
        async move {
            let done = Command::new("sh")
                .args(["-c", &line])
                .current_dir(folder)
                .output()
                .await
                .expect("a shell");
            String::from_utf8(done.stdout).expect("text")
        }
    };
    assert_eq!(shell(line).await, OK);
    served
        .sees("/api/v1/conversations", |all| {
            (all[0]["customer"]["phone_number"] == "+79991112233").then_some(())
        })
        .await;
    let forged = [
        "webhook",
        "sign",
        "delivery.json",
        "--url",
        &url,
        "--secret",
        "another",
    ];
    let line = served.types(&forged, "").await.good();
    assert!(shell(line).await.contains("signature_invalid"));
    let unset = [("WHATSAPP_APP_SECRET", ""), ("LOG", "warn")];
    let said = crate::support::vestnik_in(&served.data_dir(), &unset, &sign).await;
    assert!(
        !said.success && said.err.contains("WHATSAPP_APP_SECRET"),
        "{}",
        said.err
    );
    served.stop().await;
}

#[tokio::test]
async fn the_setup_pages_delivery_runs_as_it_stands_and_the_bot_answers() {
    for page in ["WHATSAPP_SETUP.md", "WHATSAPP_SETUP.ru.md"] {
        let (mut served, meta) = connected().await;
        number_and_bot(&served).await;
        let text = read(&root().join(page));
        let blocks = text.split("```bash\n").skip(1);
        let mut blocks = blocks.map(|rest| rest.split("```").next().unwrap_or_default());
        let block = blocks
            .find(|code| code.contains("vestnik webhook sign"))
            .expect("a delivery in the setup page");
        let folder = served.folder.path();
        let program = folder.join("vestnik");
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_server"), program).expect("a link");
        let (_, port) = served.address.rsplit_once(':').expect("a port");
        let path = std::env::join_paths(
            [folder.as_os_str()]
                .into_iter()
                .map(Into::into)
                .chain(SYSTEM_PATHS.iter().map(std::path::PathBuf::from)),
        );
        let done = Command::new("sh")
            .args(["-c", block])
            .current_dir(folder)
            .env("PATH", path.expect("a path"))
            .env("PORT", port)
            .env("WHATSAPP_APP_SECRET", APP_SECRET)
            .output()
            .await
            .expect("a shell");
        assert_eq!(String::from_utf8_lossy(&done.stdout), OK, "{page}");
        let texts = meta.shows("79995556677", 2).await;
        assert_eq!(
            texts,
            ["Привет! Я бот салона красоты", "Что вас интересует?"]
        );
        served.stop().await;
    }
}

#[tokio::test]
async fn a_rebuild_and_the_figures_are_of_the_running_server() {
    let (mut served, meta) = connected().await;
    number_and_bot(&served).await;
    meta.types(CUSTOMER, "Здравствуйте");
    meta.shows(CUSTOMER, 2).await;
    let listed = served.types(&["projections", "list"], "").await.good();
    let before = served.asks(Method::GET, "/api/v1/conversations").await;
    for line in listed.lines() {
        let name = line.split('\t').next().expect("a name");
        let rebuilt = served.types(&["projections", "rebuild", name], "").await;
        assert_eq!(rebuilt.good().trim(), name);
    }
    served
        .sees("/api/v1/admin/projections", |all| {
            let all = all.as_array()?;
            let is_live = |one: &Value| one["state"] == "live" && one["lag"] == 0;
            (all.len() == listed.lines().count() && all.iter().all(is_live)).then_some(())
        })
        .await;
    let after = served.asks(Method::GET, "/api/v1/conversations").await;
    assert_eq!(after[0]["id"], before[0]["id"]);
    assert_eq!(after[0]["customer"], before[0]["customer"]);
    let unknown = served
        .types(&["projections", "rebuild", "nothing"], "")
        .await;
    unknown.refused("not_found");
    // The figures: today's day as the server's clock has it.
    let conversation = served.asks(Method::GET, "/api/v1/conversations").await;
    let today = conversation[0]["created_at"].as_str().expect("a time")[..10].to_owned();
    let ask = [
        "activity", "--from", &today, "--to", &today, "--format", "csv",
    ];
    let url = format!(
        "{}/api/v1/activity.csv?from={today}&to={today}",
        served.address
    );
    // Statuses go on arriving, so that two looks may differ; at rest both show the same.
    let csv = eventually("the same figures through both doors", || async {
        let typed = served.types(&ask, "").await.good();
        let asked = served.client.get(&url).bearer_auth(&served.token);
        let answer = asked.send().await.ok()?.text().await.ok()?;
        (typed == answer).then_some(typed)
    })
    .await;
    assert!(csv.contains(",text,inbound,received,"), "{csv}");
    let table = served.types(&ask[..5], "").await.good();
    assert!(
        table.lines().count() > 3 && !table.contains(",,"),
        "{table}"
    );
    served.stop().await;
}
