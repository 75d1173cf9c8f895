/**
 * upstream/owner-asks.test — a server asks its one client while that client does not call.
 */
import { describe, expect, it } from 'vitest';
import { plain, raw } from '../../test/support/raw-json.ts';
import { Cancellation, ManualClock } from '../base/index.ts';
import type { Ask, AskReply, CallScope } from '../model/index.ts';
import { FoldersTold } from './folders-told.ts';
import { OwnerAsks } from './owner-asks.ts';

const rootsAsk: Ask = { method: 'roots/list', params: raw({}) };
const form: Ask = { method: 'elicitation/create', params: raw({ message: 'name?' }) };
const roots = raw({ roots: [{ uri: 'file:///a' }] });
const told: AskReply = { kind: 'result', result: roots };

interface Put {
  readonly ask: Ask;
  readonly cancellation: Cancellation;
  readonly answer: (reply: AskReply) => void;
}

class Rig {
  readonly clock = new ManualClock();
  readonly folders = new FoldersTold((owner) => owner.startsWith('s:'));
  /** What was put to the owner outside of calls; it listens when `listens`. */
  readonly direct: Put[] = [];
  listens = false;
  expects = true;
  changes = 0;
  readonly asks: OwnerAsks;

  constructor(owner = 's:1') {
    this.asks = new OwnerAsks({
      owner,
      clock: this.clock,
      canTellFolders: true,
      expectsFolders: () => this.expects,
      folders: this.folders,
      ask: (_owner, ask, cancellation) =>
        this.listens
          ? new Promise((answer) => this.direct.push({ ask, cancellation, answer }))
          : Promise.resolve({ kind: 'unanswered', reason: 'nobody listens' }),
    });
  }

  /** A call of the owner, and what it is asked. */
  call(sessionKey: string | undefined = 's:1'): {
    scope: CallScope;
    put: Put[];
    before: () => Promise<void> | undefined;
  } {
    const put: Put[] = [];
    const scope = {
      caller: { sessionKey },
      cancellation: new Cancellation(),
      ask: (ask: Ask, cancellation: Cancellation) =>
        new Promise((resolve) => {
          const answer = (reply: AskReply): void => resolve(reply);
          cancellation.onCancel((reason) => answer({ kind: 'unanswered', reason }));
          put.push({ ask, cancellation, answer });
        }),
    } as unknown as CallScope;
    return { scope, put, before: () => this.asks.beforeCall(scope, () => (this.changes += 1)) };
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Lets the server look at the folders, and gives what the call waited for. */
async function afterLook(rig: Rig, before: Promise<unknown> | undefined): Promise<void> {
  await settle();
  rig.clock.advance(250);
  await before;
}

describe('R19 a server that asks for folders outside of calls', () => {
  it('is answered at once from what the session told before', async () => {
    const rig = new Rig();
    rig.folders.tell('s:1', roots);
    expect(plain(await rig.asks.asked(rootsAsk, new Cancellation()))).toEqual(plain(told));
    // It looks at them for a moment.
    const before = rig.call().before();
    rig.clock.advance(250);
    await before;
    expect(rig.call().before()).toBeUndefined();
  });

  it('is answered by the owner where it listens, and then no call waits', async () => {
    const rig = new Rig();
    rig.listens = true;
    const reply = rig.asks.asked(rootsAsk, new Cancellation());
    await settle();
    const call = rig.call();
    const before = call.before();
    rig.direct[0]?.answer(told);
    expect(plain(await reply)).toEqual(plain(told));
    await afterLook(rig, before);
    expect(plain([rig.folders.of('s:1'), call.put, rig.call().before()])).toEqual(
      plain([roots, [], undefined]),
    );
  });

  it.each([['s:1'], [undefined]])('is answered before the first call of %s', async (sessionKey) => {
    const rig = new Rig(sessionKey ?? 'ada/editor/');
    const reply = rig.asks.asked(rootsAsk, new Cancellation());
    await settle();
    const call = rig.call(sessionKey);
    let isSent = false;
    const before = call.before()?.then(() => (isSent = true));
    await settle();
    expect([call.put.map(({ ask }) => ask.method), isSent]).toEqual([['roots/list'], false]);
    call.put[0]?.answer(told);
    await afterLook(rig, before);
    expect(plain(await reply)).toEqual(plain(told));
    expect(plain(rig.folders.of(sessionKey ?? 'ada/editor/'))).toEqual(
      sessionKey === undefined ? undefined : plain(roots),
    );
  });

  it('is waited for by a call that came before the ask', async () => {
    const rig = new Rig();
    const call = rig.call();
    const before = call.before();
    rig.folders.tell('s:1', roots);
    const reply = rig.asks.asked(rootsAsk, new Cancellation());
    await afterLook(rig, before);
    expect(plain(await reply)).toEqual(plain(told));
  });

  it('is not waited for when it does not ask, and only once', async () => {
    const rig = new Rig();
    const before = rig.call().before();
    rig.clock.advance(1_000);
    await before;
    expect(rig.call().before()).toBeUndefined();
  });

  it('is not waited for when it is no such server', () => {
    const rig = new Rig();
    rig.expects = false;
    expect(rig.call().before()).toBeUndefined();
  });

  it('gets them from the next call when the one that carried the ask was cancelled', async () => {
    const rig = new Rig();
    const reply = rig.asks.asked(rootsAsk, new Cancellation());
    await settle();
    const first = rig.call();
    const before = first.before();
    await settle();
    first.scope.cancellation.cancel('the client gave up');
    await before;
    const second = rig.call();
    const beforeSecond = second.before();
    await settle();
    second.put[0]?.answer(told);
    await afterLook(rig, beforeSecond);
    expect(plain(await reply)).toEqual(plain(told));
  });

  it('gets them from a newer call while the client does not come back to an older one', async () => {
    const rig = new Rig('ada/editor/');
    const reply = rig.asks.asked(rootsAsk, new Cancellation());
    await settle();
    const older = rig.call(undefined);
    const beforeOlder = older.before();
    await settle();
    const newer = rig.call(undefined);
    const beforeNewer = newer.before();
    await settle();
    expect(older.put[0]?.cancellation.isCancelled).toBe(true);
    newer.put[0]?.answer(told);
    await afterLook(rig, Promise.all([beforeOlder, beforeNewer]));
    expect(plain(await reply)).toEqual(plain(told));
  });

  it.each<[string, (cancellation: Cancellation, put: Put | undefined) => void]>([
    ['took its ask back', (cancellation) => cancellation.cancel('the server took it back')],
    ['was refused', (_, put) => put?.answer({ kind: 'error', error: { code: -32603, message: 'not now' } })],
  ])('is told at the next call that they changed when it %s', async (_, giveUp) => {
    const rig = new Rig();
    const cancellation = new Cancellation();
    const reply = rig.asks.asked(rootsAsk, cancellation);
    await settle();
    const first = rig.call();
    const before = first.before();
    await settle();
    giveUp(cancellation, first.put[0]);
    expect(await reply).toMatchObject({ kind: 'error' });
    await before;
    const second = rig.call();
    const beforeSecond = second.before();
    expect(rig.changes).toBe(1);
    const again = rig.asks.asked(rootsAsk, new Cancellation());
    await settle();
    second.put[0]?.answer(told);
    await afterLook(rig, beforeSecond);
    expect(plain(await again)).toEqual(plain(told));
  });

  it('holds no call for long when the client does not answer, and only once', async () => {
    const rig = new Rig();
    void rig.asks.asked(rootsAsk, new Cancellation());
    await settle();
    const before = rig.call().before();
    await settle();
    rig.clock.advance(5_000);
    await before;
  });
});

describe('what a server asks a person outside of calls', () => {
  it('goes to the next call, which does not wait for it', async () => {
    const rig = new Rig();
    rig.expects = false;
    const reply = rig.asks.asked(form, new Cancellation());
    await settle();
    const call = rig.call();
    await call.before();
    call.put[0]?.answer({ kind: 'result', result: raw({ action: 'accept' }) });
    expect(plain(await reply)).toEqual({ kind: 'result', result: { action: 'accept' } });
  });

  it('is refused when nobody listens and nobody calls', async () => {
    const rig = new Rig();
    const reply = rig.asks.asked(form, new Cancellation());
    await settle();
    rig.clock.advance(10_000);
    expect(await reply).toMatchObject({
      kind: 'error',
      error: { message: expect.stringContaining('listen') },
    });
  });

  it('R93 is taken back from the client that it was put to', async () => {
    const rig = new Rig();
    rig.listens = true;
    const cancellation = new Cancellation();
    void rig.asks.asked(form, cancellation);
    await settle();
    expect(rig.direct[0]?.cancellation).toBe(cancellation);
  });
});
