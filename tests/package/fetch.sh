#!/usr/bin/env bash
# Brings a clean Debian 12 into the cache folder, as one tar file, with the packages in apt's cache that sluice depends on: the tests
# install into a copy of it, without a network. Done once; again where this file has changed. Needs root, as every debootstrap.
# shellcheck disable=SC2086  # $as_root is one word or none, $needs is a list
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../../deploy/lib.sh
source "$here/../../deploy/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../../deploy/fetch_once.sh
source "$here/../../deploy/fetch_once.sh"

# What the .deb depends on, and with each what that depends on; one that is missing fails the test, which names it.
needs="libcrypt1 libcurl4 libfmt9 libgcc-s1 liblz4-1 libpq5 libprometheus-cpp-core1.0 libsasl2-2 libsimdjson14 libspdlog1.10-fmt9
  libssl3 libstdc++6 libyaml-cpp0.7 libzstd1 zlib1g systemd-standalone-sysusers"

cd "$here"
begin_fetch package "a clean Debian 12 for the packages' tests" 900 fetch.sh
as_root=$(become_root) || die "tests/package/fetch.sh: only root can make a Debian's root; run ./deploy/setup.sh --tests as root, or with sudo"
mirror=$(debian_mirror)
root=$into/root
step "debootstrap" $as_root debootstrap --variant=minbase bookworm "$root" "$mirror"
step "fetching the dependencies" $as_root chroot "$root" apt-get clean
step "fetching the dependencies" $as_root chroot "$root" apt-get install -y --no-install-recommends --download-only $needs
step "dropping apt's indexes, which it makes anew" $as_root find "$root/var/cache/apt" -maxdepth 1 -name "*.bin" -delete
step "making one file of it" $as_root tar --one-file-system -C "$root" -cf "$into/root.tar" .
step "tidying up" $as_root rm -rf "$root"
end_fetch
