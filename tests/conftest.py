"""Every test run has a home of its own; nothing outside it is read or written."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient
from xdist.scheduler.loadscope import LoadScopeScheduling

from tests.halves import half

if TYPE_CHECKING:
    from core.server import Server

# Two test processes with all threads each would lose most of their joint speed.
os.environ["OMP_NUM_THREADS"] = "1"
# The same examples every time, so that a change is what turns a test red, never the dice.
settings.register_profile("playground", derandomize=True, deadline=None)
settings.load_profile("playground")
SETTINGS = [name for name in os.environ if name.startswith("PLAYGROUND_")]
HOSTS = ("localhost", "127.0.0.1", "::1", "*.school.example")
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


class ByFile(LoadScopeScheduling):
    """A file's tests share a process and what they set up; browser tests are two files in this.

    Each of the two has a server and a browser of its own; the other tests come after them, to
    whichever process is free. pytest names tests by objects now, which xdist's own scopes do not
    know.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::")[0]
        return f"e2e {half(file)}" if "/e2e/" in file else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """How tests are shared out to processes."""
    return ByFile(config, log)


@pytest.fixture(scope="session", autouse=True)
def session_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One home for all test processes, so that each bundled set is packed once."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "home"
    with pytest.MonkeyPatch.context() as patch:
        for name in SETTINGS:
            patch.delenv(name)
        patch.setenv("PLAYGROUND_HOME", str(folder))
        yield folder


@pytest.fixture
def fresh_home(tmp_path: Path, session_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without runs, whose sets of pictures are those of the session."""
    folder = tmp_path / "home"
    (session_home / "data").mkdir(parents=True, exist_ok=True)
    folder.mkdir()
    (folder / "data").symlink_to(session_home / "data", target_is_directory=True)
    monkeypatch.setenv("PLAYGROUND_HOME", str(folder))
    return folder


@pytest.fixture
def real_mnist() -> Path:
    """The folder with the four original MNIST files."""
    if not (SHARED / "mnist").is_dir():
        pytest.skip("needs the real MNIST files in ../shared/data/mnist")
    return SHARED / "mnist"


@pytest.fixture
def real_cifar10() -> Path:
    """The archive of CIFAR-10 pictures in class folders."""
    if not (SHARED / "cifar10.tar.xz").is_file():
        pytest.skip("needs the real CIFAR-10 archive ../shared/data/cifar10.tar.xz")
    return SHARED / "cifar10.tar.xz"


@pytest.fixture
def opened(fresh_home: Path) -> Iterator["Server"]:
    """A server that holds a fresh home and its store, without the life around it."""
    from core.server import Server

    made = Server(hosts=HOSTS)
    made.open()
    yield made
    made.close()


def crash(_request: Request) -> Response:
    """A route with a fault, whose message holds what nobody outside may read."""
    raise RuntimeError(f"{Path(__file__).parent} must not be shown")


def text(_request: Request) -> Response:
    """What a page's own route answers."""
    return PlainTextResponse("ok")


@pytest.fixture
def web(opened: "Server") -> TestClient:
    """A client on this machine, in front of our routes, a few of the front end's, and a fault."""
    extra = [Route("/crash", crash)]
    extra += [Route(f"/_stcore/{name}", text) for name in ("host-config", "metrics")]
    app = Starlette(routes=[*opened.routes(), *extra], middleware=opened.middleware())
    return TestClient(
        app, base_url="http://127.0.0.1", raise_server_exceptions=False, client=("127.0.0.1", 9)
    )
