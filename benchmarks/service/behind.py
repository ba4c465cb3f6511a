"""A real proxy in front of dashboards, with the documented configuration, and browsers that reach them through it."""

from __future__ import annotations

import http.client
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie

from benchmarks.service.processes import HERE, ROOT, Server, free_port, launch, running
from benchmarks.service.visitors import Visitor

CONFIGURATION = ROOT / "docs" / "examples" / "Caddyfile"
SITE = "filters.example.edu"  # the name by which visitors know the proxy; no name of this machine
SERVED = "X-Served-By"  # the header in which the proxy names the dashboard
XSRF = "_streamlit_xsrf"
NONE = "This benchmark needs the proxy Caddy (https://caddyserver.com; Debian: apt install caddy), which is not here."


def installed() -> bool:
    """Whether the proxy is here."""
    return shutil.which("caddy") is not None


@contextmanager
def proxy(servers: Sequence[Server]) -> Iterator[Server]:
    """The proxy in front of the dashboards. Only its two documented variables are set."""
    with tempfile.TemporaryDirectory(prefix="filterscope_proxy_") as folder:
        port = free_port()
        command = ["caddy", "run", "--adapter", "caddyfile", "--config", str(CONFIGURATION)]
        site = {"FILTERSCOPE_SITE": f":{port}", "FILTERSCOPE_SERVERS": " ".join(each.address for each in servers)}
        folders = {"XDG_DATA_HOME": folder, "XDG_CONFIG_HOME": folder}
        with running(launch(command, port, SITE, **site, **folders)) as found:
            yield found.wait("/_stcore/health")


@dataclass
class Browser:
    """What a browser keeps of a site: its cookies; and which dashboard answered each request."""

    door: Server  # the proxy
    cookies: SimpleCookie = field(default_factory=SimpleCookie)
    served: list[str] = field(default_factory=list)

    def request(self, path: str, method: str = "GET", body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
        """A request with the cookies; returns the status and the content."""
        connection = http.client.HTTPConnection(HERE, self.door.port, timeout=60)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, {**self.headers(), "Host": self.door.address, **named})
            answer = connection.getresponse()
            content = answer.read()
            for each in answer.headers.get_all("Set-Cookie", []):
                self.cookies.load(each)
            self.served.append(answer.headers.get(SERVED, ""))
            return answer.status, content
        finally:
            connection.close()

    def headers(self) -> dict[str, str]:
        """The headers that the browser adds: its cookies, and the page that the request comes from."""
        words = "; ".join(f"{name}={cookie.value}" for name, cookie in self.cookies.items())
        return {"Origin": f"http://{self.door.address}"} | ({"Cookie": words} if words else {})

    def visitor(self) -> Visitor:
        """A visitor whose websocket has the browser's cookies."""
        return Visitor(self.door, headers=self.headers())

    def upload(self, session: str, content: bytes) -> int:
        """Uploads a file as the browser does; returns the status."""
        edge = "a-line-between-parts"
        head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
        body = head.encode() + content + f"\r\n--{edge}--\r\n".encode()
        token = self.cookies[XSRF].value if XSRF in self.cookies else ""
        kind = f"multipart/form-data; boundary={edge}"
        path = f"/_stcore/upload_file/{session}/a-file"
        return self.request(path, "PUT", body, Content_Type=kind, X_Xsrftoken=token)[0]
