"""The Python interface: what the commands call, under one name. docs/python.md is its tutorial."""

from __future__ import annotations

from dsia_gen.config.job import JobConfig, SceneGroup
from dsia_gen.config.job_file import load_job
from dsia_gen.config.scene_config import SceneConfig, load_scene_config
from dsia_gen.core.errors import DsiaError
from dsia_gen.dataset.export.contract import ExportOptions
from dsia_gen.dataset.export.run_export import export
from dsia_gen.dataset.reader import Dataset, Sample, open_dataset
from dsia_gen.dataset.report import write_report
from dsia_gen.dataset.validate import validate
from dsia_gen.farm.executor import ExecutorOptions, open_executor
from dsia_gen.farm.run_job import render_job
from dsia_gen.pipeline.annotated_pair import AnnotatedPair
from dsia_gen.pipeline.editable_scene import Scene
from dsia_gen.spec.camera import CameraSpec, Pose
from dsia_gen.spec.light import Lamp, Render
from dsia_gen.spec.motion import ColourTrack, HumanoidMotion, RigidPath, Still, Track
from dsia_gen.spec.scene import Instance, SceneSpec

__all__ = [
    "AnnotatedPair",
    "CameraSpec",
    "ColourTrack",
    "Dataset",
    "DsiaError",
    "ExecutorOptions",
    "ExportOptions",
    "HumanoidMotion",
    "Instance",
    "JobConfig",
    "Lamp",
    "Pose",
    "Render",
    "RigidPath",
    "Sample",
    "Scene",
    "SceneConfig",
    "SceneGroup",
    "SceneSpec",
    "Still",
    "Track",
    "export",
    "load_job",
    "load_scene_config",
    "open_dataset",
    "open_executor",
    "render_job",
    "validate",
    "write_report",
]
