#!/usr/bin/env bash
# The real programs that the live tests run against. Where they cannot be installed, the tests that need
# them say so and are counted as skipped.
set -u
packages=(bubblewrap busybox-static chromium fish gcc-multilib golang-github-containers-common graphviz libseccomp2 linux-libc-dev man-db python3 python3-yaml qemu-system-x86 runc strace systemd tmux util-linux zsh)
missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
  echo "not installed, and not installable here: ${missing[*]}" >&2
  exit 0
fi
echo "Installing ${missing[*]} …" >&2
log=$(mktemp)
install() { DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" >>"$log" 2>&1; }
apt-get update >"$log" 2>&1
# One that cannot be had does not keep the others away.
install "${missing[@]}" || for package in "${missing[@]}"; do
  install "$package" || { tail -5 "$log"; echo "could not install $package"; } >&2
done
exit 0
