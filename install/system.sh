#!/bin/sh
# Looks for what pip does not bring: a Python, and on Linux the libraries that Blender links to. As root with apt it
# installs what is missing, and only that; else it names it. With --check it installs nothing.
set -u
here=$(dirname "$0")

# What every wheel of Blender links to, with the Debian packages that have it; 5.2 links to one more.
LIBRARIES="libX11.so.6:libx11-6 libXrender.so.1:libxrender1 libXfixes.so.3:libxfixes3 libXi.so.6:libxi6
  libXext.so.6:libxext6 libxkbcommon.so.0:libxkbcommon0 libSM.so.6:libsm6 libICE.so.6:libice6 libGL.so.1:libgl1"
LIBRARIES_5="libXt.so.6:libxt6"

can_install() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null && [ "${1:-}" != --check ]; }

# apt prints hundreds of lines: they are kept, and shown where it fails.
quiet_apt() {
  log=$(mktemp)
  if DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Use-Pty=0 "$@" >"$log" 2>&1 </dev/null; then
    rm -f "$log"
    return 0
  fi
  tail -n 20 "$log" >&2
  rm -f "$log"
  return 1
}

# The first Python among the packages of this system that fits; nothing where there is none.
python_packages() {
  for version in 3.13 3.11 3.14 3.12; do
    if apt-cache show "python$version-venv" >/dev/null 2>&1; then
      echo "python$version python$version-venv"
      return
    fi
  done
}

# yes: a Python that fits; brought: one that uv will bring; no: neither
if python=$("$here/python.sh" 2>/dev/null); then
  case $python in uv | with*) found=brought ;; *) found=yes ;; esac
else
  [ -n "${PYTHON:-}" ] && { "$here/python.sh"; exit 1; }
  found=no
fi

# new: the packages of a Python, where one is to be installed
new= updated=no
if [ $found != yes ] && can_install "${1:-}"; then
  quiet_apt update && updated=yes
  new=$(python_packages)
fi

packages=
if [ "$(uname -s)" = Linux ]; then
  line=${DSIA_GEN_BLENDER:-}
  if [ -z "$line" ]; then
    minor=
    [ $found = yes ] && minor=$("$python" -c 'import sys; print(sys.version_info[1])')
    case "$minor $new" in 11\ * | *python3.11\ *) line=4.5 ;; esac
  fi
  case $line in 4.*) ;; *) LIBRARIES="$LIBRARIES $LIBRARIES_5" ;; esac
  linked=$(PATH=$PATH:/sbin:/usr/sbin ldconfig -p 2>/dev/null)
  for pair in $LIBRARIES; do
    case "$linked" in *"${pair%%:*}"*) ;; *) packages="$packages ${pair##*:}" ;; esac
  done
fi

if [ $found = no ] && [ -z "$new" ]; then
  echo "No Python 3.11 to 3.14 that can make virtual environments was found. Install uv, which brings one" \
    "(https://docs.astral.sh/uv), or a Python (on Debian or Ubuntu: sudo apt-get install -y python3 python3-venv;" \
    "on a Mac: brew install python@3.13), and run the same command again." >&2
  [ -n "$packages" ] && echo "Blender also needs: sudo apt-get install -y$packages" >&2
  exit 1
fi
packages=$(echo $new $packages)
[ -z "$packages" ] && exit 0

if ! can_install "${1:-}"; then
  echo "Blender needs system libraries that are missing; on Debian or Ubuntu: sudo apt-get install -y $packages" >&2
  exit 1
fi
echo "installing system packages: $packages"
[ $updated = yes ] || quiet_apt update
if ! quiet_apt install --no-install-recommends $packages; then
  echo "apt-get could not install the packages: see its lines above; mend that, or install them by hand, and run the" \
    "same command again." >&2
  exit 1
fi
