"""The page docs/configuration.md, as `make tables` writes it from the models."""

from __future__ import annotations

from dsia_gen.config.kinds import CONFIG_KINDS
from dsia_gen.core.config_reference import key_references

HEAD = """# Configuration

Written by `make tables` from the models of the package. A job (`render_jobs/*.yaml`) says which scenes to render, how
many and how; a scene configuration (`scene_configs/*.yaml`) what a scene may contain. Start from a preset: copy it,
change it, give its path.

```
dsia-gen config show                              # the presets
dsia-gen config show outdoor                      # every key with its value
dsia-gen config check my_job.yaml my_scene.yaml   # all mistakes with their lines
dsia-gen config schema job                        # JSON Schema, for editors
```

```yaml
# my_job.yaml
version: 2
name: first_try
resolution: [480, 270]
scenes:
  - {config: indoor, count: 2, set: {sequence.pairs: 6}}
  - {config: my_scene.yaml, count: 3}
```

```yaml
# my_scene.yaml
version: 2
name: slow_outdoors
setting: outdoor
motion: {camera_px: [4, 7], foreground_px: [2, 4]}   # pixels of the images
```

`schemas/` holds the JSON Schemas as files; an editor with the YAML language server completes and checks keys in a
file that begins with `# yaml-language-server: $schema=../schemas/job.json`, as the presets do.

**Versions.** A file states `version: 2`. In a file without it, or with 1, `camera_px` and `foreground_px` count at a
width of 960 pixels: it keeps its meaning, and a note says how to write it now. In a file of version 2 they are pixels
of the images that are rendered; `camera_px_at_960` and `foreground_px_at_960` ask for the same motion at every
resolution. Of each pair of keys one is given.

**Paths.** `config` of a job, `mix` and `manifests` of a scene configuration and `assets` of a job begin at the folder
of the file that states them; a file that is not there is looked for from the current folder. `--assets` begins at the
current folder.

**What a data set keeps.** `job.yaml` in a data set holds every scene configuration that its scenes were made of,
presets too: `dsia-gen render data/job.yaml` goes on with the data set from any folder, and a copy of the file with
`-o` renders it again elsewhere. Manifests that are named by path and your own assets stay where they are. When a
configuration has changed since scenes were finished, `render` says what differs and stops; `--remake` renders those
scenes again.

Ranges in brackets, `[low, high]`, are drawn from. A key of a section is written below it, or with dots: `--set
motion.camera_px=[6,14]`.
"""


def configuration_markdown() -> str:
    """Every key of every kind of configuration (docs/configuration.md).

    Returns
    -------
    str
        Markdown.
    """
    lines = [HEAD]
    for kind in CONFIG_KINDS.values():
        lines += [f"## {kind.title}", "", kind.about, ""]
        lines += ["| key | type | unit | default | range | what it is | example |", "|---|---|---|---|---|---|---|"]
        for row in key_references(kind.model):
            example = f"`{row.example}`" if row.example else ""
            default = f"`{row.default}`" if row.default else ""
            cells = (f"`{row.key}`", row.type, row.unit, default, row.range, row.about, example)
            lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"
