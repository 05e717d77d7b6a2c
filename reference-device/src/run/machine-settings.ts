/** Debian's package u-boot-qemu, built for QEMU's machine `virt`. */
export const DEBIAN_U_BOOT = '/usr/lib/u-boot/qemu_arm64/u-boot.bin';

/** A network card that is not there in the host's network: the guest reaches the host's loopback, and nothing listens for it. */
export const HOST_SEEN_FROM_GUEST = '10.0.2.2';

export type Accelerator = 'tcg' | 'kvm';

export type MachineSettings = {
  /** Of this machine alone: its sockets are made there. */
  readonly folder: string;
  readonly uBoot?: string;
  /** qcow2 over the golden image; absent: U-Boot comes up without a disk. */
  readonly disk?: string;
  /** An empty file that takes every write and flush of the disk in their order, as dm-log-writes does. */
  readonly writeLog?: string;
  /** Raw, never written. */
  readonly factoryImage?: string;
  /** What its clock shows at power-on, to the second, UTC: `1970-01-01T00:00:00`. Absent: the host's time. */
  readonly clock?: string;
  readonly memoryMiB?: number;
  readonly accelerator?: Accelerator;
};
