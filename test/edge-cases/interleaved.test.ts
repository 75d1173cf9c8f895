/**
 * Two clients, one shared server, the same ids and the same progress tokens, 10,000 calls with asks in between:
 * nothing ever reaches the wrong one.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Json, RawHttpClient } from '../support/raw-client.ts';
import { rawTool, type ServerHandler } from '../support/raw-server.ts';
import { type Rig, startRig, textOf, textResult } from './rig.ts';

const CALLS_PER_CLIENT = 2_500;
const IN_FLIGHT = 16;
/** Every so many calls the server asks its client who it is. */
const ASKS_EVERY = 25;

let rig: Rig;

const handlers: Record<string, ServerHandler> = {
  'tools/call:work': async (call) => {
    const { who, number, asks } = call.params['arguments'] as { who: string; number: number; asks: boolean };
    const progressToken = (call.params['_meta'] as Json | undefined)?.['progressToken'];
    call.notify('notifications/progress', { progressToken, progress: 1, message: `${who} ${number}` });
    if (!asks) return textResult(call.era, `${who} ${number}`);
    const answer = await call.ask('elicitation/create', {
      message: `${who} ${number}`,
      requestedSchema: { type: 'object', properties: {} },
    });
    return textResult(call.era, `${who} ${number} ${JSON.stringify(answer.result ?? null)}`);
  },
};
const script = { eras: ['legacy'] as const, tools: [rawTool('work')], handlers };

beforeAll(async () => {
  rig = await startRig({
    http: { wire: 'http', script, install: { sessionPolicy: 'shared' } },
    pipe: { wire: 'stdio', script, install: { sessionPolicy: 'auto' } },
  });
});
afterAll(() => rig.close());

/** What went wrong, if anything: counted, because ten thousand expectations are slow. */
class Findings {
  readonly wrong: string[] = [];
  answered = 0;
  asked = 0;
  refused = 0;

  unless(holds: boolean, says: () => string): void {
    if (!holds && this.wrong.length < 20) this.wrong.push(says());
  }
}

async function clientNamed(who: string, alias: string, findings: Findings): Promise<RawHttpClient> {
  return rig.client('legacy', alias, {
    capabilities: { elicitation: {} },
    timeoutMs: 30_000,
    handlers: {
      'elicitation/create': (params) => {
        findings.asked += 1;
        findings.unless(
          String(params['message']).startsWith(`${who} `),
          () => `${who} was asked ${String(params['message'])}`,
        );
        return { action: 'accept', content: { who } };
      },
    },
  });
}

/** Works through its calls, some at a time. All clients use the same ids and tokens. */
async function workThrough(
  client: RawHttpClient,
  who: string,
  findings: Findings,
  mayRefuse: boolean,
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (;;) {
      const number = next;
      next += 1;
      if (number >= CALLS_PER_CLIENT) return;
      const asks = number % ASKS_EVERY === 0;
      const call = client.open(
        'tools/call',
        { name: 'work', arguments: { who, number, asks } },
        { id: number, meta: { progressToken: number } },
      );
      const answer = await call.answer;
      findings.answered += 1;
      const text = textOf(answer.result);
      const wasRefused = asks && text === `${who} ${number} null`;
      if (wasRefused) findings.refused += 1;
      const expected =
        asks && !wasRefused
          ? `${who} ${number} {"action":"accept","content":{"who":"${who}"}}`
          : `${who} ${number}`;
      findings.unless((wasRefused && mayRefuse) || text === expected, () => `${who} ${number} got ${text}`);
      findings.unless(
        answer.message?.id === number,
        () => `${who} ${number} got id ${String(answer.message?.id)}`,
      );
      const progress = call.inbox.all.filter((message) => message.method === 'notifications/progress');
      findings.unless(
        progress.length === 1 &&
          progress[0]?.params?.['progressToken'] === number &&
          progress[0]?.params['message'] === `${who} ${number}`,
        () => `${who} ${number} got progress ${JSON.stringify(progress)}`,
      );
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
}

it.each([
  ['http', false],
  // Over a pipe the first ask that could be of either is refused; after that each client has a process of its own.
  ['pipe', true],
])(
  'nothing reaches the wrong client (%s)',
  async (alias, mayRefuse) => {
    const findings = new Findings();
    const [ada, bob] = await Promise.all([
      clientNamed('ada', alias, findings),
      clientNamed('bob', alias, findings),
    ]);
    await Promise.all([
      workThrough(ada, 'ada', findings, mayRefuse),
      workThrough(bob, 'bob', findings, mayRefuse),
    ]);
    expect(findings.wrong).toEqual([]);
    expect(findings.answered).toBe(2 * CALLS_PER_CLIENT);
    const asking = 2 * Math.ceil(CALLS_PER_CLIENT / ASKS_EVERY);
    expect(findings.asked + findings.refused).toBe(asking);
    // Only those that were under way together with the first are refused.
    expect(findings.refused).toBeLessThanOrEqual(mayRefuse ? 2 * IN_FLIGHT : 0);
  },
  60_000,
);
