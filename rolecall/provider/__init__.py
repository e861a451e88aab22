"""The native Pulumi provider: a gRPC server that routes each type to the system that knows it."""
