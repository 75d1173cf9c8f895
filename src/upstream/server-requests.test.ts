/**
 * upstream/server-requests.test — whose client a server's ask is put to, while calls come and go.
 */
import { describe, expect, it } from 'vitest';
import { raw } from '../../test/support/raw-json.ts';
import { Cancellation, type JsonObject, ManualClock } from '../base/index.ts';
import type { Ask, AskReply, CallScope } from '../model/index.ts';
import { type OpenRequest, OpenRequests } from './open-requests.ts';
import { heldForMs, ServerRequests } from './server-requests.ts';

const form = { message: 'name?' };
const able: JsonObject = { elicitation: { form: {} }, sampling: {}, roots: {} };

interface Asked {
  readonly by: string;
  readonly ask: Ask;
  readonly cancellation: Cancellation;
  readonly answer: (reply: AskReply) => void;
}

class Rig {
  readonly clock = new ManualClock();
  readonly requests = new OpenRequests(this.clock, () => {});
  readonly asked: Asked[] = [];
  readonly outside: Asked[] = [];
  readonly unattributed: string[] = [];
  readonly replies: [string | number, AskReply][] = [];
  answersOutside = true;
  #nextId = 1;
  readonly server = new ServerRequests({
    requests: this.requests,
    clock: this.clock,
    log: () => {},
    askedOutside: (ask, cancellation) =>
      this.answersOutside
        ? new Promise((answer) => this.outside.push({ by: 'owner', ask, cancellation, answer }))
        : undefined,
    askedUnattributed: (ask) => this.unattributed.push(ask.method),
    reply: (id, reply) => this.replies.push([id, reply]),
  });

  /** A call of `client`: `s:<key>` is a legacy session, anything else the name of a modern client. */
  call(
    client: string,
    options: { capabilities?: JsonObject; taskId?: string; waitsUntil?: number } = {},
  ): OpenRequest {
    const sessionKey = client.startsWith('s:') ? client : undefined;
    const scope: CallScope = {
      callId: client,
      caller: {
        principal: { id: 'ada' },
        client: {
          era: sessionKey === undefined ? 'modern' : 'legacy',
          info: { name: client },
          capabilities: options.capabilities ?? able,
        },
        sessionKey,
      } as unknown as CallScope['caller'],
      cancellation: new Cancellation(),
      wantsProgress: false,
      logLevel: undefined,
      waitsUntil: options.waitsUntil,
      tell: () => {},
      ask: (ask, cancellation) =>
        new Promise((answer) => {
          this.asked.push({ by: `${client} #${request.id}`, ask, cancellation, answer });
        }),
    };
    const request = this.requests.open(
      this.#nextId++,
      'tools/call',
      { scope, timeoutMs: 1_000, maxMs: 0, wantsProgress: false, taskId: options.taskId },
      () => {},
      () => {},
    );
    return request;
  }

  ask(id: string, method = 'elicitation/create', params: JsonObject = form, causedBy?: number): void {
    this.server.received(id, method, raw(params), causedBy);
  }

  async answered(): Promise<[string | number, AskReply][]> {
    await new Promise((resolve) => setImmediate(resolve));
    return this.replies;
  }
}

const accepted: AskReply = { kind: 'result', result: raw({ action: 'accept' }) };

describe('an ask over a pipe', () => {
  it.each([
    ['two calls of one session', ['s:1', 's:1'], 's:1 #2'],
    ['two calls of one modern client', ['editor', 'editor'], 'editor #2'],
    ['three calls of one modern client', ['editor', 'editor', 'editor'], 'editor #3'],
    ['one call', ['editor'], 'editor #1'],
  ])('R15 goes to the newest call when %s are open', async (_, clients, expected) => {
    const rig = new Rig();
    for (const client of clients) rig.call(client);
    rig.ask('a');
    expect(rig.asked.map(({ by }) => by)).toEqual([expected]);
    rig.asked[0]?.answer(accepted);
    expect(await rig.answered()).toEqual([['a', accepted]]);
    expect(rig.unattributed).toEqual([]);
  });

  it('R15 goes to a call whose client waits for it rather than to one that waits for its client', () => {
    const rig = new Rig();
    rig.call('editor');
    rig.call('editor', { waitsUntil: 1 });
    rig.ask('a');
    expect(rig.asked.map(({ by }) => by)).toEqual(['editor #1']);
  });

  it.each([
    ['s:1', 's:2'],
    ['editor', 'terminal'],
    ['s:1', 'editor'],
  ])('R15 is held while calls of %s and %s are open, and put to who is left', async (one, other) => {
    const rig = new Rig();
    rig.call(one);
    const second = rig.call(other);
    rig.ask('a');
    expect([rig.asked, rig.unattributed]).toEqual([[], ['elicitation/create']]);
    // What is called later cannot have caused it.
    rig.call('newcomer');
    rig.requests.close(second.id);
    expect(rig.asked.map(({ by }) => by)).toEqual([`${one} #1`]);
    rig.asked[0]?.answer(accepted);
    expect(await rig.answered()).toEqual([['a', accepted]]);
  });

  it('R15 gives one of two clients up when both wait for answers, so that the other gets its own', async () => {
    const rig = new Rig();
    rig.call('s:1');
    const second = rig.call('s:2');
    rig.ask('a');
    rig.ask('b');
    rig.clock.advance(1_500);
    expect(await rig.answered()).toMatchObject([['b', { error: { code: -32603 } }]]);
    rig.requests.close(second.id);
    expect(rig.asked.map(({ by, ask }) => [by, ask.method])).toEqual([['s:1 #1', 'elicitation/create']]);
  });

  it('R15 is refused when it stays uncertain, and says what holds it and until when', async () => {
    const rig = new Rig();
    rig.call('s:1', { waitsUntil: Date.UTC(2026, 0, 1, 12, 34, 56) });
    rig.call('s:2');
    rig.call('s:3');
    rig.ask('a');
    rig.clock.advance(heldForMs - 1_000);
    expect(await rig.answered()).toEqual([]);
    rig.clock.advance(1_500);
    const [[, reply] = []] = await rig.answered();
    expect(reply).toMatchObject({ kind: 'error', error: { code: -32603 } });
    expect(JSON.stringify(reply)).toContain('until 12:34:56 UTC');
  });

  it('R15 is refused at once when none of the clients that can be meant can answer it', async () => {
    const rig = new Rig();
    rig.call('s:1', { capabilities: {} });
    rig.call('s:2', { capabilities: { roots: {} } });
    rig.ask('a');
    expect(await rig.answered()).toMatchObject([['a', { error: { code: -32601 } }]]);
    expect(rig.unattributed).toEqual([]);
  });

  it('R15 waits for the late answer of a call of another that was given up', () => {
    const rig = new Rig();
    const other = rig.call('s:2');
    rig.requests.noteGivenUp(other);
    rig.requests.close(other.id);
    rig.call('s:1');
    rig.ask('a');
    expect(rig.asked).toEqual([]);
    rig.requests.sawLateAnswer(other.id);
    rig.server.sawLateAnswer(other.id);
    expect(rig.asked.map(({ by }) => by)).toEqual(['s:1 #2']);
  });

  it('R15 does not take the end of a call that was given up for its end at the server', async () => {
    const rig = new Rig();
    rig.call('s:1');
    const other = rig.call('s:2');
    rig.ask('a');
    rig.requests.noteGivenUp(other);
    rig.requests.close(other.id);
    expect(rig.asked).toEqual([]);
    rig.clock.advance(heldForMs + 1_500);
    expect(rig.asked).toEqual([]);
    expect(await rig.answered()).toMatchObject([['a', { error: { code: -32603 } }]]);
  });

  it('R15 goes on to another call of its client when the one that carries it ends', async () => {
    const rig = new Rig();
    rig.call('editor');
    const newest = rig.call('editor');
    rig.ask('a');
    rig.requests.close(newest.id);
    rig.asked[0]?.answer({ kind: 'unanswered', reason: 'the call has ended' });
    await rig.answered();
    expect(rig.asked.map(({ by }) => by)).toEqual(['editor #2', 'editor #1']);
    rig.asked[1]?.answer(accepted);
    expect(await rig.answered()).toEqual([['a', accepted]]);
  });

  it('is taken back from its client when the last call that can have caused it ends', async () => {
    const rig = new Rig();
    const calls = [rig.call('editor'), rig.call('editor')];
    rig.ask('a');
    rig.requests.close(calls[0]?.id ?? 0);
    expect(rig.asked[0]?.cancellation.isCancelled).toBe(false);
    rig.requests.close(calls[1]?.id ?? 0);
    expect(rig.asked[0]?.cancellation.isCancelled).toBe(true);
    rig.asked[0]?.answer(accepted);
    expect(await rig.answered()).toEqual([]);
  });

  it('R20 goes to the call about its task, whoever else calls', () => {
    const rig = new Rig();
    rig.call('s:1', { taskId: 'job' });
    rig.call('s:2');
    rig.ask('a', 'elicitation/create', {
      ...form,
      _meta: { 'io.modelcontextprotocol/related-task': { taskId: 'job' } },
    });
    expect(rig.asked.map(({ by }) => by)).toEqual(['s:1 #1']);
  });
});

describe('R93 what a server asks', () => {
  it.each<[string, (rig: Rig) => void, (rig: Rig) => Asked | undefined]>([
    ['outside of calls', () => {}, (rig) => rig.outside[0]],
    ['during one call', (rig) => rig.call('s:1'), (rig) => rig.asked[0]],
    [
      'during two calls of one client',
      (rig) => {
        rig.call('editor');
        rig.call('editor');
      },
      (rig) => rig.asked[0],
    ],
  ])('%s can be taken back by it', async (_, prepare, find) => {
    const rig = new Rig();
    prepare(rig);
    rig.ask('a');
    const asked = find(rig);
    expect(asked?.cancellation.isCancelled).toBe(false);
    rig.server.cancelled('a');
    expect(asked?.cancellation.isCancelled).toBe(true);
    asked?.answer(accepted);
    expect(await rig.answered()).toEqual([]);
  });

  it('while it is held can be taken back too', async () => {
    const rig = new Rig();
    rig.call('s:1');
    const other = rig.call('s:2');
    rig.ask('a');
    rig.server.cancelled('a');
    rig.requests.close(other.id);
    expect(rig.asked).toEqual([]);
    rig.clock.advance(heldForMs * 2);
    expect(await rig.answered()).toEqual([]);
  });

  it('outside of calls is refused where nobody answers for the leg', async () => {
    const rig = new Rig();
    rig.answersOutside = false;
    rig.ask('a');
    expect(await rig.answered()).toMatchObject([['a', { error: { code: -32603 } }]]);
  });

  it('on the stream of a call that is over belongs to nobody', async () => {
    const rig = new Rig();
    rig.call('s:1');
    rig.ask('a', 'elicitation/create', form, 77);
    expect(await rig.answered()).toMatchObject([['a', { error: { code: -32603 } }]]);
    expect([rig.asked, rig.outside]).toEqual([[], []]);
  });

  it('is taken back from everybody when the wire ends', () => {
    const rig = new Rig();
    rig.ask('a');
    rig.call('s:1');
    rig.ask('b');
    rig.server.close();
    expect([rig.outside[0], rig.asked[0]].map((asked) => asked?.cancellation.isCancelled)).toEqual([
      true,
      true,
    ]);
  });
});
