"""A program with a metrics page made by prometheus_client: `metrics_page.py PORT`; a line on standard input makes its counter count."""

from __future__ import annotations

import sys

from prometheus_client import Counter, Gauge, Histogram, start_http_server

hits = Counter("hits", "Requests served", ["route"])
depth = Gauge("queue_depth", "Waiting")
latency = Histogram("latency_seconds", "How long", unit="seconds", buckets=(0.1, 1.0))

hits.labels('/a"b\\c').inc(3)
depth.set(-2.5)
latency.observe(0.05, {"trace_id": "4bf92f3577b34da6a3ce929d0e0e4736"})
latency.observe(5)
start_http_server(int(sys.argv[1]), addr="127.0.0.1")
sys.stdout.write("ready\n")
sys.stdout.flush()
for _ in sys.stdin:
    hits.labels('/a"b\\c').inc()
