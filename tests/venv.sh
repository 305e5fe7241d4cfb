# Sourced by the `run` of each folder of Python tests, with that folder's name: makes what they all need.
#
# Gives `python` (of a virtual environment with the folder's requirements.txt, every version of which is pinned), `scratch`
# (a new folder, which the caller removes), `clean` (the start of a command into which nothing of the caller's AWS
# configuration comes), and `environment` (which makes further environments). They are kept in cargo's target folder, or where
# TEST_VENVS says.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/$1" && pwd)
root=$(cd "$here/../.." && pwd)

python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "tests/$1 needs Python 3.11 or later as \`python3\`" >&2
    exit 69
}

venvs=${TEST_VENVS:-${CARGO_TARGET_DIR:-$root/target}}
mkdir -p "$venvs"
venvs=$(cd "$venvs" && pwd)

# environment NAME FOLDER: makes a virtual environment with the folder's requirements.txt and prints its Python.
environment() {
    local venv=$venvs/$1-venv
    if ! cmp -s "$2/requirements.txt" "$venv/installed.txt"; then
        rm -rf "$venv" &&
            python3 -m venv "$venv" &&
            "$venv/bin/pip" install --quiet --no-deps --disable-pip-version-check -r "$2/requirements.txt" >&2 &&
            "$venv/bin/pip" check --quiet >&2 &&
            cp "$2/requirements.txt" "$venv/installed.txt" || return
    fi
    echo "$venv/bin/python"
}
python=$(environment "$1" "$here")

scratch=$(mktemp -d)
clean=(env -i "PATH=$PATH" "HOME=$scratch" "TMPDIR=$scratch" LANG=C.UTF-8 NO_COLOR=1
    PYTHONDONTWRITEBYTECODE=1 AWS_EC2_METADATA_DISABLED=true)
