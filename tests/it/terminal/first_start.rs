//! The first start where nothing is configured: what it prints, once, and what it keeps for its owner's eyes alone.

use std::os::unix::fs::PermissionsExt as _;

use super::Served;

fn mode(served: &Served, name: &str) -> u32 {
    let file = served.data_dir().join(name);
    let kept = std::fs::metadata(&file).unwrap_or_else(|error| panic!("{name}: {error}"));
    kept.permissions().mode() & 0o777
}

/// The status of Meta's verification with a token.
async fn verifies(served: &Served, token: &str) -> (u16, String) {
    let url = format!(
        "{}/api/v1/webhooks/whatsapp?hub.mode=subscribe&hub.verify_token={token}&hub.challenge=4711",
        served.address
    );
    let answer = served.client.get(url).send().await.expect("an answer");
    let status = answer.status().as_u16();
    (status, answer.text().await.expect("a body"))
}

#[tokio::test]
async fn the_made_verify_token_is_printed_once_and_nowhere_else() {
    let mut served = Served::start("serve", &[]).await;
    let file = served.data_dir().join("keys/verify_token");
    let token = std::fs::read_to_string(file).expect("a token");
    let token = token.trim();
    assert!(token.len() >= 32, "too short to be kept secret");
    let yes = (200, "4711".to_owned());
    assert_eq!(verifies(&served, token).await, yes);
    assert_eq!(verifies(&served, "another").await.0, 403);
    assert_eq!(served.out().matches(token).count(), 1, "{}", served.out());
    let run_file = std::fs::read_to_string(served.data_dir().join("run.json"));
    assert!(run_file.expect("run.json").contains(&served.token));
    for name in ["keys/verify_token", "run.json"] {
        assert_eq!(mode(&served, name), 0o600, "{name}");
    }
    assert_eq!(mode(&served, "keys"), 0o700);
    served.stop().await;
    assert!(!served.data_dir().join("run.json").exists());
    for log in [served.err(), served.out().replacen(token, "", 1)] {
        assert!(
            !log.contains(token) && !log.contains(&served.token),
            "{log}"
        );
    }
    assert!(served.err().contains("serving"), "the log was on");
    served.run("serve").await;
    assert_eq!(verifies(&served, token).await, yes);
    served.stop().await;
    assert!(!served.out().contains(token) && !served.err().contains(token));
}

#[tokio::test]
async fn a_first_start_says_what_to_type_next_and_a_second_one_does_not() {
    let mut served = Served::start("serve", &[]).await;
    served
        .sees("/api/v1/whatsapp/numbers", |numbers| {
            (numbers[0]["phone_number_id"] == "100000000000001").then_some(())
        })
        .await;
    for next in ["simulate", "token create", "numbers add"] {
        assert!(served.out().contains(next), "{next}");
    }
    served.stop().await;
    served.run("serve").await;
    assert!(!served.out().contains("simulate"), "{}", served.out());
    served.stop().await;
}
