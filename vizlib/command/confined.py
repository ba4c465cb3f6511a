"""One folder in which others may read and write, whatever paths they ask for: nothing outside of it is reached."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image

from vizlib.errors import PictureError, VizError
from vizlib.pictures import open_picture


class Folder:
    """A folder that is named once, by the operator of a server. Raises VizError if there is none."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path).resolve()
        if not self.path.is_dir():
            raise VizError(f"{path} is no folder.", "Name a folder that exists.")

    def picture(self, name: str) -> Image.Image:
        """A picture inside, upright RGB. Raises PictureError, in the same words for all that is not inside."""
        try:
            with self._inside(name).open("rb") as file:
                return open_picture(file)
        except (OSError, ValueError, RuntimeError):  # ValueError: no path at all; RuntimeError: links in a ring
            what = f"There is no file {name!r} in the folder of this server."
            raise PictureError(what, "Give the name of a file inside, such as photo.png.") from None

    def _inside(self, name: str) -> Path:
        given = Path(name)
        path = (self.path / given).resolve()  # follows links, so that one that leads outside is seen to be outside
        if given.is_absolute() or ".." in given.parts or not path.is_relative_to(self.path) or not path.is_file():
            raise FileNotFoundError(name)
        return path

    def write(self, kind: str, ending: str, content: bytes) -> dict[str, Any]:
        """Writes a file, whole or not at all; returns its name, which its content decides, and its SHA-256.

        A link of that name is replaced and not followed. Raises VizError.
        """
        digest = hashlib.sha256(content).hexdigest()
        name = f"{kind}_{digest[:12]}{ending}"
        try:
            handle, draft = tempfile.mkstemp(dir=self.path, prefix=".filterscope_")
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(draft).replace(self.path / name)
        except OSError as problem:
            raise VizError(f"The file cannot be written: {problem.strerror}.", "Ask the server's operator.") from None
        return {"file": name, "sha256": digest}
