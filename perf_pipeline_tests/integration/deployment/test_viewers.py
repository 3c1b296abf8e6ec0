"""Dagster's own webserver behind the proxy: what a viewer may and may not."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from perf_pipeline_tests.integration.deployment.proxies import VIEWERS, Answer, Proxy
from perf_pipeline_tests.integration.deployment.servers import Webserver, wait_until

LAUNCH = """
mutation { launchPipelineExecution(executionParams: {
  selector: {
    repositoryLocationName: "perf_pipeline"
    repositoryName: "__repository__"
    pipelineName: "quarter"
  }
  mode: "default"
}) { __typename } }
"""


@pytest.fixture
def proxy(workplace: Any, tmp_path: Path) -> Iterator[Proxy]:
    """The proxy before a read-only webserver, which stands for the engineers' one too."""
    assert workplace.call("doctor", "--fix").returncode == 0
    viewer = Webserver(None, tmp_path, workplace.environment, "--read-only")
    proxy = Proxy(viewer.port, viewer.port)
    try:
        wait_until(viewer.answers, 180, lambda: viewer.output)
        proxy.start()
        yield proxy
        proxy.stop()
    finally:
        viewer.kill()


def ask(proxy: Proxy, path: str = "/", query: str | None = None) -> Answer:
    """Ask as a viewer's browser does."""
    pair = base64.b64encode(f"viewers:{proxy.password}".encode()).decode()
    headers = {"Authorization": f"Basic {pair}"}
    if query is None:
        return proxy.request("GET", path, host=VIEWERS, headers=headers)
    headers |= {"Content-Type": "application/json", "Origin": f"https://{VIEWERS}"}
    body = json.dumps({"query": query}).encode()
    return proxy.request("POST", "/graphql", host=VIEWERS, body=body, headers=headers)


def test_viewer_looks_and_changes_nothing(proxy: Proxy) -> None:
    """Through the proxy a viewer gets the pages and the API's answers, and can launch no run."""
    page = ask(proxy)
    assert (page.status, b"initialization-data" in page.body) == (200, True)
    assert len(page.headers.get_all("Content-Security-Policy", [])) == 2
    assert json.loads(ask(proxy, query="{ version }").body)["data"]["version"]
    permissions = json.loads(ask(proxy, query="{ permissions { permission value } }").body)
    allowed = [p["permission"] for p in permissions["data"]["permissions"] if p["value"]]
    assert allowed == []
    launched = json.loads(ask(proxy, query=LAUNCH).body)
    assert launched["data"]["launchPipelineExecution"]["__typename"] == "UnauthorizedError"
