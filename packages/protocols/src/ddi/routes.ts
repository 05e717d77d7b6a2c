type DdiRoute = {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Behind {@link DDI_PREFIX}; parameters as `{name}`. */
  readonly path: string;
  readonly summary: string;
};

export const DDI_PREFIX = '/{tenant}/controller/v1/{controllerId}';

/** Every operation of hawkBit's device API, by name: for the pages that list them, and the test that finds them mounted. */
// prettier-ignore
export const ddiRoutes = {
  'poll': { method: 'GET', path: '', summary: 'What there is to do' },
  'deployment.show': { method: 'GET', path: '/deploymentBase/{actionId}', summary: 'What is to be downloaded and installed' },
  'deployment.feedback': { method: 'POST', path: '/deploymentBase/{actionId}/feedback', summary: 'How it goes' },
  'cancel.show': { method: 'GET', path: '/cancelAction/{actionId}', summary: 'What is to be given up' },
  'cancel.feedback': { method: 'POST', path: '/cancelAction/{actionId}/feedback', summary: 'Whether it is given up' },
  'confirmation.base': { method: 'GET', path: '/confirmationBase', summary: 'What waits for a yes' },
  'confirmation.show': { method: 'GET', path: '/confirmationBase/{actionId}', summary: 'What the yes is asked for' },
  'confirmation.feedback': { method: 'POST', path: '/confirmationBase/{actionId}/feedback', summary: 'Yes or no' },
  'confirmation.activate': { method: 'POST', path: '/confirmationBase/activateAutoConfirm', summary: 'Yes to all that comes' },
  'confirmation.deactivate': { method: 'POST', path: '/confirmationBase/deactivateAutoConfirm', summary: 'Ask again' },
  'config-data': { method: 'PUT', path: '/configData', summary: 'What a device says of itself' },
  'installed.show': { method: 'GET', path: '/installedBase/{actionId}', summary: 'What was installed' },
  'installed.report': { method: 'PUT', path: '/installedBase', summary: 'What was installed in another way' },
  'artifacts.list': { method: 'GET', path: '/softwaremodules/{moduleId}/artifacts', summary: 'Files of a module' },
  'artifacts.download': { method: 'GET', path: '/softwaremodules/{moduleId}/artifacts/{fileName}', summary: 'The bytes of a file' },
  'artifacts.md5sum': { method: 'GET', path: '/softwaremodules/{moduleId}/artifacts/{fileName}.MD5SUM', summary: 'Its checksum, as md5sum writes it' },
} as const satisfies Record<string, DdiRoute>;
export type DdiRouteName = keyof typeof ddiRoutes;
