//! The extension around every operation: its time is limited and every error is written out.

use std::any::TypeId;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use async_graphql::async_trait::async_trait;
use async_graphql::extensions::{
    Extension, ExtensionContext, ExtensionFactory, NextExecute, NextPrepareRequest, NextRequest,
    NextSubscribe,
};
use async_graphql::{Request, Response, ServerResult};
use futures::StreamExt;
use futures::stream::BoxStream;

use super::context::Caller;
use super::error::{describe, server_error};
use super::limits;
use crate::i18n::Lang;
use crate::problem::Problem;

/// Set as soon as the document is accepted and fields are resolved: what failed before is a request error,
/// which HTTP tells apart. The HTTP layer puts one into the request's data.
#[derive(Clone, Debug, Default)]
pub(super) struct Executed(Arc<AtomicBool>);

impl Executed {
    pub(super) fn happened(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Makes a [`Reporter`] for each operation.
#[derive(Debug)]
pub(super) struct Report;

impl ExtensionFactory for Report {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Reporter::default())
    }
}

#[derive(Debug, Default)]
struct Reporter {
    /// Language and request id, known once the request is prepared.
    known: Arc<OnceLock<(Lang, String)>>,
}

fn write_out(known: &OnceLock<(Lang, String)>, response: &mut Response) {
    let (lang, request_id) = known
        .get()
        .map_or((Lang::En, ""), |(lang, id)| (*lang, id.as_str()));
    for error in &mut response.errors {
        describe(error, lang, request_id);
    }
}

#[async_trait]
impl Extension for Reporter {
    async fn request(&self, ctx: &ExtensionContext<'_>, next: NextRequest<'_>) -> Response {
        let mut response = next.run(ctx).await;
        write_out(&self.known, &mut response);
        response
    }

    fn subscribe<'s>(
        &self,
        ctx: &ExtensionContext<'_>,
        stream: BoxStream<'s, Response>,
        next: NextSubscribe<'_>,
    ) -> BoxStream<'s, Response> {
        let known = Arc::clone(&self.known);
        let described = stream.map(move |mut response| {
            write_out(&known, &mut response);
            response
        });
        next.run(ctx, described.boxed())
    }

    async fn prepare_request(
        &self,
        ctx: &ExtensionContext<'_>,
        request: Request,
        next: NextPrepareRequest<'_>,
    ) -> ServerResult<Request> {
        let own = request.data.get(&TypeId::of::<Caller>());
        let caller = own
            .and_then(|data| data.downcast_ref::<Caller>())
            .or_else(|| ctx.data_opt::<Caller>());
        if let Some(caller) = caller {
            let _ = self.known.set((caller.lang, caller.request_id.clone()));
        }
        next.run(ctx, request).await
    }

    async fn execute(
        &self,
        ctx: &ExtensionContext<'_>,
        operation_name: Option<&str>,
        next: NextExecute<'_>,
    ) -> Response {
        if let Some(executed) = ctx.data_opt::<Executed>() {
            executed.0.store(true, Ordering::Relaxed);
        }
        let run = next.run(ctx, operation_name);
        match tokio::time::timeout(limits::OPERATION_TIME, run).await {
            Ok(response) => response,
            Err(_) => Response::from_errors(vec![server_error(Problem::new("operation_timeout"))]),
        }
    }
}
