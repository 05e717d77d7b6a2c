import { DEBIAN_U_BOOT, type MachineSettings } from './machine-settings.ts';

export const QEMU_PROGRAM = 'qemu-system-aarch64';
/** What a device under QEMU is made and run with. */
export const QEMU_NEEDS = [QEMU_PROGRAM, 'qemu-img', 'setpriv'] as const;
/** Relative to the machine's folder, which QEMU runs in: a path of a Unix socket holds 107 bytes only. */
export const MONITOR_SOCKET = 'monitor.sock';
export const NETWORK_CARD = 'network0';

const DEFAULT_MEMORY_MIB = 256;
/** The boot script programs the watchdog by this place in the PCI bus, since U-Boot has no driver for it. */
const WATCHDOG_ADDRESS = '0x1e';

/**
 * The command line of QEMU for one device. Each card has its place in the bus, so that U-Boot counts the disks alike at each
 * boot: virtio 0 is the disk, virtio 1 the factory image.
 *
 * Of the processor models that were measured cortex-a57 is among the fastest under TCG; `max` takes twice as long for its
 * pointer authentication. `restrict=on` would also cut the way to the host's loopback (slirp lets only its own forwards through,
 * and one to a port takes a process a connection), so the guest's network is open and its image speaks to one address only.
 */
export function qemuArguments(settings: MachineSettings): string[] {
  const { uBoot = DEBIAN_U_BOOT, memoryMiB = DEFAULT_MEMORY_MIB, accelerator = 'tcg', clock } = settings;
  const options: readonly Option[] = [
    ['-machine', 'virt'],
    ['-cpu', accelerator === 'kvm' ? 'host' : 'cortex-a57'],
    ['-accel', accelerator],
    ['-smp', '1'],
    ['-m', `${memoryMiB}M`],
    ['-display', 'none'],
    ['-serial', 'stdio'],
    ['-qmp', `unix:${MONITOR_SOCKET},server=on,wait=off`],
    ['-bios', uBoot],
    ...drive('disk', { file: settings.disk, format: 'qcow2', address: '0x1', writeLog: settings.writeLog }),
    ...drive('factory', { file: settings.factoryImage, format: 'raw', address: '0x2' }),
    ['-netdev', `user,id=${NETWORK_CARD}-host,ipv6=off`],
    ['-device', `virtio-net-pci,id=${NETWORK_CARD},netdev=${NETWORK_CARD}-host,addr=0x3,romfile=`],
    ['-device', 'virtio-rng-pci,addr=0x4'],
    ['-device', `i6300esb,addr=${WATCHDOG_ADDRESS}`],
    ...(clock === undefined ? [] : [['-rtc', `base=${clock},clock=host`] as const]),
  ];
  return ['-nodefaults', '-no-user-config', ...options.flat()];
}

type Option = readonly [name: string, value: string];
type Drive = {
  readonly file: string | undefined;
  readonly format: 'qcow2' | 'raw';
  readonly address: string;
  readonly writeLog?: string | undefined;
};

/** The raw one is read-only. `cache=writeback` keeps each flush of the guest a flush: what a power cut loses is what the guest has not flushed. */
function drive(name: string, { file, format, address, writeLog }: Drive): readonly Option[] {
  if (file === undefined) return [];
  const plain = `format=${format},file=${escaped(file)}`;
  const source = writeLog === undefined ? plain : logged(file, writeLog);
  const whole = `if=none,id=${name},${source},cache=writeback`;
  return [
    ['-drive', format === 'raw' ? `${whole},read-only=on` : whole],
    ['-device', `virtio-blk-pci,drive=${name},addr=${address}`],
  ];
}

/** The super block of the log is written with each entry: a pulled plug leaves it whole. */
function logged(file: string, writeLog: string): string {
  const disk = `file.driver=qcow2,file.file.driver=file,file.file.filename=${escaped(file)}`;
  return `driver=blklogwrites,${disk},log.driver=file,log.filename=${escaped(writeLog)},log-super-update-interval=1`;
}

/** A comma parts QEMU's options; two are one in a value. */
function escaped(file: string): string {
  return file.replaceAll(',', ',,');
}
