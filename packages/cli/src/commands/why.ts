import { Command } from 'commander';
import type { CallAnswer } from '@updraft/protocols';
import { agoText, localTimeText } from '../output/figures.ts';
import { terminalWidth } from '../output/printer.ts';
import type { Printer } from '../output/printer.ts';
import { tablePrinter } from '../output/table.ts';
import type { Column } from '../output/table.ts';
import { harmless } from '../output/text-width.ts';
import { openSession } from '../session.ts';
import type { Shell } from '../shell.ts';

type WhyAnswer = CallAnswer<'devices.why'>;
type Gate = WhyAnswer['gates'][number];

/** `updraft why DEVICE` */
export function whyCommand(shell: Shell): Command {
  return new Command('why')
    .summary('why a device has not got its update')
    .description(
      'Shows every gate between a device and its update, in order: passed or not, the fact that was read, and when it will change by itself. The same code decides.',
    )
    .argument('<device>', 'the device')
    .action(async (device: string, _: object, self: Command) => {
      const { api, print } = await openSession(shell, self);
      const why = await api.call('devices.why', { params: { device } });
      print.show(why, () => whyLines(why, shell, print));
    });
}

function whyLines(why: WhyAnswer, shell: Shell, { paint }: Printer): string[] {
  const columns: Column<Gate>[] = [
    { title: '', value: (gate) => (gate.passed ? 'passed' : 'shut'), style: (gate) => (gate.passed ? 'green' : 'red') },
    { title: 'GATE', value: (gate) => gate.gate },
    { title: 'FACT', value: (gate) => gate.fact },
    { title: 'CHANGES', value: (gate) => localTimeText(gate.nextChange, shell.timeZone) },
  ];
  const granted = why.mayInstall
    ? 'It may download and install.'
    : why.mayDownload
      ? 'It may download, not yet install.'
      : 'It may not download yet.';
  return [
    paint('bold', harmless(why.summary)),
    ...(why.gates.length === 0
      ? []
      : ['', ...tablePrinter(columns, { width: terminalWidth(shell.stdout), paint })(why.gates)]),
    '',
    `${why.gates.length === 0 ? '' : `${granted} `}Last contact: ${agoText(why.lastContactAt, shell.now())}.`,
  ];
}
