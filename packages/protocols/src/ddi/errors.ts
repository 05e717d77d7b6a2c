/** hawkBit's error codes that our door answers, with their HTTP status and exception class (frozen wire names). */
const DDI_ERRORS = {
  'hawkbit.server.error.rest.body.notReadable': {
    status: 400,
    exceptionClass: 'org.eclipse.hawkbit.rest.exception.MessageNotReadableException',
    message: 'The given request body is not well formed',
  },
  'hawkbit.server.error.repo.constraintViolation': {
    status: 400,
    exceptionClass: 'jakarta.validation.ConstraintViolationException',
    message: 'The given controller id is not valid',
  },
  'hawkbit.server.error.repo.invalidTargetAttributes': {
    status: 400,
    exceptionClass: 'org.eclipse.hawkbit.repository.exception.InvalidTargetAttributeException',
    message: 'The given target attributes are not valid',
  },
  'hawkbit.server.error.repo.entityNotFound': {
    status: 404,
    exceptionClass: 'org.eclipse.hawkbit.repository.exception.EntityNotFoundException',
    message: 'The entity does not exist',
  },
  'hawkbit.server.error.action.notCancelable': {
    status: 405,
    exceptionClass: 'org.eclipse.hawkbit.repository.exception.CancelActionNotAllowedException',
    message: 'The action is not being canceled',
  },
  'hawkbit.server.error.repo.autoConfAlreadyActive': {
    status: 409,
    exceptionClass: 'org.eclipse.hawkbit.repository.exception.AutoConfirmationAlreadyActiveException',
    message: 'Auto-confirmation is already active',
  },
  'hawkbit.server.error.quota.tooManyEntries': {
    status: 429,
    exceptionClass: 'org.eclipse.hawkbit.repository.exception.AssignmentQuotaExceededException',
    message: 'Too many entries',
  },
} as const;

export type DdiErrorCode = keyof typeof DDI_ERRORS;

export function ddiError(errorCode: DdiErrorCode) {
  const { status, exceptionClass, message } = DDI_ERRORS[errorCode];
  return { status, body: { exceptionClass, errorCode, message } };
}
