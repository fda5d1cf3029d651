"""The shape of the source tree: imports point down, each library has one owner, files stay small, `--help` is quick."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / "otpushd").rglob("*.py"))
LONGEST = 300

LAYERS = (
    {"cli", "__main__"},
    {
        "daemon",
        "app",
        "check",
        "emit",
        "silencing",
        "explaining",
        "importing",
        "rehearse",
        "demo",
        "doctor",
        "ending",
        "reload",
        "heartbeat",
        "status",
    },
    {
        "poll",
        "reading",
        "thinking",
        "bell",
        "desk",
        "holding",
        "door",
        "inspection",
        "tell",
        "queueing",
        "sweep",
        "structured_sweep",
        "past",
    }
    | {"dispatch", "tidy", "tenure", "reclaim"},
    {"prodigy", "detect", "derive", "routing", "pacing", "store", "push", "sandbox", "config", "gate", "guard"},
    {"model", "files", "sd_notify", "log"},
    {"lines"},
)
"""Top to bottom; a name is a file or a folder directly in otpushd/."""

SIBLINGS_ALLOWED = {
    ("detect", "prodigy"),
    ("derive", "detect"),
    ("daemon", "app"),
    ("poll", "sweep"),
    ("poll", "structured_sweep"),
    ("poll", "past"),
    ("sweep", "past"),
    ("structured_sweep", "past"),
    ("poll", "tenure"),
    ("poll", "thinking"),
    ("poll", "bell"),
    ("poll", "reading"),
    ("poll", "inspection"),
    ("inspection", "thinking"),
    ("bell", "thinking"),
    ("poll", "door"),
    ("poll", "desk"),
    ("desk", "thinking"),
    ("holding", "thinking"),
    ("pacing", "routing"),
    ("poll", "tell"),
    ("door", "thinking"),
    ("tell", "thinking"),
    ("queueing", "tenure"),
    ("emit", "check"),
    ("app", "check"),
    ("explaining", "check"),
    ("daemon", "ending"),
    ("daemon", "heartbeat"),
    ("daemon", "reload"),
    ("ending", "app"),
    ("heartbeat", "app"),
    ("heartbeat", "reload"),
    ("reload", "app"),
    ("reload", "check"),
    ("reload", "rehearse"),
    ("__main__", "cli"),
}
"""(who, whom): the exceptions to "siblings do not import each other"."""

OWNERS = {
    "aiohttp": {"sandbox", "push"},
    "apscheduler": {"daemon"},
    "cel_expr_python": {"routing"},
    "certifi": {"push"},
    "click": {"cli"},
    "httpx": {"push"},
    "httpx_aiohttp": {"push"},
    "jinja2": {"routing", "push", "rehearse"},
    "holidays": {"config"},
    "jsonschema_rs": {"push", "sandbox", "model"},
    "markupsafe": {"push", "routing"},
    "msgspec": {"prodigy", "derive", "store"},
    "peewee": {"store"},
    "playhouse": {"store"},
    "psycopg": {"prodigy"},
    "pydantic": {"files", "config", "push", "routing", "sandbox"},
    "pydantic_core": {"files"},
    "structlog": {
        "log",
        "guard",
        "poll",
        "queueing",
        "tell",
        "thinking",
        "sweep",
        "structured_sweep",
        "dispatch",
        "tidy",
        "tenure",
        "reclaim",
        "daemon",
        "ending",
        "reload",
        "app",
        "demo",
        "cli",
    },
    "yaml": {"files"},
}
"""Which rooms may import which third-party package; a package that is not here belongs to nobody yet."""

DISTRIBUTIONS = {"yaml": "pyyaml", "playhouse": "peewee"}
"""Packages whose distribution has another name."""

BROUGHT_ALONG = {"pydantic_core", "markupsafe"}
"""Part of the public interface of what brings them: pydantic's and jinja2's documentation tell to import them."""

HEAVY = {"aiohttp", "apscheduler", "cel_expr_python", "httpx", "jinja2", "peewee", "psycopg", "pydantic", "structlog"}


@dataclass(frozen=True, slots=True)
class Import:
    """One `import` or `from … import`, by its full dotted name. `late` is true inside a function."""

    line: int
    name: str
    late: bool

    @property
    def top(self) -> str:
        """The package."""
        return self.name.partition(".")[0]


def room(path: Path) -> str:
    """The file or folder directly in otpushd/ that `path` belongs to; empty for the package's own __init__."""
    first = path.relative_to(ROOT / "otpushd").parts[0]
    return "" if first == "__init__.py" else first.removesuffix(".py")


def module(path: Path) -> str:
    """The dotted name of a source file."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports(path: Path) -> Iterator[Import]:
    """Every import of a source file, relative ones resolved, those under TYPE_CHECKING and in functions too."""
    tree = ast.parse(path.read_text(), str(path))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
    late = {id(inner) for outer in ast.walk(tree) if isinstance(outer, functions) for inner in ast.walk(outer)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (Import(node.lineno, alias.name, id(node) in late) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = module(path).split(".") + (["__init__"] if path.name == "__init__.py" else [])
            above = ".".join(parents[: -node.level]) if node.level else ""
            base = ".".join(part for part in (above, node.module or "") if part)
            for alias in node.names:
                yield Import(node.lineno, f"{base}.{alias.name}", id(node) in late)


def layer(name: str) -> int | None:
    """How far down a room is, 0 at the top."""
    return next((index for index, names in enumerate(LAYERS) if name in names), None)


def complaint(importer: str, imported: str) -> str | None:
    """Why one room may not import another, or None."""
    if importer == imported or (importer, imported) in SIBLINGS_ALLOWED:
        return None
    upper, lower = layer(importer), layer(imported)
    if upper is None or lower is None:
        return f"{importer if upper is None else imported} has no layer: put it into LAYERS in {Path(__file__).name}"
    if upper == lower:
        return f"{importer} and {imported} are siblings: let the loop above join them, or move what both need down"
    return f"{importer} is below {imported}: pass what it needs as an argument" if upper > lower else None


ids = {"ids": lambda path: str(path.relative_to(ROOT))}


@pytest.mark.parametrize("path", [path for path in FILES if room(path)], **ids)
def test_imports_point_down(path: Path) -> None:
    """A room imports only from the layers below its own."""
    ours = [each for each in imports(path) if each.top == "otpushd" and each.name.count(".")]
    found = [
        f"{path}:{each.line}: {why}"
        for each in ours
        if each.name != "otpushd.__version__" and (why := complaint(room(path), each.name.split(".")[1]))
    ]

    assert not found, "\n".join(found)


@pytest.mark.parametrize("path", FILES, **ids)
def test_each_library_has_its_owner(path: Path) -> None:
    """A third-party package is imported only where OWNERS says."""
    found = [
        f"{path}:{each.line}: {each.top} belongs to {', '.join(sorted(OWNERS.get(each.top, {'nobody yet'})))}: "
        f"call its owner, or change OWNERS in {Path(__file__).name} if the owner is wrong"
        for each in imports(path)
        if each.top not in sys.stdlib_module_names | {"otpushd"} and room(path) not in OWNERS.get(each.top, set())
    ]

    assert not found, "\n".join(found)


def test_every_library_is_asked_for_by_name() -> None:
    """What is imported stands in pyproject.toml; that another package happens to bring it along can end any day."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["holidays"]]
    known = {re.split(r"[^\w-]", each)[0].replace("-", "_") for each in asked} | BROUGHT_ALONG
    imported = {each.top for path in FILES for each in imports(path)} - sys.stdlib_module_names - {"otpushd"}
    unknown = {top for top in imported if DISTRIBUTIONS.get(top, top).replace("-", "_") not in known}

    assert not unknown, f"{', '.join(sorted(unknown))}: add it to the dependencies in pyproject.toml"


@pytest.mark.parametrize("path", FILES, **ids)
def test_no_file_is_too_long(path: Path) -> None:
    """A room that grew too big wants a second door."""
    length = len(path.read_text().splitlines())

    assert length <= LONGEST, f"{path} has {length} lines: split it by what its parts are for"


@pytest.mark.parametrize("path", FILES, **ids)
def test_every_name_is_imported_by_name(path: Path) -> None:
    """No `import *`."""
    found = [f"{path}:{each.line}: name what you import" for each in imports(path) if each.name.endswith(".*")]

    assert not found, "\n".join(found)


def test_the_command_table_imports_only_click() -> None:
    """What cli/__init__.py imports, every command pays for."""
    early = {each.top for each in imports(ROOT / "otpushd" / "cli" / "__init__.py") if not each.late}

    assert early - sys.stdlib_module_names <= {"click", "otpushd"}, "import it in the module of the command instead"


def test_help_loads_nothing_heavy() -> None:
    """`otpushd --help` ends with none of the heavy packages in memory."""
    code = "import sys; from otpushd.cli import main; main(['--help'], standalone_mode=False); print(*sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    loaded = set(answer.stdout.splitlines()[-1].split()) & HEAVY

    assert "click" in answer.stdout.splitlines()[-1].split()
    assert not loaded, f"{', '.join(sorted(loaded))}: import it inside the command that needs it"


@pytest.mark.parametrize(
    ("importer", "imported", "word"),
    [
        pytest.param("store", "poll", "below", id="upwards"),
        pytest.param("store", "push", "siblings", id="sideways"),
        pytest.param("store", "kitchen", "no layer", id="unknown room"),
    ],
)
def test_a_wrong_import_would_be_found(importer: str, imported: str, word: str) -> None:
    """The checks above can fail."""
    assert word in (complaint(importer, imported) or "")
