import type { CommandMap } from '@updraft/store';
import { artifactCommands } from './artifact-commands.ts';
import { assignmentCommands } from './assignment-commands.ts';
import { autoAssignmentCommands } from './auto-assignment.ts';
import { autoConsentCommands } from './auto-consent-commands.ts';
import { componentKindCommands } from './component-kind-commands.ts';
import { releaseKindCommands } from './release-kind-commands.ts';
import { componentAmendCommands } from './component-amend-commands.ts';
import { componentArtifactCommands } from './component-artifact-commands.ts';
import { softwareMetadataCommands } from './software-metadata-commands.ts';
import { releaseDraftCommands } from './release-draft-commands.ts';
import { releasePartCommands } from './release-parts.ts';
import { releaseTagCommands } from './release-tag-commands.ts';
import { attributeCommands } from './attribute-commands.ts';
import { componentCommands } from './component-commands.ts';
import { consentCommands } from './consent-commands.ts';
import { contactCommands } from './contact-commands.ts';
import { deviceAmendCommand } from './device-amend-command.ts';
import { deviceCommands } from './device-commands.ts';
import { deviceLifecycleCommands } from './device-lifecycle-commands.ts';
import { deviceRegistrationCommands } from './device-registration-commands.ts';
import { deviceTypeCommands } from './device-type-commands.ts';
import { forgetAssignmentsCommand } from './forget-assignments.ts';
import { forecastCommands } from './forecast-commands.ts';
import { gatewayTokenCommands } from './gateway-token-commands.ts';
import { installedCommands } from './installed-commands.ts';
import { jobCommands } from './job-commands.ts';
import { joiningCommands } from './joining-commands.ts';
import { linkedRolloutCommands } from './linked-rollout-commands.ts';
import { nextPhaseCommands } from './next-phase.ts';
import { importCommands } from './import-commands.ts';
import { idempotencyCommands } from './idempotency-commands.ts';
import { groupCommands } from './group-commands.ts';
import { makeRoomCommand } from './make-room.ts';
import { metadataCommands } from './metadata-commands.ts';
import { placeCommands } from './place-commands.ts';
import { releaseCommands } from './release-commands.ts';
import { reportBatchCommands } from './report-batch.ts';
import { reportCommands } from './report-commands.ts';
import { retentionCommands } from './retention-commands.ts';
import { rolloutCommands } from './rollout-commands.ts';
import { rolloutDeletionCommands } from './rollout-deletion.ts';
import { savedFilterCommands } from './saved-filter-commands.ts';
import { signingCertificateCommands } from './signing-certificate-commands.ts';
import { tagCommands } from './tag-commands.ts';
import { tenantCommands } from './tenant-commands.ts';
import { tenantOptionCommands } from './tenant-option-commands.ts';
import { tokenCommands } from './token-commands.ts';
import { namedDeviceTypeCommands } from './named-device-type-commands.ts';
import { putOffCommands } from './put-off-commands.ts';
import { uploadCommands } from './upload-commands.ts';
import { userCommands } from './user-commands.ts';

/** Every command by name. The writer thread imports this module: nothing heavy may come with it. */
export const commands = {
  ...artifactCommands,
  ...assignmentCommands,
  ...attributeCommands,
  ...autoAssignmentCommands,
  ...autoConsentCommands,
  ...componentCommands,
  ...componentKindCommands,
  ...releaseKindCommands,
  ...componentAmendCommands,
  ...componentArtifactCommands,
  ...softwareMetadataCommands,
  ...releaseDraftCommands,
  ...releasePartCommands,
  ...releaseTagCommands,
  ...consentCommands,
  ...contactCommands,
  ...deviceAmendCommand,
  ...deviceCommands,
  ...deviceLifecycleCommands,
  ...deviceRegistrationCommands,
  ...deviceTypeCommands,
  ...forecastCommands,
  ...forgetAssignmentsCommand,
  ...gatewayTokenCommands,
  ...installedCommands,
  ...jobCommands,
  ...groupCommands,
  ...idempotencyCommands,
  ...importCommands,
  ...joiningCommands,
  ...linkedRolloutCommands,
  ...makeRoomCommand,
  ...metadataCommands,
  ...nextPhaseCommands,
  ...placeCommands,
  ...putOffCommands,
  ...releaseCommands,
  ...retentionCommands,
  ...reportBatchCommands,
  ...reportCommands,
  ...rolloutCommands,
  ...rolloutDeletionCommands,
  ...savedFilterCommands,
  ...signingCertificateCommands,
  ...tagCommands,
  ...tenantCommands,
  ...tenantOptionCommands,
  ...tokenCommands,
  ...namedDeviceTypeCommands,
  ...uploadCommands,
  ...userCommands,
} satisfies CommandMap;

export type Commands = typeof commands;
