#!/bin/sh
# Buildroot calls this with the images' folder at the end: the golden disk, and where there is a key, the bundle of the slot.
set -eu

images=$1
board=$(dirname "$0")
device=$board/../../..
version=${UPDRAFT_VERSION:-1.0.0}
export PATH="${HOST_DIR:+$HOST_DIR/bin:$HOST_DIR/sbin:}$PATH"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir -p "$work/root/boot-partition"
sed -f "$device/recipes/slot.sed" "$device/boot/boot.cmd" >"$work/boot.cmd"
mkimage -A arm64 -T script -C none -d "$work/boot.cmd" "$work/root/boot-partition/boot.scr" >/dev/null
mkenvimage -s 512 -p 0 -o "$images/env.bin" "$device/boot/environment"
genimage --rootpath "$work/root" --tmppath "$work/tmp" --inputpath "$images" --outputpath "$images" \
  --config "$board/genimage.cfg"

[ -n "${UPDRAFT_KEY:-}" ] || exit 0
zstd -q -f -o "$work/slot.ext4.zst" "$images/rootfs.ext4"
sum=$(sha256sum "$work/slot.ext4.zst" | cut -d ' ' -f 1)
sed -e "s/@@UPDRAFT_VERSION@@/$version/" -e "s/@@UPDRAFT_SHA256@@/$sum/" "$board/sw-description" >"$work/sw-description"
openssl cms -sign -binary -nosmimecap -outform DER -in "$work/sw-description" -out "$work/sw-description.sig" \
  -signer "$UPDRAFT_CERT" -inkey "$UPDRAFT_KEY"
# The description comes first, then its signature.
(cd "$work" && printf '%s\n' sw-description sw-description.sig slot.ext4.zst | cpio -o --quiet -H crc) \
  >"$images/slot-$version.swu"
