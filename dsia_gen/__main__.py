"""`python -m dsia_gen` is `dsia-gen`."""

from __future__ import annotations

from dsia_gen.cli.main import run

if __name__ == "__main__":
    run()
