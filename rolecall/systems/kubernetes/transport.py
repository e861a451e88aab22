"""Carries requests to a cluster with the official client's configuration.

https://kubernetes.io/docs/reference/access-authn-authz/authentication/
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from rolecall.errors import SystemRefused
from rolecall.secrecy import without_secrets
from rolecall.systems.host_timeout import host_timeout
from rolecall.systems.http import CONNECTIONS, plain, require_address, require_sendable
from rolecall.systems.kubernetes.signing_in import SIGN_IN
from rolecall.systems.requests import PLAIN_TEXT, UNAUTHORIZED, Answer, ConnectionLost, Request

# Seconds that one answer may take; a list of a large cluster is the longest.
TIMEOUT = 30.0
# Seconds for which requests are signed in alike: the client's own reading of the kubeconfig's values costs a tenth of a
# request, and it renews tokens minutes before they end (official client, config/kube_config.py).
SIGNED_FOR = 1.0
DEFAULT_FILE = "~/.kube/config"


class KubernetesTransport:
    """Carries requests to the cluster of a context; credentials are loaded again where they are not accepted any more.

    Args:
        context: the context of the kubeconfig; empty for the cluster in which this process runs.
        clock: seconds that only grow.

    Raises:
        SystemRefused: there is no such context, or its server cannot be trusted.
    """

    def __init__(self, context: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._context = context
        self._clock = clock
        self._lock = threading.Lock()
        self._load()

    def send(self, request: Request) -> Answer:
        """Return the answer, whatever its status."""
        client = self._client
        answer = self._send(client, request)
        if answer.status != UNAUTHORIZED:
            return answer
        with self._lock:
            if self._client is client:
                self._load()
        return self._send(self._client, request)

    def _load(self) -> None:
        from kubernetes import config
        from kubernetes.client import ApiClient, Configuration
        from yaml import YAMLError

        configuration = Configuration()
        where = f"context {self._context!r}" if self._context else "this pod's cluster"
        # Its functions have no types.
        untyped: Any = config
        try:
            if self._context:
                # A renewed token is not written back: the file is the user's. The client reads the variable on import.
                file = os.environ.get("KUBECONFIG") or DEFAULT_FILE
                untyped.load_kube_config(file, self._context, configuration, persist_config=False)
            else:
                untyped.load_incluster_config(client_configuration=configuration)
        except (config.ConfigException, YAMLError, OSError) as error:
            what = without_secrets(str(error).partition("\n")[0])
            raise SystemRefused(f"no way to sign in to Kubernetes, {where}: {what}", SIGN_IN) from error
        if not configuration.verify_ssl:
            how = "Write its certificate authority there, and take `insecure-skip-tls-verify` out."
            raise SystemRefused(f"nothing is sent to {where}: it does not verify the server's certificate", how)
        require_address(configuration.host)
        # Requests are repeated in one place, and a redirect would lead credentials elsewhere.
        configuration.retries = False
        configuration.connection_pool_maxsize = CONNECTIONS
        self.address = configuration.host.rstrip("/")
        # One value: threads that send meanwhile have the old client with the old credentials, or both new.
        self._signed: tuple[Any, float, Mapping[str, str]] | None = None
        self._client = ApiClient(configuration)

    def _credentials(self, client: Any) -> Mapping[str, str]:
        """Return the headers that sign a client's requests in; credentials near their end are renewed before.

        Raises:
            SystemRefused: a credential contains characters that a header may not have.
        """
        now, signed = self._clock(), self._signed
        if signed is not None and signed[0] is client and now - signed[1] < SIGNED_FOR:
            return signed[2]
        headers: dict[str, str] = {}
        client.update_params_for_auth(headers, [], ["BearerToken"], "", "", None)
        if client.configuration.username:
            headers["authorization"] = client.configuration.get_basic_auth_token()
        require_sendable(headers, self.address)
        self._signed = (client, now, headers)
        return headers

    def _send(self, client: Any, request: Request) -> Answer:
        from kubernetes.client.exceptions import ApiException
        from urllib3.exceptions import HTTPError

        plain_headers = {"Accept": "application/json", "Content-Type": "application/json", **request.headers}
        headers = {**plain_headers, **self._credentials(client)}
        query = f"?{urlencode(dict(request.query))}" if request.query else ""
        try:
            answer = client.rest_client.request(
                request.method,
                f"{self.address}{request.path}{query}",
                headers=headers,
                body=request.body,
                _request_timeout=min(TIMEOUT, host_timeout()),
            )
            data = answer.read()
        except (HTTPError, ApiException, OSError) as error:
            raise ConnectionLost(without_secrets(str(error).replace("\n", " ")) or type(error).__name__) from error
        body = data.decode(errors="replace") if headers["Accept"] == PLAIN_TEXT else plain(data)
        return Answer(answer.status, {name.lower(): value for name, value in answer.headers.items()}, body)
