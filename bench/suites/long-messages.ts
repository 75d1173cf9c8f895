/**
 * bench/suites/long-messages — how long others wait while the daemon handles a very long message.
 *
 * The figure is the event-loop delay that the daemon tells of itself, p99 of the time in which one call ran. The messages
 * are the dearest to look through that there are: millions of small values.
 */
import { readLoopDelayP99 } from '../../test/support/loop-delay.ts';
import { repositoryPath } from '../../test/support/paths.ts';
import { pause } from '../load/drive.ts';
import { startDaemon } from '../targets/gateway.ts';
import { Running } from '../targets/target.ts';
import { type Figure, lowest } from './rounds.ts';

export interface LongMessageFigures {
  /** A result of 24 MB with `isError`. */
  readonly resultDelayMs: Figure;
  /** A request of 4 MB. */
  readonly requestDelayMs: Figure;
}

const resultBytes = 24 * 1024 * 1024;
const requestValues = 1_300_000;

export async function measureLongMessages(rounds: number): Promise<LongMessageFigures> {
  const running = new Running();
  try {
    const gateway = await startDaemon(running, false);
    const added = await gateway.addServer({
      name: 'long',
      alias: 'long',
      launch: {
        kind: 'stdio',
        command: process.execPath,
        args: [repositoryPath('test/fixtures/servers/verbatim-server.mjs'), 'modern'],
      },
    });
    if (added.state.status !== 'connected') throw new Error(`its server is ${added.state.status}`);
    const call = async (name: string, args: string): Promise<void> => {
      const meta =
        '"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}';
      const answer = await fetch(gateway.mcpUrl('long'), {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          'mcp-protocol-version': '2026-07-28',
          'mcp-method': 'tools/call',
          'mcp-name': name,
        },
        body: `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"${name}","arguments":${args},"_meta":{${meta}}}}`,
      });
      const { byteLength } = await answer.arrayBuffer();
      if (!answer.ok || byteLength < 100) throw new Error(`the call of ${name} ended with ${answer.status}`);
    };
    const measure = async (act: () => Promise<void>): Promise<Figure> => {
      const delays: number[] = [];
      for (let round = 0; round < rounds; round += 1) {
        await pause(300);
        await readLoopDelayP99(gateway.socketPath);
        await act();
        delays.push(((await readLoopDelayP99(gateway.socketPath)) ?? Number.NaN) * 1_000);
      }
      return lowest(delays);
    };
    const values = `{"x":[{}${',{}'.repeat(requestValues)}]}`;
    return {
      resultDelayMs: await measure(() => call('large', `{"bytes":${resultBytes}}`)),
      requestDelayMs: await measure(() => call('fail', values)),
    };
  } finally {
    await running.close();
  }
}
