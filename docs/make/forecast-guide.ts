/** The commands of the page on forecasts: a test follows them. */
export function forecastGuide(): string {
  return `## Try it

Twenty simulated devices, a server, two releases.

\`\`\`sh
[ -e node_modules/.package-lock.json ] || npm ci
export PATH="$PWD/bin:$PATH"
mkdir -p ~/updraft-forecast && cd ~/updraft-forecast
\`\`\`

\`\`\`sh server
export PATH="$PWD/bin:$PATH"
UPDRAFT_LISTEN=127.0.0.1:8080 UPDRAFT_DATA_DIR=~/updraft-forecast/data UPDRAFT_ADMIN_PASSWORD=try-it-out updraft serve
\`\`\`

\`\`\`sh
updraft login --server http://127.0.0.1:8080 --user admin --password-stdin <<< try-it-out
updraft settings set --poll-interval 00:00:20
updraft key new --out-key release.key --out-cert release.crt
updraft certificate add release.crt
head -c 262144 /dev/urandom > rootfs.img
updraft device-type add board-a --version-attribute version
for version in 2.0 3.0; do
  updraft bundle create --image rootfs.img --version $version --hardware board-a:1.0 --key release.key --cert release.crt --out os-$version.swu
  updraft release create os $version --artifact os-$version.swu --type board-a --publish
done
updraft token add simulator --json > token.json
cat > fleet.yaml <<END
seed: 5
devices: 20
prefix: gw
speed: 30
types: [{ name: board-a, share: 1, version: 1.0.0 }]
failures: [{ kind: install-fails, share: 0.1, times: 1 }]
installSeconds: [20, 60]
rebootSeconds: [20, 40]
END
\`\`\`

\`\`\`sh devices
export PATH="$PWD/bin:$PATH"
cd ~/updraft-forecast
UPDRAFT_TOKEN=$(node -p 'JSON.parse(require("fs").readFileSync("token.json", "utf8")).secret') \\
  updraft fleet simulate fleet.yaml --server http://127.0.0.1:8080 --beliefs beliefs.ndjson
\`\`\`

Before anything was measured, a prior stands in:

\`\`\`sh
while updraft device list --json | grep -q '"lastContactAt":null'; do sleep 0.5; done
updraft rollout forecast --release os@2.0 --filter type==board-a --parallel 4
\`\`\`

A first rollout, with its forecast while it runs, and what flowed so far. Afterwards the forecast of its start stands beside what came true, and is kept:

\`\`\`sh
updraft rollout create spring --release os@2.0 --filter type==board-a --parallel 10 --start
updraft rollout forecast spring
updraft rollout watch spring || true
until updraft rollout forecast spring | grep -A 5 'it ended'; do sleep 1; done
\`\`\`

The next one is foretold from what these devices took:

\`\`\`sh
updraft rollout forecast --release os@3.0 --filter type==board-a --parallel 1 --window '0 0 22 * * ? for 4h' --zone Europe/Rome
\`\`\`

## Rehearse it

What would the thresholds do if the release were a bad one? A rehearsal plays a draft on this fleet's own past, with an assumed share of devices that break, or
with the failures of an earlier release, and tells when the error threshold would fire and how many devices would be broken by then. A rollout that is made
is rehearsed by its name, and stays as it is:

\`\`\`sh
updraft rollout simulate --release os@3.0 --filter type==board-a --parallel 2 --phase '50%,errors=10/2' --phase rest --failing 40
updraft rollout simulate --release os@3.0 --filter type==board-a --parallel 2 --like os@2.0
updraft rollout create summer --release os@3.0 --filter type==board-a --phase '50%,errors=10/2' --phase rest
for try in $(seq 100); do updraft rollout show summer | grep -q ready && break; sleep 0.2; done
updraft rollout simulate summer --failing 40
\`\`\`

Over HTTP: \`GET /api/v1/rollouts/{id}/forecast\`, \`POST /api/v1/rollouts/forecast\`, \`POST /api/v1/rollouts/rehearse\`
and \`POST /api/v1/rollouts/{id}/rehearse\`.
`;
}
