"""`dsia-gen assets`: what scenes can be made of."""

from __future__ import annotations

from typing import Annotated

import typer

from dsia_gen.cli.options import AsJson, print_json, print_table

app = typer.Typer(help="What scenes can be made of.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Keeps `assets` a group while it has a single command."""


@app.command("list")
def list_assets(
    manifests: Annotated[
        list[str] | None, typer.Argument(help="manifest presets or files; all presets if none")
    ] = None,
    kind: Annotated[str | None, typer.Option(help="only this kind: character, object, hdri, motion, ...")] = None,
    as_json: AsJson = False,
) -> None:
    """The entries of the manifests, with their licences."""
    from dsia_gen.assets.manifest import load_manifest
    from dsia_gen.config.presets import preset_names

    names = manifests or preset_names("assets_manifest")
    entries = [(name, entry) for name in names for entry in load_manifest(name)[1].assets]
    entries = [(name, entry) for name, entry in entries if kind in (None, entry.kind)]
    if as_json:
        print_json([{"manifest": name, **entry.model_dump(mode="json")} for name, entry in entries])
        return
    rows = [[e.id, e.kind, e.builtin or str(e.file), e.licence, e.training, " ".join(e.tags)] for _, e in entries]
    print_table(f"{len(rows)} assets", ["id", "kind", "made by or file", "licence", "training", "tags"], rows)
