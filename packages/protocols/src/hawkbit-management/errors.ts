import { z } from 'zod';

const PREFIX = 'hawkbit.server.error.';

/**
 * hawkBit's error keys without their prefix: status, and the exception's class behind `org.eclipse.hawkbit.` (frozen wire
 * names). hawkBit answers an address, method or media type that it does not take without a body; ours have a key.
 */
const ERRORS = {
  'rest.param.sortParamSyntax': [400, 'rest.exception.SortParameterSyntaxErrorException'],
  'rest.param.invalidField': [400, 'rest.exception.SortParameterUnsupportedFieldException'],
  'rest.param.invalidDirection': [400, 'rest.exception.SortParameterUnsupportedDirectionException'],
  'rest.param.rsqlInvalidField': [400, 'repository.exception.RSQLParameterUnsupportedFieldException'],
  'rest.param.rsqlParamSyntax': [400, 'repository.exception.RSQLParameterSyntaxException'],
  'rest.body.notReadable': [400, 'rest.exception.MessageNotReadableException'],
  'repo.constraintViolation': [400, 'repository.exception.ConstraintViolationException'],
  'repo.invalidTargetAddress': [400, 'repository.exception.InvalidTargetAddressException'],
  'repo.invalidTargetAttributes': [400, 'repository.exception.InvalidTargetAttributeException'],
  'repo.invalidAutoAssignActionType': [400, 'repository.exception.InvalidAutoAssignActionTypeException'],
  'repo.tenantNotExists': [400, 'repository.exception.TenantNotExistException'],
  'distributionset.creationFailed.missingModule': [
    400,
    'repository.exception.DistributionSetCreationFailedMissingMandatoryModuleException',
  ],
  'distributionset.modules.unsupported': [
    400,
    'repository.exception.UnsupportedSoftwareModuleForThisDistributionSetException',
  ],
  'distributionset.type.undefined': [400, 'repository.exception.DistributionSetTypeUndefinedException'],
  'distributionset.invalid': [400, 'repository.exception.InvalidDistributionSetException'],
  'distributionset.incomplete': [400, 'repository.exception.IncompleteDistributionSetException'],
  'artifact.uploadFailed.checksum.md5.match': [400, 'repository.exception.InvalidMd5HashException'],
  'artifact.uploadFailed.checksum.sha1.match': [400, 'repository.exception.InvalidSha1HashException'],
  'artifact.uploadFailed.checksum.sha256.match': [400, 'repository.exception.InvalidSha256HashException'],
  'artifact.encryptionNotSupported': [400, 'repository.exception.ArtifactEncryptionUnsupportedException'],
  'artifact.encryptionFailed': [400, 'repository.exception.ArtifactEncryptionFailedException'],
  configValueInvalid: [400, 'repository.exception.TenantConfigurationValidatorException'],
  configKeyInvalid: [400, 'repository.exception.InvalidTenantConfigurationKeyException'],
  maintenanceScheduleInvalid: [400, 'repository.exception.InvalidMaintenanceScheduleException'],
  'rollout.illegalState': [400, 'repository.exception.RolloutIllegalStateException'],
  multiAssignmentNotEnabled: [400, 'repository.exception.MultiAssignmentIsNotEnabledException'],
  noWeightProvidedInMultiAssignmentMode: [400, 'repository.exception.NoWeightProvidedInMultiAssignmentModeException'],
  'target.type.incompatible': [400, 'repository.exception.IncompatibleTargetTypeException'],
  'target.type.keyOrNameRequired': [400, 'repository.exception.TargetTypeKeyOrNameRequiredException'],
  notAuthenticated: [401, 'rest.exception.NotAuthenticatedException'],
  insufficientPermission: [403, 'repository.exception.InsufficientPermissionException'],
  entityReadOnly: [403, 'repository.exception.EntityReadOnlyException'],
  'repo.tenantConfigurationValueChangeNotAllowed': [
    403,
    'repository.exception.TenantConfigurationValueChangeNotAllowedException',
  ],
  'repo.entityNotFound': [404, 'repository.exception.EntityNotFoundException'],
  deleted: [404, 'repository.exception.DeletedException'],
  'rest.notFound': [404, 'rest.exception.ResourceNotFoundException'],
  'action.notCancelable': [405, 'repository.exception.CancelActionNotAllowedException'],
  'action.notForceQuitable': [405, 'repository.exception.ForceQuitActionNotAllowedException'],
  'action.notDeletable': [405, 'repository.exception.ActionDeletionNotAllowedException'],
  'rest.methodNotAllowed': [405, 'rest.exception.MethodNotAllowedException'],
  'rest.notAcceptable': [406, 'rest.exception.MediaTypeNotAcceptableException'],
  'repo.entityAlreadyExists': [409, 'repository.exception.EntityAlreadyExistsException'],
  'repo.concurrentModification': [409, 'repository.exception.ConcurrentModificationException'],
  'repo.autoConfAlreadyActive': [409, 'repository.exception.AutoConfirmationAlreadyActiveException'],
  'target.type.used': [409, 'repository.exception.TargetTypeInUseException'],
  'auto.assignment.illegalState': [409, 'repository.exception.AutoAssignmentIllegalStateException'],
  'artifact.binaryDeleted': [410, 'repository.exception.ArtifactBinaryNoLongerExistsException'],
  'confirmation.feedback.gone': [410, 'repository.exception.InvalidConfirmationFeedbackException'],
  'rest.bodyTooLarge': [413, 'rest.exception.BodyTooLargeException'],
  'rest.mediaTypeNotSupported': [415, 'rest.exception.MediaTypeNotSupportedException'],
  locked: [423, 'repository.exception.LockedException'],
  stopRolloutFailed: [423, 'repository.exception.StopRolloutException'],
  tooManyRequests: [429, 'rest.exception.TooManyRequestsException'],
  'quota.tooManyEntries': [429, 'repository.exception.AssignmentQuotaExceededException'],
  'quota.fileSizeExceeded': [429, 'repository.exception.FileSizeQuotaExceededException'],
  'quota.storageExceeded': [429, 'repository.exception.StorageQuotaExceededException'],
  'artifact.uploadFailed': [500, 'repository.exception.ArtifactUploadFailedException'],
  internal: [500, 'rest.exception.InternalErrorException'],
  notReady: [503, 'rest.exception.NotReadyException'],
  storageFull: [507, 'repository.exception.StorageFullException'],
} as const satisfies Record<string, readonly [status: number, exceptionClass: string]>;

export type ManagementErrorKey = keyof typeof ERRORS;
export const MANAGEMENT_ERROR_KEYS = Object.keys(ERRORS) as [ManagementErrorKey, ...ManagementErrorKey[]];

export const ManagementError = z
  .object({
    exceptionClass: z.string(),
    errorCode: z.string().describe(`\`${PREFIX}\` and a key`),
    message: z.string(),
    info: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: 'ExceptionInfo' });
export type ManagementError = z.output<typeof ManagementError>;

/** hawkBit's error body with its status. */
export function managementError(
  key: ManagementErrorKey,
  message: string,
): { readonly status: number; readonly body: ManagementError } {
  const [status, exceptionClass] = ERRORS[key];
  return {
    status,
    body: { exceptionClass: `org.eclipse.hawkbit.${exceptionClass}`, errorCode: PREFIX + key, message },
  };
}

export function managementErrorStatus(key: ManagementErrorKey): number {
  return ERRORS[key][0];
}
