"""Python logging through python-logging-loki. Argument: the server's address."""

from __future__ import annotations

import logging
import sys

import logging_loki

handler = logging_loki.LokiHandler(url=f"{sys.argv[1]}/loki/api/v1/push", tags={"app": "py-loki"}, auth=("user", "any"), version="1")
logger = logging.getLogger("trainer")
logger.setLevel(logging.INFO)
logger.addHandler(handler)
logger.info("plain message é")
logger.error('quoted "x"\nsecond line', extra={"tags": {"svc": "train", "path": "a\\b"}})
