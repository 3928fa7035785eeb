"""Python logging through sumo-logger. Argument: the address of the HTTP source."""

from __future__ import annotations

import logging
import sys

from sumo_logger import setup_sumo_logger

logger = setup_sumo_logger(sys.argv[1], "sumo-app", logging.INFO)
logger.info("plain message é")
logger.error("failed\nand why")
