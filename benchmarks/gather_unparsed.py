"""Share of statements that nobody can read, per folder, with the code of any checkout.

    python -m benchmarks.gather_unparsed [FOLDER] [--before CHECKOUT] [--quick] [--check]

Every folder within FOLDER is a package; `unparsed_PACKAGE=SHARE` a line, and with --before
`unparsed_before_PACKAGE=SHARE` by the code of another checkout, whose own interpreter runs it.
Without a folder (--quick: also with one) it is the SQL that the embedded PostgreSQL carries, the
package "shipped". --check exits 1 where a package that docs/data-engineers.md has is over 1.1 times
its share there, or no package is one of those.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.gather_corpora import shipped_sql
from benchmarks.here import missed

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


# As of November 2026.
RECORDED = {
    "shipped": 0.0016, "postgresql-15": 0.0005, "ejabberd": 0.0, "freeradius-config": 0.0052,
    "roundcube-core": 0.0, "mediawiki": 0.0, "cacti": 0.0, "phpmyadmin": 0.0,
    "zabbix-server-mysql": 0.00005, "zabbix-server-pgsql": 0.00005,
}  # fmt: skip
MOST = 1.1  # times what it was


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--before", type=Path, help="another checkout, to compare with")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = None if options.quick else options.folder
        found = tell(folder or shipped_sql(Path(scratch)).parent, options.before)
    bounds = {f"unparsed_{name}": MOST * share for name, share in RECORDED.items()}
    is_missed = bool(missed(found, bounds))
    if options.check and not set(found) & set(bounds):
        sys.exit("missed: no package is one of which the share was recorded")
    if options.check and is_missed:
        sys.exit(1)


def tell(folder: Path, before: Path | None) -> dict[str, float]:
    """Print a line for each package, and before it one by the code of another checkout."""
    found = {}
    for checkout, name in ((before, "unparsed_before"), (HERE, "unparsed")):
        for package, share in shares(folder, checkout).items() if checkout else ():
            found[f"{name}_{package}"] = share
            print(f"{name}_{package}={share:.5f}", flush=True)
    return found


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
