//! The root of queries: the parts of all entities.

use async_graphql::MergedObject;

use super::activity::ActivityQueries;
use super::bot::BotQueries;
use super::contact::ContactQueries;
use super::conversation::ConversationQueries;
use super::deal::DealQueries;
use super::events::EventQueries;
use super::node::NodeQueries;
use super::number::NumberQueries;
use super::outbound::OutboundQueries;
use super::person::PersonQueries;
use super::projection::ProjectionQueries;
use super::quick_reply::QuickReplyQueries;
use super::saved_view::SavedViewQueries;
use super::server_node::ServerNodeQueries;
use super::settings::SettingsQueries;
use super::stream_at::StreamAtQueries;
use super::token::TokenQueries;
use super::webhook::WebhookQueries;
use super::why_no_answer::WhyNoAnswerQueries;

/// Everything that can be read.
#[derive(Debug, Default, MergedObject)]
pub struct Query(
    NodeQueries,
    NumberQueries,
    ConversationQueries,
    ContactQueries,
    BotQueries,
    DealQueries,
    TokenQueries,
    WebhookQueries,
    ProjectionQueries,
    PersonQueries,
    QuickReplyQueries,
    SavedViewQueries,
    SettingsQueries,
    OutboundQueries,
    ActivityQueries,
    EventQueries,
    StreamAtQueries,
    WhyNoAnswerQueries,
    ServerNodeQueries,
);
