import { DEFAULT_PACE, DEFAULT_TENANT, type DeviceOptions } from './device-options.ts';

/** What of swupdate.cfg is not the device's own configuration but follows from where and how it boots. */
export type BootFacts = {
  readonly publicKeyFile: string;
  readonly bootloader: 'uboot' | 'none';
  readonly attributes: Readonly<Record<string, string>>;
};

/** 4 is TRACE: every word that our tests look for, without a dump of each header. */
const LOG_LEVEL = 4;

/** Writes swupdate.cfg (libconfig) for suricatta against a server that speaks DDI. */
export function swupdateConfig(options: DeviceOptions, boot: BootFacts): string {
  const pace = { ...DEFAULT_PACE, ...options.pace };
  const attributes = Object.entries({ ...boot.attributes, ...options.attributes }).map(
    ([name, value]) => `  { ${string('name', name)} ${string('value', value)} }`,
  );
  return `globals : {
  ${string('public-key-file', boot.publicKeyFile)}
  ${string('aes-key-file', options.aesKeyFile)}
  ${string('bootloader', boot.bootloader)}
  loglevel = ${LOG_LEVEL};
};
identify : (
${attributes.join(',\n')}
);
suricatta : {
  ${string('tenant', options.tenant ?? DEFAULT_TENANT)}
  ${string('id', options.name)}
  ${string('url', options.serverUrl)}
  ${string('cafile', options.caFile)}
  ${string('sslcert', options.clientCertificate?.certificateFile)}
  ${string('sslkey', options.clientCertificate?.keyFile)}
  ${string('targettoken', options.token)}
  ${string('gatewaytoken', options.gatewayToken)}
  polldelay = ${pace.pollDelaySeconds};
  initial-report-resend-period = ${pace.reportResendSeconds};
  retry = ${pace.retries};
  /* SWUpdate 2022.12 ignores an integer here. */
  ${string('retrywait', String(pace.retryWaitSeconds))}
  ${string('max-download-speed', pace.maxDownloadSpeed)}
};
`;
}

function string(key: string, value: string | undefined): string {
  if (value === undefined) return '';
  return `${key} = "${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}";`;
}
