"""Runs an export: chooses, makes what is missing, in parallel, and writes the receipt last."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

from dsia_gen import __version__
from dsia_gen.core.errors import ConfigError, StorageError
from dsia_gen.core.escaping import csv_cell
from dsia_gen.core.inside_path import InsidePath
from dsia_gen.core.io import reading, remove_files
from dsia_gen.core.strict_yaml import suggestion
from dsia_gen.dataset.export.contract import SPLITS, Chosen, ExportFormat, ExportOptions, ExportTask, digest
from dsia_gen.dataset.export.export_state import VERSION, ExportDocument, ExportJournal, ExportState, intact, read_state
from dsia_gen.dataset.export.formats import FORMATS
from dsia_gen.dataset.export.sample_source import SampleSource
from dsia_gen.dataset.export.select import choose, read_drop
from dsia_gen.dataset.export.sink import Sink
from dsia_gen.dataset.processes import Progress, each_done
from dsia_gen.dataset.reader import Dataset, open_dataset
from dsia_gen.dataset.report.problems import read_findings
from dsia_gen.dataset.sample_table import FILE_COLUMNS, sample_columns
from dsia_gen.spec.outputs import OUTPUTS


@dataclass(frozen=True)
class ExportReport:
    """What was exported. `made` and `kept` count parts: those written now, and those that were there already."""

    path: str
    format: str
    samples: dict[str, int]
    empty: tuple[str, ...]
    """Splits that were asked for and got no scene."""
    left_out: int
    made: int
    kept: int
    files: int
    bytes: int

    @property
    def changed(self) -> bool:
        """Whether anything was written."""
        return self.made > 0

    def lines(self) -> list[str]:
        """For people."""
        counts = ", ".join(f"{split} {count}" for split, count in self.samples.items())
        lines = [f"{self.path}: {self.format}, {counts} samples, {self.files} files, {self.bytes / 1e6:,.1f} MB"]
        if self.left_out:
            lines.append(f"{self.left_out} samples left out (--where, --drop, or found bad by validation)")
        if self.empty:
            lines.append(f"no scene fell into {', '.join(self.empty)}; with few scenes, set --split or another --seed")
        if not self.changed:
            lines.append("nothing to do: it was all there")
        return lines


def export(
    dataset: Path | str,
    output: Path | str,
    form: str,
    options: ExportOptions | None = None,
    *,
    where: str | None = None,
    drop: Path | None = None,
    keep_bad: bool = False,
    workers: int = 1,
    progress: Progress | None = None,
) -> ExportReport:
    """Export a data set; what is there already, from the same samples and options, is left as it is.

    Parameters
    ----------
    dataset : Path or str
        Folder or address of the data set.
    output : Path or str
        Folder of the export.
    form : str
        Name of a format.
    options : ExportOptions, optional
        What a user may ask for.
    where : str, optional
        Condition on the columns of samples.csv, see `parse_where`.
    drop : Path, optional
        File of sample ids to leave out.
    keep_bad : bool
        Whether to take also what a current validation.json says to drop.
    workers : int
        Number of processes.
    progress : Progress, optional
        Called as samples are done.

    Returns
    -------
    ExportReport
        What was exported.

    Raises
    ------
    DsiaError
        For what a user can correct.
    """
    made_by, data = FORMATS.get(form), open_dataset(dataset)
    named = read_drop(drop, data.ids) if drop else frozenset()
    bad = frozenset() if keep_bad else read_findings(data.layout).left_out(data.rows)
    chosen = choose(data, options or ExportOptions(), where, named | bad)
    require_outputs(made_by, chosen)
    made, kept, state = update_export(made_by, chosen, Path(output), workers, progress)
    sizes = [size for part in state.parts.values() for size in part.files.values()] + list(state.whole.values())
    samples: dict[str, int] = {split: len(chosen.of_split(split)) for split in SPLITS}
    asked = [split for split, ratio in zip(SPLITS, chosen.options.ratios, strict=True) if ratio]
    return ExportReport(
        path=str(output), format=form, samples=samples, empty=tuple(split for split in asked if not samples[split]),
        left_out=len(data) - len(chosen.items), made=made, kept=kept, files=len(sizes), bytes=sum(sizes),
    )  # fmt: skip


def require_outputs(form: ExportFormat, chosen: Chosen) -> None:
    """Errors for outputs that are unknown, or that the data set does not have."""
    if chosen.options.outputs is not None and not form.optional:
        raise ConfigError("--outputs", [f"{form.name} has a fixed set of outputs; leave --outputs out"])
    if chosen.options.raw and form.name != "webdataset":
        raise ConfigError("--raw", [f"{form.name} has its own way to store arrays; --raw is for webdataset"])
    for name in chosen.outputs:
        if name not in OUTPUTS:
            raise ConfigError("--outputs", [f"{name!r} is not an output{suggestion(name, list(OUTPUTS))}"])
    form.check(chosen)
    wanted = dict.fromkeys((*form.needs(), *(chosen.options.outputs or ())))
    missing = [name for name in wanted if name not in chosen.dataset.outputs]
    if missing:
        words = ", ".join(missing)
        raise StorageError(f"{form.name} needs {words}, which {chosen.dataset.layout.address} does not have; "
                           f"add {words} to `outputs:` of the job and render it again")  # fmt: skip


def update_export(
    form: ExportFormat, chosen: Chosen, root: Path, workers: int, progress: Progress | None
) -> tuple[int, int, ExportState]:
    """Make the parts that are missing or were made from something else, remove what is no longer wanted, and write the
    files of the whole and the receipt. Returns how many parts were made, how many kept, and what is there then."""
    tasks, options = form.tasks(chosen), chosen.options
    state = read_state(root, form.name)
    keys = {task.name: task.key(form, options) for task in tasks}
    content = chosen.dataset.info.content_hash
    whole = digest([form.name, options.document(), keys, content, __version__])
    todo = [task for task in tasks if not state.holds(root, task.name, keys[task.name])]
    if not todo and state.key == whole and intact(root, state.whole):
        return 0, len(tasks), state
    before = state.files()
    parts = {name: state.parts[name] for name in keys.keys() - {task.name for task in todo}}
    journal = ExportJournal(root, state)
    total = len(chosen.items)
    done = total - sum(len(task.items) for task in todo)
    here = workers <= 1 or len(todo) <= 1
    source = _opened(chosen.dataset, options) if here else (str(chosen.dataset.layout.place), options)
    for task, files in each_done(partial(write_part, form.name, source=source, root=root), todo, workers):
        parts[task.name] = journal.note(task.name, keys[task.name], files)
        done += len(task.items)
        if progress is not None:
            progress(done, total)
    parts = {task.name: parts[task.name] for task in tasks}
    sink = Sink(root)
    _finish(form, chosen, tasks, sink)
    new = ExportState(form.name, whole, parts, dict(sorted(sink.files.items())))
    remove_files(root, before - new.files())
    counts = Counter(item.split for item in chosen.items)
    receipt = ExportDocument(
        version=VERSION,
        format=new.form,
        dataset=chosen.dataset.name,
        content_hash=content,
        made_by={"dsia-gen": __version__},
        options=options.document(),
        samples={split: counts[split] for split in SPLITS},
        key=new.key,
        parts=new.parts,
        files=new.whole,
    )
    journal.close(receipt)
    return max(len(todo), 1), len(tasks) - len(todo), new


def _opened(dataset: Dataset, options: ExportOptions) -> SampleSource:
    return SampleSource(dataset, options.size, options.fit, options.settings)


@lru_cache(maxsize=2)
def _open_source(place: str, options: ExportOptions) -> SampleSource:
    return _opened(open_dataset(place), options)


def write_part(
    form: str, task: ExportTask, source: SampleSource | tuple[str, ExportOptions], root: Path
) -> dict[InsidePath, int]:
    """Write one part; its files with their sizes. A place with options, for another process, is opened first."""
    sink = Sink(root)
    FORMATS.get(form).write(task, source if isinstance(source, SampleSource) else _open_source(*source), sink)
    return dict(sorted(sink.files.items()))


def _finish(form: ExportFormat, chosen: Chosen, tasks: Sequence[ExportTask], sink: Sink) -> None:
    """The table and lists of samples, the card, the licences, and what the format adds."""
    named = [(task.split, name, item) for task in tasks for item, name in zip(task.items, task.names, strict=True)]
    stream = io.StringIO()
    columns = [name for name in sample_columns() if name not in FILE_COLUMNS]
    writer = csv.DictWriter(stream, ["split", "name", *columns], lineterminator="\r\n")
    writer.writeheader()
    rows = ({"split": split, "name": name, **item.row.portable()} for split, name, item in named)
    writer.writerows({column: csv_cell(cell) for column, cell in row.items()} for row in rows)
    sink.put("samples.csv", stream.getvalue().encode())
    groups: dict[str, list[str]] = {}
    for split, name, item in named:
        for group in filter(None, (split, item.subset)):
            groups.setdefault(group, []).append(f"{split}/{name}\n")
    for group, lines in groups.items():
        sink.put(f"lists/{group}.txt", "".join(lines).encode())
    layout = chosen.dataset.layout
    path = layout.fetch(layout.attribution)
    with reading(path):
        sink.put(layout.attribution.name, path.read_bytes())
    sink.put("README.md", form.card(chosen, tasks).encode())
    form.finish(chosen, tasks, sink)
