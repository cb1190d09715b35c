"""Running the program, getting targets, printing tables."""

import json
import os
import shutil
import subprocess
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TIMEOUT_SECS = 300
ORDER = ["Critical", "High", "Medium", "Low", "Info", "None"]


class Hub:
    """The program under measurement."""

    def __init__(self, binary, mirrors, out):
        self.binary, self.mirrors, self.out = binary, mirrors, out
        self.scratch = Path(tempfile.mkdtemp(prefix="mcp-hub-eval."))
        self.unpacking = threading.Lock()

    def __del__(self):
        shutil.rmtree(self.scratch, ignore_errors=True)

    def run(self, verb, *args, save=None):
        """The program's JSON answer, or (None, reason) when the scan could not be done. Exit status 1 only says that there are findings."""
        command = [self.binary, verb, *args, "--format", "json"]
        try:
            done = subprocess.run(command, capture_output=True, timeout=TIMEOUT_SECS, env={**os.environ, "HUB_LOG": "error"})
        except subprocess.TimeoutExpired:
            return None, f"no answer within {TIMEOUT_SECS} s"
        if done.returncode not in (0, 1):
            return None, done.stderr.decode(errors="replace").strip()[-300:] or f"exit status {done.returncode}"
        if self.out and save:
            file = self.out / (save.replace("/", "+") + ".json")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(done.stdout)
        return json.loads(done.stdout), None

    def checkout(self, repository, commit, path=""):
        """A folder with the repository's tree at the commit, or None when no mirror has it. A mirror may lack large files: then only `path`."""
        if not self.mirrors:
            return None
        bare = self.mirrors / repository.replace("/", "+") / "repo"
        folder = self.scratch / f"{repository.replace('/', '+')}@{commit[:12]}"
        with self.unpacking:
            if not folder.exists():
                if not bare.exists():
                    return None
                archive = self.archive(bare, commit)
                if archive.returncode != 0 and path:
                    archive = self.archive(bare, commit, path)
                if archive.returncode != 0:
                    return None
                folder.mkdir(parents=True)
                subprocess.run(["tar", "-x", "-C", str(folder)], input=archive.stdout, check=True)
        return folder

    @staticmethod
    def archive(bare, commit, *paths):
        return subprocess.run(["git", "-c", "safe.directory=*", "-C", str(bare), "archive", commit, *paths], capture_output=True)

    def each(self, function, items):
        """`function` over `items`, in order, as many at once as there are cores."""
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return list(pool.map(function, items))


def ratio(part, whole):
    return f"{part / whole:.3f} ({part}/{whole})" if whole else "– (0)"


def table(head, rows):
    """Prints an aligned table."""
    rows = [[str(c) for c in row] for row in [head, *rows]]
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    for n, row in enumerate(rows):
        print("| " + " | ".join(c.ljust(w) for c, w in zip(row, widths)) + " |")
        if n == 0:
            print("|" + "|".join("-" * (w + 2) for w in widths) + "|")


def at_least(severity, floor):
    return ORDER.index(severity) <= ORDER.index(floor)
