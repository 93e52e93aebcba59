"""Check all notebooks where they are not at home: ``python benchmarks/survive.py [RUNS]`` (20 unless told otherwise).

Every run re-executes all notebooks with nbval and compares every output, in a copy of the tree, in an order of its own
and in a setting of its own: serial or parallel, another locale, time zone and hash seed, no home directory, a read-only
copy, no network. Prints a table as it goes; the exit status is 1 where a run failed, and then its log is kept.

A locale that the system has not is left out and named (Debian: ``localedef -i zh_CN -f UTF-8 zh_CN.UTF-8`` after
``apt-get install locales``); so is "no network" where ``unshare -n`` is not allowed, and "read-only" for root, whom
no permission stops, unless ``unshare -m`` lets the copy be mounted read-only.
"""

import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench import CORES, copy_of_the_tree

SEED = 66115
LOCALES = ["C", "C.UTF-8", "zh_CN.UTF-8", "tr_TR.UTF-8"]
ZONES = ["UTC", "Asia/Kolkata", "Pacific/Apia", "America/St_Johns"]
PYTHON = Path(__file__).resolve().parents[1] / ".venv" / "bin" / "python"


def allowed(*command) -> bool:
    try:
        return subprocess.run(command, capture_output=True).returncode == 0
    except OSError:
        return False


def locales() -> list[str]:
    listed = subprocess.run(["locale", "-a"], capture_output=True, text=True).stdout.lower().replace("utf8", "utf-8")
    missing = [name for name in LOCALES if name.lower() not in listed.split()]
    if missing:
        print(f"Not tried, since the system has not these locales: {', '.join(missing)}.\n")
    return [name for name in LOCALES if name not in missing]


def main() -> None:
    runs, chance = int(sys.argv[1]) if len(sys.argv) > 1 else 20, random.Random(SEED)
    names = locales()
    offline = allowed("unshare", "-n", "true")
    mounts = allowed("unshare", "-m", "true")
    for words, there in (("no network", offline), ("read-only", mounts)):
        if not there:
            print(f"Not tried, since unshare is not allowed here: {words}.\n")
    print("| run | how | locale | time zone | besides | order | outcome |\n|--:|---|---|---|---|---|---|")
    failed = False
    with tempfile.TemporaryDirectory() as work:
        tree = copy_of_the_tree(Path(work) / "a clean copy")
        paths = sorted((tree / "notebooks").glob("*.ipynb"))
        for run in range(1, runs + 1):
            order = chance.sample(paths, len(paths))
            parallel, locale, zone = run % 2 == 0, names[run % len(names)], ZONES[run // 2 % len(ZONES)]
            besides = {
                "no home": chance.random() < 0.5,
                "read-only": mounts and chance.random() < 0.5,
                "no network": offline and chance.random() < 0.5,
            }
            environment = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG"))}
            environment |= {"LC_ALL": locale, "TZ": zone, "PYTHONHASHSEED": str(chance.randrange(2**32))}
            environment |= {"PYTHONDONTWRITEBYTECODE": "1", "TMPDIR": work}
            environment.pop("PYTHONUTF8", None)
            if besides["no home"]:
                environment.pop("HOME", None)
            spread = ["-n", str(CORES), "--dist", "loadfile"] if parallel else []
            checks = [PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider", *spread, "--nbval", *order]
            command = list(map(str, checks))
            if besides["no network"]:  # kernels speak over the loopback device, which a new network has switched off
                command = ["unshare", "-n", "sh", "-c", 'ip link set lo up && exec "$@"', "sh", *command]
            if besides["read-only"]:
                bound = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'
                command = ["unshare", "-m", "sh", "-c", bound, str(tree), *command]
            start = time.perf_counter()
            done = subprocess.run(command, cwd=work, env=environment, capture_output=True, text=True, errors="replace")
            outcome = (done.stdout.strip().splitlines() or done.stderr.strip().splitlines() or ["nothing"])[-1]
            print(
                f"| {run} | {'parallel' if parallel else 'serial'} | {locale} | {zone} "
                f"| {', '.join(name for name, on in besides.items() if on) or '–'} "
                f"| {' '.join(path.name[:2] for path in order)} | {outcome.split(' in ')[0]} |",
                flush=True,
            )
            if done.returncode:
                failed = True
                log = Path(tempfile.gettempdir()) / f"survive-{run}-{start:.0f}.log"
                log.write_text(f"{command}\n{done.stdout}\n{done.stderr}", "utf-8")
                shutil.copy(log, Path.cwd() / log.name)
                print(f"\nRun {run} failed: {log.name}\n")
    sys.exit(failed)


if __name__ == "__main__":
    main()
