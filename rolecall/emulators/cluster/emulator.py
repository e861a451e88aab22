"""Tokens of service accounts, and the keys by which others verify them.

https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/ and
https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#service-account-issuer-discovery
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any

from rolecall.emulators.application import Answer, Call, Emulator, Endpoint, ErrorFormat, Json, Refused
from rolecall.emulators.signing import SigningKey
from rolecall.emulators.spec import Surroundings
from rolecall.emulators.system import EmulatedSystem

# Default and shortest lifetime of a token, in seconds.
LASTS, AT_LEAST = 3600, 600


class ClusterEmulator(EmulatedSystem):
    """A cluster; it accepts every named service account, and needs no description."""

    def __init__(self, description: dict[str, Any], surroundings: Surroundings) -> None:
        super().__init__(surroundings)
        saved = surroundings.saved
        self._key = SigningKey(saved["key"] if saved else None)
        self.token: str = saved["token"] if saved else f"emulated-{secrets.token_urlsafe(24)}"
        request = "/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token"
        self.emulator = Emulator(
            [
                Endpoint("GET", "/.well-known/openid-configuration", self.discover, needs_token=False),
                Endpoint("GET", "/openid/v1/jwks", self.keys, needs_token=False),
                Endpoint("POST", request, self.create_token),
            ],
            authenticate=self._authenticate,
            errors=ErrorFormat(
                lambda path: _refused(404, f"the server could not find the requested resource {path}"),
                lambda status: _status(status, f"the emulator was set to answer {status}"),
            ),
            reset=self.reset,
            clock=self.clock,
        )
        self.emulator.key_of = lambda _name: self.token

    def discover(self, call: Call) -> Json:
        """Answer where the keys are."""
        return {
            "issuer": self.address,
            "jwks_uri": f"{self.address}/openid/v1/jwks",
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def keys(self, call: Call) -> Json:
        """Answer the public keys."""
        return self._key.public()

    def create_token(self, call: Call) -> Answer:
        """Answer a service account's token, as the kubelet asks for one for a pod."""
        spec = call.body.get("spec") or {}
        seconds = int(spec.get("expirationSeconds") or LASTS)
        if seconds < AT_LEAST:
            raise _refused(422, "spec.expirationSeconds: may not specify a duration less than 10 minutes")
        namespace, name, now = call.parameters["namespace"], call.parameters["name"], int(self.clock.now())
        claims = {
            "iss": self.address,
            "sub": f"system:serviceaccount:{namespace}:{name}",
            "aud": list(spec.get("audiences") or [self.address]),
            "iat": now,
            "nbf": now,
            "exp": now + seconds,
            "jti": secrets.token_hex(16),
            "kubernetes.io": {"namespace": namespace, "serviceaccount": {"name": name}},
        }
        expires = datetime.fromtimestamp(now + seconds, UTC).isoformat().replace("+00:00", "Z")
        status = {"token": self._key.sign(claims), "expirationTimestamp": expires}
        body = {"kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1", "spec": spec, "status": status}
        return Answer(body, 201)

    def variables(self) -> dict[str, str]:
        """Return the environment variable that carries the issuer's address."""
        return {"CLUSTER_ISSUER": self.address}

    def reset(self) -> None:
        """Do nothing: a cluster has no state but its key."""

    def to_json(self) -> Json:
        """Return the state for a later process."""
        return {"key": self._key.to_json(), "token": self.token}

    def _authenticate(self, call: Call) -> str:
        if call.headers.get("authorization", "") != f"Bearer {self.token}":
            raise _refused(401, "Unauthorized")
        return "kubelet"


def _status(code: int, message: str) -> Json:
    return {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "code": code}


def _refused(code: int, message: str) -> Refused:
    return Refused(code, _status(code, message))
