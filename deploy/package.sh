#!/usr/bin/env bash
# Builds the Debian packages, sluice and sluice-dev, out of this checkout: the last lines say where they are.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$here/lib.sh"
# shellcheck source-path=SCRIPTDIR source=host.sh
source "$here/host.sh"

[ $# = 0 ] || die "usage: deploy/package.sh"
"$here/setup.sh"
rm -f "$SLUICE_ROOT"/build/release/*.deb
build_release deb
say "built; install with: apt-get install $SLUICE_ROOT/build/release/sluice_*.deb"
ls "$SLUICE_ROOT"/build/release/*.deb
