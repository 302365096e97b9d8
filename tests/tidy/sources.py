"""The project's own files, and one finding about one of them."""

import collections
import pathlib
import re
import subprocess

PROJECT = pathlib.Path(__file__).resolve().parents[2]
CODE = {".h", ".cc"}
NOT_OURS = {"build", "node_modules", ".git", "__pycache__", ".cache"}
# Written by tools, or copied as they came.
VERBATIM = re.compile(r"\.(csv|golden|bin|hex)$|(^|/)(testdata|golden)/|package-lock\.json$")

Finding = collections.namedtuple("Finding", "rule path line what")


class Tree:
    """Every file of the project below `root`, read once."""

    def __init__(self, root=PROJECT):
        self.root = pathlib.Path(root)
        self.paths = sorted(self._paths())
        self._text = {}

    def _paths(self):
        """What git would track; where there is no git, what lies there."""
        if (self.root / ".git").exists():
            listed = subprocess.run(
                ["git", "-c", f"safe.directory={self.root}", "ls-files", "-z", "--cached",
                 "--others", "--exclude-standard"],
                cwd=self.root, check=True, capture_output=True, text=True).stdout
            return [p for p in listed.split("\0") if p and (self.root / p).is_file()]
        return [str(p.relative_to(self.root)) for p in self.root.rglob("*")
                if p.is_file() and not NOT_OURS & set(p.relative_to(self.root).parts)]

    def text(self, path):
        """The file's text; empty for what is no UTF-8."""
        if path not in self._text:
            try:
                self._text[path] = (self.root / path).read_text(encoding="utf-8")
            except UnicodeDecodeError:
                self._text[path] = ""
        return self._text[path]

    def lines(self, path):
        """(number, line) from 1."""
        return enumerate(self.text(path).splitlines(), 1)

    def code(self):
        return [p for p in self.paths if pathlib.PurePath(p).suffix in CODE]

    def prose_and_code(self):
        return [p for p in self.paths if not VERBATIM.search(p)]
