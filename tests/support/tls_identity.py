"""An identity controller with a service behind it, as a process: certificates below an issuer that it reads on request.

Arguments: the folder with `issuer.pem` and `issuer.key`. The first line of output has the ports of TLS and of control.
`GET /metrics` on the port of control answers as Linkerd's controller does; `POST /reload` stands for the event of its
watcher that a Secret has changed, which it may miss.
"""

from __future__ import annotations

import ipaddress
import json
import ssl
import sys
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import socket
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

LEAF_LIFE = timedelta(minutes=1)
# Connections after which a certificate is renewed.
CONNECTIONS = 5


class Identity:
    """The issuer in memory, and the certificate below it that connections are shown."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._connections = 0
        self.reload()

    def reload(self) -> None:
        """Read the issuer, and make a certificate below it."""
        with self._lock:
            self._pem = (self._folder / "issuer.pem").read_bytes()
            self._issuer = x509.load_pem_x509_certificate(self._pem)
            key = serialization.load_pem_private_key((self._folder / "issuer.key").read_bytes(), None)
            assert isinstance(key, ec.EllipticCurvePrivateKey)
            self._key = key
            self._context = self._certified()

    def context(self) -> ssl.SSLContext:
        """Return the context of a new connection."""
        with self._lock:
            self._connections += 1
            if self._connections % CONNECTIONS == 0:
                self._context = self._certified()
            return self._context

    def metrics(self) -> str:
        """Return the metrics."""
        left = (self._issuer.not_valid_after_utc - datetime.now(UTC)).total_seconds()
        return f"# TYPE issuer_cert_ttl_seconds gauge\nissuer_cert_ttl_seconds {left}\n"

    def _certified(self) -> ssl.SSLContext:
        key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
        builder = x509.CertificateBuilder().subject_name(x509.Name([])).issuer_name(self._issuer.subject)
        dated = builder.not_valid_before(now - LEAF_LIFE).not_valid_after(now + LEAF_LIFE)
        named = dated.add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=True
        )
        above = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        whole = (
            named.add_extension(above, critical=False)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
        )
        leaf = whole.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        file = self._folder / "leaf.pem"
        file.touch(mode=0o600)
        file.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, plain) + leaf + self._pem)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


class TlsServer(ThreadingHTTPServer):
    """Shows each connection the certificate of the moment."""

    identity: Identity

    def get_request(self) -> tuple[socket, Any]:
        """Return a connection."""
        plain, address = super().get_request()
        wrapped = self.identity.context().wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
        return wrapped, address

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Leave failed handshakes to the client, which counts them."""


class Service(BaseHTTPRequestHandler):
    """Answers every request."""

    protocol_version = "HTTP/1.1"
    # Headers and body are two writes.
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Answer."""
        _answer(self, b"ok")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Write nothing."""


class Control(Service):
    """The controller's own port."""

    identity: Identity

    def do_GET(self) -> None:
        """Answer the metrics."""
        _answer(self, self.identity.metrics().encode())

    def do_POST(self) -> None:
        """Read the issuer again."""
        self.identity.reload()
        _answer(self, b"")


def _answer(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def main() -> None:
    """Serve until the process ends."""
    identity = Identity(Path(sys.argv[1]))
    TlsServer.identity = Control.identity = identity
    servers = TlsServer(("127.0.0.1", 0), Service), ThreadingHTTPServer(("127.0.0.1", 0), Control)
    threading.Thread(target=servers[1].serve_forever, daemon=True).start()
    print(json.dumps([one.server_address[1] for one in servers]), flush=True)
    servers[0].serve_forever()


if __name__ == "__main__":
    main()
