"""What every request must pass: the host, the token, the length of the address; and the headers of every answer."""

import hmac
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from hashlib import sha256
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, urlencode

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Refuse = Callable[[Scope, int, str], tuple[str, bytes]]

COOKIE = "bioweft_token"
MOST_ADDRESS = 8_000
"""Bytes of a path with its parameters."""
MOST_BODY = 200_000
"""Bytes of what a request sends."""

HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def is_loopback(host: str) -> bool:
    """Say whether an address to listen at is reached from this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def hosts_of(host: str) -> frozenset[str] | None:
    """Return the hosts that requests may name where the server listens at `host`; None for all addresses in numbers.

    Another host means that a page of elsewhere has been made to lead here (DNS rebinding).
    """
    if host in ("0.0.0.0", "::"):
        return None
    return LOOPBACK | {host.lower()} if is_loopback(host) else frozenset({host.lower()})


def host_of(header: str) -> str:
    """Return the host of a header `Host`, without its port and brackets."""
    name = header.strip().lower()
    if name.startswith("["):
        return name[1:].partition("]")[0]
    return name.rpartition(":")[0] if ":" in name else name


class Guard:
    """Lets requests pass to an application that come to the right host, with the token where there is one."""

    def __init__(self, app: App, *, hosts: Iterable[str] | None, token: str | None, refuse: Refuse) -> None:
        self._app = app
        self._hosts = None if hosts is None else frozenset(hosts)
        self._token = token
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        fault = self._fault(scope, headers)
        if fault is not None:
            await self._answer(scope, send, *fault)
            return
        if self._token is not None and not self._is_known(headers):
            await self._let_in(scope, send)
            return
        await self._app(scope, _limited(receive), _with_headers(send))

    def _fault(self, scope: Scope, headers: dict[str, str]) -> tuple[int, str] | None:
        if not self._is_right_host(host_of(headers.get("host", ""))):
            return 421, "the request names another host than this server's; open the address that bioweft has printed"
        if len(scope["raw_path"] or b"") + len(scope["query_string"]) > MOST_ADDRESS:
            return 414, f"an address must have at most {MOST_ADDRESS:,} bytes"
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > MOST_BODY:
            return 413, f"a request must send at most {MOST_BODY:,} bytes"
        if scope["method"] == "POST" and headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return 403, "a page of another site must not send anything here"
        return None

    def _is_right_host(self, host: str) -> bool:
        if self._hosts is not None:
            return host in self._hosts
        try:
            ipaddress.ip_address(host)
        except ValueError:
            return host in ("localhost", socket.gethostname().lower())
        return True

    def _is_known(self, headers: dict[str, str]) -> bool:
        assert self._token is not None
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and _same(given.strip(), self._token):
            return True
        try:
            cookie = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
        except CookieError:
            return False
        return cookie is not None and _same(cookie.value, _digest(self._token))

    async def _let_in(self, scope: Scope, send: Send) -> None:
        """Give who brings the token in the address a cookie, and the address without it; send others away."""
        assert self._token is not None
        pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        given = [value for key, value in pairs if key == "token"]
        if scope["method"] != "GET" or not given or not _same(given[0], self._token):
            await self._answer(scope, send, 401, "give the token: open the address that bioweft has printed")
            return
        rest = urlencode([(key, value) for key, value in pairs if key != "token"])
        path = "/" + scope["raw_path"].decode("latin-1").lstrip("/")  # `//x` would lead to another host
        cookie = f"{COOKIE}={_digest(self._token)}; Path=/; HttpOnly; SameSite=Strict"
        headers = {"location": f"{path}?{rest}" if rest else path, "set-cookie": cookie}
        await _respond(send, 303, "text/plain; charset=utf-8", b"", headers)

    async def _answer(self, scope: Scope, send: Send, status: int, message: str) -> None:
        media, body = self._refuse(scope, status, message)
        await _respond(send, status, media, body, {"www-authenticate": "Bearer"} if status == 401 else {})


def _same(given: str, right: str) -> bool:
    return hmac.compare_digest(given.encode(), right.encode())


def _digest(token: str) -> str:
    return sha256(f"bioweft explore {token}".encode()).hexdigest()


async def _respond(send: Send, status: int, media: str, body: bytes, headers: dict[str, str]) -> None:
    every = {**HEADERS, "content-type": media, "content-length": str(len(body)), "cache-control": "no-store", **headers}
    encoded = [(name.encode(), value.encode("latin-1")) for name, value in every.items()]
    await send({"type": "http.response.start", "status": status, "headers": encoded})
    await send({"type": "http.response.body", "body": body})


def _limited(receive: Receive) -> Receive:
    """Return a `receive` that ends a request that sends more than its length or the limit says."""
    taken = 0

    async def limited() -> MutableMapping[str, Any]:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        return {"type": "http.disconnect"} if taken > MOST_BODY else message

    return limited


def _with_headers(send: Send) -> Send:
    async def sending(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            known = {name for name, _ in message["headers"]}
            every = {"cache-control": "no-cache", **HEADERS}  # the next request asks for what a run has made meanwhile
            extra = [(name.encode(), value.encode()) for name, value in every.items() if name.encode() not in known]
            message = {**message, "headers": [*message["headers"], *extra]}
        await send(message)

    return sending
