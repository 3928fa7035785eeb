/** What to paste into each kind of client, by the protocol it speaks: an arrival tells the protocol, not which client it was. */

export interface Way {
  title: string;
  /** The protocols whose arrival shows that it works. */
  proof: readonly string[];
  snippets: readonly Snippet[];
}

export interface Snippet {
  title: string;
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
  /** Whether the server takes any token. */
  open: boolean;
}

/** In a shell: an empty variable is no token to any protocol, so where none is needed a word stands for it. */
const tokenOf = ({ open }: Place): string => (open ? "any" : "$PILOTAGE_TOKEN");

const OTLP: readonly Snippet[] = [
  {
    title: "Python",
    kind: "shell",
    text: (place) => `pip install opentelemetry-distro opentelemetry-exporter-otlp
export OTEL_SERVICE_NAME=my-service
export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf
export OTEL_EXPORTER_OTLP_ENDPOINT=${place.url}
export OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer%20${tokenOf(place)}"
export OTEL_LOGS_EXPORTER=otlp OTEL_PYTHON_LOGGING_AUTO_INSTRUMENTATION_ENABLED=true
opentelemetry-instrument python app.py`,
  },
  {
    title: "JavaScript",
    kind: "shell",
    text: (place) => `npm install @opentelemetry/api @opentelemetry/auto-instrumentations-node
export OTEL_SERVICE_NAME=my-service
export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf
export OTEL_EXPORTER_OTLP_ENDPOINT=${place.url}
export OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer%20${tokenOf(place)}"
export OTEL_LOGS_EXPORTER=otlp OTEL_METRICS_EXPORTER=otlp
NODE_OPTIONS="--require @opentelemetry/auto-instrumentations-node/register" node app.js`,
  },
  {
    title: "Collector",
    kind: "yaml",
    text: ({ url, open }) => `exporters:
  otlphttp:
    endpoint: ${url}
    headers: { authorization: "Bearer ${open ? "any" : "\${env:PILOTAGE_TOKEN}"}" }
service:
  pipelines:
    logs: { receivers: [otlp], exporters: [otlphttp] }
    metrics: { receivers: [otlp], exporters: [otlphttp] }
    traces: { receivers: [otlp], exporters: [otlphttp] }`,
  },
];

const HEC: readonly Snippet[] = [
  {
    title: "curl",
    kind: "shell",
    text: (place) => `curl ${place.url}/services/collector/event \\
  -H "Authorization: Splunk ${tokenOf(place)}" \\
  -d '{"event": {"message": "hello", "user": "ada"}, "sourcetype": "demo", "index": "main"}'`,
  },
  {
    title: "Python logging",
    kind: "python",
    text: ({ host, port, tls, open }) => `# pip install splunk-hec-handler
import logging${open ? "" : ", os"}
from splunk_hec_handler import SplunkHecHandler

handler = SplunkHecHandler("${host}", ${open ? '"any"' : 'os.environ["PILOTAGE_TOKEN"]'}, port=${port}, proto="${tls ? "https" : "http"}", ssl_verify=${tls ? "True" : "False"}, source="app")
logging.getLogger().addHandler(handler)
logging.warning("hello")`,
  },
];

const SUMO: readonly Snippet[] = [
  {
    title: "curl",
    kind: "shell",
    text: (place) => `curl ${place.url}/receiver/v1/http/${tokenOf(place)} \\
  -H "X-Sumo-Category: demo/app" -H "X-Sumo-Name: app.log" \\
  --data-binary "$(date -u +%FT%TZ) INFO hello"`,
  },
];

const REMOTE_WRITE: readonly Snippet[] = [
  {
    title: "Prometheus",
    kind: "yaml",
    text: ({ url, open }) => `# prometheus.yml
remote_write:
  - url: ${url}/api/v1/write
    authorization: { ${open ? "credentials: any" : "credentials_file: /etc/prometheus/pilotage.token"} }`,
  },
];

const SCRAPE: readonly Snippet[] = [
  {
    title: "The server’s own settings",
    kind: "toml",
    text: () => `# pilotage.toml: pilotage serve --config pilotage.toml
[[scrape]]
job = "node"
targets = ["127.0.0.1:9100"]
interval = "15s"`,
  },
];

const LOKI: readonly Snippet[] = [
  {
    title: "curl",
    kind: "shell",
    text: (place) => `curl ${place.url}/loki/api/v1/push -H "content-type: application/json" \\
  -H "Authorization: Bearer ${tokenOf(place)}" \\
  -d '{"streams": [{"stream": {"service": "demo"}, "values": [["'$(date +%s%N)'", "hello"]]}]}'`,
  },
];

const ELASTICSEARCH: readonly Snippet[] = [
  {
    title: "curl",
    kind: "shell",
    text: (place) => `printf '%s\\n' '{"create": {"_index": "main"}}' \\
  '{"@timestamp": "'$(date -u +%FT%TZ)'", "message": "hello"}' |
curl ${place.url}/_bulk -H "content-type: application/x-ndjson" \\
  -H "Authorization: ApiKey ${tokenOf(place)}" --data-binary @-`,
  },
  {
    title: "rsyslog",
    kind: "rsyslog",
    text: ({ host, port, tls, open }) => `# /etc/rsyslog.d/60-pilotage.conf, needs rsyslog-elasticsearch${open ? "" : "; TOKEN is an access token"}
module(load="omelasticsearch")
template(name="pilotage" type="list" option.jsonf="on") {
  property(outname="@timestamp" name="timereported" dateFormat="rfc3339" format="jsonf")
  property(outname="host" name="hostname" format="jsonf")
  property(outname="severity" name="syslogseverity-text" format="jsonf")
  property(outname="message" name="msg" format="jsonf")
}
action(type="omelasticsearch" server="${tls ? "https" : "http"}://${host}" serverport="${port}"
  searchIndex="main" template="pilotage" bulkmode="on" uid="pilotage" pwd="${open ? "any" : "TOKEN"}")`,
  },
];

const FILES: readonly Snippet[] = [
  {
    title: "pilotage ingest",
    kind: "shell",
    text: ({ url }) => `export PILOTAGE_URL=${url}
pilotage ingest --index main --sourcetype app app.log events.jsonl.gz table.parquet`,
  },
];

export const WAYS: readonly Way[] = [
  { title: "OpenTelemetry", proof: ["otlp-logs", "otlp-metrics", "otlp-traces"], snippets: OTLP },
  { title: "Splunk HEC", proof: ["hec"], snippets: HEC },
  { title: "Sumo Logic HTTP source", proof: ["sumo"], snippets: SUMO },
  { title: "Prometheus remote write", proof: ["remote-write"], snippets: REMOTE_WRITE },
  { title: "Prometheus scraping", proof: ["scrape"], snippets: SCRAPE },
  { title: "Loki push", proof: ["loki"], snippets: LOKI },
  { title: "Elasticsearch bulk, rsyslog", proof: ["elasticsearch"], snippets: ELASTICSEARCH },
  { title: "Files", proof: ["files"], snippets: FILES },
];

export function placeOf(address: Pick<Location, "origin" | "hostname" | "port" | "protocol">, open: boolean): Place {
  const tls = address.protocol === "https:";
  return { url: address.origin, host: address.hostname, port: address.port || (tls ? "443" : "80"), tls, open };
}
