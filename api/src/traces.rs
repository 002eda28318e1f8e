//! Traces over OTLP/HTTP, where `OTEL_EXPORTER_OTLP_ENDPOINT` is set and the program was built with the feature
//! `otlp`. A span carries ids, kinds and outcomes: no text, no phone number, no path with an id in it.
//!
//! Spans have a target of their own, so that they never stand in log lines and cost nothing while nobody takes
//! them. Absent on purpose: metrics and logs over OTLP, `/metrics` and standard error are for these.

use tracing_subscriber::{Layer, Registry};

use crate::config::Config;

/// Whether this program can export traces.
pub(crate) const IS_BUILT_IN: bool = cfg!(feature = "otlp");

/// The target of all spans.
pub(crate) const TARGET: &str = "vestnik::trace";

/// What exports spans, kept until the end of the process.
#[derive(Debug, Default)]
pub(crate) struct Traces {
    #[cfg(feature = "otlp")]
    provider: Option<opentelemetry_sdk::trace::SdkTracerProvider>,
}

/// A layer of the subscriber.
pub(crate) type BoxedLayer = Box<dyn Layer<Registry> + Send + Sync>;

impl Traces {
    /// Sends what has not left yet; waits a few seconds at most.
    pub(crate) fn end(self) {
        #[cfg(feature = "otlp")]
        if let Some(provider) = self.provider
            && let Err(error) = provider.shutdown()
        {
            tracing::warn!(%error, "the last traces were not exported");
        }
    }
}

/// The layer that exports spans, if they are to be exported.
#[cfg(not(feature = "otlp"))]
pub(crate) fn layer(_config: &Config) -> (Option<BoxedLayer>, Traces) {
    (None, Traces::default())
}

/// The layer that exports spans, if they are to be exported.
#[cfg(feature = "otlp")]
pub(crate) fn layer(config: &Config) -> (Option<BoxedLayer>, Traces) {
    use opentelemetry::trace::TracerProvider as _;
    use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _};
    use opentelemetry_sdk::Resource;
    use opentelemetry_sdk::trace::SdkTracerProvider;
    use tracing_subscriber::filter::{LevelFilter, Targets};

    let Some(endpoint) = &config.otlp_endpoint else {
        return (None, Traces::default());
    };
    // Whoever comes second finds the same provider installed.
    let _already = rustls::crypto::ring::default_provider().install_default();
    let base = endpoint.as_str().trim_end_matches('/');
    let exporter = SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(format!("{base}/v1/traces"))
        .build();
    let exporter = match exporter {
        Ok(exporter) => exporter,
        Err(error) => {
            tracing::warn!(%error, "traces cannot be exported");
            return (None, Traces::default());
        }
    };
    let resource = Resource::builder().with_service_name("vestnik").build();
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_resource(resource)
        .build();
    let layer = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("vestnik"))
        .with_location(false)
        .with_threads(false)
        .with_filter(Targets::new().with_target(TARGET, LevelFilter::INFO));
    let traces = Traces {
        provider: Some(provider),
    };
    (Some(Box::new(layer)), traces)
}
