import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from shared.models.errors import ModelError
from shared.models.https import download

BODY = b"0123456789"


class Files(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path in {"/there", "/short"}:
            self.send_response(301)
            self.send_header("Location", {"/there": "/file", "/short": "http://localhost/file"}[self.path])
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif self.path == "/file":
            self.send_response(200)
            self.send_header("Content-Length", str(len(BODY)))
            self.end_headers()
            self.wfile.write(BODY)
        else:
            self.send_error(404)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = False  # closing the server waits for every connection's end

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is what these tests are about."""


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for localhost that signs itself, in one file."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl command to make a certificate with")
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    made += ["-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run([*made, "-keyout", path, "-out", f"{path}.crt"], check=True, capture_output=True)
    path.write_bytes(path.read_bytes() + Path(f"{path}.crt").read_bytes())
    return path


@pytest.fixture
def site(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a running HTTPS server."""
    monkeypatch.setenv("NO_PROXY", "localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with Server(("localhost", 0), Files) as server:
        # The handshake is left to each connection's own thread, which closes the connection when it fails.
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"https://localhost:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def trust(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=f"{certificate}.crt")


@pytest.mark.parametrize("path", ["/file", "/there"])
def test_a_file_arrives_also_behind_a_redirect(path: str, site: str, trust: ssl.SSLContext) -> None:
    assert download(site + path, len(BODY), trust=trust) == BODY


@pytest.mark.parametrize(
    ("path", "size", "fault"),
    [
        ("/file", len(BODY) - 1, "more than the 9 bytes expected"),
        ("/file", len(BODY) + 1, "10 bytes instead of 11"),
        ("/none", len(BODY), "HTTP Error 404: Not Found"),
        ("/short", len(BODY), "unknown url type: http"),
    ],
)
def test_what_is_not_the_file_is_one_line(
    path: str, size: int, fault: str, site: str, trust: ssl.SSLContext
) -> None:
    with pytest.raises(ModelError, match=fault) as raised:
        download(site + path, size, trust=trust)
    assert str(raised.value).startswith(f"{site}{path}: ")


def test_a_download_that_takes_too_long_is_given_up(site: str, trust: ssl.SSLContext) -> None:
    with pytest.raises(ModelError, match="not finished after 0 s"):
        download(f"{site}/file", len(BODY), longest_s=0, trust=trust)


def test_a_stranger_is_not_trusted(site: str) -> None:
    with pytest.raises(ModelError, match="CERTIFICATE_VERIFY_FAILED"):
        download(f"{site}/file", len(BODY))


@pytest.mark.parametrize("url", ["http://localhost/file", "file:///etc/hostname", "ftp://localhost/file"])
def test_nothing_but_https_is_opened(url: str) -> None:
    with pytest.raises(ModelError, match="unknown url type"):
        download(url, 10)


def test_a_file_of_unknown_size_arrives_as_well(site: str, trust: ssl.SSLContext) -> None:
    assert download(f"{site}/file", None, trust=trust) == BODY
