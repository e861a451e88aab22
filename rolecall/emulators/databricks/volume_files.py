"""Files in volumes: https://docs.databricks.com/api/workspace/files"""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from email.utils import format_datetime

from rolecall.emulators.application import BINARY, Answer, Call, Json, Refused
from rolecall.emulators.databricks.errors import denied, invalid, missing
from rolecall.emulators.databricks.securables import VOLUME, Securables
from rolecall.emulators.databricks.workspace_routes import TimedRoutes
from rolecall.emulators.routes import route

# Where a metastore keeps them: paths below the id of their volume. One with an empty path is the volume itself.
KEPT = "volume-files"
DEFAULT_PAGE = 1000
FILES, DIRECTORIES = "/api/2.0/fs/files/Volumes/{place:path}", "/api/2.0/fs/directories/Volumes/{place:path}"


class VolumeFiles(Securables, TimedRoutes):
    """The routes for one workspace."""

    @route("PUT", FILES)
    def upload(self, call: Call) -> Answer:
        """Write a file with the folders that it lies in; one that is there only if that is asked for."""
        volume, path = self._place(call, "WRITE_VOLUME")
        held = self._held(volume)
        if not path or held.get(path, {}).get("is_directory"):
            raise invalid(f"The path {_shown(call)} is a directory.")
        if path in held and call.query.get("overwrite", "true") != "true":
            raise Refused(409, {"error_code": "ALREADY_EXISTS", "message": f"The file {_shown(call)} already exists."})
        self._make_directories(held, path.rpartition("/")[0], call)
        content = base64.b64encode(call.data).decode()
        held[path] = {"content": content, "size": len(call.data), "modified": self._clock.milliseconds()}
        return Answer(status=204)

    @route("GET", FILES)
    def download(self, call: Call) -> Answer:
        """Answer a file."""
        volume, path = self._place(call, "READ_VOLUME")
        found = self._file(call, volume, path)
        moment = datetime.fromtimestamp(found["modified"] / 1000, UTC)
        headers = {"Content-Type": BINARY, "Last-Modified": format_datetime(moment, usegmt=True)}
        return Answer(base64.b64decode(found["content"]), headers=headers)

    @route("DELETE", FILES)
    def delete(self, call: Call) -> Answer:
        """Remove a file."""
        volume, path = self._place(call, "WRITE_VOLUME")
        self._file(call, volume, path)
        del self._held(volume)[path]
        return Answer(status=204)

    @route("PUT", DIRECTORIES)
    def make_directory(self, call: Call) -> Answer:
        """Make a folder with those around it; one that is there is fine."""
        volume, path = self._place(call, "WRITE_VOLUME")
        self._make_directories(self._held(volume), path, call)
        return Answer(status=204)

    @route("GET", DIRECTORIES)
    def list_directory(self, call: Call) -> Json:
        """Answer a page of what lies directly in a folder."""
        volume, path = self._place(call, "READ_VOLUME")
        held = self._held(volume)
        self._require_directory(held, path, call)
        root = f"/Volumes/{volume['full_name'].replace('.', '/')}"
        items = [_entry(root, name, one) for name, one in sorted(held.items()) if name.rpartition("/")[0] == path]
        start, size = int(call.query.get("page_token") or 0), int(call.query.get("page_size") or 0) or DEFAULT_PAGE
        answer: Json = {"contents": items[start : start + size]}
        if start + size < len(items):
            answer["next_page_token"] = str(start + size)
        return answer

    @route("DELETE", DIRECTORIES)
    def delete_directory(self, call: Call) -> Answer:
        """Remove an empty folder."""
        volume, path = self._place(call, "WRITE_VOLUME")
        held = self._held(volume)
        self._require_directory(held, path, call)
        if not path or any(name.startswith(f"{path}/") for name in held):
            message = f"The directory {_shown(call)} is not empty."
            raise Refused(400, {"error_code": "DIRECTORY_NOT_EMPTY", "message": message})
        del held[path]
        return Answer(status=204)

    def _place(self, call: Call, privilege: str) -> tuple[Json, str]:
        """Return the volume that a path leads into, and the path below it."""
        parts = [part for part in call.parameters["place"].split("/") if part]
        catalog, schema, name = [*parts, "", "", ""][:3]
        below = parts[3:]
        full_name, caller = f"{catalog}.{schema}.{name}", self.caller(call)
        volume = self.find(VOLUME, full_name)
        self.require_use(caller, full_name)
        if not self.controls(caller, VOLUME, full_name) and not self.holds(caller, VOLUME, full_name, privilege):
            raise denied(f"User does not have {privilege.replace('_', ' ')} on Volume '{full_name.lower()}'.")
        if ".." in below:
            raise invalid(f"The path {_shown(call)} is invalid.")
        return volume, "/".join(below)

    def _file(self, call: Call, volume: Json, path: str) -> Json:
        found = self._held(volume).get(path)
        if found is None or found.get("is_directory"):
            raise missing(f"The file {_shown(call)} does not exist.")
        return found

    def _held(self, volume: Json) -> dict[str, Json]:
        found: dict[str, Json] = self.of_type(KEPT).setdefault(str(volume["volume_id"]), {})
        return found

    def _make_directories(self, held: dict[str, Json], path: str, call: Call) -> None:
        parts = path.split("/") if path else []
        for count in range(1, len(parts) + 1):
            above = "/".join(parts[:count])
            if above in held and not held[above].get("is_directory"):
                raise invalid(f"{above} in the path {_shown(call)} is a file.")
            held.setdefault(above, {"is_directory": True, "modified": self._clock.milliseconds()})

    @staticmethod
    def _require_directory(held: dict[str, Json], path: str, call: Call) -> None:
        if path and not held.get(path, {}).get("is_directory"):
            raise missing(f"The directory {_shown(call)} does not exist.")


def _entry(root: str, path: str, one: Json) -> Json:
    is_directory = bool(one.get("is_directory"))
    entry = {
        "path": f"{root}/{path}",
        "name": path.rpartition("/")[2],
        "is_directory": is_directory,
        "last_modified": one["modified"],
    }
    return entry if is_directory else {**entry, "file_size": one["size"]}


def _shown(call: Call) -> str:
    return f"/Volumes/{call.parameters['place']}"
