"""Who is this: a random id in a signed cookie, no login, no name, no page script can read it."""

import contextlib
import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path

from starlette.requests import cookie_parser

from core.home import home

COOKIE = "pg_uid"
DAYS = 180
_SIGNED = re.compile(r"([0-9a-f]{32})\.([0-9a-f]{64})")


def key() -> bytes:
    """The installation's secret, 32 random bytes in `cookie.key`, made once, readable by us only.

    Raises:
        ValueError: the file cannot be made or is not ours any more.
    """
    path = home() / "cookie.key"
    try:
        if not path.exists():
            _create(path)
        secret = path.read_bytes()
    except OSError as problem:
        raise ValueError(
            f"{path.name} in PLAYGROUND_HOME cannot be read or made ({problem.strerror}): "
            "give this user the folder, or choose another PLAYGROUND_HOME"
        ) from None
    if len(secret) != 32:
        raise ValueError(
            f"{path.name} in PLAYGROUND_HOME holds {len(secret)} bytes instead of 32: "
            "delete it and start again, visitors then get new identities"
        )
    return secret


def _create(path: Path) -> None:
    """Write the key aside and link it into place, so that of two creators one wins for both."""
    aside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(aside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        os.write(handle, secrets.token_bytes(32))
        os.fsync(handle)
    finally:
        os.close(handle)
    try:
        with contextlib.suppress(FileExistsError):
            os.link(aside, path)
    finally:
        aside.unlink()


def _signature(identity: str, secret: bytes) -> str:
    return hmac.new(secret, identity.encode(), hashlib.sha256).hexdigest()


def issue(secret: bytes) -> str:
    """A new visitor's cookie value: 128 random bits, a dot, their signature."""
    identity = secrets.token_hex(16)
    return f"{identity}.{_signature(identity, secret)}"


def check(value: str, secret: bytes) -> str:
    """The id in a cookie value that this installation signed, else ""."""
    parts = _SIGNED.fullmatch(value)
    if parts and hmac.compare_digest(_signature(parts[1], secret), parts[2]):
        return parts[1]
    return ""


def visitor(cookies: Mapping[str, str]) -> str:
    """The visitor behind a request's cookies: 32 hexadecimal digits, "" for none or a forged one.

    Raises:
        ValueError: the installation's key cannot be read.
    """
    value = cookies.get(COOKIE, "")
    return check(value, key()) if value else ""


def from_header(header: str, secret: bytes) -> str:
    """The visitor named by a raw Cookie header, "" for none or a forged one.

    Read leniently: on localhost the header also carries the cookies of other programs.
    """
    return check(cookie_parser(header).get(COOKIE, ""), secret)


def set_cookie(secret: bytes, *, tls: bool) -> str:
    """A Set-Cookie header for a new visitor, kept from scripts and from other sites."""
    rules = f"Path=/; Max-Age={DAYS * 86400}; HttpOnly; SameSite=Strict"
    return f"{COOKIE}={issue(secret)}; {rules}{'; Secure' if tls else ''}"
