"""The aligner as users call it: sizes, tiles, seeds, saving, and what it refuses."""

from __future__ import annotations

import base64
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from dsia_gen.align.codecs.codec import LosslessCodec, build_codec  # noqa: E402
from dsia_gen.align.diffusion.sampler import tiled  # noqa: E402
from dsia_gen.align.methods.dmaligner.aligner_config import AlignerConfig  # noqa: E402
from dsia_gen.align.methods.dmaligner.aligner_pipeline import DMAlignerPipeline, encode_tiled  # noqa: E402
from dsia_gen.align.methods.dmaligner.model import build_aligner  # noqa: E402
from dsia_gen.align.training.entry_points import train  # noqa: E402
from dsia_gen.core.errors import AlignError, RenamedKeyWarning  # noqa: E402
from tests.align.make import aligner_config, codec_config, make_pipeline, noise_image, with_perfect_denoiser  # noqa: E402

pytestmark = pytest.mark.torch


@pytest.mark.parametrize("size", [(24, 32), (25, 33), (7, 5), (41, 30)])
@pytest.mark.parametrize("tile", [None, (16, 16), (24, 16)])
def test_any_size_comes_back_in_place(size: tuple[int, int], tile: Any) -> None:
    """With a network that answers V2, the answer is I2, pixel by pixel, padded and tiled or not."""
    pipeline = with_perfect_denoiser(make_pipeline(), 1)
    first, second = noise_image(*size), noise_image(*size, seed=1)
    answer = pipeline(first, second, sampling=pipeline.sampling(tile=tile, overlap=8))
    assert np.array_equal(answer.image, second)
    assert answer.mask is not None
    assert answer.mask.shape == size
    assert answer.std is None


def test_tiles_of_the_identity_are_the_identity() -> None:
    x = torch.rand(2, 3, 17, 23)
    for tile, overlap in (((5, 7), 2), ((8, 8), 0), ((17, 4), 3), ((40, 40), 4)):
        torch.testing.assert_close(tiled(lambda part: part, x, tile, overlap, 1), x)
    large = tiled(lambda part: torch.nn.functional.interpolate(part, scale_factor=4), x, (6, 6), 2, 4)
    torch.testing.assert_close(large, torch.nn.functional.interpolate(x, scale_factor=4))


def test_every_tile_has_the_size_that_was_asked_for() -> None:
    seen = set()

    def note(part: Any) -> Any:
        seen.add(tuple(part.shape[-2:]))
        return part

    tiled(note, torch.rand(1, 1, 50, 33), (16, 8), 4, 1)
    assert seen == {(16, 8)}


def test_encoding_in_tiles_starts_where_latents_start() -> None:
    x = torch.rand(1, 3, 48, 64)
    codec = LosslessCodec(4)
    torch.testing.assert_close(encode_tiled(codec, x, (4, 6), 2), codec.encode(x))


def test_one_seed_gives_one_answer() -> None:
    pipeline = make_pipeline()
    a, b, c = (pipeline(noise_image(), noise_image(seed=1), seed=seed).image for seed in (3, 3, 4))
    assert np.array_equal(a, b)
    assert not np.array_equal(a, c)


def test_noise_between_steps_needs_eta() -> None:
    pipeline = make_pipeline()
    images = [
        pipeline(noise_image(), noise_image(seed=1), sampling=pipeline.sampling(eta=eta)).image
        for eta in (0.0, 1.0, 1.0)
    ]
    assert np.array_equal(images[1], images[2])
    assert not np.array_equal(images[0], images[1])


def test_a_configuration_with_the_former_key_is_read(tmp_path: Path) -> None:
    make_pipeline().save_pretrained(tmp_path)
    text = (tmp_path / "aligner.json").read_text()
    (tmp_path / "aligner.json").write_text(text.replace('"samples": 1', '"hypotheses": 3'))
    assert DMAlignerPipeline.from_pretrained(tmp_path).config.sampling.samples == 3
    with pytest.warns(RenamedKeyWarning, match="samples"):
        assert AlignerConfig.load("tiny", ["sampling.hypotheses=5"]).sampling.samples == 5


def test_samples_are_averaged() -> None:
    pipeline = make_pipeline()
    alone = [pipeline(noise_image(), noise_image(seed=1), seed=seed).image.astype(float) for seed in (5, 6)]
    both = pipeline(noise_image(), noise_image(seed=1), seed=5, sampling=pipeline.sampling(samples=2))
    assert np.abs(both.image - np.mean(alone, axis=0)).max() <= 1.5  # each was rounded
    assert both.std is not None
    assert both.std.shape == (24, 32)
    assert both.std.max() > 0


def test_steps_are_reported() -> None:
    count = []
    pipeline = make_pipeline()
    pipeline(
        noise_image(),
        noise_image(),
        sampling=pipeline.sampling(step_size=300),
        on_step=lambda done, total: count.append((done, total)),
    )
    assert count == [(1, 4), (2, 4), (3, 4), (4, 4)]


@pytest.mark.parametrize("changes", [{}, {"model": {"mask": None}}, {"model": {"target": "flow"}}])
def test_save_and_load(changes: Any, tmp_path: Path) -> None:
    pipeline = make_pipeline(**changes)
    pipeline.save_pretrained(tmp_path)
    again = DMAlignerPipeline.from_pretrained(tmp_path)
    assert again.config == pipeline.config
    expected, answer = (p(noise_image(), noise_image(seed=1)) for p in (pipeline, again))
    assert np.array_equal(answer.image, expected.image)
    assert (answer.mask is None) == (changes == {"model": {"mask": None}})


def test_an_unfinished_run_can_be_used(tmp_path: Path) -> None:
    train(aligner_config(train={"steps": 2}), tmp_path, progress=False)
    finished = DMAlignerPipeline.from_pretrained(tmp_path)(noise_image(), noise_image(seed=1))
    (tmp_path / "pipeline").rename(tmp_path / "away")
    unfinished = DMAlignerPipeline.from_pretrained(tmp_path)(noise_image(), noise_image(seed=1))
    assert np.array_equal(finished.image, unfinished.image)


def test_a_vq_codec_in_tiles(tmp_path: Path) -> None:
    codec = build_codec(codec_config().codec)
    config = aligner_config()
    pipeline = DMAlignerPipeline(config, codec, build_aligner(config.model, codec.channels, 0))
    answer = pipeline(
        noise_image(30, 44), noise_image(30, 44, seed=1), sampling=pipeline.sampling(tile=(16, 16), overlap=4)
    )
    assert answer.image.shape == (30, 44, 3)


def test_what_is_no_aligner_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AlignError, match="holds no aligner and no checkpoint"):
        DMAlignerPipeline.from_pretrained(tmp_path)
    train(codec_config(train={"steps": 1}), tmp_path, progress=False)
    with pytest.raises(AlignError, match="is not a run of `dsia-gen train aligner`"):
        DMAlignerPipeline.from_pretrained(tmp_path)


def test_weights_of_another_configuration_are_refused(tmp_path: Path) -> None:
    make_pipeline().save_pretrained(tmp_path)
    text = (tmp_path / "aligner.json").read_text()
    (tmp_path / "aligner.json").write_text(text.replace('"window": 3', '"window": 5'))
    with pytest.raises(AlignError, match="belongs to another configuration"):
        DMAlignerPipeline.from_pretrained(tmp_path)
    (tmp_path / "aligner.json").write_text(text.replace('"gamma": 0.5', '"gamma": 5'))
    with pytest.raises(AlignError, match=r"losses\.gamma"):
        DMAlignerPipeline.from_pretrained(tmp_path)


def test_bad_images_are_refused() -> None:
    pipeline = make_pipeline()
    with pytest.raises(AlignError, match="different sizes, 32x24 and 31x24"):
        pipeline(noise_image(), noise_image(24, 31))
    with pytest.raises(AlignError, match="image 2 has int32 values"):
        pipeline(noise_image(), noise_image().astype(np.int32))
    with pytest.raises(AlignError, match="the second image is uint16"):
        pipeline.align_rgb(noise_image(), noise_image().astype(np.uint16))
    with pytest.raises(AlignError, match=r"the first image is uint8 \(24, 32\)"):
        pipeline.align_rgb(noise_image()[..., 0], noise_image())


def test_other_forms_are_answered_in_their_form() -> None:
    pipeline = make_pipeline()
    answer = pipeline(noise_image()[..., 0], noise_image().astype(np.uint16) * 257)
    assert answer.image.shape == (24, 32) and answer.image.dtype == np.uint8
    assert answer.note == "the method answers with 8 bits a channel, which were converted"


def test_a_missing_device_is_said() -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    with pytest.raises(AlignError, match="device cuda cannot be used"):
        make_pipeline().to("cuda")


@pytest.mark.parametrize("changes", [{}, {"samples": 3}, {"eta": 1.0}, {"tile": (16, 16), "overlap": 8}])
def test_a_batch_gives_the_answers_of_its_pairs(changes: dict[str, Any]) -> None:
    pipeline = make_pipeline()
    sampling = pipeline.sampling(**changes)
    pairs = [(noise_image(seed=k), noise_image(seed=k + 10)) for k in range(3)]
    together = pipeline.align_batch(pairs, seed=4, sampling=sampling)
    for pair, answer in zip(pairs, together, strict=True):
        alone = pipeline(*pair, seed=4, sampling=sampling)
        assert np.abs(alone.image.astype(int) - answer.image).max() <= 1, "sums may be rounded otherwise"
        assert np.abs(alone.mask - answer.mask).max() < 1e-4
        assert (alone.std is None) == (answer.std is None)
    assert pipeline.align_batch([]) == []


def test_a_batch_of_several_sizes_is_refused_and_the_method_sorts_them() -> None:
    from dsia_gen.align.methods import ImagePair, MethodInfo, MethodOptions
    from dsia_gen.align.methods.dmaligner.aligner_method import TrainedAligner

    pipeline = make_pipeline()
    pairs = [(noise_image(*size), noise_image(*size, seed=1)) for size in ((24, 32), (24, 32), (16, 32))]
    with pytest.raises(AlignError, match="different sizes"):
        pipeline.align_batch(pairs)
    method = TrainedAligner(MethodInfo("m", "m", "synthesis", "-"), pipeline, MethodOptions())
    answers = method.align_batch([ImagePair(*pair) for pair in pairs])
    assert [answer.image.shape[:2] for answer in answers] == [(24, 32), (24, 32), (16, 32)]


def test_half_precision_answers_nearly_the_same() -> None:
    pipeline = make_pipeline(model={"residual": "v1"})
    whole, half = (
        pipeline(noise_image(), noise_image(seed=1), sampling=pipeline.sampling(precision=precision)).image
        for precision in ("fp32", "bf16")
    )
    assert np.abs(whole.astype(int) - half).mean() < 2


class HubStandIn(BaseHTTPRequestHandler):
    """The part of the hub that an upload talks to."""

    files: ClassVar[dict[str, bytes]] = {}
    allowed: ClassVar[bool] = True

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        base = f"http://{self.headers['Host']}/owner/name"
        answer: dict[str, Any] = {"url": base, "name": "owner/name"}
        if "/preupload/" in self.path:
            names = [file["path"] for file in json.loads(body)["files"]]
            answer = {"files": [{"path": n, "uploadMode": "regular", "shouldIgnore": False} for n in names]}
        elif "/commit/" in self.path:
            lines = [json.loads(line) for line in body.splitlines()]
            files = [line["value"] for line in lines if line["key"] == "file"]
            self.files.update({file["path"]: base64.b64decode(file["content"]) for file in files})
            answer = {"commitUrl": f"{base}/commit/1", "commitOid": "1"}
        content = json.dumps(answer).encode()
        self.send_response(200 if self.allowed else 403)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments: Any) -> None:
        """Nothing."""


def test_a_pipeline_is_uploaded_to_the_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    constants = pytest.importorskip("huggingface_hub.constants")
    server = ThreadingHTTPServer(("127.0.0.1", 0), HubStandIn)
    Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(constants, "ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    pipeline = make_pipeline()
    try:
        address = pipeline.push_to_hub("owner/name", token="hf_made_up", card="# A card")
        assert address.endswith("/owner/name/commit/1")
        monkeypatch.setattr(HubStandIn, "allowed", False)
        with pytest.raises(AlignError, match=r"owner/name could not be uploaded .*hf auth login"):
            pipeline.push_to_hub("owner/name", token="hf_made_up")
    finally:
        server.shutdown()
        server.server_close()
    for name, content in HubStandIn.files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    assert (tmp_path / "README.md").read_text() == "# A card"
    assert DMAlignerPipeline.from_pretrained(tmp_path).hash() == pipeline.hash()
