/**
 * What is taken from Debian, and what of it an image holds. A change here wants `reference-device/build --relock`, which
 * keeps in the lock only what files come from.
 */
export const SUITE = 'bookworm';

/** Asked of APT, with all that they depend on. */
export const PACKAGES = [
  'linux-image-arm64',
  'u-boot-qemu',
  'busybox-static',
  'swupdate',
  'libubootenv-tool',
  'e2fsprogs',
  'openssl',
] as const;

/** With the libraries that they load. Everything else is busybox. */
export const PROGRAMS = [
  '/usr/bin/swupdate',
  '/usr/bin/swupdate-client',
  '/usr/bin/swupdate-ipc',
  '/usr/bin/swupdate-progress',
  // SWUpdate loads libubootenv only when it switches slots: these two bring it.
  '/usr/bin/fw_printenv',
  '/usr/bin/fw_setenv',
  '/usr/bin/openssl',
  '/usr/sbin/e2fsck',
  '/usr/sbin/mke2fs',
] as const;

export const FILES = ['/etc/mke2fs.conf', '/etc/ssl/openssl.cnf'] as const;

/** Folders that a running system mounts something on. */
export const MOUNT_POINTS = ['/proc', '/sys', '/dev', '/run', '/tmp', '/data', '/factory'] as const;

/** What the initial file system needs to reach a slot. */
export const INITRD_MODULES = ['virtio_pci', 'virtio_blk', 'ext4'] as const;

/** What is loaded once the slot is there. */
export const SLOT_MODULES = ['virtio_net', 'virtio_rng', 'i6300esb'] as const;

/** U-Boot as the machine's firmware: no part of the disk. */
export const FIRMWARE = '/usr/lib/u-boot/qemu_arm64/u-boot.bin';
