"""One file a resource of `/api/v1`; each exports `RESOURCE` and is found by folder scan."""
