/** What `rootfs/etc/hwrevision` says. */
const HARDWARE = 'updraft-reference:1.0';
/** Where a running device names its partitions by their labels. */
const PARTITIONS = '/dev/part';
const SLOTS = ['a', 'b'] as const;

/** What goes into the bundle of a slot. Files are named as `updraft bundle create` is to find them. */
export type SlotBundleWish = {
  readonly version: string;
  /** `slot.ext4` of a build. */
  readonly slotImage: string;
  readonly keyFile: string;
  readonly certificateFile: string;
  readonly output: string;
  /** SWUpdate's file of an AES key, which the factory image then holds too. */
  readonly aesKeyFile?: string;
  /** zstd: the image is half as long on the wire, and SWUpdate unpacks while it writes. */
  readonly isCompressed?: boolean;
  readonly hardware?: string;
  readonly partitions?: string;
};

/**
 * The words after `updraft bundle create` for the bundle of a slot: kernel, initial file system and root in one image (QEMU's device tree
 * comes with the machine; on a board it lies beside the kernel). A device asks for the slot that it does not run (`-e stable,slot-b`), and the
 * switch to it comes with the bundle: the other slot, on trial, not yet counted. It is written only after the image.
 */
export function slotBundleArguments(wish: SlotBundleWish): readonly string[] {
  const { hardware = HARDWARE, partitions = PARTITIONS, isCompressed = true } = wish;
  const content = [
    '--version',
    wish.version,
    '--hardware',
    hardware,
    '--image',
    wish.slotImage,
    '--installed-directly',
  ];
  if (isCompressed) content.push('--compress', 'zstd');
  if (wish.aesKeyFile !== undefined) content.push('--encrypt', wish.aesKeyFile);
  const signer = ['--key', wish.keyFile, '--cert', wish.certificateFile];
  return [...content, ...SLOTS.flatMap((slot) => selection(slot, partitions)), ...signer, '--out', wish.output];
}

function selection(slot: string, partitions: string): readonly string[] {
  const name = `stable,slot-${slot}`;
  const variables = [`slot=${slot}`, 'upgrade_available=1', 'bootcount=0'];
  const place = ['--selection', `${name}=${partitions}/slot-${slot}`];
  return [...place, ...variables.flatMap((variable) => ['--bootenv', `${name}:${variable}`])];
}
