import { Command } from 'commander';
import { withExamples } from '../help-page.ts';
import { launched } from '../launched.ts';

const SETTINGS = `It works on the data itself, not over HTTP: run it where the server runs, as its user, with the server's own settings (UPDRAFT_DATA_DIR, UPDRAFT_DATABASE_URL, UPDRAFT_CONFIG).`;

/** `updraft backup` */
export function backupCommand(): Command {
  const command = launched('backup', {
    summary: 'save everything that a server keeps, also while it serves',
    description: `Writes the database as it is at one moment, every artifact that it names, and the instance key into a new folder. ${SETTINGS}
The folder has its name only when it is whole; each file in it has been hashed. Keep it as secret as the server.`,
  }).argument('<dir>', 'a folder that does not exist yet');
  return withExamples(command, ['updraft backup /backups/updraft-monday']);
}

/** `updraft restore` */
export function restoreCommand(): Command {
  const command = launched('restore', {
    summary: 'make a server from a backup',
    description: `Fills an empty data directory, and on PostgreSQL an empty database, from a backup of either database. All or nothing, and checked first. ${SETTINGS}
Wire ids go on behind a gap, so that no device takes a new update for one that it knows.`,
  })
    .argument('<dir>', 'the folder that "updraft backup" made')
    .option('--check', 'only read the whole backup and compare it with its manifest');
  return withExamples(command, [
    'updraft restore --check /backups/updraft-monday',
    'UPDRAFT_DATA_DIR=/var/lib/updraft updraft restore /backups/updraft-monday',
  ]);
}

/** `updraft db …` */
export function dbCommand(): Command {
  const copy = launched('copy', {
    summary: 'copy the embedded database to PostgreSQL',
    description:
      'Copies every table of a server that is stopped into an empty PostgreSQL database, in one transaction, and compares the number of rows table by table. Artifacts stay in the data directory.',
  })
    .requiredOption('--from <dir>', 'the data directory of the server')
    .requiredOption('--to <url>', 'postgres://USER:PASSWORD@HOST:PORT/DATABASE');
  const summary = 'the database of a server';
  return new Command('db')
    .summary(summary)
    .addCommand(
      withExamples(copy, ['updraft db copy --from /var/lib/updraft --to postgres://updraft:secret@db:5432/updraft']),
    );
}

/** `updraft doctor` */
export function doctorCommand(): Command {
  const command = launched('doctor', {
    summary: 'look for what is wrong with a server, and say what to do',
    description: `Checks configuration, database, counts, objects, leases, clocks, disk space and certificates, also while the server serves, and changes nothing. ${SETTINGS}
Exit status: 0 nothing is wrong (there may be warnings), 1 something is, 2 wrong use.`,
  }).option('--full', 'count every rollout and hash every object, not a sample');
  return withExamples(command, ['updraft doctor', 'updraft doctor --full --json']);
}
