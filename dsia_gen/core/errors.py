"""The few exceptions that users see; each message is one sentence that names the file or field and the next step."""

from __future__ import annotations


class DsiaError(Exception):
    """Something a user can put right. The command line shows the message without a traceback."""

    exit_code = 1


class ConfigError(DsiaError):
    """A configuration file, preset name or override is wrong. `problems` holds one line for each mistake."""

    exit_code = 2

    def __init__(self, source: str, problems: list[str]) -> None:
        self.source = source
        self.problems = problems
        super().__init__("\n".join([f"{source}: {len(problems)} problem(s)", *(f"  {p}" for p in problems)]))


class RenamedKeyWarning(UserWarning):
    """A configuration uses a name of an earlier version; the message names the file and the present name."""


class AssetError(DsiaError):
    """An asset is missing, broken or not what its manifest entry says; it names both."""


class SamplingError(DsiaError):
    """No scene that satisfies the configuration was found for this seed."""


class DeviceError(DsiaError):
    """The render device that was asked for is not there; the message names what was found."""


class BlenderError(DsiaError):
    """The Blender that was asked for is not there, is damaged or cannot be installed; the message says which."""


class WorkerError(DsiaError):
    """A worker process failed; the message holds the tail of its log. `ended` says how it died, if it did."""

    def __init__(self, message: str, ended: str = "") -> None:
        self.ended = ended
        super().__init__(message)


class StorageError(DsiaError):
    """The data set folder cannot be read or written (full disk, no permission, not a data set)."""


class NetworkError(DsiaError):
    """A store could not be reached, after several tries. A scene that meets it is tried again."""


class AlignError(DsiaError):
    """The aligner cannot train or run with what it was given; the message names the file or the setting."""


class UnknownNameError(DsiaError):
    """A name that no registry lists; the message names the nearest and the known ones."""

    exit_code = 2


class PluginError(DsiaError):
    """Something that was named cannot be loaded: a package is broken, or an extra is not installed."""


class TimeLimitError(WorkerError):
    """A scene took longer than the job allows."""

    def __init__(self, minutes: float) -> None:
        super().__init__(f"took longer than {minutes:g} minutes; raise resources.timeout_minutes of the job")


class ItemLimitError(WorkerError):
    """One item of a worker process took longer than it may."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"took longer than {seconds:g} s for one item")


def error_named(kind: str, message: str) -> DsiaError:
    """The exception of `dsia_gen.core.errors` called `kind`; WorkerError for any other name."""
    known = globals().get(kind)
    if known is ConfigError:
        return ConfigError("scene", [message])
    if known in (TimeLimitError, ItemLimitError):
        return WorkerError(message)
    if isinstance(known, type) and issubclass(known, DsiaError):
        return known(message)
    return WorkerError(f"{kind}: {message}")
