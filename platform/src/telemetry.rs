//! Logs as one JSON object a line, traces over OTLP when an endpoint is configured, metrics for
//! Prometheus. No personal data in any of them.

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use opentelemetry::global;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use std::time::Duration;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::fmt::writer::BoxMakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    Json,
    Text,
}

/// Ends telemetry in order: what was recorded is sent.
pub struct Telemetry {
    provider: Option<SdkTracerProvider>,
}

impl Telemetry {
    /// `filter` as in `RUST_LOG`; `otlp` the collector's base URL, such as `http://localhost:4318`;
    /// `file`: where logs go instead of standard error.
    pub fn start(
        filter: &str,
        format: LogFormat,
        otlp: Option<&str>,
        file: Option<std::fs::File>,
    ) -> anyhow::Result<Self> {
        global::set_text_map_propagator(TraceContextPropagator::new());
        let provider = otlp.map(provider).transpose()?;
        // SQL statements are events on the span that made them: requests and jobs.
        let traces = provider.as_ref().map(|provider| {
            tracing_opentelemetry::layer()
                .with_tracer(provider.tracer("khidma"))
                .with_filter(EnvFilter::new("info,sqlx::query=debug"))
        });
        let writer = match file {
            Some(file) => BoxMakeWriter::new(std::sync::Mutex::new(file)),
            None => BoxMakeWriter::new(std::io::stderr),
        };
        let logs = match format {
            LogFormat::Json => tracing_subscriber::fmt::layer()
                .json()
                .flatten_event(true)
                .with_current_span(true)
                .with_span_list(false)
                .with_writer(writer)
                .boxed(),
            LogFormat::Text => tracing_subscriber::fmt::layer()
                .with_ansi(false)
                .with_writer(writer)
                .boxed(),
        };
        tracing_subscriber::registry()
            .with(logs.with_filter(EnvFilter::try_new(filter)?))
            .with(traces)
            .try_init()?;
        Ok(Self { provider })
    }
}

/// Sends spans to the collector at `endpoint`, in batches.
fn provider(endpoint: &str) -> anyhow::Result<SdkTracerProvider> {
    let exporter = SpanExporter::builder()
        .with_http()
        .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
        .build()?;
    Ok(SdkTracerProvider::builder()
        .with_resource(Resource::builder().with_service_name("khidma").build())
        .with_batch_exporter(exporter)
        .build())
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        // Nothing to do about a collector that is gone.
        if let Some(provider) = &self.provider {
            let _ = provider.shutdown();
        }
    }
}

/// How often samples of histograms are put into their buckets. Until then each is kept by itself, and
/// nobody may ever ask for `/metrics`.
const TIDIED: Duration = Duration::from_secs(2);

/// Installs the recorder, which is tidied as long as this runtime lives; the handle renders
/// `/metrics`.
pub fn metrics() -> anyhow::Result<PrometheusHandle> {
    let seconds = [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
    ];
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &seconds)?
        .install_recorder()?;
    let tidied = handle.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(TIDIED).await;
            tidied.run_upkeep();
        }
    });
    Ok(handle)
}

struct One<'a>(&'a mut Option<String>);
impl Injector for One<'_> {
    fn set(&mut self, key: &str, value: String) {
        if key == "traceparent" {
            *self.0 = Some(value);
        }
    }
}
struct Given<'a>(&'a str);
impl Extractor for Given<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        (key == "traceparent").then_some(self.0)
    }
    fn keys(&self) -> Vec<&str> {
        vec!["traceparent"]
    }
}

/// The W3C `traceparent` of the current span, to travel with a job or a request.
pub fn traceparent() -> Option<String> {
    let mut out = None;
    let context = Span::current().context();
    TraceContextPropagator::new().inject_context(&context, &mut One(&mut out));
    out
}

/// Makes `span` a child of what `traceparent` names.
pub fn follow(span: &Span, traceparent: &str) {
    let context = TraceContextPropagator::new().extract(&Given(traceparent));
    let _ = span.set_parent(context);
}
