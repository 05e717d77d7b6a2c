/** The sections of a sw-description whose entries name a handler by their `type`. */
export type Section = 'images' | 'files' | 'scripts' | 'partitions' | 'bootenv';

/** Which handlers Debian's SWUpdate 2022.12 registers, in which sections each may be named, and which need no member of their own. */
const HANDLERS: Readonly<Record<string, { readonly sections: readonly Section[]; readonly withoutData?: true }>> = {
  dummy: { sections: ['images', 'files', 'scripts', 'partitions'] },
  archive: { sections: ['images', 'files'] },
  tar: { sections: ['images', 'files'] },
  uboot: { sections: ['images', 'files', 'bootenv'] },
  bootloader: { sections: ['images', 'files', 'bootenv'] },
  flash: { sections: ['images', 'files'] },
  'flash-hamming1': { sections: ['images', 'files'] },
  delta: { sections: ['images', 'files'] },
  diskformat: { sections: ['partitions'], withoutData: true },
  diskpart: { sections: ['partitions'], withoutData: true },
  toggleboot: { sections: ['scripts'], withoutData: true },
  gptswap: { sections: ['scripts'], withoutData: true },
  gptpart: { sections: ['images', 'files'] },
  uniqueuuid: { sections: ['partitions'], withoutData: true },
  lua: { sections: ['scripts'] },
  raw: { sections: ['images', 'files'] },
  rawfile: { sections: ['images', 'files'] },
  rdiff_image: { sections: ['images', 'files'] },
  rdiff_file: { sections: ['images', 'files'] },
  readback: { sections: ['scripts'], withoutData: true },
  shellscript: { sections: ['scripts'] },
  preinstall: { sections: ['scripts'] },
  postinstall: { sections: ['scripts'] },
  ssblswitch: { sections: ['scripts'], withoutData: true },
  swuforward: { sections: ['images', 'files'] },
  ubivol: { sections: ['images', 'files'] },
  ubipartition: { sections: ['partitions'], withoutData: true },
  ubiswap: { sections: ['scripts'], withoutData: true },
  ucfw: { sections: ['images', 'files'] },
};

export type HandlerVerdict = 'allowed' | 'type-unknown' | 'type-not-allowed';

/** May an entry of this section have this type? */
export function handlerVerdict(type: string, section: Section): HandlerVerdict {
  const handler = Object.hasOwn(HANDLERS, type) ? HANDLERS[type] : undefined;
  if (handler === undefined) return 'type-unknown';
  return handler.sections.includes(section) ? 'allowed' : 'type-not-allowed';
}

/** Handlers that read no member need no sha256 either. */
export function needsNoData(type: string): boolean {
  return Object.hasOwn(HANDLERS, type) && HANDLERS[type]?.withoutData === true;
}
