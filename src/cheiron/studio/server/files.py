"""The built page's files, by the address under which a browser asks for them."""

from dataclasses import dataclass
from pathlib import Path

_INDEX = "index.html"
_HASHED = "assets/"  # Vite puts a hash of the content into every name there
_FOREVER = "public, max-age=31536000, immutable"

# By hand: some systems' own tables are wrong, and no browser runs a script of a wrong type.
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".wasm": "application/wasm",
    ".task": "application/octet-stream",  # a model of MediaPipe
    ".txt": "text/plain; charset=utf-8",
}


@dataclass(frozen=True)
class PageFile:
    """A file of the page.

    Args:
        path: Where it is.
        content_type: What it is.
        caching: How long a browser may keep it.
    """

    path: Path
    content_type: str
    caching: str


def built_page() -> Path:
    """The page that ships inside the package."""
    return Path(__file__).parents[1] / "page"


class PageFiles:
    """Finds files by address among those that are there, so no address leads out of the folder.

    Args:
        folder: The built page; it may be missing while somebody builds it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, PageFile] = {}

    def find(self, address: str) -> PageFile | None:
        """The file behind the path of an address, such as ``""`` or ``"assets/a.js"``."""
        name = address or _INDEX
        if name == _INDEX or not self._known:
            self._known = self._look()  # it may have been built anew
        return self._known.get(name)

    def _look(self) -> dict[str, PageFile]:
        found: dict[str, PageFile] = {}
        for path in sorted(self._folder.rglob("*")):
            content_type = _TYPES.get(path.suffix.lower())
            if content_type is not None and path.is_file() and not path.is_symlink():
                name = path.relative_to(self._folder).as_posix()
                caching = _FOREVER if name.startswith(_HASHED) else "no-cache"
                found[name] = PageFile(path, content_type, caching)
        return found
