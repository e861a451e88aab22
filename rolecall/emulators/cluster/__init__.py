"""The Kubernetes cluster that workers run on, as far as it tells others who they are."""
