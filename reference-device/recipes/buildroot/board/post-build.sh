#!/bin/sh
# Buildroot calls this with the target's folder before it makes the file system of it.
set -eu

target=$1
device=$BR2_EXTERNAL_UPDRAFT_PATH/../..
version=${UPDRAFT_VERSION:-1.0.0}

for folder in proc sys dev run tmp data factory; do mkdir -p "$target/$folder"; done
printf 'VERSION=%s\nBUILD_TIME=%s\n' "$version" "${SOURCE_DATE_EPOCH:-$(date +%s)}" >"$target/etc/updraft-release"
# SWUpdate reads it where both copies of the environment are torn; without it fw_setenv fails.
cp "$device/boot/environment" "$target/etc/u-boot-initial-env"
# Buildroot's own start scripts: the overlay's inittab and rcS take their place.
rm -f "$target"/etc/init.d/S*
sed -f "$device/recipes/inittab.sed" "$device/rootfs/etc/inittab" >"$target/etc/inittab"
