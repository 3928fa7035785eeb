"""Open Inference Protocol endpoint for registered models."""
