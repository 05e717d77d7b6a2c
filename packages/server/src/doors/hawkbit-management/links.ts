import { type Link, MANAGEMENT_PREFIX } from '@updraft/protocols/hawkbit-management';

/** Makes an absolute link: `to\`/targets/${id}\`` escapes what is put in. */
export type LinkMaker = (path: TemplateStringsArray, ...parts: readonly (string | number)[]) => Link;

/** Links begin where the client found us. */
export function linksFrom(origin: string): LinkMaker {
  return (path, ...parts) => ({
    href: origin + MANAGEMENT_PREFIX + String.raw({ raw: path }, ...parts.map((part) => encodeURIComponent(part))),
  });
}
