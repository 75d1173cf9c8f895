/**
 * conformance/client-through-gateway — the command the client suite runs: the reference client with a gateway between.
 *
 * In: the URL of the suite's own server, appended; how to reach the gateway, in GATEWAY (JSON). Makes that server a
 * server of the gateway, lets the reference client play its scenario through it, and takes the server out again.
 * Where the server wants a sign-in, it is the person: it follows the redirects that a browser would.
 */
import { playScenario, readOrder } from '../fixtures/reference/everything-client.ts';
import { adminOverSocket } from '../support/gateway.ts';
import { playAuthScenario } from './person.ts';

/** What this command has to know of the gateway. */
export interface GatewayAddress {
  readonly url: string;
  readonly socketPath: string;
  readonly headers: Readonly<Record<string, string>>;
}

async function main(): Promise<void> {
  const gateway = JSON.parse(process.env['GATEWAY'] ?? '{}') as GatewayAddress;
  const order = readOrder(process.env);
  const admin = adminOverSocket(gateway.socketPath);
  const alias = `suite-${process.pid}`;
  const url = process.argv.at(-1) ?? '';
  const added = await admin.addServer({ name: alias, alias, launch: { kind: 'http', url } });
  try {
    if (order.scenario.startsWith('auth/')) {
      await playAuthScenario(order, admin, added.id, `${gateway.url}/servers/${alias}/mcp`, gateway.headers);
      return;
    }
    const settled = await admin.awaitServer(added.id, 15_000);
    if (settled.state.status !== 'connected') {
      process.stderr.write(
        `the gateway says of ${url}: ${settled.state.status}: ${settled.state.reason ?? ''}\n`,
      );
    }
    await playScenario(order, `${gateway.url}/servers/${alias}/mcp`, gateway.headers);
  } finally {
    await admin.removeServer(added.id);
  }
}

await main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(1);
  },
);
