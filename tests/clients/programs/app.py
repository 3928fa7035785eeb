"""A FastAPI application that knows nothing of telemetry."""

from __future__ import annotations

import logging

from fastapi import FastAPI, HTTPException

app = FastAPI()
log = logging.getLogger("app")


@app.get("/predict/{uid}")
def predict(uid: int) -> dict[str, float]:
    """A score, or a failure for the unlucky number."""
    log.warning("predicting for %s", uid)
    if uid == 13:
        raise HTTPException(500, "bad")
    return {"score": 0.5}
