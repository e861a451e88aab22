"""How to sign in to a cluster, as messages say it."""

from __future__ import annotations

SIGN_IN = (
    "Check the context of the cluster in your kubeconfig (KUBECONFIG, else ~/.kube/config) and renew its token; an "
    "exec plugin has to be on PATH. A cluster without `context` is the one in which Rolecall runs as a pod."
)
