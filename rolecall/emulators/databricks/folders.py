"""Folders of the workspace: https://docs.databricks.com/api/workspace/workspace"""

from __future__ import annotations

import base64
import binascii

from rolecall.emulators.application import Answer, Call, Json, Refused
from rolecall.emulators.databricks.caller import Caller
from rolecall.emulators.databricks.errors import denied, invalid, missing
from rolecall.emulators.databricks.governed_routes import GovernedRoutes
from rolecall.emulators.databricks.permissions import FILE, FOLDER, NOTEBOOK, REPO, ObjectType
from rolecall.emulators.routes import route

# Folders that every workspace has.
ROOTS = ("/Users", "/Shared")
CONTENTS = {"NOTEBOOK": NOTEBOOK, "FILE": FILE, "REPO": REPO}
LANGUAGES = ("PYTHON", "SQL", "SCALA", "R")
# How the first line of a notebook begins, by the suffix of its file (libs/notebook/detect.go of databricks/cli).
NOTEBOOKS = {".py": ("PYTHON", "#"), ".r": ("R", "#"), ".scala": ("SCALA", "//"), ".sql": ("SQL", "--")}


class Folders(GovernedRoutes):
    """The routes for one workspace: folders, with notebooks, files and Git folders in them."""

    @route("POST", "/api/2.0/workspace/mkdirs")
    def create(self, call: Call) -> Json:
        """Make a folder and those above it; one that is there stays as it is."""
        caller: Caller = call.caller
        path = self._path(call.body.get("path"))
        parts = path.split("/")[1:]
        home = parts[0] == "Users" and len(parts) > 1
        if not caller.is_workspace_admin and not (home and parts[1] == caller.name):
            raise denied(f"{caller.name} does not have Edit permissions on /{parts[0]}.")
        for depth in range(3 if home else 2, len(parts) + 1):
            above = "/" + "/".join(parts[:depth])
            if any(one["name"] == above and one["lifecycle_stage"] == "active" for one in self._experiments()):
                message = f"The path ({above}) already exists and is not a directory."
                raise Refused(400, {"error_code": "RESOURCE_ALREADY_EXISTS", "message": message})
            if self._at(above) is None:
                identity = str(self._account.next_id())
                self._workspace.folders[identity] = {"path": above}
                self._permissions.created(FOLDER, identity, caller)
        return {}

    @route("POST", "/api/2.0/workspace/import")
    def import_content(self, call: Call) -> Json:
        """Make a notebook or a file: https://docs.databricks.com/api/workspace/workspace/import."""
        path, body = self._path(call.body.get("path")), call.body
        try:
            content = base64.b64decode(str(body.get("content") or ""), validate=True)
        except binascii.Error as error:
            raise invalid("The content is not base64.") from error
        form, language = body.get("format") or "SOURCE", body.get("language") or None
        if form == "RAW":
            kind = "FILE"
        elif form == "AUTO":
            kind, language, path = _as_notebook(path, content)
        else:
            kind = "NOTEBOOK"
        if kind == "NOTEBOOK" and language not in LANGUAGES:
            raise invalid("A language is required for a notebook.")
        self._store(call, kind, path, language, content, overwrite=bool(body.get("overwrite")))
        return {}

    @route("POST", "/api/2.0/workspace-files/import-file/{place:path}", takes_file=True)
    def import_file(self, call: Call) -> Json:
        """Write a file, or a notebook by its first line or suffix.

        Not in the API's reference: the bundles' command uploads files by it (databricks/cli,
        libs/filer/workspace_files_client.go).
        """
        path = self._path(f"/{call.parameters['place'].lstrip('/')}")
        overwrite = call.query.get("overwrite") == "true"
        kind, language, path = _as_notebook(path, call.data)
        self._store(call, kind, path, language, call.data, overwrite=overwrite, exists=409 if kind == "FILE" else 400)
        return {}

    def _store(
        self,
        call: Call,
        kind: str,
        path: str,
        language: str | None,
        content: bytes,
        *,
        overwrite: bool,
        exists: int = 400,
    ) -> None:
        above = self._existing(path.rpartition("/")[0])
        self._permissions.require(call.caller, FOLDER, above, "CAN_EDIT", "Edit")
        held = self._contents(kind)
        same = next((identity for identity, one in held.items() if one["path"] == path), None)
        if same is not None and not overwrite:
            message = f"Path ({path}) already exists."
            raise Refused(exists, {"error_code": "RESOURCE_ALREADY_EXISTS", "message": message})
        if same is not None:
            self._permissions.require(call.caller, CONTENTS[kind], same, "CAN_EDIT", "Edit")
        identity = same or str(self._account.next_id())
        # Bytes are stored as text, because the saved state is JSON.
        held[identity] = {"path": path, "language": language, "content": content.decode(errors="surrogateescape")}
        if same is None:
            self._permissions.created(CONTENTS[kind], identity, call.caller)

    @route("GET", "/api/2.0/workspace/export")
    def export(self, call: Call) -> Json | Answer:
        """Answer the content of a notebook or file: https://docs.databricks.com/api/workspace/workspace/export."""
        path = self._path(call.query.get("path"))
        call.query.get("format")
        content, suffix = self._content_at(call, path)
        if call.query.get("direct_download", "false") == "true":
            return Answer(content)
        return {"content": base64.b64encode(content).decode(), "file_type": suffix}

    @route("GET", "/api/2.0/workspace-files/{place:path}")
    def read_file(self, call: Call) -> Answer:
        """Answer a file as it is (databricks/cli, libs/filer/workspace_files_extensions_client.go)."""
        content, _ = self._content_at(call, self._path(f"/{call.parameters['place'].lstrip('/')}"))
        return Answer(content)

    def _content_at(self, call: Call, path: str) -> tuple[bytes, str]:
        """Return the content of a notebook or file, and its suffix when exported."""
        for kind in ("NOTEBOOK", "FILE"):
            for identity, one in self._contents(kind).items():
                if one["path"] == path:
                    self._permissions.require(call.caller, CONTENTS[kind], identity, "CAN_READ", "Read")
                    suffix = str(one.get("language") or path.rpartition(".")[2]).lower().replace("python", "py")
                    return str(one["content"]).encode(errors="surrogateescape"), suffix
        raise missing(f"Path ({path}) doesn't exist.")

    @route("POST", "/api/2.0/repos")
    def create_repo(self, call: Call) -> Json:
        """Make a Git folder: https://docs.databricks.com/api/workspace/repos/create."""
        path = self._path(call.body.get("path"))
        above = self._existing(path.rpartition("/")[0])
        self._permissions.require(call.caller, FOLDER, above, "CAN_EDIT", "Edit")
        identity = str(self._account.next_id())
        made = {"path": path, "url": str(call.body.get("url")), "provider": str(call.body.get("provider"))}
        self._contents("REPO")[identity] = made
        self._permissions.created(REPO, identity, call.caller)
        return {"id": int(identity), **made}

    @route("GET", "/api/2.0/repos")
    def list_repos(self, call: Call) -> Json:
        """Answer the Git folders that the caller may see."""
        found = [
            {"id": int(identity), **one}
            for identity, one in self._contents("REPO").items()
            if self._permissions.holds(call.caller, REPO, identity, "CAN_READ")
        ]
        return {"repos": found}

    @route("GET", "/api/2.0/workspace/get-status")
    def get(self, call: Call) -> Json:
        """Answer what lies at a path."""
        path = self._path(call.query.get("path"))
        call.query.get("return_export_info")
        for kind, sort in CONTENTS.items():
            for identity, one in self._contents(kind).items():
                if one["path"] == path:
                    self._permissions.require(call.caller, sort, identity, "CAN_READ", "Read")
                    return _content(kind, identity, one)
        identity = self._existing(path)
        self._permissions.require(call.caller, FOLDER, identity, "CAN_READ", "Read")
        return self._shown(identity)

    @route("GET", "/api/2.0/workspace/list")
    def list_all(self, call: Call) -> Json:
        """Answer the folders directly below a path that the caller may see."""
        path = self._path(call.query.get("path")).rstrip("/")
        if path not in ("", *ROOTS) and self._at(path) is None and not path.startswith("/Users/"):
            raise missing(f"Path ({path}) doesn't exist.")
        below = [
            identity
            for identity, one in self._workspace.folders.items()
            if one["path"].rpartition("/")[0] == path
            and self._permissions.holds(call.caller, FOLDER, identity, "CAN_READ")
        ]
        shown = [self._shown(identity) for identity in below]
        shown += [
            _content(kind, identity, one)
            for kind, sort in CONTENTS.items()
            for identity, one in self._contents(kind).items()
            if one["path"].rpartition("/")[0] == path and self._sees(call, sort, identity)
        ]
        return {"objects": shown} if shown else {}

    @route("POST", "/api/2.0/workspace/delete")
    def delete(self, call: Call) -> Json:
        """Remove a folder; one with something in it only if that is asked for."""
        path = self._path(call.body.get("path"))
        for kind, sort in CONTENTS.items():
            for key in [key for key, one in self._contents(kind).items() if one["path"] == path]:
                self._permissions.require(call.caller, sort, key, "CAN_MANAGE", "Manage")
                del self._contents(kind)[key]
                self._permissions.deleted(sort, key)
                return {}
        identity = self._existing(path)
        self._permissions.require(call.caller, FOLDER, identity, "CAN_MANAGE", "Manage")
        inside = [key for key, one in self._workspace.folders.items() if one["path"].startswith(f"{path}/")]
        contents = [
            (kind, key)
            for kind in CONTENTS
            for key, one in self._contents(kind).items()
            if one["path"].startswith(f"{path}/")
        ]
        if (inside or contents) and not call.body.get("recursive"):
            message = f"Folder ({path}) is not empty"
            raise Refused(400, {"error_code": "DIRECTORY_NOT_EMPTY", "message": message})
        for key in (identity, *inside):
            del self._workspace.folders[key]
            self._permissions.deleted(FOLDER, key)
        for kind, key in contents:
            del self._contents(kind)[key]
            self._permissions.deleted(CONTENTS[kind], key)
        return {}

    def _sees(self, call: Call, kind: ObjectType, identity: str) -> bool:
        return self._permissions.holds(call.caller, kind, identity, "CAN_READ")

    def _contents(self, kind: str) -> dict[str, Json]:
        return self._workspace.collections.setdefault(kind, {})

    def _experiments(self) -> list[Json]:
        return [*self._workspace.experiments.values()]

    def _at(self, path: str) -> str | None:
        return next((key for key, one in self._workspace.folders.items() if one["path"] == path), None)

    def _existing(self, path: str) -> str:
        identity = self._at(path)
        if identity is None:
            raise missing(f"Path ({path}) doesn't exist.")
        return identity

    def _shown(self, identity: str) -> Json:
        path = self._workspace.folders[identity]["path"]
        return {"object_type": "DIRECTORY", "path": path, "object_id": int(identity), "resource_id": identity}

    def _path(self, wanted: object) -> str:
        path = str(wanted or "")
        if not path.startswith("/"):
            raise invalid(f"Path ({path}) must be absolute.")
        return path.removeprefix("/Workspace").rstrip("/") or "/"


def _as_notebook(path: str, content: bytes) -> tuple[str, str | None, str]:
    """Return the type, language and path that a file has once it is imported."""
    stem, dot, suffix = path.rpartition(".")
    if f"{dot}{suffix.lower()}" == ".ipynb":
        return "NOTEBOOK", "PYTHON", stem
    language, comment = NOTEBOOKS.get(f"{dot}{suffix.lower()}", ("", ""))
    if language and content.partition(b"\n")[0].rstrip() == f"{comment} Databricks notebook source".encode():
        return "NOTEBOOK", language, stem
    return "FILE", None, path


def _content(kind: str, identity: str, one: Json) -> Json:
    shown = {"object_type": kind, "path": one["path"], "object_id": int(identity), "resource_id": identity}
    return {**shown, "language": one["language"]} if kind == "NOTEBOOK" else shown
