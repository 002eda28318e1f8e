//! The work of people in conversations: assign, note, tag, read, hand back to the run that was taken over.
//! Handing back and the order of who waits go through GraphQL; the rest calls the use cases as the edge does, and what
//! became of it is looked at through HTTP and the read models.

use api::rest::App;
use application::use_cases::{Request, UseCaseError};
use domain::conversation::{Person, PersonKind};
use domain::ids::{ContactId, ConversationId, TokenId};
use projections::conversation::{AssigneeFilter, ConversationFilter, ConversationView, EntryKind};
use serde_json::{Value, json};

use crate::graphql::gql;
use crate::support::{DEADLINE, ScenarioJson, TestApp, eventually};

const ANNA: &str = "79001112233";

fn request(inside: &App) -> Request {
    Request::new(inside.ids.next(), "cli")
}

fn id_of(conversation: &Value) -> ConversationId {
    let id = conversation["id"].as_str().expect("an id");
    id.parse().expect("an id")
}

/// An agent's id as the list of people has it.
async fn agent(app: &TestApp) -> Person {
    app.token("agent").await;
    eventually("the agent in the list of people", || async {
        let people = app.inside().app().reads().people().await.ok()?;
        let agent = people.iter().find(|one| one.role == "agent")?;
        Some(Person {
            id: agent.id,
            kind: PersonKind::Operator,
        })
    })
    .await
}

async fn view(app: &TestApp, id: ConversationId) -> ConversationView {
    let inside = app.inside().app();
    assert!(
        inside
            .projections
            .wait_for(inside.log.head(), DEADLINE)
            .await
    );
    let found = inside.reads().conversation(id).await.expect("a read model");
    found.expect("the conversation")
}

#[tokio::test]
async fn people_assign_note_tag_and_read() {
    let app = TestApp::with_number().await;
    let conversation = app.hears(ANNA, "Anna", "hi").await;
    let id = id_of(&conversation);
    let agent = agent(&app).await;
    let inside = app.inside().app();
    let people = &inside.conversations;
    people
        .assign(&request(inside), id, Some(agent.id), &agent)
        .await
        .expect("assigned");
    {
        let stranger = TokenId::new(inside.ids.next());
        let refused = people
            .assign(&request(inside), id, Some(stranger), &agent)
            .await;
        let Err(UseCaseError::Rejected(fields)) = refused else {
            panic!("a stranger is refused");
        };
        assert_eq!(
            (fields[0].field.as_str(), fields[0].code),
            ("assignee", "unknown_person")
        );
    }
    people
        .note(&request(inside), id, &agent, "calls back".to_owned())
        .await
        .expect("noted");
    let customer = conversation["customer"]["id"].as_str().expect("an id");
    let customer: ContactId = customer.parse().expect("an id");
    for tag in ["vip", "new"] {
        let request = request(inside);
        let tagged = inside.contacts.tag(&request, customer, tag.to_owned());
        tagged.await.expect("tagged");
    }
    let untag = request(inside);
    let untagged = inside.contacts.untag(&untag, customer, "new".to_owned());
    untagged.await.expect("untagged");
    people
        .mark_read(&request(inside), id, &agent, None)
        .await
        .expect("read");
    let shown = view(&app, id).await;
    let assignee = shown.assignee.expect("an assignee");
    assert_eq!((assignee.name.as_str(), shown.note_count), ("a agent", 1));
    assert_eq!(
        (shown.unread_count, shown.customer.tags),
        (0, vec!["vip".to_owned()])
    );
    let found = ConversationFilter {
        assignee: Some(AssigneeFilter::Person(agent.id)),
        tag: Some("vip".to_owned()),
        ..ConversationFilter::default()
    };
    let page = inside.reads().conversations(&found, None, 10).await;
    assert_eq!(page.expect("a page").items.len(), 1);
    let entries = inside.reads().entries(id, None, 10).await.expect("entries");
    let note = EntryKind::Noted {
        note: "calls back".to_owned(),
    };
    assert!(entries.items[0].kind == note);
    assert_eq!(
        entries.items[0].actor.as_ref().expect("who").name,
        "a agent"
    );
}

fn asking() -> ScenarioJson {
    ScenarioJson::new()
        .welcome("w", "Hi")
        .question("q", "City?", "city")
        .message("m", "So {{city}}")
        .edge("w", "q")
        .edge("q", "m")
}

/// Hands back through GraphQL so that the run goes on; whether it does.
async fn hand_back(app: &TestApp, conversation: &Value) -> bool {
    let back = "mutation($id: ID!) { handBack(input: {conversation: $id, mode: RESUME}) {
        status resumed conversation { handler { type } } } }";
    let id = format!(
        "conversation:{}",
        conversation["id"].as_str().expect("an id")
    );
    let done = gql(app, back, json!({ "id": id })).await.data()["handBack"].clone();
    assert_eq!(done["status"], "DONE");
    let resumed = done["resumed"].as_bool().expect("whether it goes on");
    let handler = if resumed { "BOT" } else { "NOBODY" };
    assert_eq!(done["conversation"]["handler"]["type"], handler);
    resumed
}

#[tokio::test]
async fn a_run_that_was_taken_over_asks_again_where_it_waited() {
    let app = TestApp::with_bot(&asking()).await;
    app.meta.types(ANNA, "hi");
    app.meta.shows(ANNA, 2).await;
    let conversation = app.conversation(ANNA).await;
    let path = format!(
        "/conversations/{}",
        conversation["id"].as_str().expect("an id")
    );
    for round in 0..2 {
        app.post(&format!("{path}/takeover"), json!({}))
            .await
            .expect(200);
        assert!(hand_back(&app, &conversation).await, "round {round}");
        let shown = app.meta.shows(ANNA, 3 + round).await;
        assert_eq!(shown.last().expect("a question"), "City?");
        app.conversation_when(ANNA, "the bot handles it", |one| {
            one["handler"]["type"] == "bot"
        })
        .await;
    }
    app.meta.types(ANNA, "Omsk");
    assert_eq!(app.meta.shows(ANNA, 5).await[4], "So Omsk");
    let done = app
        .conversation_when(ANNA, "the run ends", |one| {
            one["handler"]["type"] == "nobody"
        })
        .await;
    assert_eq!(done["customer"]["metadata"]["city"], "Omsk");
}

#[tokio::test]
async fn what_cannot_go_on_starts_anew_and_the_answer_says_so() {
    let app = TestApp::with_bot(&asking()).await;
    app.meta.types(ANNA, "hi");
    app.meta.shows(ANNA, 2).await;
    app.meta.types(ANNA, "Omsk");
    app.meta.shows(ANNA, 3).await;
    let ended = app
        .conversation_when(ANNA, "the run ends", |one| {
            one["handler"]["type"] == "nobody"
        })
        .await;
    let path = format!("/conversations/{}", ended["id"].as_str().expect("an id"));
    app.post(&format!("{path}/takeover"), json!({}))
        .await
        .expect(200);
    assert!(!hand_back(&app, &ended).await);
    app.conversation_when(ANNA, "nobody handles it", |one| {
        one["handler"]["type"] == "nobody"
    })
    .await;
    app.meta.types(ANNA, "hi again");
    assert_eq!(app.meta.shows(ANNA, 5).await[3..], ["Hi", "City?"]);
}

#[tokio::test]
async fn who_waits_longest_comes_first() {
    let scenario = ScenarioJson::new()
        .welcome("w", "One moment")
        .node(
            "people",
            "action",
            json!({"actionType": "human_takeover", "field": null, "value": ""}),
        )
        .edge("w", "people");
    let app = TestApp::with_bot(&scenario).await;
    let mut expected = Vec::new();
    for wa_id in ["79001112231", "79001112232", "79001112233"] {
        app.meta.types(wa_id, "hi");
        let waiting = app
            .conversation_when(wa_id, "people are asked", |one| {
                one["awaiting_people_since"].is_string()
            })
            .await;
        let id = waiting["id"].as_str().expect("an id");
        expected.push(json!(format!("conversation:{id}")));
    }
    // Nobody is awaited here.
    let taken = app.conversation("79001112232").await;
    let path = format!("/conversations/{}", taken["id"].as_str().expect("an id"));
    app.post(&format!("{path}/takeover"), json!({}))
        .await
        .expect(200);
    expected.remove(1);
    // The first one writes again: last in the list of the newest, still first of those who wait.
    app.meta.types("79001112231", "hello?");
    let newest = "{ conversations { nodes { id } } }";
    eventually("the first one is the newest", || async {
        let listed = gql(&app, newest, Value::Null).await.data();
        (listed["conversations"]["nodes"][0]["id"] == expected[0]).then_some(())
    })
    .await;
    let waiting =
        "query($after: String) { conversations(sort: LONGEST_WAITING, first: 1, after: $after) {
        nodes { id awaitingPeopleSince } pageInfo { hasNextPage endCursor } } }";
    let mut seen = Vec::new();
    let mut after = Value::Null;
    loop {
        let page = gql(&app, waiting, json!({ "after": after })).await.data();
        let page = &page["conversations"];
        for node in page["nodes"].as_array().expect("a page") {
            assert!(node["awaitingPeopleSince"].is_string(), "{node}");
            seen.push(node["id"].clone());
        }
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
    assert_eq!(seen, expected);
}
