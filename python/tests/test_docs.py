"""Examples in docstrings and docs do what they say."""

import doctest
import importlib
import pkgutil
import re

import pytest
import wend
from conftest import ROOT

MODULES = ["wend"] + [
    f"wend.{module.name}"
    for module in pkgutil.iter_modules(wend.__path__)
    if not module.name.startswith("_")
]


@pytest.mark.parametrize("name", MODULES)
def test_docstrings(name):
    try:
        module = importlib.import_module(name)
    except ImportError as missing:
        pytest.skip(str(missing))
    assert doctest.testmod(module, extraglobs={"wend": wend}).failed == 0


@pytest.mark.parametrize("page", ["README.md", "docs/python.md"])
def test_pages(page, tmp_path, monkeypatch):
    """Python blocks that begin with `import` run, in their order, in one namespace a page."""
    text = (ROOT / page).read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    assert blocks
    monkeypatch.chdir(tmp_path)
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    space = {"__name__": "page"}
    for block in blocks:
        exec(compile(block, page, "exec"), space)  # noqa: S102


def test_every_public_name_has_a_docstring():
    for name in wend.__all__:
        if not name.startswith("__"):
            assert getattr(wend, name).__doc__, name
