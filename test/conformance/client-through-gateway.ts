/**
 * conformance/client-through-gateway — the command the client suite runs: the reference client with a gateway between.
 *
 * In: the URL of the suite's own server, appended. Starts a gateway whose only server it is, lets the reference client
 * play its scenario against the gateway, and ends with the client's exit code.
 */
import { runChild } from '../support/child.ts';
import { startGateway } from '../support/gateway.ts';
import { nodeCommand } from '../support/paths.ts';

const CLIENT_TIMEOUT_MS = 25_000;

async function main(): Promise<number> {
  const url = process.argv.at(-1) ?? '';
  const gateway = await startGateway({
    servers: [{ name: 'suite', alias: 'suite', launch: { kind: 'http', url } }],
  });
  try {
    const { command, args } = nodeCommand(
      'test/fixtures/reference/everything-client.ts',
      gateway.mcpUrl('suite'),
    );
    const outcome = await runChild({
      command,
      args,
      env: { MCP_CLIENT_HEADERS: JSON.stringify(gateway.headers) },
      timeoutMs: CLIENT_TIMEOUT_MS,
    });
    process.stdout.write(outcome.stdout);
    process.stderr.write(outcome.stderr);
    if (outcome.code !== 0) process.stderr.write(`--- gateway ---\n${gateway.log().slice(-4_000)}`);
    return outcome.code ?? 1;
  } finally {
    await gateway.stop();
  }
}

process.exitCode = await main();
