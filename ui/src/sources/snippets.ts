/** What to paste into each kind of client; `proof` names the protocols whose arrival shows that it works. */

export interface Snippet {
  title: string;
  proof: string[];
  /** The shell, or the configuration language the text is in. */
  kind: string;
  text: (place: Place) => string;
}

export interface Place {
  /** `http://127.0.0.1:4318` */
  url: string;
  host: string;
  port: string;
  tls: boolean;
}

const OTLP = ["otlp-logs", "otlp-metrics", "otlp-traces"];
const TOKEN = "$PILOTAGE_TOKEN";

export const SNIPPETS: readonly Snippet[] = [
  {
    title: "OpenTelemetry, Python",
    proof: OTLP,
    kind: "shell",
    text: ({ url }) => `pip install opentelemetry-distro opentelemetry-exporter-otlp
export OTEL_SERVICE_NAME=my-service
export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf
export OTEL_EXPORTER_OTLP_ENDPOINT=${url}
export OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer%20${TOKEN}"
export OTEL_LOGS_EXPORTER=otlp OTEL_PYTHON_LOGGING_AUTO_INSTRUMENTATION_ENABLED=true
opentelemetry-instrument python app.py`,
  },
  {
    title: "OpenTelemetry, JavaScript",
    proof: OTLP,
    kind: "shell",
    text: ({ url }) => `npm install @opentelemetry/api @opentelemetry/auto-instrumentations-node
export OTEL_SERVICE_NAME=my-service
export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf
export OTEL_EXPORTER_OTLP_ENDPOINT=${url}
export OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer%20${TOKEN}"
export OTEL_LOGS_EXPORTER=otlp OTEL_METRICS_EXPORTER=otlp
NODE_OPTIONS="--require @opentelemetry/auto-instrumentations-node/register" node app.js`,
  },
  {
    title: "OpenTelemetry Collector",
    proof: OTLP,
    kind: "yaml",
    text: ({ url }) => `exporters:
  otlphttp:
    endpoint: ${url}
    headers: { authorization: "Bearer \${env:PILOTAGE_TOKEN}" }
service:
  pipelines:
    logs: { receivers: [otlp], exporters: [otlphttp] }
    metrics: { receivers: [otlp], exporters: [otlphttp] }
    traces: { receivers: [otlp], exporters: [otlphttp] }`,
  },
  {
    title: "Splunk HEC, curl",
    proof: ["hec"],
    kind: "shell",
    text: ({ url }) => `curl ${url}/services/collector/event \\
  -H "Authorization: Splunk ${TOKEN}" \\
  -d '{"event": {"message": "hello", "user": "ada"}, "sourcetype": "demo", "index": "main"}'`,
  },
  {
    title: "Splunk HEC, Python logging",
    proof: ["hec"],
    kind: "python",
    text: ({ host, port, tls }) => `# pip install splunk-hec-handler
import logging, os
from splunk_hec_handler import SplunkHecHandler

handler = SplunkHecHandler("${host}", os.environ.get("PILOTAGE_TOKEN", "any"), port=${port}, proto="${tls ? "https" : "http"}", ssl_verify=${tls ? "True" : "False"}, source="app")
logging.getLogger().addHandler(handler)
logging.warning("hello")`,
  },
  {
    title: "Sumo Logic HTTP source",
    proof: ["sumo"],
    kind: "shell",
    text: ({ url }) => `curl ${url}/receiver/v1/http/${TOKEN} \\
  -H "X-Sumo-Category: demo/app" -H "X-Sumo-Name: app.log" \\
  --data-binary "$(date -u +%FT%TZ) INFO hello"`,
  },
  {
    title: "Prometheus remote write",
    proof: ["remote-write"],
    kind: "yaml",
    text: ({ url }) => `# prometheus.yml
remote_write:
  - url: ${url}/api/v1/write
    authorization: { credentials_file: /etc/prometheus/pilotage.token }`,
  },
  {
    title: "Loki push",
    proof: ["loki"],
    kind: "shell",
    text: ({ url }) => `curl ${url}/loki/api/v1/push -H "content-type: application/json" \\
  -H "Authorization: Bearer ${TOKEN}" \\
  -d '{"streams": [{"stream": {"service": "demo"}, "values": [["'$(date +%s%N)'", "hello"]]}]}'`,
  },
  {
    title: "Elasticsearch bulk",
    proof: ["elasticsearch"],
    kind: "shell",
    text: ({ url }) => `printf '%s\\n' '{"create": {"_index": "main"}}' \\
  '{"@timestamp": "'$(date -u +%FT%TZ)'", "message": "hello"}' |
curl ${url}/_bulk -H "content-type: application/x-ndjson" \\
  -H "Authorization: ApiKey ${TOKEN}" --data-binary @-`,
  },
  {
    title: "rsyslog",
    proof: ["elasticsearch"],
    kind: "rsyslog",
    text: ({ host, port, tls }) => `# /etc/rsyslog.d/60-pilotage.conf, needs rsyslog-elasticsearch
module(load="omelasticsearch")
template(name="pilotage" type="list" option.jsonf="on") {
  property(outname="@timestamp" name="timereported" dateFormat="rfc3339" format="jsonf")
  property(outname="host" name="hostname" format="jsonf")
  property(outname="severity" name="syslogseverity-text" format="jsonf")
  property(outname="message" name="msg" format="jsonf")
}
action(type="omelasticsearch" server="${tls ? "https" : "http"}://${host}" serverport="${port}"
  searchIndex="main" template="pilotage" bulkmode="on" pwd="TOKEN" uid="pilotage")`,
  },
  {
    title: "Files",
    proof: ["files"],
    kind: "shell",
    text: ({ url }) => `export PILOTAGE_URL=${url}
pilotage ingest --index main --sourcetype app app.log events.jsonl.gz table.parquet`,
  },
];

export function placeOf(address: Pick<Location, "origin" | "hostname" | "port" | "protocol">): Place {
  const tls = address.protocol === "https:";
  return { url: address.origin, host: address.hostname, port: address.port || (tls ? "443" : "80"), tls };
}
