"""HTTP and gRPC: one file a resource."""
