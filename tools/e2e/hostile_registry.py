# SPDX-License-Identifier: Apache-2.0
"""A registry that means ill: usage: hostile_registry.py MODE, which prints its port.

Modes "echo-basic" and "echo-bearer" ask for credentials, refuse them, and send back what they got in every form: as it
is, in base64, decoded, percent-encoded, in the body, in header fields and in a Location. "echo-proxy" does the same as
a proxy. The other modes answer with what no registry says: see NONSENSE. "silent" takes no connection.
"""

import base64
import http.server
import json
import signal
import socket
import sys
import urllib.parse

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
# What a GET of a manifest is answered with: content type and body.
NONSENSE = {
    "text": (MANIFEST, b"hello"),
    "empty": (MANIFEST, b""),
    "object": (MANIFEST, b"{}"),
    "list": (MANIFEST, b"[]"),
    "wrong-members": (MANIFEST, b'{"schemaVersion":2,"config":7,"layers":"x"}'),
    "bad-digests": (INDEX, b'{"schemaVersion":2,"manifests":[{"mediaType":"%s","digest":"sha256:xyz","size":-1}]}' % INDEX.encode()),
    "deep": (INDEX, b"[" * 100000),
    "endless": (INDEX, b"x" * (20 << 20)),
    "no-type": ("application/octet-stream", b"\x00\x01\x02"),
}


def echoes(authorization):
    """What a hostile server can make of the credentials that it was given."""
    scheme, _, value = authorization.partition(" ")
    decoded = base64.b64decode(value + "==").decode("latin-1") if scheme == "Basic" else value
    password = decoded.split(":", 1)[-1]
    return [
        authorization,
        value,
        decoded,
        password,
        urllib.parse.quote(password, safe=""),
        base64.b64encode(password.encode()).decode(),
        json.dumps(password),
    ]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    mode = ""

    def log_message(self, *_):
        pass

    def answer(self, status, headers=(), body=b""):
        length = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(length)
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def echo(self, authorization):
        told = echoes(authorization)
        errors = [{"code": t, "message": "you sent " + t, "detail": {"header": t}} for t in told]
        headers = [("X-Request-Id", told[1]), ("Location", "/" + urllib.parse.quote(told[3]))]
        self.answer(403, headers, json.dumps({"errors": errors}).encode())

    def handle_any(self):
        port = self.server.server_address[1]
        if self.mode == "echo-proxy":
            return self.echo(self.headers.get("Proxy-Authorization") or "none")
        if self.mode.startswith("echo-"):
            return self.handle_echo(port)
        if self.mode == "bad-realm":
            return self.answer(401, [("WWW-Authenticate", 'Bearer realm="http://[::bad/x y",service="s"')])
        if self.mode == "bad-location" and self.command == "POST":
            return self.answer(202, [("Location", "http://[bad")])
        if self.command in ("GET", "HEAD") and "/manifests/" in self.path and self.mode in NONSENSE:
            kind, body = NONSENSE[self.mode]
            return self.answer(200, [("Content-Type", kind)], body)
        if self.command == "GET" and "/referrers/" in self.path:
            return self.answer(200, [("Content-Type", INDEX)], b'{"manifests":7}')
        if self.command in ("POST", "PUT", "PATCH"):
            return self.answer(299, [("Content-Type", "x/y")], b"{}")
        return self.answer(404)

    def handle_echo(self, port):
        got = self.headers.get("Authorization")
        if got is None and self.mode == "echo-basic":
            return self.answer(401, [("WWW-Authenticate", 'Basic realm="x"')])
        if got is None:
            realm = f'Bearer realm="http://127.0.0.1:{port}/token",service="s"'
            return self.answer(401, [("WWW-Authenticate", realm)])
        if self.path.startswith("/token"):
            return self.answer(200, [], b'{"token":"t0ken-of-the-registry"}')
        return self.echo(got)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_CONNECT = handle_any


def silent():
    """Listens with a full queue, so that further packets are dropped."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    fill = []
    for _ in range(4):
        fill.append(socket.socket())
        fill[-1].setblocking(False)
        fill[-1].connect_ex(listener.getsockname())
    print(listener.getsockname()[1], flush=True)
    signal.pause()


def main():
    Handler.mode = sys.argv[1]
    if Handler.mode == "silent":
        return silent()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()


main()
