"""One URL to bytes, without ever reaching a private machine.

Requests made for somebody else can be turned against the network they start from (SSRF: CWE-918). So each hop:

    parse URL -> http or https, no credentials -> resolve the name once -> every address public? -> connect to one of
    these very addresses (Host, SNI and certificate stay the name's) -> 3xx: the next hop, the same way, at most three

The name is not looked up again between check and connection, so a server that changes its answer (DNS rebinding)
gains nothing. Proxies from the environment are ignored: they would resolve names themselves. A watchdog ends the
connections when the time is over, wherever they wait. Messages contain neither addresses nor names from redirects.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, TypeAlias

import httpcore
import httpx

from saccade.errors import FetchError
from saccade.media.naming import too_many_bytes

Resolver: TypeAlias = Callable[[str, int], list[str]]

MAX_REDIRECTS = 3
_HOST = re.compile(rb"[A-Za-z0-9._:-]+")  # after IDNA; colons are those of IPv6
_HEADERS = [(b"User-Agent", b"saccade"), (b"Accept", b"*/*"), (b"Accept-Encoding", b"identity")]
_NAT64 = (ipaddress.ip_network("64:ff9b::/96"),)  # RFC 6052: the last 32 bits are an IPv4 address
_LOCAL_NAT64 = ipaddress.ip_network("64:ff9b:1::/48")  # RFC 8215: inside one network only


def is_public(address: str) -> bool:
    """True when `address` (IPv4 or IPv6 text) is globally reachable unicast, also inside its IPv6 wrappings."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if any(ip in network for network in _NAT64) or int(ip) >> 32 == 0:  # ::a.b.c.d, long deprecated
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        if ip in _LOCAL_NAT64 or ip.is_site_local:
            return False
    return ip.is_global and not (
        ip.is_private or ip.is_loopback or ip.is_link_local or ip.is_multicast or ip.is_reserved or ip.is_unspecified
    )


def resolve(host: str, port: int) -> list[str]:
    """All addresses of `host`, in the order the system prefers."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def download(
    url: str,
    *,
    name: str,
    max_bytes: int,
    setting: str,
    timeout_s: float,
    allow_private_hosts: bool,
    resolver: Resolver = resolve,
) -> bytes:
    """The body behind `url`: at most `max_bytes` in at most `timeout_s` for all hops together.

    `name` stands for the URL in messages and `setting` is the limit they advise to raise. Raises FetchError (not
    allowed, not reachable, status other than 200, too slow) or MediaTooLarge.
    """
    with _Watchdog(timeout_s) as watchdog:
        backend = _PinnedBackend(watchdog, resolver, allow_private_hosts)
        with httpcore.ConnectionPool(network_backend=backend) as pool:
            try:
                body = _follow(pool, _parse(url, name), name, max_bytes, setting)
            except FetchError:
                raise
            except _Refused as refused:
                raise FetchError(f"{name!r} {refused}", hint=refused.hint) from None
            except Exception as error:  # httpcore's own tree, ssl.SSLError, OSError, h11 protocol errors
                if watchdog.is_over or isinstance(error, httpcore.TimeoutException):
                    raise _too_slow(name, timeout_s) from None
                if isinstance(error.__cause__, ssl.SSLError):
                    raise FetchError(f"{name!r} could not be fetched: its server has no valid certificate") from None
                if isinstance(error, httpcore.NetworkError | httpcore.ProtocolError | OSError):
                    raise FetchError(f"{name!r} could not be fetched: the connection failed",
                                     hint="check the address and that its server answers") from None  # fmt: skip
                raise
            if watchdog.is_over:  # a body without a length ends where the connection does, whoever ended it
                raise _too_slow(name, timeout_s)
            return body


def _follow(pool: httpcore.ConnectionPool, url: httpx.URL, name: str, max_bytes: int, setting: str) -> bytes:
    for _ in range(MAX_REDIRECTS + 1):
        with pool.stream("GET", _core_url(url), headers=[(b"Host", url.netloc), *_HEADERS]) as response:
            headers = {key.lower(): value for key, value in response.headers}
            if response.status in (301, 302, 303, 307, 308) and b"location" in headers:
                try:
                    target = str(url.join(headers[b"location"].decode()))
                except (httpx.InvalidURL, ValueError):
                    raise FetchError(f"{name!r} redirects to an address that is not valid") from None
                url = _parse(target, name, is_redirect=True)
                continue
            if response.status != 200:
                raise FetchError(f"{name!r} answers with status {response.status} instead of the file",
                                 hint="check that it opens without a login")  # fmt: skip
            if headers.get(b"content-encoding", b"identity").lower() != b"identity":
                raise FetchError(f"{name!r} is sent compressed, though that was not asked for")
            announced = headers.get(b"content-length", b"")
            if announced.isdigit() and int(announced) > max_bytes:
                raise too_many_bytes(int(announced), max_bytes, name, setting)
            return _read_body(response.iter_stream(), max_bytes, name, setting)
    raise FetchError(f"{name!r} redirects more than {MAX_REDIRECTS} times", hint="give the final address")


def _read_body(chunks: Iterable[bytes], max_bytes: int, name: str, setting: str) -> bytes:
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > max_bytes:
            raise too_many_bytes(None, max_bytes, name, setting)
    return bytes(body)


def _parse(text: str, name: str, *, is_redirect: bool = False) -> httpx.URL:
    """The checked URL. One parser decides, so nothing reads another host out of the same text."""
    where = f"{name!r} redirects to an address that" if is_redirect else f"{name!r}"
    try:
        url = httpx.URL(text)
        port = url.port
    except (httpx.InvalidURL, ValueError, UnicodeError):
        raise FetchError(f"{where} is not a valid URL", hint="write https://host/path") from None
    if url.scheme not in ("http", "https"):
        raise FetchError(f"{where} is neither http nor https", hint="only these two are fetched")
    if not _HOST.fullmatch(url.raw_host):
        raise FetchError(f"{where} names no valid host", hint="write https://host/path")
    if url.userinfo:
        raise FetchError(f"{where} contains a user name or password", hint="give an address that needs none")
    if port is not None and not 1 <= port <= 65535:
        raise FetchError(f"{where} has port {port}", hint="ports are 1 to 65535")
    return url


def _core_url(url: httpx.URL) -> httpcore.URL:
    return httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)


def _too_slow(name: str, timeout_s: float) -> FetchError:
    variable = "SACCADE_FETCH_TIMEOUT_S or SACCADE_VIDEO_TIMEOUT_S"
    return FetchError(f"{name!r} did not arrive within {timeout_s:g} s", hint=f"try again or raise {variable}")


class _Refused(Exception):
    """A host that may not be reached; becomes a FetchError where the name of the source is known."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


class _Watchdog:
    """Shuts every connection it was shown once `seconds` have passed, whatever they wait for at that moment.

    Timeouts of single reads would not do: a server that sends one byte every few seconds never trips them.
    """

    def __init__(self, seconds: float) -> None:
        self.is_over = False
        self._ends_at = time.monotonic() + seconds
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    def __enter__(self) -> _Watchdog:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        with self._lock:
            for watched in self._sockets:
                watched.close()
            self._sockets.clear()

    @property
    def seconds_left(self) -> float:
        return max(0.001, self._ends_at - time.monotonic())

    def watch(self, connection: socket.socket) -> None:
        # A second handle of the same connection: TLS takes the first one over, and shutting down works on either.
        twin = socket.socket(fileno=os.dup(connection.fileno()))
        with self._lock:
            self._sockets.append(twin)
        if self.is_over:
            self._end()

    def _end(self) -> None:
        self.is_over = True
        with self._lock:
            for watched in self._sockets:
                with contextlib.suppress(OSError):
                    watched.shutdown(socket.SHUT_RDWR)


class _PinnedBackend(httpcore.NetworkBackend):
    """Connects only to addresses that it has resolved and checked itself, once."""

    def __init__(self, watchdog: _Watchdog, resolver: Resolver, allow_private_hosts: bool) -> None:
        self._watchdog, self._resolver, self._allow_private_hosts = watchdog, resolver, allow_private_hosts
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = self._addresses(host.strip("[]"), port)
        last_error: Exception = httpcore.ConnectError("no address")
        for address in addresses:
            try:
                stream = self._sockets.connect_tcp(address, port, timeout=self._watchdog.seconds_left)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last_error = error
                continue
            self._watchdog.watch(stream.get_extra_info("socket"))
            return stream
        raise last_error

    def connect_unix_socket(self, *args: Any, **kwargs: Any) -> httpcore.NetworkStream:
        raise _Refused("leads to a local socket", "only http and https addresses are fetched")

    def _addresses(self, host: str, port: int) -> list[str]:
        addresses = _within(self._watchdog.seconds_left, lambda: self._resolver(host, port))
        if not addresses:
            raise _Refused("could not be fetched: its host name is not known", "check the spelling")
        if not self._allow_private_hosts and not all(is_public(address) for address in addresses):
            raise _Refused("leads to a host that is not on the public internet",
                           "set SACCADE_ALLOW_PRIVATE_HOSTS=1 to allow it")  # fmt: skip
        return addresses


def _within(seconds: float, ask: Callable[[], list[str]]) -> list[str]:
    """The answer of `ask`, [] when it fails; looking up a name cannot be interrupted, so it is left behind instead."""
    answers: list[list[str]] = []

    def run() -> None:
        with contextlib.suppress(OSError, UnicodeError):
            answers.append(ask())

    thread = threading.Thread(target=run, daemon=True, name="saccade-resolve")
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise httpcore.ConnectTimeout("name lookup")
    return answers[0] if answers else []
