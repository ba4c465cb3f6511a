"""The compose file and the proxy's settings fit together, and they are those of the manual and of the benchmark."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from benchmarks.service import behind

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "docs" / "examples"
CADDYFILE = (EXAMPLES / "Caddyfile").read_text(encoding="utf-8")
OPERATING = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
PLACE = re.compile(r"\{\$(\w+):(.+?)\}")  # a variable of the Caddyfile, and its default


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    return dict(yaml.safe_load((EXAMPLES / "compose.yaml").read_text(encoding="utf-8"))["services"])


@pytest.fixture(scope="module")
def dashboards(services: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {name: each for name, each in services.items() if name != "proxy"}


@pytest.fixture(scope="module")
def handler() -> dict[str, Any]:
    """The proxy's settings as Caddy understands them."""
    if not behind.installed():
        pytest.skip("the proxy Caddy is not installed here")
    command = [shutil.which("caddy") or "", "adapt", "--adapter", "caddyfile", "--config", str(behind.CONFIGURATION)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    found = [each for each in parts(json.loads(done.stdout)) if each.get("handler") == "reverse_proxy"]
    assert len(found) == 1
    return found[0]


def parts(value: Any) -> list[dict[str, Any]]:
    """All objects in a JSON value."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return ([value] if isinstance(value, dict) else []) + [each for part in inside for each in parts(part)]


def test_the_benchmark_runs_the_documented_settings() -> None:
    assert behind.CONFIGURATION.read_text(encoding="utf-8") == CADDYFILE
    assert "(examples/Caddyfile)" in OPERATING
    assert "(examples/compose.yaml)" in OPERATING
    assert "python -m benchmarks.service.proxy" in OPERATING


def test_two_dashboards_stand_behind_the_proxy_under_the_names_that_it_asks_for(
    services: dict[str, dict[str, Any]], dashboards: dict[str, dict[str, Any]]
) -> None:
    variables = dict(PLACE.findall(CADDYFILE))
    given = services["proxy"]["environment"]
    (port,) = re.findall(r"^EXPOSE (\d+)$", DOCKERFILE, re.MULTILINE)
    names = [f"{name}:{port}" for name in dashboards]
    assert len(names) == 2
    assert set(given) == set(variables)
    assert given["FILTERSCOPE_SERVERS"].split() == variables["FILTERSCOPE_SERVERS"].split() == names
    assert any(each.startswith("./Caddyfile:") for each in services["proxy"]["volumes"])


def test_the_proxy_keeps_visitors_apart_by_a_cookie_and_asks_for_health(handler: dict[str, Any]) -> None:
    assert handler["load_balancing"]["selection_policy"] == {"policy": "cookie", "name": "filterscope_server"}
    assert handler["health_checks"]["active"]["uri"] == "/_stcore/health"
    assert [each["dial"] for each in handler["upstreams"]] == ["dashboard1:8501", "dashboard2:8501"]
    assert behind.SERVED in handler["headers"]["response"]["set"]


def test_dashboards_share_the_store_and_keep_their_own_runs(dashboards: dict[str, dict[str, Any]]) -> None:
    one, other = dashboards.values()
    assert one["environment"] == other["environment"]
    assert one["build"] == other["build"]
    assert set(one["volumes"]) & set(other["volumes"]) == {"shared:/shared"}
    assert [each["volumes"][1].partition(":")[2] for each in (one, other)] == ["/data", "/data"]
    where = one["environment"]
    assert where["VIZLIB_STORE"].endswith("file:///shared/store}")
    assert all(where[each].startswith("/shared/") for each in ("HF_HOME", "TORCH_HOME"))
    assert all(where[each].startswith("/data/") for each in ("VIZLIB_STORE_CACHE", "VIZLIB_RUNS"))


def test_the_image_has_the_folders_and_takes_the_package_of_a_cloud(dashboards: dict[str, dict[str, Any]]) -> None:
    assert "mkdir /data /shared && chown filterscope /data /shared" in DOCKERFILE
    for each in dashboards.values():
        assert (EXAMPLES / each["build"]["context"]).resolve() == ROOT
        assert set(each["build"]["args"]) <= set(re.findall(r"^ARG (\w+)=", DOCKERFILE, re.MULTILINE))
    assert "$CLOUD" in DOCKERFILE


def test_no_credential_is_written_down(dashboards: dict[str, dict[str, Any]]) -> None:
    """A name without a value is taken from where `docker compose` is started."""
    for each in dashboards.values():
        cloud = {name: value for name, value in each["environment"].items() if name.startswith("AWS_")}
        assert {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL"} <= set(cloud)
        assert set(cloud.values()) == {None}


def test_every_variable_of_the_compose_file_and_of_the_manual_is_one_that_the_program_reads(
    dashboards: dict[str, dict[str, Any]],
) -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "vizlib").rglob("*.py"))
    used = {name for each in dashboards.values() for name in each["environment"] if name.startswith("VIZLIB_")}
    told = set(re.findall(r"\bVIZLIB_\w+", OPERATING))
    assert used <= told
    assert {name for name in told if f'"{name}"' not in code} == set()


@pytest.mark.parametrize("path", ["/media", "/_stcore/upload_file", "/_stcore/stream", "/_stcore/health"])
def test_the_manual_names_the_paths_that_streamlit_has(path: str) -> None:
    routes = pytest.importorskip("streamlit.web.server.starlette.starlette_routes", reason="an older Streamlit")
    known = (routes.BASE_ROUTE_MEDIA, routes.BASE_ROUTE_UPLOAD_FILE, routes.ROUTE_HEALTH, "_stcore/stream")
    assert path.lstrip("/") in known
    assert f"`{path}`" in OPERATING
