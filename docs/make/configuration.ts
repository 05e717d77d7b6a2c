import { SETTINGS } from '@updraft/server';

/** The page of the server's settings, made from the table that reads them. */
export function configurationPage(): string {
  const rows = Object.entries(SETTINGS).map(([name, setting]) => {
    const shown = setting.default === null ? '' : `\`${setting.default}\``;
    return `| \`UPDRAFT_${name.toUpperCase()}\` | \`${name}\` | ${shown} | ${setting.sentence} Expected: ${setting.expected}. |`;
  });
  return `# Configuration

Made from the table in \`packages/server/src/config/settings.ts\` by \`npm run docs\`; a test keeps it true.

The server reads its settings from the environment and from one optional YAML file, which \`UPDRAFT_CONFIG\` names. The environment
wins. A setting that is unknown or malformed stops the start, with exit code 2 and a message that names it and says what was expected.

| in the environment | in the file | default | |
|---|---|---|---|
${rows.join('\n')}

A file looks like this:

\`\`\`yaml
listen: 0.0.0.0:8443
public_url: https://updates.example.com:8443
data_dir: /var/lib/updraft
tls_cert: /etc/updraft/server.pem
tls_key: /etc/updraft/server.key
\`\`\`

## What stands in the data directory

The embedded database (\`sqlite:\`), the artifacts, uploads under way, and the instance key if it was made here. Back it up as a whole
while the server is stopped. Only one server may use it: a second one stops with \`data-dir-in-use\`.

## Starting and stopping

\`updraft serve\` ends with exit code 0 when it was stopped, 2 for a wrong configuration, and 1 for anything else. On SIGTERM it takes no new
connections and gives running downloads 10 seconds; a device whose download was cut resumes it at the next start.

\`/healthz\` answers while the process lives, \`/readyz\` when it can serve, and \`/metrics\` in Prometheus' format. None asks for a credential, and
none holds a secret.

## PostgreSQL

Set \`UPDRAFT_DATABASE_URL=postgres://…\` (15 or newer) and \`UPDRAFT_INSTANCE_KEY\`. Tables are made at the first start. Many servers may share one
database; artifacts are in the data directory, which they must then share too.
`;
}
