"""An S3 bucket in a test's own process, for the engine's backend of object storage: signatures are not checked.

Only what gocloud.dev/blob/s3blob asks is answered: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, quote, unquote, urlsplit
from xml.sax.saxutils import escape

from tests.support.threads import serving

MODIFIED = "Thu, 01 Jan 2026 00:00:00 GMT"
ISO = "2026-01-01T00:00:00.000Z"


@dataclass
class Bucket:
    """The objects of a bucket, by key.

    Attributes:
        address: where it answers.
        objects: their content.
        before_write: called with key and content of each object before it is stored; may wait.
    """

    address: str = ""
    objects: dict[str, bytes] = field(default_factory=dict)
    before_write: Callable[[str, bytes], None] = lambda _key, _content: None

    @property
    def backend(self) -> str:
        """Return what PULUMI_BACKEND_URL says: https://gocloud.dev/howto/blob/#s3-compatible."""
        return f"s3://states?endpoint={quote(self.address, safe='')}&use_path_style=true&region=us-east-1"

    @staticmethod
    def variables() -> Mapping[str, str]:
        """Return credentials, which the client wants to have."""
        return {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


@contextmanager
def bucket() -> Iterator[Bucket]:
    """Serve a bucket for the length of a `with` block."""
    served = Bucket()

    class Handler(_Handler):
        bucket = served
        objects = served.objects

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.address = f"http://127.0.0.1:{server.server_address[1]}"
    with serving(server):
        yield served


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body are sent apart: the body would wait 40 ms for an acknowledgement.
    disable_nagle_algorithm = True
    bucket: Bucket
    objects: dict[str, bytes]

    def log_message(self, *_: object) -> None:
        """Log nothing."""

    def do_GET(self) -> None:
        """List the bucket, or return an object."""
        if not self._key:
            return self._list()
        return self._send_object(self._key)

    def do_HEAD(self) -> None:
        """Return an object's headers."""
        self._send_object(self._key, body=False)

    def do_PUT(self) -> None:
        """Store or copy an object."""
        content = self._body()
        if source := self.headers.get("x-amz-copy-source"):
            content = self.objects[unquote(source).lstrip("/").partition("/")[2]]
            self.objects[self._key] = content
            return self._send(200, f"<CopyObjectResult><LastModified>{ISO}</LastModified></CopyObjectResult>".encode())
        self.bucket.before_write(self._key, content)
        self.objects[self._key] = content
        return self._send(200, etag=_etag(content))

    def do_DELETE(self) -> None:
        """Delete an object."""
        self.objects.pop(self._key, None)
        self._send(204)

    @property
    def _key(self) -> str:
        return unquote(urlsplit(self.path).path).lstrip("/").partition("/")[2]

    def _list(self) -> None:
        """Answer ListObjectsV2 in one page."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
        contents, prefixes = [], set()
        for key in sorted(key for key in dict(self.objects) if key.startswith(prefix)):
            head, found, _ = key[len(prefix) :].partition(delimiter) if delimiter else (key, "", "")
            if found:
                prefixes.add(prefix + head + delimiter)
                continue
            content = self.objects[key]
            size = f"<Size>{len(content)}</Size><ETag>{escape(_etag(content))}</ETag>"
            contents.append(f"<Contents><Key>{escape(key)}</Key><LastModified>{ISO}</LastModified>{size}</Contents>")
        common = "".join(f"<CommonPrefixes><Prefix>{escape(one)}</Prefix></CommonPrefixes>" for one in sorted(prefixes))
        head = f"<Name>states</Name><Prefix>{escape(prefix)}</Prefix><IsTruncated>false</IsTruncated>"
        xml = f"<ListBucketResult>{head}{''.join(contents)}{common}</ListBucketResult>"
        self._send(200, xml.encode())

    def _send_object(self, key: str, *, body: bool = True) -> None:
        content = self.objects.get(key)
        if content is None:
            return self._send(404, b"<Error><Code>NoSuchKey</Code></Error>" if body else b"")
        return self._send(200, content, _etag(content), body=body)

    def _send(self, status: int, content: bytes = b"", etag: str = "", *, body: bool = True) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Last-Modified", MODIFIED)
        if etag:
            self.send_header("ETag", etag)
        self.end_headers()
        if body:
            self.wfile.write(content)

    def _body(self) -> bytes:
        """Return the request's body, without the frames of a streamed signature."""
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if "aws-chunked" not in (self.headers.get("Content-Encoding") or "") + (
            self.headers.get("x-amz-content-sha256") or ""
        ) and not (self.headers.get("x-amz-content-sha256") or "").startswith("STREAMING"):
            return content
        # SIZE;chunk-signature=…\r\n CONTENT \r\n, until a size of 0
        found = b""
        while content:
            line, _, content = content.partition(b"\r\n")
            size = int(line.partition(b";")[0], 16)
            if size == 0:
                break
            found, content = found + content[:size], content[size + 2 :]
        return found


def _etag(content: bytes) -> str:
    return f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'
