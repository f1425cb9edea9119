"""A PostgreSQL of the tests' own: fresh, on loopback, gone afterwards."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest


def _programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    if tool := shutil.which("pg_config"):
        said = subprocess.run([tool, "--bindir"], capture_output=True, text=True, check=True)
        return Path(said.stdout.strip())
    initdb = shutil.which("initdb")
    return Path(initdb).resolve().parent if initdb else None


def _as_postgres(words: list[str]) -> list[str]:
    """PostgreSQL refuses to run as root: then it runs as its own user."""
    return ["runuser", "-u", "postgres", "--", *words] if os.geteuid() == 0 else words


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of an empty database; skips where no PostgreSQL is installed."""
    programs = _programs()
    if programs is None or not (programs / "postgres").exists():
        pytest.skip("no PostgreSQL is installed here")
    folder = Path(tempfile.mkdtemp(prefix="playground-postgres-"))
    if os.geteuid() == 0:
        try:
            owner = pwd.getpwnam("postgres")
        except KeyError:
            pytest.skip("PostgreSQL will not run as root, and there is no user postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    port = _free_port()
    data = folder / "data"
    make = [str(programs / "initdb"), "-D", str(data), "-A", "trust", "-U", "test", "--no-sync"]
    subprocess.run(_as_postgres(make), check=True, capture_output=True, cwd=folder)
    serve = [str(programs / "postgres"), "-D", str(data), "-p", str(port), "-k", str(folder)]
    serve += ["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]
    with open(folder / "log", "wb") as log:
        server = subprocess.Popen(_as_postgres(serve), stdout=log, stderr=log, cwd=folder)
    try:
        _wait(port, server)
        yield f"postgresql+psycopg://test@127.0.0.1:{port}/postgres"
    finally:
        stop = [str(programs / "pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "stop"]
        subprocess.run(_as_postgres(stop), check=False, capture_output=True, cwd=folder)
        server.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(port: int, server: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 20
    while True:
        try:
            psycopg.connect(f"postgresql://test@127.0.0.1:{port}/postgres").close()
            return
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > until:
                raise
            time.sleep(0.05)


def emptied(url: str) -> str:
    """The same database without any table."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    return url
