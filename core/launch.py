"""Starting the server from the command line: address checks first, then Streamlit takes over."""

import errno
import importlib.util
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

URL = "PLAYGROUND_URL"  # what the server says its address is, once it has started
BROWSER = "PLAYGROUND_BROWSER"  # set: it also opens a browser window there
LOOPBACK = ("localhost", "127.0.0.1", "::1")
EVERYWHERE = ("0.0.0.0", "::")
APP = Path(__file__).resolve().parent.parent / "app.py"


def serve(host: str = "127.0.0.1", port: int = 8501, *, headless: bool = False) -> None:
    """Run the app until it is stopped; on Unix this process becomes the server.

    Raises:
        ValueError: the port is taken, or the address is not this machine's.
    """
    check_address(host, port)
    shown = f"[{host}]" if ":" in host else host
    url = f"http://{'localhost' if host in EVERYWHERE else shown}:{port}"
    environment = {**os.environ, URL: url}
    if not headless and has_screen(os.environ):
        environment[BROWSER] = "1"
    command = [sys.executable, "-m", "streamlit", "run", str(APP)]
    command += ["--server.address", host, "--server.port", str(port)]
    command += ["--logger.hideWelcomeMessage", "true"]
    for name in names(host, os.environ.get("PLAYGROUND_HOSTS", "")):
        command += ["--server.allowedHosts", name]
    if os.name == "posix":
        os.execve(sys.executable, command, environment)
    sys.exit(subprocess.run(command, env=environment, check=False).returncode)


def check_address(host: str, port: int) -> None:
    """See that the address can be listened on.

    Raises:
        ValueError: it cannot, and why.
    """
    if not 1 <= port <= 65535:
        raise ValueError(f"port {port} is not a port: use 1 to 65535, for example --port 8501")
    if importlib.util.find_spec("streamlit") is None:
        raise ValueError("streamlit is not installed here: run `make run`, or install it")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family) as trial:
            if os.name == "posix":  # elsewhere this option would hide that a port is taken
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind((host, port))
    except OSError as problem:
        if problem.errno in (errno.EADDRINUSE, errno.EACCES):
            taken = "in use" if problem.errno == errno.EADDRINUSE else "not allowed for this user"
            raise ValueError(
                f"port {port} is {taken}: choose another with --port {port % 65535 + 1}"
            ) from None
        raise ValueError(
            f"{host!r:.60} is not an address of this machine: use 127.0.0.1 for this machine "
            "only, or 0.0.0.0 for all its networks"
        ) from None


def has_screen(environment: Mapping[str, str]) -> bool:
    """Whether a browser window can open here; without a screen a text browser would start."""
    if sys.platform != "linux":
        return True
    return any(environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def names(host: str, extra: str) -> list[str]:
    """The names that a visitor may type: this machine's, plus `extra`, separated by commas.

    Any other name in a request is refused, since it is how foreign pages reach local servers.
    """
    found = list(LOOPBACK)
    if host in EVERYWHERE:
        found += _own_names()
    elif host not in found:
        found.append(host)
    found += [name.strip() for name in extra.split(",") if name.strip()]
    return list(dict.fromkeys(found))


def _own_names() -> list[str]:
    """This machine's host name and addresses, as far as it knows them."""
    name = socket.gethostname()
    found = [name, socket.getfqdn(), f"{name}.local"]
    try:
        found += [str(entry[4][0]) for entry in socket.getaddrinfo(name, None)]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as route:
            route.connect(("192.0.2.1", 9))  # a test address: asks for the route, sends nothing
            found.append(route.getsockname()[0])
    except OSError:
        pass
    return found
