"""Real clients ask the real app: gradio_client, MCP, twenty visitors at once, and the impolite."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import re
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from gradio_client.utils import QueueError
from PIL import Image

from tests.ui.serving import ROOT, serve

pytestmark = pytest.mark.slow
SIZE = (48, 64)
VISITORS = 20
MCP = find_spec("mcp") is not None


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """Address of the app with the published results of the repository."""
    options = ["--mcp"] * MCP
    folder = tmp_path_factory.mktemp("app")
    with serve(folder, *options, INPAINT_BENCH_MAX_UPLOAD_MB="1") as address:
        yield address


@pytest.fixture
def client(app, tmp_path):
    return patient_client(app, tmp_path / "downloads")


def photograph(folder, name, colour):
    """Save a photograph of one colour with a dark frame and its mask; return their paths."""
    folder.mkdir(exist_ok=True)
    picture = np.full((*SIZE, 3), colour, np.uint8)
    hole = np.zeros(SIZE, bool)
    hole[16:32, 20:44] = True
    paths = folder / f"{name}.png", folder / f"{name}-mask.png"
    Image.fromarray(picture).save(paths[0])
    Image.fromarray(hole).save(paths[1])
    return paths


def ask(client, paths, **changes):
    """Call `inpaint` and return the pixels of its answer."""
    asked = {"variant": "telea", "seed": 0, "api_name": "/inpaint", **changes}
    path = client.predict(image=handle_file(paths[0]), mask=handle_file(paths[1]), **asked)
    with Image.open(path) as picture:
        assert picture.format == "PNG" and picture.info == {}
        return np.array(picture)


def test_the_script_of_the_readme_works_as_printed(app, tmp_path, monkeypatch, capsys):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    scripts = re.findall(r"```python\n(.*?)```", readme, flags=re.DOTALL)
    (script,) = [one for one in scripts if "gradio_client" in one]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "client"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    photo, mask = photograph(tmp_path, "photo", (90, 120, 60))
    Image.open(photo).save("photo.jpg")
    mask.rename("mask.png")
    exec(compile(script.replace("http://127.0.0.1:7860", app), "README.md", "exec"), {})
    printed = capsys.readouterr().out
    assert "telea" in printed


def test_names_and_documentation_are_told_to_programs(client):
    told = client.view_api(return_format="dict")["named_endpoints"]
    assert set(told) == {"/inpaint", "/list_variants", "/leaderboard"}
    variants = client.predict(api_name="/list_variants")
    assert {"telea", "deepfill_v2-scenes128"} <= {one["name"] for one in variants}


def test_a_wrong_call_is_answered_in_one_line(client, tmp_path):
    paths = photograph(tmp_path, "one", (10, 20, 30))
    with pytest.raises(AppError, match="expected a variant such as mean_colour"):
        ask(client, paths, variant="gone")
    for seed in (1.5, "seven"):
        with pytest.raises(AppError, match=f"expected a whole number .* as seed, got {seed!r}$"):
            ask(client, paths, seed=seed)
    with pytest.raises(AppError, match="expected a metric such as l1"):
        client.predict("kodak-256", "beauty", api_name="/leaderboard")


def test_twenty_visitors_at_once_get_their_own_picture(app, tmp_path):
    answers = visit(app, tmp_path, VISITORS)
    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    check_owners(answers)


def test_visitors_of_a_full_queue_are_told_that_it_is_busy(tmp_path):
    with serve(
        tmp_path, INPAINT_BENCH_QUEUE_SIZE="2", INPAINT_BENCH_RESULTS_DIR=str(tmp_path)
    ) as app:
        answers = visit(app, tmp_path, VISITORS, variant="patchmatch")
    refused = [answer for answer in answers if isinstance(answer, Exception)]
    assert refused and len(refused) < VISITORS
    for answer in refused:
        assert isinstance(answer, QueueError) and "full" in str(answer)
    check_owners(answers)


def patient_client(app, downloads):
    """The library gives up after five seconds, which twenty on a busy machine may wait."""
    return Client(app, verbose=False, download_files=downloads, httpx_kwargs={"timeout": 60})


def visit(app, folder, count, **changes):
    """Let visitors of different colours ask at once; return pixels or what was raised."""
    clients = [patient_client(app, folder / f"got{i}") for i in range(count)]

    def one(number):
        paths = photograph(folder / f"visitor{number}", "mine", colour(number))
        try:
            return ask(clients[number], paths, **changes)
        except (AppError, QueueError) as error:
            return error

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def colour(number):
    return 10 + 10 * number, 250 - 10 * number, 37 * number % 256


def check_owners(answers):
    for number, answer in enumerate(answers):
        if not isinstance(answer, Exception):
            assert np.abs(answer.astype(int) - colour(number)).max() < 5  # Telea is not exact


def post(app, route, body, kind="application/json"):
    request = urllib.request.Request(f"{app}{route}", body, {"Content-Type": kind})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.read().decode()


def test_a_file_of_the_server_is_not_read_for_anyone(app, tmp_path):
    secret = ROOT / "README.md"
    file = {"path": str(secret), "meta": {"_type": "gradio.FileData"}}
    body = json.dumps({"data": [file, file, "telea", 0, None]}).encode()
    event = json.loads(post(app, "/gradio_api/call/inpaint", body))["event_id"]
    with urllib.request.urlopen(f"{app}/gradio_api/call/inpaint/{event}", timeout=60) as answer:
        told = answer.read().decode()
    assert "event: error" in told and "Inpaint Bench" not in told
    for route in (f"/gradio_api/file={secret}", "/gradio_api/file=/etc/passwd"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"{app}{route}", timeout=60)
        assert refused.value.code in (403, 404)


def test_a_file_that_is_too_large_is_refused_when_it_is_sent(app):
    edge = b"--edge\r\n"
    head = b'Content-Disposition: form-data; name="files"; filename="a.png"\r\n\r\n'
    body = edge + head + b"x" * 1_100_000 + b"\r\n--edge--\r\n"
    with pytest.raises(urllib.error.HTTPError) as refused:
        post(app, "/gradio_api/upload", body, "multipart/form-data; boundary=edge")
    assert refused.value.code in (400, 413)


def test_private_events_cannot_be_called_by_programs(client):
    with pytest.raises(ValueError):
        client.predict(api_name="/run")


@pytest.mark.skipif(not MCP, reason="no MCP here: pip install -r requirements-mcp.txt")
def test_a_client_of_the_model_context_protocol_lists_and_uses_the_tools(app, tmp_path):
    photo, mask = (data(path) for path in photograph(tmp_path, "one", (200, 100, 50)))
    good = {"image": photo, "mask": mask, "variant": "telea", "seed": 0}
    address = f"{app}/gradio_api/mcp/"
    tools, filled, failed = asyncio.run(converse(address, good, good | {"variant": "gone"}))
    names = sorted(tool.name for tool in tools)
    assert len(names) == 3
    for name, end in zip(names, ("inpaint", "leaderboard", "list_variants"), strict=True):
        assert name.endswith(end)
    assert all(tool.description for tool in tools)
    (picture,) = [part for part in filled.content if part.type == "image"]
    pixels = np.array(Image.open(io.BytesIO(base64.b64decode(picture.data))).convert("RGB"))
    assert pixels.shape == (*SIZE, 3)
    assert np.abs(pixels.astype(int) - (200, 100, 50)).max() < 5
    assert failed.isError and "expected a variant" in failed.content[0].text


def data(path: Path) -> str:
    return "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode("ascii")


async def converse(address, *calls):
    """Return the tools of an MCP server, and what each call of `inpaint` gave."""
    from mcp import ClientSession
    from mcp.client.streamable_http import streamable_http_client

    async with (
        streamable_http_client(address) as (incoming, outgoing, _),
        ClientSession(incoming, outgoing) as session,
    ):
        await session.initialize()
        tools = (await session.list_tools()).tools
        (name,) = [tool.name for tool in tools if tool.name.endswith("inpaint")]
        return tools, *[await session.call_tool(name, call) for call in calls]
