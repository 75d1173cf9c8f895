/**
 * http/peer-user.test — the user at the other end of a real loopback connection.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { expect, it } from 'vitest';
import { platform } from '../platform/index.ts';
import { peerUserId } from './peer-user.ts';

const families = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
const hosts = ['127.0.0.1', '::1'].filter((host) => families.some(({ address }) => address === host));

it.runIf(platform.hasProc).each(hosts)('is this very user over %s', async (host) => {
  const server = createServer();
  server.listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = connect(port, host);
  const [socket] = (await once(server, 'connection')) as [Socket];
  expect(await peerUserId(socket)).toBe(process.getuid?.());
  expect(
    await peerUserId({ ...socket.address(), remoteAddress: '192.0.2.1', remotePort: 5 }),
  ).toBeUndefined();
  client.destroy();
  socket.destroy();
  server.close();
});
