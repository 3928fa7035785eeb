"""Python logging through splunk-hec-handler. Arguments: host, port."""

from __future__ import annotations

import logging
import sys

from splunk_hec_handler import SplunkHecHandler

handler = SplunkHecHandler(
    sys.argv[1], "any-token", port=int(sys.argv[2]), proto="http", ssl_verify=False, source="py-hec", sourcetype="ml:app", index="main"
)
logger = logging.getLogger("hec")
logger.setLevel(logging.INFO)
logger.addHandler(handler)
logger.info("plain message é")
logger.info({"event_type": "prediction", "model": "m1", "latency_ms": 12.5})
logger.error("failed")
