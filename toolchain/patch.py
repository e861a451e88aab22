"""Patches for terraform-plugin-sdk, the Pulumi SDK and its engine; docs/provider-patch.md has the reasons.

Our Go files hold what is new. The SDK's own methods of those names are renamed or removed in a copy, if the files
are those that this was written for; the module cache stays as it is.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

SDK_MODULE = "github.com/hashicorp/terraform-plugin-sdk/v2"
# Chooses the files of the provider that need the patch.
BUILD_TAG = "patched"


@dataclass(frozen=True)
class Edit:
    """What is changed in one file of the SDK.

    Attributes:
        file: path inside the module.
        digest: SHA-256 of the file that this was written for.
        changes: regular expressions, each of which matches once, and what replaces them.
    """

    file: str
    digest: str
    changes: Mapping[str, str]

    def applied(self, text: str) -> str:
        """Return the file's text as it is to be.

        Raises:
            ValueError: an expression does not match exactly once.
        """
        for pattern, replacement in self.changes.items():
            text, count = re.subn(pattern, replacement, text, flags=re.MULTILINE | re.DOTALL)
            if count != 1:
                raise ValueError(f"{self.file} has {count} places that match {pattern!r}; 1 is needed")
        return text


EDITS = (
    Edit(
        "helper/schema/schema.go",
        "5c3cec881fc8270a2cd961426b28403f4f926a61f9b3b638d26fb0f94cfc65af",
        {
            r'^\t"github\.com/mitchellh/copystructure"\n': "",
            r"^func \(m \*schemaMap\) DeepCopy\(\) schemaMap \{\n.*?^\}\n": "",
        },
    ),
    Edit(
        "helper/schema/core_schema.go",
        "5049dc01145bf5da9d82863cf1ca79e66b19136da137aad87104ca7b4b279e6e",
        {r"^func \(r \*Resource\) CoreConfigSchema\(\)": "func (r *Resource) freshCoreConfigSchema()"},
    ),
    Edit(
        "internal/configs/configschema/implied_type.go",
        "33c1c3fad042b06f014ee6ea783ef42c9763eedc680c2100f0e86484a2bf0f45",
        {r"^func \(b \*Block\) ImpliedType\(\)": "func (b *Block) freshImpliedType()"},
    ),
    Edit(
        "internal/configs/configschema/schema.go",
        "98c7553a2227c42f10fc4ce9341051534bbb7237c1bc641a1087722e6b6d4290",
        {r"^type Block struct \{\n": "type Block struct {\n\timplied *cty.Type\n\n"},
    ),
)
# Every gRPC server of the engine and of its Go plugins is started there; it is to answer this user only.
PULUMI_SDK = "github.com/pulumi/pulumi/sdk/v3"
SAME_USER = Edit(
    "go/common/util/rpcutil/serve.go",
    "d7a65542d328383839c7cd2b01966090cb0e7204e3aed33f289c7bf84dd33397",
    {r"srv\.Serve\(lis\)": "srv.Serve(SameUser(lis))"},
)
SAME_USER_FOLDER = "go/common/util/rpcutil"


@dataclass(frozen=True)
class EnginePatch:
    """A function of the engine that one of our Go files replaces.

    Attributes:
        edit: gives the engine's own function another name, or takes it out.
        added: our file, below the folder of the toolchain's sources; it goes next to the edited one.
        without: what an engine without the patch does.
    """

    edit: Edit
    added: str
    without: str


ENGINE = (
    EnginePatch(
        Edit(
            "secrets/passphrase/manager.go",
            "247fe23367c30ec749591d0d720b0851e87d36fd7b2fc03b4ce512e5c57865f2",
            {r"^func symmetricCrypterFromPhraseAndState\(": "func checkedCrypterFromPhraseAndState("},
        ),
        "passphrase/on_demand.go",
        "derives a key in each process, also for a stack without a secret",
    ),
    EnginePatch(
        Edit(
            "backend/snapshot.go",
            "ab6d7127b22e7a178d740b44594683689c30fd085c880a746e69683386801c7a",
            {r"^func \(sm \*SnapshotManager\) defaultServiceLoop\(": "func (sm *SnapshotManager) separateServiceLoop("},
        ),
        "state_writes/together.go",
        "writes the state twice for each step, also where many steps wait for it",
    ),
)


def _lazy_word_lists(frequency: str, matching: str) -> tuple[Edit, ...]:
    """Return the edits by which zxcvbn-go loads its word lists on first use, given the digests of its two files."""
    return (
        Edit(
            "frequency/frequency.go",
            frequency,
            {r"^func init\(\) \{": "// Load fills Lists. It may be called once.\nfunc Load() {"},
        ),
        Edit(
            "matching/matching.go",
            matching,
            {
                r'^import \(\n\t"sort"\n': 'import (\n\t"sort"\n\t"sync"\n',
                r"^func init\(\) \{\n\tloadFrequencyList\(\)\n\}\n": "var loading sync.Once\n",
                r"^\tif dictionaryMatchers == nil \|\| adjacencyGraphs == nil \{\n\t\tloadFrequencyList\(\)\n\t\}\n": (
                    "\tloading.Do(loadFrequencyList)\n"
                ),
                r"^func loadFrequencyList\(\) \{\n": "func loadFrequencyList() {\n\tfrequency.Load()\n",
            },
        ),
    )


# Both estimate password strength, for the check by which `pulumi config set` refuses plain-text secrets. Every engine
# process parses their word lists at start-up: 0.08 of 0.13 s of CPU, and 18 MB.
WORD_LISTS: Mapping[str, tuple[Edit, ...]] = {
    "github.com/nbutton23/zxcvbn-go": _lazy_word_lists(
        "dfbf55627a61ddf7191b9c1edc61a5fea6c73357676c087ffd33befcfdd82fe5",
        "7b143ae37ae5d99c05e546c27c53cb87eef47e3a6134b6ef3e21696ef194b51d",
    ),
    "github.com/ccojocar/zxcvbn-go": _lazy_word_lists(
        "2eed6a488754ec3f528df8b849ad7db20bd44e726e9aa1b5efebd07d920961dd",
        "b3af9d32c44e44f4f9a2a682eb92aa012413f8cdcf5d780d0f8c1e6d3931de9c",
    ),
}
# Our files, and where they go in the copy.
ADDED = {"typed_copy.go": "helper/schema", "kept_types.go": "internal/configs/configschema"}


def unexpected(module: Path) -> list[str]:
    """Return the files of the SDK that are not those for which the patch was written.

    Args:
        module: the SDK's folder.
    """
    return [edit.file for edit in EDITS if _digest(module / edit.file) != edit.digest]


def patched_copy(module: Path, added: Path, copy: Path) -> None:
    """Write a patched copy of the SDK.

    Args:
        module: the SDK's folder, for which `unexpected` returns nothing.
        added: folder with our files.
        copy: the copy's folder, which is not there yet.
    """
    _edited_copy(module, copy, EDITS)
    for name, folder in ADDED.items():
        shutil.copyfile(added / name, copy / folder / name)


def guarded_copy(module: Path, added: Path, copy: Path) -> None:
    """Write a copy of the Pulumi SDK whose servers admit only the user who runs them.

    Args:
        module: the SDK's folder.
        added: the folder of our Go files with the check.
        copy: the copy's folder, which is not there yet.

    Raises:
        ValueError: it is not the SDK for which this was written; nothing is built without the check.
    """
    if _digest(module / SAME_USER.file) != SAME_USER.digest:
        raise ValueError(f"{SAME_USER.file} is not the file for which the check of users was written")
    _edited_copy(module, copy, [SAME_USER])
    for file in added.glob("*.go"):
        shutil.copyfile(file, copy / SAME_USER_FOLDER / file.name)


def engine_copy(module: Path, sources: Path, copy: Path) -> list[EnginePatch]:
    """Write a copy of the engine's module with those patches of `ENGINE` that were written for its files.

    Args:
        module: the engine's module.
        sources: folder of the toolchain's sources, with our Go files.
        copy: the copy's folder, which is not there yet.

    Returns:
        the patches that are left out; nothing is written where that is all of them.
    """
    fitting = [one for one in ENGINE if _digest(module / one.edit.file) == one.edit.digest]
    if fitting:
        _edited_copy(module, copy, [one.edit for one in fitting])
    for one in fitting:
        added = sources / one.added
        shutil.copyfile(added, (copy / one.edit.file).with_name(added.name))
    return [one for one in ENGINE if one not in fitting]


def word_lists_copy(module: Path, name: str, copy: Path) -> bool:
    """Write a copy of a module of `WORD_LISTS` that loads its word lists on first use.

    Args:
        module: the module's folder.
        name: its path.
        copy: the copy's folder, which is not there yet.

    Returns:
        False where the module is not the one for which this was written; nothing is written then.
    """
    edits = WORD_LISTS[name]
    if any(_digest(module / edit.file) != edit.digest for edit in edits):
        return False
    _edited_copy(module, copy, edits)
    # Go requires one of a folder that stands for a module (https://go.dev/ref/mod#go-mod-file-replace).
    if not (copy / "go.mod").is_file():
        (copy / "go.mod").write_text(f"module {name}\n", encoding="utf-8")
    return True


def _edited_copy(module: Path, copy: Path, edits: Iterable[Edit]) -> None:
    shutil.copytree(module, copy)
    for path in (copy, *copy.rglob("*")):
        path.chmod(path.stat().st_mode | stat.S_IWUSR)
    for edit in edits:
        file = copy / edit.file
        file.write_text(edit.applied(file.read_text(encoding="utf-8")), encoding="utf-8")


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else ""
