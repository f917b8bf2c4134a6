#!/bin/sh
# Prints what the virtual environment is made with: a supported Python that can make environments, `uv`, which brings
# one, or `with PYTHON`, an older one that uv can be installed with. Pythons that a wheel of Blender fits come first.
# PYTHON=... chooses.

# 0: fits and can make environments; 3: fits, and cannot; 4: too old, and can; else: does not fit or does not run
look() {
  "$1" -c '
import sys
fits = (3, 11) <= sys.version_info[:2] <= (3, 14)
try:
    import ensurepip, venv
except ImportError:
    sys.exit(3 if fits else 5)
sys.exit(0 if fits else 4 if (3, 8) <= sys.version_info[:2] < (3, 11) else 5)
' 2>/dev/null
}

if [ -n "$PYTHON" ]; then
  look "$PYTHON"
  case $? in
    0) echo "$PYTHON"; exit 0 ;;
    3) echo "PYTHON=$PYTHON cannot make virtual environments: it lacks venv or ensurepip (Debian: its package ...-venv)" >&2 ;;
    *) echo "PYTHON=$PYTHON is not a Python of version 3.11 to 3.14 that runs; leave PYTHON out to take what is there" >&2 ;;
  esac
  exit 1
fi

for python in python3.13 python3.11 python3.14 python3.12 python3 python; do
  if look "$python"; then echo "$python"; exit 0; fi
done
if command -v uv >/dev/null; then echo uv; exit 0; fi
look python3
if [ $? = 4 ]; then echo "with python3"; exit 0; fi
exit 1
