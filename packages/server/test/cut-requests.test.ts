import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';
import { aServer } from './a-server.ts';
import { aModule } from './hawkbit/software-kit.ts';

test('a form that breaks off before its file is no error of the server', async (t) => {
  const errors: string[] = [];
  const server = await aServer(t, { onError: (line) => void errors.push(line) });
  const { id } = await aModule(server);
  const { hostname, port } = new URL(server.url);
  const socket = net.connect({ host: hostname, port: Number(port) });
  const lines = [
    `POST /rest/v1/softwaremodules/${id}/artifacts HTTP/1.1`,
    'Host: updraft.example',
    `Authorization: ${server.authorization}`,
    'Content-Type: multipart/form-data; boundary=B',
    'Content-Length: 1000',
    'Expect: 100-continue',
  ];
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  // The server asks for the body once it reads it.
  assert.match(String(await once(socket, 'data')), /100 Continue/);
  socket.write('--B\r\nContent-Disp');
  socket.resetAndDestroy();
  await once(socket, 'close');
  assert.equal((await server.fetch('/healthz')).status, 200);
  assert.deepEqual(errors, []);
});
