import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aShell } from '../test/a-shell.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { HELP_TOPICS } from './help-topics.ts';
import { updraftProgram } from './program.ts';

test('every command has a help page with a name, a synopsis and a summary', async () => {
  const names = (await updraftProgram(aShell(), undefined)).commands.map((command) => command.name());
  assert.ok(names.length > 20);
  for (const name of names) {
    const program = await updraftProgram(aShell(), name);
    const command = program.commands.find((one) => one.name() === name);
    for (const sub of command === undefined ? [] : [command, ...command.commands]) {
      const page = sub.helpInformation();
      assert.match(page, new RegExp(`^NAME\n    updraft .*${sub.name()} - .+`), page);
      assert.match(page, /\nSYNOPSIS\n/);
      assert.match(page, /--json/, page);
    }
  }
});

test('help on a command is its page, with or without the word help first', async () => {
  const [first, second] = [aShell(), aShell()];
  assert.equal(await first.updraft('help', 'device', 'add'), 0);
  assert.equal(await second.updraft('device', 'add', '--help'), 0);
  assert.match(first.out(), /updraft device add - /);
  assert.equal(second.out(), first.out());
});

test('the exit codes have one table, and help shows all of it', async () => {
  const shell = aShell();
  assert.equal(await shell.updraft('help', 'exit-codes'), 0);
  for (const { status, meaning } of Object.values(EXIT_CODES)) assert.ok(shell.out().includes(`${status}  ${meaning}`));
  assert.equal(new Set(Object.values(EXIT_CODES).map((code) => code.status)).size, Object.keys(EXIT_CODES).length);
});

test('every topic that help names can be read', async () => {
  for (const topic of Object.keys(HELP_TOPICS)) {
    const shell = aShell();
    assert.equal(await shell.updraft('help', topic), 0);
    assert.notEqual(shell.out(), '');
  }
});

test('completion knows the commands and their options', async () => {
  const shell = aShell();
  assert.equal(await shell.updraft('completion', 'bash'), 0);
  assert.match(shell.out(), /'rollout'\) words='create .*watch/);
  assert.match(shell.out(), /'bundle create'\) words='.*--detached/);
});

test('an option that takes one value is refused where two are given, and one that collects is not', async () => {
  const shell = aShell();
  assert.equal(await shell.updraft('device', 'list', '--filter', 'name==a', '--filter=name==b'), 2);
  assert.match(shell.err(), /option '--filter <rsql>' was given twice/);
  const policy = ['--window', '0 0 22 ? * * for 4h', '--window', '0 0 12 ? * * for 1h'];
  const draft = ['rollout', 'create', 'x', '--phase', '10%', '--phase', 'rest', '--blackout', '2026-01-01..2026-01-02'];
  const collecting = aShell();
  await collecting.updraft(...draft, '--blackout', '2026-02-01..2026-02-02', ...policy);
  assert.doesNotMatch(collecting.err(), /twice/);
});
