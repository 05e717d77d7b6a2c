import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Machine, MachineError } from './machine.ts';
import { ConsoleError } from './console.ts';
import type { Accelerator } from './machine-settings.ts';

/** Long for a U-Boot under KVM, which takes less than one second. */
const BOOT_WITHIN_MS = 15_000;
const U_BOOT_SPEAKS = /^U-Boot /m;

export type AcceleratorChoice = { readonly accelerator: Accelerator; readonly why: string };

/**
 * How QEMU shall run a device on this host. That /dev/kvm opens says nothing (inside another virtual machine it may be there and not
 * work), so U-Boot is booted with it. An arm64 device on another processor never uses KVM.
 */
export async function chooseAccelerator(architecture: string = process.arch): Promise<AcceleratorChoice> {
  if (architecture !== 'arm64')
    return {
      accelerator: 'tcg',
      why: `the device is arm64 and this host is ${architecture}: QEMU translates its code`,
    };
  const folder = await mkdtemp(path.join(os.tmpdir(), 'updraft-kvm-'));
  try {
    return (await bootsUnderKvm(folder))
      ? { accelerator: 'kvm', why: 'U-Boot came up under KVM' }
      : { accelerator: 'tcg', why: `U-Boot did not come up under KVM in ${BOOT_WITHIN_MS / 1000} s` };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function bootsUnderKvm(folder: string): Promise<boolean> {
  await using machine = await Machine.create({ folder, accelerator: 'kvm' });
  try {
    await machine.switchOn();
    await machine.console.waitFor(U_BOOT_SPEAKS, { timeLimitMs: BOOT_WITHIN_MS });
    return true;
  } catch (cause) {
    if (cause instanceof ConsoleError || cause instanceof MachineError) return false;
    throw cause;
  }
}
