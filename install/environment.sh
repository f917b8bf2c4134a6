#!/bin/sh
# Makes a virtual environment with dsia-gen, or brings it up to date: install/environment.sh FOLDER [dev|test]
# test adds what pylock.toml holds; dev also adds torch, which the aligner needs, as constraints.txt says.
set -u
here=$(dirname "$0")
folder=$1
what=${2:-}
case $what in "" | dev | test) ;; *) echo "$0: $what is neither dev nor test" >&2; exit 2 ;; esac

fail() {
  grep -E '^ *(ERROR|error):|Errno|CERTIFICATE_VERIFY_FAILED' "$folder/install.log" 2>/dev/null | sed 's/^ *//' | tail -n 2 >&2
  echo "$1" >&2
  exit 1
}

if ! "$folder/bin/python" -c 'import sys' 2>/dev/null; then
  python=$("$here/python.sh") || { "$here/system.sh" --check; exit 1; }
  mkdir -p "$folder"
  case $python in
  uv | with*)
    uv=uv
    if [ "$python" != uv ]; then
      uv=$folder-uv/bin/uv
      ${python#with } -m venv "$folder-uv" && "$folder-uv/bin/python" -m pip install --quiet uv || {
        echo "uv, which brings a Python that fits, could not be installed: check the network, or install a Python 3.11" \
          "to 3.14." >&2
        exit 1
      }
    fi
    echo "making $folder with a Python that uv brings"
    "$uv" venv --quiet --clear --seed --python 3.13 "$folder" >"$folder.log" 2>&1 || {
      tail -n 3 "$folder.log" >&2
      echo "uv could bring no Python 3.13: see the lines above; without a network, install a Python 3.11 to 3.14." >&2
      exit 1
    }
    rm -f "$folder.log"
    ;;
  *)
    echo "making $folder with $("$python" --version)"
    "$python" -m venv --clear "$folder" || fail "$python could not make the virtual environment $folder"
    ;;
  esac
fi

# Options and addresses of package indexes are those that the user gave to pip.
pip() {
  "$folder/bin/python" -m pip --disable-pip-version-check "$@" >"$folder/install.log" 2>&1 </dev/null ||
    fail "pip could not install the packages (all it said: $folder/install.log); check the network, or install from a \
folder of wheels (docs/install.md), and run the same command again."
}
echo "installing Python packages${what:+ (with those of development)}"
pip install --upgrade pip
case $what in
  dev | test)
    pip install --no-deps -r pylock.toml
    [ "$what" = test ] || pip install -c constraints.txt torch
    pip install --no-deps -e .
    ;;
  *) pip install -e . ;;
esac
