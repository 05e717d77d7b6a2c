import { z } from 'zod';

const MAX_NAME_CHARACTERS = 128;
const MAX_VERSION_CHARACTERS = 64;

/** What a device says that it runs: a release by its name and version. */
export const DdiAssignedVersion = z.object({
  name: z.string().min(1).max(MAX_NAME_CHARACTERS),
  version: z.string().min(1).max(MAX_VERSION_CHARACTERS),
});
