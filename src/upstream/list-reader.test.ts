/**
 * upstream/list-reader.test — when lists are read, on a clock that the test moves; then with real servers.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { deferred } from '../../test/support/deferred.ts';
import {
  type RawScript,
  rawTool,
  startRawHttpServer,
  startRawStdioServer,
} from '../../test/support/raw-server.ts';
import { openServerLife } from '../../test/support/server-life.ts';
import { eventually } from '../../test/support/wire-harness.ts';
import { ManualClock } from '../base/index.ts';
import type { FeatureKind } from '../model/index.ts';
import { ListReader } from './list-reader.ts';

const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});
function keep<T extends { close(): Promise<unknown> }>(one: T): T {
  open.push(one);
  return one;
}

describe('ListReader', () => {
  function bench() {
    const clock = new ManualClock();
    const reads: {
      kinds: readonly FeatureKind[];
      end: (missing?: readonly FeatureKind[]) => Promise<void>;
    }[] = [];
    const lists = new ListReader({
      clock,
      random: () => 0.5,
      read: (kinds) => {
        const ended = deferred<readonly FeatureKind[]>();
        reads.push({
          kinds,
          end: async (missing = []) => {
            ended.resolve(missing);
            await new Promise((resolve) => setImmediate(resolve));
          },
        });
        return ended.promise;
      },
    });
    return { clock, reads, lists };
  }

  it('reads once for a burst of changes, and at most once a second', async () => {
    const { clock, reads, lists } = bench();
    for (let i = 0; i < 5; i += 1) lists.noted(['tool']);
    expect(reads).toHaveLength(0);
    clock.advance(50);
    expect(reads.map(({ kinds }) => kinds)).toEqual([['tool']]);
    await reads[0]!.end();
    lists.noted(['tool']);
    clock.advance(999);
    expect(reads).toHaveLength(1);
    clock.advance(1);
    expect(reads).toHaveLength(2);
  });

  it('R88 reads once more for a change that is noted while a read is on its way, and never two at a time', async () => {
    const { clock, reads, lists } = bench();
    const first = lists.read();
    lists.noted(['tool']);
    const forced = lists.read(['prompt']);
    clock.advance(60_000);
    expect(reads).toHaveLength(1);
    await reads[0]!.end();
    await first;
    expect(reads.map(({ kinds }) => [...kinds].sort())).toEqual([
      ['prompt', 'resource', 'template', 'tool'],
      ['prompt', 'tool'],
    ]);
    await reads[1]!.end();
    await forced;
    clock.advance(600_000);
    expect(reads).toHaveLength(2);
  });

  it('R5 reads what did not come again after growing pauses, and that alone', async () => {
    const { clock, reads, lists } = bench();
    void lists.read();
    await reads[0]!.end(['tool', 'prompt']);
    for (const [at, pauseMs] of [1_000, 2_000, 4_000, 8_000].entries()) {
      clock.advance(pauseMs - 1);
      expect(reads).toHaveLength(at + 1);
      clock.advance(1);
      expect(reads[at + 1]!.kinds).toEqual(['tool', 'prompt']);
      await reads[at + 1]!.end(['tool', 'prompt']);
    }
    for (let i = 5; i < 12; i += 1) {
      clock.advance(300_000);
      await reads[i]!.end(['tool']);
    }
    clock.advance(300_000);
    await reads[12]!.end();
    clock.advance(3_600_000);
    expect(reads).toHaveLength(13);
  });

  it('forgets everything when the connection ends, and lets the next one read when the old read is over', async () => {
    const { clock, reads, lists } = bench();
    void lists.read();
    lists.noted(['tool']);
    lists.reset();
    const next = lists.read(['prompt']);
    expect(reads).toHaveLength(1);
    await reads[0]!.end(['tool', 'prompt', 'resource', 'template']);
    expect(reads[1]!.kinds).toEqual(['prompt']);
    await reads[1]!.end();
    await next;
    clock.advance(600_000);
    expect(reads).toHaveLength(2);
  });
});

describe.each(['stdio', 'http'] as const)('lists of a %s server', (wire) => {
  async function launchOf(script: RawScript) {
    if (wire === 'stdio') return keep(await startRawStdioServer(script)).launch;
    const server = keep(await startRawHttpServer(script));
    return { kind: 'http', url: server.url } as const;
  }

  it.each([
    ['refused', { code: -32603, message: 'the network is not up yet' }],
    ['of a wrong shape', undefined],
  ])('R5 are read again by themselves when one is %s, and the state says so meanwhile', async (_, error) => {
    let isUp = false;
    const life = keep(openServerLife());
    const launch = await launchOf({
      eras: ['legacy'],
      handlers: {
        'tools/list': (call) => {
          if (isUp) return { tools: [rawTool('one')] };
          if (error === undefined) return { tools: 'none' };
          call.fail(error);
          return undefined;
        },
      },
    });
    const instance = await life.start('late', launch);
    expect(instance.state).toMatchObject({
      status: 'connected',
      reason: expect.stringMatching(/^tools\/list failed: .*; it is asked again by itself$/),
    });
    isUp = true;
    await eventually('the tools', () => life.tools('late').includes('one'));
    await eventually('a state without a reason', () => instance.state.reason === undefined);
  });

  it('R88 are read again when one changes while it is read for the first time', async () => {
    const tools = [rawTool('one')];
    const first = deferred<void>();
    let reads = 0;
    const life = keep(openServerLife());
    const launch = await launchOf({
      eras: ['legacy'],
      handlers: {
        'tools/list': async (call) => {
          const answer = { tools: [...tools] };
          reads += 1;
          if (reads === 1) {
            tools.push(rawTool('two'));
            call.notify('notifications/tools/list_changed');
            await first.promise;
          }
          return answer;
        },
      },
    });
    const instance = life.install('busy', launch);
    instance.want();
    await eventually('the first read', () => reads === 1);
    // More than the time in which changes are gathered.
    await new Promise((resolve) => setTimeout(resolve, 150));
    first.resolve();
    await eventually('both tools', () => life.tools('busy').length === 2);
  });
});

describe('a store that cannot be written', () => {
  it('R11 leaves the connection alone, is told, and gets the lists later', async () => {
    let isLocked = true;
    const written: string[] = [];
    const life = keep(
      openServerLife({
        replace: async (serverId) => {
          if (isLocked) throw new Error('database is locked');
          written.push(serverId);
          return { features: [], diff: { added: [], removed: [], changed: [] } };
        },
      }),
    );
    const server = keep(await startRawHttpServer({ eras: ['legacy'], tools: [rawTool('one')] }));
    const instance = await life.start('kept', { kind: 'http', url: server.url });
    expect(instance.state).toMatchObject({
      status: 'connected',
      reason: expect.stringContaining('could not be stored: database is locked'),
    });
    const { flowId } = instance.state;
    isLocked = false;
    await eventually('the lists in the store', () => written.length > 0);
    expect(instance.state).toMatchObject({ flowId, status: 'connected' });
    expect(server.received.all.filter(({ message }) => message?.method === 'initialize')).toHaveLength(1);
  });
});
