"""Public API docstrings are NumPy style: every parameter with its type, what is returned, nothing that is not there."""

from __future__ import annotations

import importlib
import inspect
import pydoc
from collections.abc import Iterator
from enum import Enum
from types import ModuleType

import pytest
from pydantic import BaseModel

validate = pytest.importorskip("numpydoc.validate")

MODULES: tuple[str, ...] = (
    "dsia_gen.align.codecs.codec",
    "dsia_gen.align.diffusion.noise_schedule",
    "dsia_gen.align.diffusion.sampler",
    "dsia_gen.align.methods",
    "dsia_gen.align.methods.dmaligner.aligner_pipeline",
    "dsia_gen.align.methods.method",
    "dsia_gen.align.pretrained",
    "dsia_gen.align.trained_aligner",
    "dsia_gen.align.tensors",
    "dsia_gen.align.training.entry_points",
    "dsia_gen.align.training.trainable",
    "dsia_gen.annotate.flow",
    "dsia_gen.annotate.masks",
    "dsia_gen.annotate.pair",
    "dsia_gen.annotate.rays",
    "dsia_gen.annotate.view",
    "dsia_gen.assets.fetch.asset_source",
    "dsia_gen.assets.generators",
    "dsia_gen.assets.importing.import_folder",
    "dsia_gen.assets.importing.import_report",
    "dsia_gen.assets.library",
    "dsia_gen.assets.manifest",
    "dsia_gen.blender.build",
    "dsia_gen.blender.cycles",
    "dsia_gen.blender.freeze",
    "dsia_gen.config.job",
    "dsia_gen.config.scene_config",
    "dsia_gen.core.child_process",
    "dsia_gen.core.image_metrics",
    "dsia_gen.core.interpolation",
    "dsia_gen.core.io",
    "dsia_gen.core.locations",
    "dsia_gen.core.registry",
    "dsia_gen.core.remote",
    "dsia_gen.core.rotations",
    "dsia_gen.core.strict_yaml",
    "dsia_gen.core.supervise",
    "dsia_gen.dataset.documents.dataset_document",
    "dsia_gen.dataset.documents.lock_document",
    "dsia_gen.dataset.documents.run_document",
    "dsia_gen.dataset.documents.sample_row",
    "dsia_gen.dataset.documents.scene_document",
    "dsia_gen.dataset.export.contract",
    "dsia_gen.dataset.layout",
    "dsia_gen.dataset.reader",
    "dsia_gen.dataset.shards",
    "dsia_gen.dataset.validate",
    "dsia_gen.dataset.visual",
    "dsia_gen.evaluate.measures",
    "dsia_gen.evaluate.regions",
    "dsia_gen.evaluate.run_evaluation",
    "dsia_gen.evaluate.statistics",
    "dsia_gen.farm.executor",
    "dsia_gen.farm.run_job",
    "dsia_gen.motion.camera_path",
    "dsia_gen.motion.clip",
    "dsia_gen.motion.humanoid",
    "dsia_gen.motion.readers",
    "dsia_gen.motion.skeletal_motion",
    "dsia_gen.motion.skeleton",
    "dsia_gen.motion.trajectory",
    "dsia_gen.pipeline.make_scene",
    "dsia_gen.pipeline.tasks",
    "dsia_gen.procedural.family",
    "dsia_gen.procedural.mesh",
    "dsia_gen.procedural.people.person",
    "dsia_gen.sampling.proxy_scene",
    "dsia_gen.sampling.scene_sampler",
    "dsia_gen.spec.camera",
    "dsia_gen.spec.frozen_geometry",
    "dsia_gen.spec.outputs",
    "dsia_gen.spec.scene",
    "dsia_gen.spec.views",
)
"""Modules of the public API, sorted. Add one when its docstrings pass."""

CHECKS = {
    "GL08",  # there is a docstring
    "SS03",  # its summary ends with a full stop
    "PR01",  # every parameter is documented
    "PR02",  # nothing else is documented as a parameter
    "PR03",  # in the order of the signature
    "PR04",  # with a type
    "PR07",  # and a description
    "RT01",  # what is returned is documented
    "RT03",  # with a description
    "YD01",  # what is yielded is documented
}


def public(module: ModuleType) -> Iterator[str]:
    """Dotted names of the functions, classes and methods that a module defines for others."""
    for name, item in vars(module).items():
        if name.startswith("_") or getattr(item, "__module__", None) != module.__name__:
            continue
        if inspect.isfunction(item):
            yield f"{module.__name__}.{name}"
        elif inspect.isclass(item) and not issubclass(item, Enum):
            yield f"{module.__name__}.{name}"
            for method, member in vars(item).items():
                plain = member.__func__ if isinstance(member, classmethod | staticmethod) else member
                if not method.startswith("_") and inspect.isfunction(plain):
                    yield f"{module.__name__}.{name}.{method}"


def undescribed(model: type[BaseModel]) -> list[str]:
    """Fields of a model without a description, other than sections that are models themselves."""
    found = []
    for name, field in model.model_fields.items():
        section = isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
        if not section and not field.description:
            found.append(name)
    return found


@pytest.mark.parametrize("module", MODULES)
def test_docstrings_are_complete(module: str) -> None:
    """Fields of models are listed as parameters or carry their own description, as those of configurations do."""
    for package, extra in (("align", "torch"), ("blender", "bpy"), ("evaluate", "torch")):
        if module.startswith(f"dsia_gen.{package}."):
            pytest.importorskip(extra)
    wrong = []
    for name in public(importlib.import_module(module)):
        item = pydoc.locate(name)
        errors = dict(validate.validate(name)["errors"])
        if getattr(item, "_is_protocol", False):
            errors.pop("PR01", None)  # its constructor is not part of the contract
        if errors.get("PR01") == "Parameters {'**extra_data'} not documented":  # keys of later versions
            del errors["PR01"]
        if isinstance(item, type) and issubclass(item, BaseModel) and errors.pop("PR01", None):
            wrong += [f"{name}: {field} has no description" for field in undescribed(item)]
        if getattr(item, "_is_protocol", False):
            errors.pop("PR01", None)  # what an implementation is made with is its own
        wrong += [f"{name}: {code} {message}" for code, message in errors.items() if code in CHECKS]
    assert wrong == []
