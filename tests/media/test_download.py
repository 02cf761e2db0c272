"""Downloads: a real local server for what works, default settings for what must be refused."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpcore
import pytest

from saccade.errors import FetchError, MediaTooLarge
from saccade.media.download import download, is_public

PICTURE = bytes(range(256)) * 8


class Handler(BaseHTTPRequestHandler):
    """Answers by path; keeps what it was asked in `server.asked`."""

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers["Host"], dict(self.headers)))
        path = self.path.partition("?")[0]
        if path == "/picture.png":
            return self.answer(200, PICTURE)
        if path.startswith("/hops/"):
            left = int(path.removeprefix("/hops/"))
            return self.answer(302, b"", Location=f"/hops/{left - 1}" if left else "/picture.png")
        if path == "/to":
            return self.answer(307, b"", Location=self.path.partition("?")[2])
        if path == "/compressed":
            return self.answer(200, PICTURE, **{"Content-Encoding": "gzip"})
        if path == "/endless":
            return self.stream(b"x" * 4096, 10_000, 0.0)
        if path == "/drip":
            return self.stream(b"x", 100, 0.1)
        if path == "/slow-headers":
            for letter in b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 100:
                self.wfile.write(bytes([letter]))
                time.sleep(0.1)
            return None
        if path == "/nothing":
            self.close_connection = True
            return None
        return self.answer(404, b"not here")

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def stream(self, chunk: bytes, count: int, pause_s: float) -> None:
        self.send_response(200)
        self.end_headers()
        try:
            for _ in range(count):
                self.wfile.write(chunk)
                self.server.sent += len(chunk)
                time.sleep(pause_s)
        except OSError:
            pass

    def log_message(self, *args: object) -> None:
        pass


class QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address) -> None:
        pass  # clients that hang up are part of these tests


@pytest.fixture
def server() -> Iterator[QuietServer]:
    server = QuietServer(("127.0.0.1", 0), Handler)
    server.asked, server.sent = [], 0
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def fetch(server: QuietServer, path: str, *, host: str = "127.0.0.1", max_bytes: int = 1 << 20, timeout_s: float = 5.0,
          allow_private_hosts: bool = True, **options) -> bytes:  # fmt: skip
    url = f"http://{host}:{server.server_port}{path}"
    return download(url, name="the picture", max_bytes=max_bytes, setting="max_download_bytes", timeout_s=timeout_s,
                    allow_private_hosts=allow_private_hosts, **options)  # fmt: skip


def to_loopback(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


# --- what works ------------------------------------------------------------------------------------------------------


def test_a_body_arrives_whole(server):
    assert fetch(server, "/picture.png?size=2") == PICTURE
    path, host, headers = server.asked[0]
    assert path == "/picture.png?size=2"
    assert host == f"127.0.0.1:{server.server_port}"
    assert headers["Accept-Encoding"] == "identity"


def test_the_host_name_is_resolved_once_and_still_sent_to_the_server(server):
    lookups = []

    def resolver(host: str, port: int) -> list[str]:
        lookups.append((host, port))
        return ["127.0.0.1"]

    assert fetch(server, "/picture.png", host="pictures.test", resolver=resolver) == PICTURE
    assert lookups == [("pictures.test", server.server_port)]
    assert server.asked[0][1] == f"pictures.test:{server.server_port}"


def test_the_next_address_is_tried_when_one_does_not_answer(server):
    addresses = ["127.0.0.2", "127.0.0.1"]  # the server listens on the second only
    assert fetch(server, "/picture.png", host="pictures.test", resolver=lambda host, port: addresses) == PICTURE


def test_three_redirects_are_followed_and_a_fourth_is_not(server):
    assert fetch(server, "/hops/2") == PICTURE
    with pytest.raises(FetchError, match="more than 3 times"):
        fetch(server, "/hops/3")


def test_proxies_of_the_environment_are_ignored(server, monkeypatch):
    for variable in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:1")
    assert fetch(server, "/picture.png") == PICTURE


def test_tls_asks_for_the_name_and_not_for_the_address():
    """The first TLS message is readable: it must name the host (SNI), which the certificate is then held against."""
    listener = socket.create_server(("127.0.0.1", 0))
    heard = []

    def listen() -> None:
        connection, _ = listener.accept()
        heard.append(connection.recv(4096))
        connection.close()

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    with pytest.raises(FetchError, match="could not be fetched"):
        download(f"https://pictures.test:{listener.getsockname()[1]}/a.png", name="a.png", max_bytes=100,
                 setting="max_download_bytes", timeout_s=5, allow_private_hosts=True, resolver=to_loopback)  # fmt: skip
    thread.join(5)
    listener.close()
    assert heard[0][0] == 0x16 and b"pictures.test" in heard[0]


# --- hosts that must not be reached ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.9.9.9", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
        "0.1.2.3", "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "198.51.100.7",
        "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "fec0::1", "ff02::1", "2001:db8::1",
        "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:a00:1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1", "2002:7f00:1::", "2002:c0a8:101::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "::127.0.0.1",
        "not an address", "",
    ],
)  # fmt: skip
def test_an_address_inside_any_private_network_is_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "2606:2800:220:1:248:1893:25c8:1946",
                                     "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"])  # fmt: skip
def test_public_addresses_are_public_also_when_wrapped(address):
    assert is_public(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0"])
def test_this_machine_is_not_reached_by_default_however_it_is_written(server, host):
    with pytest.raises(FetchError, match="not on the public internet"):
        fetch(server, "/picture.png", host=host, allow_private_hosts=False)
    assert server.asked == []


def test_one_private_address_among_public_ones_is_enough_to_refuse(server):
    with pytest.raises(FetchError, match="not on the public internet"):
        fetch(server, "/picture.png", host="both.test", allow_private_hosts=False,
              resolver=lambda host, port: ["93.184.216.34", "10.0.0.1"])  # fmt: skip


def test_a_name_that_changes_its_address_after_the_check_gains_nothing(server, monkeypatch):
    """DNS rebinding: public at the first lookup, this machine at the second. There must be no second."""
    answers = iter([["93.184.216.34"], ["127.0.0.1"]])
    dialled = []

    def refuse_to_dial(self, host, port, **options):
        dialled.append(host)
        raise httpcore.ConnectError("no network in tests")

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", refuse_to_dial)
    with pytest.raises(FetchError, match="connection failed"):
        fetch(server, "/picture.png", host="rebind.test", allow_private_hosts=False,
              resolver=lambda host, port: next(answers))  # fmt: skip
    assert dialled == ["93.184.216.34"]
    assert next(answers) == ["127.0.0.1"]  # never asked for


def test_a_redirect_is_checked_like_the_first_address(server, monkeypatch):
    """The first host counts as public here, so that the default settings reach the server; its redirect does not."""
    import saccade.media.download as module

    monkeypatch.setattr(module, "is_public", lambda address: address == "127.0.0.1")
    resolver = {"public.test": ["127.0.0.1"], "inside.test": ["10.0.0.7"]}
    target = f"http://inside.test:{server.server_port}/picture.png"
    with pytest.raises(FetchError, match="not on the public internet") as caught:
        fetch(server, f"/to?{target}", host="public.test", allow_private_hosts=False,
              resolver=lambda host, port: resolver[host])  # fmt: skip
    assert [path for path, _, _ in server.asked] == [f"/to?{target}"]
    assert "inside.test" not in str(caught.value) and "10.0.0.7" not in str(caught.value)


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/a", "http://u:pw@127.0.0.1/", "http://a b/",
                                    "http://127.0.0.1:0/", "http://127.0.0.1:99999/"])  # fmt: skip
def test_a_redirect_to_a_bad_address_is_refused(server, target):
    with pytest.raises(FetchError, match="redirects to an address"):
        fetch(server, f"/to?{target}")
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://ada:pw@host.test/a.png", "password"),
        ("http://host.test:0/", "port 0"),
        ("http://host.test:70000/", "port 70000"),
        ("http://host.test:x/", "valid URL"),
        ("http:///a.png", "no valid host"),
        ("http://ho st/", "no valid host"),
    ],
)
def test_an_address_that_cannot_be_meant_is_refused_before_any_lookup(url, words):
    lookups = []

    def resolver(host: str, port: int) -> list[str]:
        lookups.append(host)
        return []

    with pytest.raises(FetchError, match=words) as caught:
        download(url, name="a.png", max_bytes=1, setting="max_download_bytes", timeout_s=1, allow_private_hosts=True,
                 resolver=resolver)  # fmt: skip
    assert "pw" not in str(caught.value) and lookups == []


# --- caps ------------------------------------------------------------------------------------------------------------


def test_a_body_over_the_limit_is_refused_from_its_announced_length(server):
    assert fetch(server, "/picture.png", max_bytes=len(PICTURE)) == PICTURE
    with pytest.raises(MediaTooLarge, match="SACCADE_MAX_DOWNLOAD_BYTES"):
        fetch(server, "/picture.png", max_bytes=len(PICTURE) - 1)


def test_a_body_without_length_is_cut_off_at_the_limit(server):
    with pytest.raises(MediaTooLarge, match="more than the allowed"):
        fetch(server, "/endless", max_bytes=50_000)
    assert server.sent < 10_000 * 4096


@pytest.mark.parametrize("path", ["/drip", "/slow-headers"])
def test_a_server_that_drips_is_left_when_the_whole_time_is_over(server, path):
    start = time.monotonic()
    with pytest.raises(FetchError, match=r"within 0.4 s"):
        fetch(server, path, timeout_s=0.4)
    assert time.monotonic() - start < 3.0


def test_a_name_server_that_never_answers_is_left_as_well(server):
    with pytest.raises(FetchError, match=r"within 0.2 s"):
        fetch(server, "/", host="slow.test", timeout_s=0.2, resolver=lambda host, port: time.sleep(2) or [])


# --- answers that are no file ----------------------------------------------------------------------------------------


def test_other_answers_are_one_sentence_without_addresses(server):
    closed = socket.create_server(("127.0.0.1", 0))
    port = closed.getsockname()[1]
    closed.close()
    cases = {
        "status 404": lambda: fetch(server, "/missing"),
        "compressed": lambda: fetch(server, "/compressed"),
        "connection failed": lambda: fetch(server, "/nothing"),
        "host name is not known": lambda: fetch(server, "/", host="gone.test", resolver=lambda host, port: []),
        "the connection failed": lambda: download(
            f"http://closed.test:{port}/", name="x", max_bytes=9, setting="max_download_bytes", timeout_s=2,
            allow_private_hosts=True, resolver=to_loopback),
    }  # fmt: skip
    for words, call in cases.items():
        with pytest.raises(FetchError, match=words) as caught:
            call()
        assert "127.0.0.1" not in str(caught.value)


def test_a_failing_lookup_is_an_unknown_host(server):
    def resolver(host: str, port: int) -> list[str]:
        raise socket.gaierror("no such name")

    with pytest.raises(FetchError, match="host name is not known"):
        fetch(server, "/", host="gone.test", resolver=resolver)
