"""Make an environment that the project runs in: with uv where it is on the path, otherwise with pip.

Both check every hash and leave the same: what Python's own venv brings, the packages of the lock, and the project.
``python docs/set_up.py LOCK FOLDER``
"""

import ast
import ensurepip
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from alone import alone

ROOT = Path(__file__).resolve().parent.parent
PROJECT = ["--no-deps", "--no-build-isolation", "--no-index", "--editable", str(ROOT)]
#: Where packages come from, as pip's settings call it, and uv, which does not read them.
SETTINGS = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "keyring-provider": "UV_KEYRING_PROVIDER",
    "cert": "SSL_CERT_FILE",
    "client-cert": "SSL_CLIENT_CERT",
    "proxy": "ALL_PROXY",
}


def seeds() -> list[Path]:
    """The wheels that come with this Python and that its venv installs."""
    folder = Path(sysconfig.get_config_var("WHEEL_PKG_DIR") or Path(ensurepip.__file__).with_name("_bundled"))
    names = ["pip", "setuptools"] if sys.version_info < (3, 12) else ["pip"]
    return [wheel for name in names for wheel in folder.glob(f"{name}-*.whl")]


def pip_settings(listed: str) -> dict[str, str]:
    """Of what ``pip config list`` prints, each setting that an installation obeys; the environment counts most."""
    settings = {}
    for section in ("global", "install", ":env:"):
        settings |= re.findall(rf"^{section}\.([\w-]+)=(.*)$", listed, re.MULTILINE)
    return {name: " ".join(ast.literal_eval(value).split()) for name, value in settings.items()}


def uv_settings(settings: dict[str, str]) -> dict[str, str]:
    """pip's settings in uv's words."""
    told = {word: settings[name] for name, word in SETTINGS.items() if name in settings}
    if "find-links" in settings:
        told["UV_FIND_LINKS"] = settings["find-links"].replace(" ", ",")
    return told | {"UV_INDEX_STRATEGY": "unsafe-best-match"}  # as pip: any index may have the file with the hash


def with_uv(uv: str, lock: str, python: str) -> None:
    def install(*what, **environment: str) -> None:
        command = [uv, "pip", "install", "-qq", "--compile-bytecode", "--python", python, *what]
        subprocess.run(command, check=True, env=environment | os.environ)

    install("--no-index", *seeds())
    listed = subprocess.run([python, "-m", "pip", "config", "list"], check=True, capture_output=True, text=True).stdout
    settings = pip_settings(listed)
    no_index = ["--no-index"] if settings.get("no-index", "0") not in ("0", "no", "false", "off") else []
    install("--require-hashes", *no_index, "-r", lock, **uv_settings(settings))
    install(*PROJECT)


def main(lock: str, folder: str) -> None:
    """Set up a folder anew, unless another process has just done it; its file ``ready`` is the last, and names ours."""
    venv = Path(folder)
    with alone(venv.name) as waited:
        if waited and (venv / "ready").exists():
            return
        if venv.is_symlink():
            venv.unlink()  # of another clone
        fill(lock, folder)
        (venv / "ready").write_text(f"{Path.cwd()}\n")


def fill(lock: str, folder: str) -> None:
    make = [sys.executable, "-m", "venv", "--clear", folder]
    python = str(Path(folder, "bin", "python"))
    if uv := shutil.which("uv"):
        try:
            subprocess.run([*make, "--without-pip"], check=True)
            return with_uv(uv, lock, python)
        except subprocess.CalledProcessError:
            print("uv could not install the packages: going on with pip ...", flush=True)
    subprocess.run(make, check=True)
    pip = [python, "-m", "pip", "install", "--quiet"]
    subprocess.run([*pip, "--require-hashes", "-r", lock], check=True)
    subprocess.run([*pip, *PROJECT], check=True)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)  # what failed has said why
    except KeyboardInterrupt:
        sys.exit("Interrupted: the next make begins the set-up afresh.")
