"""`python -m deploy.devtools.audit LOCK`: known vulnerabilities of the locked packages, by pip-audit.

Exit status: 0 if none is known, 1 if some are, 2 if not every package could be looked up, so that nothing is proven.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.devtools.errors import ToolError

PIP_AUDIT = "pip-audit==2.10.1"
OSV = "https://api.osv.dev/v1/query"


@dataclass(frozen=True, slots=True)
class Vulnerability:
    """One known vulnerability of one package."""

    package: str
    version: str
    id: str
    fixed_in: str


def audit(lock: Path, osv_url: str, command: Sequence[str]) -> list[Vulnerability]:
    """Ask the vulnerability service about each package of a lock file that is for this platform.

    Args:
        lock: the lock file, with hashes.
        osv_url: where the service, or a mirror of it, answers OSV queries.
        command: starts pip-audit.

    Raises:
        ToolError: if the service did not answer about every package.
    """
    options = ["--requirement", str(lock), "--disable-pip", "--progress-spinner=off", "--format=json"]
    options += ["--vulnerability-service=osv", f"--osv-url={osv_url}"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
    try:
        packages: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError, TypeError) as error:
        last = (done.stderr.strip().splitlines() or ["nothing"])[-1]
        raise ToolError(
            f"expected the vulnerability service {osv_url} to answer, found: {last[:300]}; "
            "nothing is known of the packages: run it where the service can be reached, or name a mirror by OSV_URL"
        ) from error
    # pip-audit itself calls it good if it could look up nothing.
    skipped = [f"{each['name']} ({each['skip_reason']})" for each in packages if "skip_reason" in each]
    if skipped or not packages:
        raise ToolError(
            f"expected an answer about each of {len(packages)} packages, found none about {len(skipped)}, such as "
            f"{skipped[0] if skipped else 'any'}; nothing is known of these"
        )
    return [
        Vulnerability(each["name"], each["version"], found["id"], ", ".join(found["fix_versions"]) or "none yet")
        for each in packages
        for found in each["vulns"]
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m deploy.devtools.audit", description=__doc__)
    parser.add_argument("lock", type=Path, help="the lock file")
    parser.add_argument("--osv-url", default=OSV, help="vulnerability service, or a mirror of it")
    options = parser.parse_args(arguments)
    uv = Path(sys.executable).with_name("uv")
    try:
        found = audit(options.lock, options.osv_url, [str(uv), "tool", "run", "--from", PIP_AUDIT, "pip-audit"])
    except ToolError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(_table(found) if found else "no vulnerability of the locked packages is known")
    return 1 if found else 0


def _table(found: Sequence[Vulnerability]) -> str:
    rows = [f"| {each.package} | {each.version} | {each.id} | {each.fixed_in} |" for each in found]
    return "\n".join(["| package | version | vulnerability | fixed in |", "|---|---|---|---|", *rows])


if __name__ == "__main__":
    raise SystemExit(main())
