//! The list of quick replies: added, changed, removed.

use domain::any_event::aggregate_type;
use domain::ids::QuickReplyId;
use domain::quick_reply::{QuickReplyEvent, Texts};

use crate::testing::{Lab, at, uuid};

fn texts(text: &str) -> Texts {
    Texts::from([("en".to_owned(), text.to_owned())])
}

async fn listed(lab: &Lab) -> Vec<(String, String)> {
    lab.catch_up().await;
    let replies = lab.projections.reads().quick_replies().await.unwrap();
    let shown = |reply: super::QuickReplyView| (reply.shortcut, reply.texts["en"].clone());
    replies.into_iter().map(shown).collect()
}

#[tokio::test]
async fn replies_are_listed_by_shortcut_until_removed() {
    let lab = Lab::new().await;
    for (id, shortcut) in [(40, "hi"), (41, "bye")] {
        let added = QuickReplyEvent::Added {
            at: at(1),
            shortcut: shortcut.to_owned(),
            texts: texts(shortcut),
        };
        lab.log.push(aggregate_type::QUICK_REPLY, uuid(id), added);
    }
    let pair = |shortcut: &str, text: &str| (shortcut.to_owned(), text.to_owned());
    assert_eq!(listed(&lab).await, [pair("bye", "bye"), pair("hi", "hi")]);
    let edited = QuickReplyEvent::Edited {
        at: at(2),
        shortcut: "hello".to_owned(),
        texts: texts("Hello!"),
    };
    lab.log.push(aggregate_type::QUICK_REPLY, uuid(40), edited);
    let removed = QuickReplyEvent::Removed { at: at(3) };
    lab.log.push(aggregate_type::QUICK_REPLY, uuid(41), removed);
    assert_eq!(listed(&lab).await, [pair("hello", "Hello!")]);
    let reads = lab.projections.reads();
    let one = |id| QuickReplyId::new(uuid(id));
    let hello = reads.quick_reply(one(40)).await.unwrap().unwrap();
    assert_eq!((hello.created_at, hello.updated_at), (at(1), at(2)));
    assert_eq!(reads.quick_reply(one(41)).await.unwrap(), None);
}
