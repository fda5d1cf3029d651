"""Says what a wheel lacks of its checkout: modules, pages, templates, shipped rules. Exit 1 if it lacks any."""

import sys
from pathlib import Path
from zipfile import ZipFile

ROOT = Path(__file__).parents[1]


def expected() -> set[str]:
    """The names in the wheel of every file that the package needs at run time."""
    package = {path for path in (ROOT / "otpushd").rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    rules = {f"otpushd/shipped_rules/{path.name}" for path in (ROOT / "rules").glob("*.yaml")}
    return {path.relative_to(ROOT).as_posix() for path in package} | rules


def main(wheel: Path) -> int:
    """Print the findings about `wheel`; the exit status."""
    with ZipFile(wheel) as archive:
        names = set(archive.namelist())
    lacking = sorted(expected() - names)
    strange = sorted(name for name in names if not name.startswith(("otpushd/", "otpushd-")))
    # A checkout that lost its data files would otherwise pass.
    kinds = {
        "shipped rule": "otpushd/shipped_rules/*.yaml",
        "page": "otpushd/sandbox/*.html",
        "document": "otpushd/**/*.j2",
    }
    absent = [kind for kind, glob in kinds.items() if not any(Path(name).match(glob) for name in names)]
    for text, found in (("lacks", lacking), ("should not hold", strange), ("holds no", absent)):
        print(*(f"{wheel.name} {text} {each}" for each in found), sep="\n", end="\n" if found else "")
    return 1 if lacking or strange or absent else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
