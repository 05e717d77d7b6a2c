import type { CommandMap } from '@updraft/store';
import { artifactCommands } from './artifact-commands.ts';
import { assignmentCommands } from './assignment-commands.ts';
import { attributeCommands } from './attribute-commands.ts';
import { componentCommands } from './component-commands.ts';
import { contactCommands } from './contact-commands.ts';
import { deviceCommands } from './device-commands.ts';
import { deviceTypeCommands } from './device-type-commands.ts';
import { gatewayTokenCommands } from './gateway-token-commands.ts';
import { jobCommands } from './job-commands.ts';
import { idempotencyCommands } from './idempotency-commands.ts';
import { releaseCommands } from './release-commands.ts';
import { reportCommands } from './report-commands.ts';
import { rolloutCommands } from './rollout-commands.ts';
import { signingCertificateCommands } from './signing-certificate-commands.ts';
import { tenantCommands } from './tenant-commands.ts';
import { tokenCommands } from './token-commands.ts';
import { uploadCommands } from './upload-commands.ts';
import { userCommands } from './user-commands.ts';

/** Every command by name. The writer thread imports this module: nothing heavy may come with it. */
export const commands = {
  ...artifactCommands,
  ...assignmentCommands,
  ...attributeCommands,
  ...componentCommands,
  ...contactCommands,
  ...deviceCommands,
  ...deviceTypeCommands,
  ...gatewayTokenCommands,
  ...jobCommands,
  ...idempotencyCommands,
  ...releaseCommands,
  ...reportCommands,
  ...rolloutCommands,
  ...signingCertificateCommands,
  ...tenantCommands,
  ...tokenCommands,
  ...uploadCommands,
  ...userCommands,
} satisfies CommandMap;

export type Commands = typeof commands;
