"""Run notebooks with as little as can be: ``floor.py WORKERS NOTEBOOK ...``; prints the seconds of each as JSON.

A kernel for each, its cells one by one, its outputs thrown away, so many notebooks at a time, in the order given.
"""

import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from jupyter_client.manager import start_new_kernel


def run(path: Path) -> float:
    start = time.perf_counter()
    manager, client = start_new_kernel(cwd=str(path.parent), stderr=subprocess.DEVNULL)
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            reply = client.execute_interactive("".join(cell["source"]), output_hook=lambda message: None)
            if reply["content"]["status"] != "ok":
                sys.exit(f"{path.name}: {reply['content']}")
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    return time.perf_counter() - start


def main() -> None:
    paths = [Path(name) for name in sys.argv[2:]]
    with ThreadPoolExecutor(int(sys.argv[1])) as pool:
        took = dict(zip(paths, pool.map(run, paths)))
    print(json.dumps({path.name: took[path] for path in paths}))


if __name__ == "__main__":
    main()
