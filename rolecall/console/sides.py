"""The contracts that `rolecall diff` compares: files, and revisions of the repository."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from rolecall.compiled import CompiledContract, compile_file
from rolecall.errors import InvalidContract, Problem, UsageError
from rolecall.project import contract_path, find_project
from rolecall.revision import run_git

RANGE, FORKED = "..", "..."
SUFFIXES = (".yaml", ".yml")
# Digits of a commit that people read.
SHORT = 10
WORKING_TREE = "the working tree"


@dataclass(frozen=True)
class Named:
    """A contract with what it is called in messages.

    Attributes:
        name: what it is called.
        path: its main file.
        folder: the temporary folder of a revision's files; None for files that are the user's own.
    """

    name: str
    path: Path
    folder: Path | None = None
    _compiled: dict[date, CompiledContract] = field(default_factory=dict, init=False, repr=False, compare=False)

    def shown(self, text: str) -> str:
        """Return a text in which files of the revision are written as Git writes them: `REVISION:PATH`."""
        return text if self.folder is None else text.replace(f"{self.folder}/", f"{self.name}:")

    def compiled(self, today: date) -> CompiledContract:
        """Return the compiled contract, also where it allows too much; it is read once.

        Raises:
            InvalidContract: it is not valid.
        """
        try:
            if today not in self._compiled:
                self._compiled[today] = compile_file(self.path, today, placeholders=True, judged=False)
            return self._compiled[today]
        except InvalidContract as error:
            raise InvalidContract([self._shown(one) for one in error.problems]) from error

    def _shown(self, one: Problem) -> Problem:
        place = replace(one.place, file=self.shown(one.place.file)) if one.place else None
        return replace(one, place=place, what=self.shown(one.what), allowed=self.shown(one.allowed))


@contextmanager
def two_contracts(
    written: Sequence[str], named: Path | None, contract: Callable[[], Path]
) -> Iterator[tuple[Named, Named]]:
    """Yield the earlier and the later contract; files of revisions exist for the length of a `with` block.

    Args:
        written: `A..B`, `A...B`, or up to two revisions or files; what is missing is HEAD, or the working tree after.
        named: the contract's main file, if given by the user; otherwise the main file of each revision's own project.
        contract: returns the main file in the working tree.

    Raises:
        UsageError: a revision cannot be read, or has no such file.
    """
    with TemporaryDirectory(prefix="rolecall-revision-") as folder:
        first, second = _sides(written)
        yield (
            _named(first, named, contract, Path(folder) / "before"),
            _named(second, named, contract, Path(folder) / "after") if second else Named(WORKING_TREE, contract()),
        )


def _sides(written: Sequence[str]) -> tuple[str, str | None]:
    if len(written) > 2:
        raise UsageError(f"{len(written)} contracts are named", "Name two: `rolecall diff BEFORE AFTER`.")
    if len(written) == 2:
        return written[0], written[1]
    if not written:
        return "HEAD", None
    if RANGE not in written[0] or _is_file(written[0]):
        return written[0], None
    before, after = (one or "HEAD" for one in written[0].replace(FORKED, RANGE).split(RANGE, 1))
    # As in Git, three dots mean what the later side has changed since the two have parted.
    return (f"{before}{FORKED}{after}" if FORKED in written[0] else before), after


def _is_file(side: str) -> bool:
    """Return whether a contract's file is meant: a file that is called like a revision must not take its place."""
    return side.endswith(SUFFIXES) and Path(side).is_file()


def _named(side: str, named: Path | None, contract: Callable[[], Path], folder: Path) -> Named:
    if _is_file(side):
        return Named(side, Path(side))
    root = find_project(Path.cwd())
    place = root if named is None and root is not None else Path(os.path.abspath(named or contract())).parent
    top = Path(_git(place, "rev-parse", "--show-toplevel")).resolve()
    if FORKED in side:
        first, second = (_commit(top, one) for one in side.split(FORKED, 1))
        commit = _git(top, "merge-base", first, second)
        side = commit[:SHORT]
    else:
        commit = _commit(top, side)
    _check_out(top, commit, folder)
    file = _main_file(root, named, contract, top, folder)
    if not (folder / file).is_file():
        raise UsageError(f"revision {side} has no file {file}", "Name the contract's file with --contract.")
    return Named(side, folder / file, folder)


def _main_file(root: Path | None, named: Path | None, contract: Callable[[], Path], top: Path, folder: Path) -> Path:
    """Return the main file of a revision, relative to the top of the repository.

    The revision's own project says which file that is, and links are followed in its own files: what the later
    revision names or links must not become the contract of the earlier one.
    """
    if named is None and root is not None:
        inside = folder / _below(top, root)
        if (found := contract_path(inside, None, os.environ)) is not None:
            return _below(folder, found) if found.is_relative_to(folder) else _below(top, found)
    return _below(top, named if named is not None else contract())


def _below(top: Path, path: Path) -> Path:
    """Return a path relative to a folder, without following links in it.

    Raises:
        UsageError: it lies outside.
    """
    absolute = Path(os.path.abspath(path))
    if not absolute.is_relative_to(top):
        # Only what leads to the repository may be a link.
        absolute = Path(os.path.realpath(absolute.parent)) / absolute.name
    if not absolute.is_relative_to(top):
        raise UsageError(f"{path} is outside the repository {top}", "Name a file of the repository with --contract.")
    return absolute.relative_to(top)


def _check_out(top: Path, commit: str, folder: Path) -> None:
    """Write the files of a commit as a checkout does.

    An archive would leave out or change what the commit's own `.gitattributes` says (`export-ignore`, `export-subst`).
    """
    index = {"GIT_INDEX_FILE": str(folder.with_suffix(".index"))}
    _git(top, "read-tree", commit, **index)
    _git(top, "checkout-index", "--all", "--ignore-skip-worktree-bits", f"--prefix={folder}/", **index)
    # The root of the repository is where it was: no path of the contract may lead out of it.
    (folder / ".git").mkdir(parents=True)


def _commit(top: Path, revision: str) -> str:
    try:
        return _git(top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    except UsageError as error:
        what = f"there is no file and no revision {revision!r}"
        raise UsageError(what, "Name two files, revisions of this repository, or a range as main..HEAD.") from error


def _git(folder: Path, *arguments: str, **variables: str) -> str:
    try:
        done = run_git(folder, *arguments, **variables)
    except OSError as error:
        raise UsageError(f"git cannot be run: {error.strerror or error}", "Name two files instead.") from error
    if done.returncode:
        raise UsageError(f"git fails: {done.stderr.strip()}", "Name two files, or revisions of this repository.")
    return done.stdout.strip()
