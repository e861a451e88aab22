"""Kubernetes: namespaces, workload identities and the policies of the Linkerd mesh."""
