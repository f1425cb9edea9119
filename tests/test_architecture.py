"""The house stands: imports fall, libraries use their doors, files stay small and safe."""

import re
import sys
import tomllib

import pytest

from tests.house import ROOT, RULES, File, files

# What is allowed to break a rule, and why. An entry that is no longer needed fails below.
EXCEPTIONS = {
    ("manners", "core/__main__.py", "print"): "the command line speaks by printing",
    ("manners", "core/server.py", "record takes"): "the signature that logging asks for",
    ("manners", "core/muon.py", "__init__ takes"): "torch.optim's own settings, passed as they are",
    ("manners", "pages/ui/words.py", "t takes"): "the {placeholders} of a sentence have any name",
    ("falling", "core/commands.py", "benchmarks"): "`bench` runs the benchmarks, nothing else does",
    ("unsafe", "tests/depot.py", "torch.save"): "files as torchvision offers them",
    ("finished", "tests/house.py", ""): "the rule names what it looks for",
    ("finished", "tests/test_architecture.py", ""): "the examples show what is forbidden",
}
FILES = {file.path: file for file in files()}


def excused(rule: str, path: str, breach: str) -> bool:
    """Whether an exception covers a breach."""
    return any((rule, path) == key[:2] and key[2] in breach for key in EXCEPTIONS)


@pytest.mark.parametrize("rule", RULES)
def test_house_rule(rule: str) -> None:
    """No file breaks the rule without a reason on the list."""
    breaches = [
        f"{path}:{breach}"
        for path, file in FILES.items()
        for breach in RULES[rule](file)
        if not excused(rule, path, breach)
    ]
    assert not breaches, "\n".join([RULES[rule].__doc__ or rule, *breaches])


@pytest.mark.parametrize("key", EXCEPTIONS, ids=lambda key: f"{key[0]}-{key[1]}")
def test_every_exception_is_still_needed(key: tuple[str, str, str]) -> None:
    """An exception that excuses nothing is struck off."""
    rule, path, words = key
    assert any(words in breach for breach in RULES[rule](FILES[path]))


TOP = '"""A file."""\n'
BAD = [
    ("falling", "models/a.py", "import core.config"),
    ("falling", "models/a.py", "def f():\n    from core import data"),
    ("falling", "core/a.py", "from pages.ui import words"),
    ("falling", "core/a.py", "from benchmarks import run"),
    ("falling", "pages/ui/a.py", "from pages import train"),
    ("falling", "pages/a.py", "import app"),
    ("falling", "pages/ui/live/a.py", "from ...train import start"),
    ("banned", "pages/a.py", "import torch.nn"),
    ("banned", "pages/a.py", "from models import MODELS"),
    ("banned", "pages/ui/a.py", "import plotly.graph_objects as go"),
    ("banned", "pages/ui/a.py", "import sqlalchemy"),
    ("banned", "core/a.py", "import streamlit as st"),
    ("banned", "models/a.py", "import PIL"),
    ("doors", "core/worker.py", "from sqlalchemy import select"),
    ("doors", "core/worker.py", "import plotly"),
    ("doors", "core/worker.py", "from safetensors.torch import save"),
    ("doors", "core/worker.py", "import zipfile"),
    ("doors", "core/imports.py", "import tarfile"),
    ("doors", "core/imports.py", "from PIL import Image\nImage.open('a')"),
    ("doors", "models/a.py", "import streamlit"),
    ("unsafe", "core/a.py", "import torch\ntorch.load('a')"),
    ("unsafe", "core/a.py", "from torch import save"),
    ("unsafe", "core/a.py", "import pickle"),
    ("unsafe", "tests/a.py", "from pickle import loads"),
    ("unsafe", "core/a.py", "eval('1')"),
    ("unsafe", "core/a.py", "exec('1')"),
    ("unsafe", "core/a.py", "archive.extractall()"),
    ("unsafe", "core/a.py", "import numpy\nnumpy.load('a', allow_pickle=True)"),
    ("unsafe", "core/a.py", "import subprocess\nsubprocess.run('ls', shell=True)"),
    ("unsafe", "core/a.py", "import warnings\nwith warnings.catch_warnings():\n    f()"),
    ("unsafe", "pages/a.py", "st.markdown('<b>', unsafe_allow_html=True)"),
    ("unsafe", "pages/a.py", "st.image(x, use_container_width=False)"),
    ("unsafe", "pages/a.py", "st.experimental_rerun()"),
    ("size", "core/a.py", "\n" * 250),
    ("size", "core/a.py", "x = 1  # " + "y" * 100),
    ("size", "core/a.py", "def f():\n" + "    x = 1\n" * 40),
    ("size", "core/a.py", "class A:\n    async def f(self):\n" + "        x = 1\n" * 40),
    ("manners", "core/utils.py", "x = 1"),
    ("manners", "core/a.py", "from math import *"),
    ("manners", "core/a.py", "print('x')"),
    ("manners", "core/a.py", "assert True"),
    ("manners", "core/a.py", "def f():\n    global x"),
    ("manners", "core/a.py", "def f(**settings): return g(**settings)"),
    ("manners", "core/a.py", "def f():\n    '''Later.'''\n    raise NotImplementedError"),
    ("manners", "core/a.py", "def f(): pass"),
    ("finished", "core/a.py", "x = 1  # TODO: more"),
    ("finished", "pages/a.py", "st.write('Coming soon')"),
    ("finished", "core/a.py", "x = '/work/here'"),
    ("finished", "core/a.py", "x = 1  # see issue #2"),
]


@pytest.mark.parametrize(("rule", "path", "code"), BAD)
def test_every_rule_can_fail(rule: str, path: str, code: str) -> None:
    """A rule that finds nothing wrong in wrong code guards nothing."""
    assert list(RULES[rule](File(path, TOP + code)))


@pytest.mark.parametrize("text", ["x = 1", '"""Two\nlines."""', '"""No full stop"""'])
def test_a_file_says_what_it_is(text: str) -> None:
    """The first line of a file is one sentence."""
    assert list(RULES["manners"](File("core/a.py", text)))


GOOD = [
    ("core/a.py", "import torch\nfrom models import MODELS\nfrom core import data"),
    ("core/store/a.py", "from sqlalchemy import select"),
    ("core/figures/a.py", "import plotly"),
    ("pages/a.py", "import streamlit as st\nfrom core import catalog\nfrom pages.ui import words"),
    ("models/a.py", "import torch\nfrom einops import rearrange\nmodel.eval()"),
    ("core/a.py", "def f(**columns: Unpack[Columns]): return g(**columns)"),
    ("tests/a.py", "assert True"),
    ("core/a.py", "def f():\n" + "    x = 1\n" * 39),
]


@pytest.mark.parametrize(("path", "code"), GOOD)
def test_good_code_passes(path: str, code: str) -> None:
    """The rules leave honest code alone."""
    file = File(path, TOP + code)
    assert [breach for rule in RULES.values() for breach in rule(file)] == []


def test_requirements_name_no_hosts() -> None:
    """Lists of packages hold names and versions; where they come from is the reader's choice."""
    for path in ROOT.glob("requirements*.txt"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"://|--index|--extra|--find-links|--trusted|file:", text), path.name


def test_torch_and_torchvision_are_pinned_as_a_pair() -> None:
    """They are built for each other."""
    pins = dict(re.findall(r"^(torch|torchvision)==(\S+)$", _requirements(), re.MULTILINE))
    assert pins == {"torch": "2.15.0", "torchvision": "0.29.2"}


def test_every_import_is_in_the_requirements() -> None:
    """A fresh machine has what the product imports."""
    names = {"PIL": "pillow", "sklearn": "scikit-learn"}
    listed = set(re.findall(r"^([a-z-]+)", _requirements(), re.MULTILINE))
    wanted = {
        (names.get(top, top), file.path)
        for file in FILES.values()
        if file.room not in ("tests", "benchmarks")
        for module, _ in file.imports
        if (top := module.split(".")[0]) not in _known()
    }
    assert {(name, path) for name, path in wanted if name not in listed} == set()


def _known() -> set[str]:
    return {*sys.stdlib_module_names, "core", "models", "pages", "app", "benchmarks"}


def _requirements() -> str:
    return (ROOT / "requirements.txt").read_text(encoding="utf-8")


def test_the_server_is_configured_to_be_quiet_and_closed() -> None:
    """What the figures and the safety of the app rest on."""
    with (ROOT / ".streamlit" / "config.toml").open("rb") as stream:
        config = tomllib.load(stream)
    assert config["runner"]["postScriptGC"] is False
    assert config["global"]["maxCachedMessageAge"] >= 10
    assert config["server"]["address"] == "127.0.0.1"
    assert set(config["server"]["allowedHosts"]) == {"localhost", "127.0.0.1", "::1"}
    assert config["server"]["fileWatcherType"] == "none"
    assert config["client"]["showErrorDetails"] == "none"
    assert config["browser"]["gatherUsageStats"] is False
