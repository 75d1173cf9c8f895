/**
 * observe/alerts/alerts.test — a person is told once, of what needs them, and what cannot be told is listed.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EventBus, ManualClock, silentLogger } from '../../base/index.ts';
import type { DomainEvent, Problem, ProblemHarm } from '../../model/index.ts';
import { directNetwork } from '../../network/index.ts';
import { Alerts } from './alerts.ts';
import { commandChannel, webhookChannel } from './channels.ts';

const problem = (id: string, harm: ProblemHarm = 'failed'): Problem => ({
  id,
  code: 'server.failed',
  harm,
  about: { kind: 'server', id },
  title: `${id} failed`,
  cause: 'nothing listens',
  since: 1,
  fix: { says: 'run: mcpmux refresh x', command: 'mcpmux refresh x' },
});

let clock: ManualClock;
let events: EventBus<DomainEvent>;
let told: string[];
let alerts: Alerts;
let fails: boolean;
let changes: number;

beforeEach(() => {
  clock = new ManualClock();
  events = new EventBus<DomainEvent>(clock, () => {});
  told = [];
  fails = false;
  changes = 0;
  alerts = new Alerts({
    channels: [
      {
        name: 'the test',
        async deliver({ title, next }) {
          if (fails) throw new Error('it is away');
          told.push(`${title} → ${next}`);
        },
      },
    ],
    events,
    clock,
    logger: silentLogger,
    changed() {
      changes += 1;
    },
  });
});
afterEach(() => alerts.close());

const now = async (...problems: Problem[]): Promise<void> => {
  events.publish({ type: 'observe.problems_changed', problems });
  await new Promise((resolve) => setImmediate(resolve));
};

describe('alerts', () => {
  it('tell each problem once, with its next step, and nothing that mends itself', async () => {
    await now(problem('a'), problem('b', 'waiting'), problem('c', 'note'));
    await now(problem('a'), problem('d', 'sign-in'));
    expect(told).toEqual(['a failed → mcpmux refresh x', 'd failed → mcpmux refresh x']);
  });

  it('tell a flapping one again only after it was gone for a while', async () => {
    await now(problem('a'));
    await now();
    clock.advance(60_000);
    await now(problem('a'));
    expect(told).toHaveLength(1);
    clock.advance(11 * 60_000);
    await now();
    await now(problem('a'));
    expect(told).toHaveLength(2);
  });

  it('are at most ten a minute', async () => {
    await now(...Array.from({ length: 30 }, (_, at) => problem(`p${at}`)));
    expect(told).toHaveLength(10);
  });

  it('are tried again, then given up and listed, until one gets through', async () => {
    fails = true;
    await now(problem('a'));
    for (const ms of [5_000, 30_000, 120_000]) {
      expect(alerts.find()).toEqual([]);
      clock.advance(ms);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(alerts.find()).toMatchObject([
      { title: 'alerts do not reach the test', cause: 'it is away', harm: 'limits' },
    ]);
    expect([clock.pending, changes]).toEqual([0, 1]);
    fails = false;
    await now(problem('b'));
    expect([told.length, alerts.find().length]).toEqual([1, 0]);
  });
});

describe('the webhook', () => {
  let server: Server;
  let bodies: string[];
  let status: number;

  beforeEach(async () => {
    bodies = [];
    status = 204;
    server = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk) => {
        text += String(chunk);
      });
      request.on('end', () => {
        bodies.push(text);
        response.writeHead(status).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => void server.close());

  const alert = { title: 'a failed', cause: 'why', next: 'mcpmux refresh a', problem: problem('a') };
  const channel = () =>
    webhookChannel(
      `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?key=s3cret`,
      directNetwork,
    );

  it('gets what it is, why, and what to do', async () => {
    await channel().deliver(alert);
    expect(JSON.parse(bodies[0] ?? '')).toEqual({
      text: 'McpMux: a failed. why\nNext: mcpmux refresh a',
      title: 'a failed',
      cause: 'why',
      next: 'mcpmux refresh a',
      id: 'a',
      harm: 'failed',
      since: 1,
    });
  });

  it('has not got it when it answers otherwise, and its secret is not named', async () => {
    status = 500;
    await expect(channel().deliver(alert)).rejects.toMatchObject({ code: 'observe.alert_failed' });
    expect(channel().name).not.toContain('s3cret');
  });
});

it('runs a program with two arguments and no shell in between', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mcpmux-alert-'));
  try {
    const program = join(folder, 'tell');
    await writeFile(program, `#!/bin/sh\nprintf '%s\\n' "$@" > ${folder}/told\n`, { mode: 0o755 });
    await commandChannel(program).deliver({
      title: '$(id)',
      cause: 'why',
      next: 'do',
      problem: problem('a'),
    });
    expect(await readFile(join(folder, 'told'), 'utf8')).toBe('McpMux: $(id)\nwhy — do\n');
    await expect(
      commandChannel(join(folder, 'none')).deliver({
        title: 'x',
        cause: undefined,
        next: undefined,
        problem: problem('a'),
      }),
    ).rejects.toMatchObject({ code: 'observe.alert_failed' });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
