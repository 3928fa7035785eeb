// Traces, metrics and logs of the stock JavaScript SDK. Arguments: http | proto | grpc, an address, a service; COMP=gzip compresses.
const [, , encoding, address, service] = process.argv;
const { OTLPTraceExporter } = require(`@opentelemetry/exporter-trace-otlp-${encoding}`);
const { OTLPMetricExporter } = require(`@opentelemetry/exporter-metrics-otlp-${encoding}`);
const { OTLPLogExporter } = require(`@opentelemetry/exporter-logs-otlp-${encoding}`);
const { BasicTracerProvider, BatchSpanProcessor } = require('@opentelemetry/sdk-trace-base');
const { MeterProvider, PeriodicExportingMetricReader } = require('@opentelemetry/sdk-metrics');
const { LoggerProvider, BatchLogRecordProcessor } = require('@opentelemetry/sdk-logs');
const { resourceFromAttributes } = require('@opentelemetry/resources');
const api = require('@opentelemetry/api');

const at = (signal) => (encoding === 'grpc' ? { url: address } : { url: `${address}/v1/${signal}`, compression: process.env.COMP || 'none' });
const resource = resourceFromAttributes({ 'service.name': service });

async function main() {
  const tracers = new BasicTracerProvider({ resource, spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter(at('traces')))] });
  const reader = new PeriodicExportingMetricReader({ exporter: new OTLPMetricExporter(at('metrics')), exportIntervalMillis: 3600000 });
  const meters = new MeterProvider({ resource, readers: [reader] });
  const loggers = new LoggerProvider({ resource, processors: [new BatchLogRecordProcessor({ exporter: new OTLPLogExporter(at('logs')) })] });
  const root = tracers.getTracer('t').startSpan('GET /home', { kind: api.SpanKind.SERVER, attributes: { big: 9007199254740991, neg: -5 } });
  root.addEvent('cache miss', { key: 'k1' });
  root.setStatus({ code: api.SpanStatusCode.ERROR, message: 'bad' });
  root.end();
  meters.getMeter('m').createCounter('visits').add(2, { route: '/' });
  loggers.getLogger('l').emit({ severityNumber: 9, severityText: 'INFO', body: 'hello js', attributes: { k: 'v' } });
  for (const provider of [tracers, meters, loggers]) {
    await provider.shutdown();
  }
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
