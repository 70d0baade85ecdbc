"""Share of statements that nobody can read, per folder, with the code of any checkout.

    python -m benchmarks.gather_unparsed FOLDER [--before CHECKOUT]

Every folder within FOLDER is a package; `unparsed_PACKAGE=SHARE` a line, and with --before
`unparsed_before_PACKAGE=SHARE` by the code of another checkout, whose own interpreter runs it.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parents[1]
# Runs in the checkout: old ones have other folders within apps/seeds.
SCRIPT = """
import os, sys
from importlib import import_module
from pathlib import Path
sys.path.insert(0, os.getcwd())
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "apps.settings")
import django
django.setup()
def either(*names):
    for name in names[:-1]:
        try:
            return import_module(name)
        except ModuleNotFoundError:
            pass
    return import_module(names[-1])
chain = either("apps.seeds.extraction.chain", "apps.seeds.extraction")
decoding = either("apps.seeds.readers.decoding", "apps.seeds.decoding")
for package in sorted(path for path in Path(sys.argv[1]).iterdir() if path.is_dir()):
    statements = unparsed = 0
    for path in sorted(package.rglob("*.sql")):
        content = decoding.decode(path.read_bytes()).content
        found = chain.extract(content, path=str(path), settings=chain.ExtractionSettings())
        for _ in found:
            pass
        statements += found.statements
        unparsed += found.reasons["unparsed"]
    if statements:
        print(f"{package.name}={unparsed / statements:.5f}", flush=True)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--before", type=Path, help="another checkout, to compare with")
    options = parser.parse_args()
    tell(options.folder, options.before)


def tell(folder: Path, before: Path | None) -> None:
    """Print a line for each package, and before it one by the code of another checkout."""
    for checkout, name in ((before, "unparsed_before"), (HERE, "unparsed")):
        for package, share in shares(folder, checkout).items() if checkout else ():
            print(f"{name}_{package}={share:.5f}", flush=True)


def shares(folder: Path, checkout: Path) -> dict[str, float]:
    """The share of statements that nobody reads, by package, with the code of a checkout."""
    python = checkout / ".venv" / "bin" / "python"
    done = subprocess.run(
        [python if python.exists() else sys.executable, "-c", SCRIPT, folder.resolve()],
        cwd=checkout, stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    pairs = (line.split("=") for line in done.stdout.splitlines())
    return {package: float(share) for package, share in pairs}


if __name__ == "__main__":
    main()
