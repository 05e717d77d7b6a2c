import assert from 'node:assert/strict';
import { test } from 'node:test';
import { qemuArguments } from './qemu-arguments.ts';

/** The value that stands behind an option, or those that do. */
function valuesOf(args: readonly string[], option: string): string[] {
  return args.filter((_, index) => args[index - 1] === option);
}

test('a machine without files is U-Boot alone, with its watchdog where the boot script looks for it', () => {
  const args = qemuArguments({ folder: '/devices/gw-1' });
  assert.deepEqual(valuesOf(args, '-drive'), []);
  assert.ok(valuesOf(args, '-device').includes('i6300esb,addr=0x1e'));
  assert.deepEqual(valuesOf(args, '-accel'), ['tcg']);
  assert.deepEqual(valuesOf(args, '-rtc'), []);
});

test('the disk comes before the factory image, which nobody can write', () => {
  const args = qemuArguments({ folder: '/d', disk: '/d/disk.qcow2', factoryImage: '/d/factory.img' });
  const [disk, factory] = valuesOf(args, '-drive');
  assert.match(disk ?? '', /id=disk,format=qcow2,file=\/d\/disk.qcow2,cache=writeback$/);
  assert.match(factory ?? '', /id=factory,format=raw,.*read-only=on$/);
  const places = valuesOf(args, '-device').flatMap((device) => /drive=(\w+),addr=(\w+)/.exec(device)?.slice(1) ?? []);
  assert.deepEqual(places, ['disk', '0x1', 'factory', '0x2']);
});

test('a comma in a name of a file does not begin another option', () => {
  const args = qemuArguments({ folder: '/d', disk: '/d/a,snapshot=on.qcow2' });
  assert.match(valuesOf(args, '-drive')[0] ?? '', /file=\/d\/a,,snapshot=on\.qcow2,/);
});

test('a wound clock is what the machine starts with', () => {
  const args = qemuArguments({ folder: '/d', clock: '1970-01-01T00:00:00' });
  assert.deepEqual(valuesOf(args, '-rtc'), ['base=1970-01-01T00:00:00,clock=host']);
});

test('a log of writes stands between the machine and its disk', () => {
  const args = qemuArguments({ folder: '/d', disk: '/d/disk.qcow2', writeLog: '/d/writes.log' });
  const [disk] = valuesOf(args, '-drive');
  assert.match(disk ?? '', /driver=blklogwrites,file.driver=qcow2,.*,log.filename=\/d\/writes\.log,/);
});
