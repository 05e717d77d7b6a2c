import type { Command } from 'commander';
import { withExamples } from '../help-page.ts';
import { launched } from '../launched.ts';

const GOES_ON =
  'What is switched on goes on after the command, until it is stopped or this machine is; its disk stays.';

/** `updraft device …` for devices under QEMU on this machine: the reference device's own program does them. */
export function emulatedDeviceCommands(): readonly Command[] {
  return [start(), stop(), status(), power(), network(), breakPart(), clock(), readConsole()];
}

function start(): Command {
  const command = launched('start', {
    summary: 'start reference devices under QEMU, joined to the server',
    description: `Boots gateways with two slots, U-Boot, Linux and SWUpdate, arm64 under QEMU, without hardware. Adds those that are missing to the server with a token of their own, and builds the image where there is none; the first build fetches some 100 MB of Debian's packages.
A device trusts bundles that the server's signing certificates signed, and speaks TLS only. It reaches this machine as 10.0.2.2: the certificate of a server here must hold this address.
${GOES_ON}`,
  })
    .argument('[name...]', 'their names; without any, new ones are made up: gateway-1, gateway-2, …')
    .option('-n, --count <number>', 'how many, where none is named (1)')
    .option('--type <device-type>', 'their device type; made where it is missing (reference-gateway)')
    .option('--cert <file>', "whose signature on a bundle they take, in PEM (the server's signing certificates)")
    .option('--image <dir>', 'where the image is, or is built ($XDG_CACHE_HOME/updraft/reference-device)')
    .option('--allow-downgrade', 'they install older versions than they run as well');
  return withExamples(command, ['updraft device start -n 3', 'updraft device start line-4 --type board-a']);
}

function stop(): Command {
  return launched('stop', {
    summary: 'switch devices under QEMU off',
    description: 'Pulls the plug. The server still knows the device; "updraft device start NAME" starts it again.',
  })
    .argument('[name...]', 'the devices')
    .option('--all', 'all on this machine')
    .option('--forget', 'remove them from this machine, with their disks');
}

function status(): Command {
  return launched('status', {
    summary: 'devices under QEMU on this machine',
    description: 'Lists them: on or off, their server, and the file with their console.',
  });
}

function power(): Command {
  const command = launched('power', {
    summary: 'pull the plug of a device under QEMU, or put it in',
    description:
      'cut: off at once, and what the device has not flushed to its disk is lost. on: off and on again is "cycle". reset: the reset button.',
  })
    .argument('<name>', 'the device')
    .argument('<action>', 'cut, on, cycle or reset');
  return withExamples(command, ['updraft device power gateway-1 cut', 'updraft device power gateway-1 on']);
}

function network(): Command {
  return launched('network', {
    summary: 'pull the network cable of a device under QEMU, or plug it in',
    description:
      'cut: open connections hang, and new ones come to nothing. A device that is switched on has its cable in.',
  })
    .argument('<name>', 'the device')
    .argument('<action>', 'cut or mend');
}

function breakPart(): Command {
  return launched('break', {
    summary: 'make a part of the disk of a device under QEMU unreadable',
    description: 'A device that is on loses its power first, and is switched on again.',
  })
    .argument('<name>', 'the device')
    .argument('<part>', 'slot-a, slot-b, environment, environment-copy or data');
}

function clock(): Command {
  const command = launched('clock', {
    summary: 'wind the clock of a device under QEMU',
    description: 'What it shows from its next power-on; a device that is on loses its power and is switched on again.',
  })
    .argument('<name>', 'the device')
    .argument('<time>', 'UTC, or "now" for the time of this machine');
  return withExamples(command, ['updraft device clock gateway-1 1970-01-01T00:00:00']);
}

function readConsole(): Command {
  return launched('console', {
    summary: 'what a device under QEMU prints on its serial line',
    description: 'Its last lines, over all its boots, each with the time (UTC) at which it came.',
  })
    .argument('<name>', 'the device')
    .option('-f, --follow', 'go on until Ctrl-C')
    .option('--lines <number>', 'how many (40)');
}
