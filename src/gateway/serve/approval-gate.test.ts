/**
 * gateway/serve/approval-gate.test — calls that wait: who is asked, how, and what an answer is good for.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { firstSpaceId, openAccess } from '../../../test/support/first-space.ts';
import { principalOf } from '../../../test/support/principals.ts';
import { type AccessRegister, ApprovalDesk } from '../../access/index.ts';
import { Cancellation, EventBus, type JsonObject, ManualClock } from '../../base/index.ts';
import { type Target, View } from '../../catalogue/index.ts';
import type {
  Answer,
  ApprovalRule,
  ApprovalRuleId,
  Ask,
  AskReply,
  CallScope,
  DomainEvent,
  Feature,
  FeatureId,
  Principal,
  ServerId,
  StandingApproval,
} from '../../model/index.ts';
import { modernRevision, RawJson } from '../../protocol/index.ts';
import { keepStanding } from '../manage/approval-control.ts';
import { ApprovalGate } from './approval-gate.ts';
import type { Call } from './call.ts';
import { ParkedCalls } from './parked-calls.ts';
import type { GrantedView } from './views.ts';

const serverId = 's1' as ServerId;
const done: Answer = { kind: 'result', result: RawJson.ofText('{"content":[]}') };

function tool(name: string, more: JsonObject = {}): Feature {
  const item = RawJson.ofText(JSON.stringify({ name, inputSchema: { type: 'object' }, ...more }));
  return {
    id: `f-${name}` as FeatureId,
    serverId,
    kind: 'tool',
    originalName: name,
    item,
    position: 0,
    isAvailable: true,
  };
}

let clock: ManualClock;
let told: DomainEvent[];
let access: AccessRegister;
let desk: ApprovalDesk;
let parked: ParkedCalls;
let gate: ApprovalGate;
let kept: StandingApproval[];
let sent: Call[];

beforeEach(() => {
  clock = new ManualClock(1_000_000);
  told = [];
  const events = new EventBus<DomainEvent>(clock, () => {});
  events.subscribe(({ event }) => told.push(event));
  access = openAccess(events);
  desk = new ApprovalDesk({ clock, events });
  parked = new ParkedCalls(clock);
  kept = [];
  sent = [];
  const repository = {
    load: () => Promise.resolve({ rules: [], standing: [] }),
    insertRule: () => Promise.resolve(),
    deleteRule: () => Promise.resolve(),
    saveStanding: (one: StandingApproval) => {
      kept.push(one);
      return Promise.resolve();
    },
    deleteStanding: () => Promise.resolve(),
  };
  gate = new ApprovalGate({
    access,
    desk,
    parked,
    keep: (one) => keepStanding(access, repository, events, one),
    now: () => clock.now(),
  });
});
afterEach(() => {
  desk.close();
  parked.close();
});

function mark(subject: ApprovalRule['subject'] = { kind: 'server', serverId }): void {
  const rule: ApprovalRule = { id: 'r' as ApprovalRuleId, spaceId: firstSpaceId, subject, createdAt: 0 };
  access.publish({ approvals: { rules: [rule], standing: access.snapshot.parts.approvals?.standing ?? [] } });
}

function viewOf(...features: Feature[]): GrantedView {
  return {
    grant: { spaceId: firstSpaceId } as GrantedView['grant'],
    view: new View([{ id: serverId, name: 'git', alias: 'git', features }], false),
    servers: [],
  };
}
const granted = viewOf(tool('delete'), tool('read', { annotations: { readOnlyHint: true } }));
const target = (name: string, view = granted): Target => view.view.tools.get(name) as Target;

interface Client {
  readonly principal?: Principal;
  readonly era?: 'legacy' | 'modern';
  /** Can it be asked? And what it answers. */
  readonly replies?: (ask: Ask, cancellation: Cancellation) => Promise<AskReply>;
  readonly canBeAsked?: boolean;
}
const somebody = principalOf('c1');

function call(
  args: JsonObject = { branch: 'x' },
  client: Client = {},
  more: JsonObject = {},
): Call & { cancellation: Cancellation } {
  const cancellation = new Cancellation();
  const { era = 'legacy', principal = somebody, replies, canBeAsked = replies !== undefined } = client;
  const scope: CallScope = {
    callId: 'call',
    caller: {
      principal,
      route: { kind: 'all' },
      client: {
        era,
        revision: era === 'modern' ? modernRevision : '2025-11-25',
        info: undefined,
        capabilities: canBeAsked ? { elicitation: {} } : {},
      },
      sessionKey: era === 'legacy' ? 'session' : undefined,
    },
    cancellation,
    wantsProgress: false,
    logLevel: undefined,
    tell: () => {},
    ask: (ask, giveUp) => replies?.(ask, giveUp) ?? Promise.resolve({ kind: 'unanswered', reason: 'nobody' }),
  };
  const params = RawJson.ofText(JSON.stringify({ name: 'delete', arguments: args, ...more }));
  return { method: 'tools/call', params, scope, cancellation };
}

const pass = (one: Call, name = 'git_delete', view = granted, answer = done): Promise<Answer> =>
  gate.pass(one, target(name, view), view, (allowed) => {
    sent.push(allowed);
    return answer;
  });
const accepts = (answer: string) => (): Promise<AskReply> =>
  Promise.resolve({ kind: 'result', result: RawJson.ofValue({ action: 'accept', content: { answer } }) });
const outcomes = (): unknown[] =>
  told.flatMap((event) =>
    event.type === 'access.approval_settled' ? [`${event.outcome} by ${event.by}`] : [],
  );
const reason = (answer: Answer): unknown =>
  answer.kind === 'error' ? (answer.error.data as JsonObject)['reason'] : 'went through';
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('concerns', () => {
  it('is a matter of rules, followed as they change', () => {
    expect(gate.concerns(target('git_delete'), granted)).toBe(false);
    mark({ kind: 'nature', nature: 'writes' });
    expect(gate.concerns(target('git_delete'), granted)).toBe(true);
    expect(gate.concerns(target('git_read'), granted)).toBe(false);
    access.publish({ approvals: { rules: [], standing: [] } });
    expect(gate.concerns(target('git_delete'), granted)).toBe(false);
  });
});

describe('a call that waits', () => {
  beforeEach(() => mark());

  it('goes on when the person allows it elsewhere, once', async () => {
    const answer = pass(call());
    await turn();
    expect(desk.list()).toMatchObject([
      { number: 1, tool: 'git_delete', arguments: '{"branch":"x"}', client: somebody.name },
    ]);
    expect(sent).toEqual([]);
    expect(desk.answer(1, true)).toBe('allowed');
    expect(await answer).toBe(done);
    expect(desk.answer(1, true)).toBeUndefined();
    void pass(call());
    await turn();
    expect(desk.list()).toMatchObject([{ number: 2 }]);
    expect(outcomes()).toEqual(['allowed by person']);
  });

  it('is refused when the person refuses it, and says so', async () => {
    const answer = pass(call());
    await turn();
    desk.answer(1, false);
    expect(reason(await answer)).toBe('access.approval_denied');
    expect(sent).toEqual([]);
  });

  it('expires; allowed late, the same call goes through once, and no other does', async () => {
    const first = pass(call());
    await turn();
    clock.advance(60_000);
    expect(reason(await first)).toBe('access.approval_expired');
    expect(desk.answer(1, false)).toBeUndefined();
    expect(desk.answer(1, true)).toBe('late');
    const others = [
      pass(call({ branch: 'y' })),
      pass(call({ branch: 'x' }, { principal: principalOf('c2') })),
    ];
    await turn();
    expect(sent).toEqual([]);
    expect(await pass(call())).toBe(done);
    const again = pass(call());
    await turn();
    expect(sent).toHaveLength(1);
    desk.close();
    await Promise.all([...others, again]);
    expect(outcomes()).toContain('late by rule');
  });

  it('does not go through late for ever', async () => {
    const first = pass(call());
    await turn();
    clock.advance(60_000);
    await first;
    desk.answer(1, true);
    clock.advance(300_001);
    void pass(call());
    await turn();
    expect(sent).toEqual([]);
  });

  it('ends with its client', async () => {
    const one = call();
    const answer = pass(one);
    await turn();
    one.cancellation.cancel('gone');
    expect(reason(await answer)).toBe('access.approval_cancelled');
    expect(desk.list()).toEqual([]);
  });

  it('is refused at once when its client asks too often', async () => {
    const answers = Array.from({ length: 10 }, (_, at) => pass(call({ branch: String(at) })));
    expect(reason(await pass(call({ branch: 'one more' })))).toBe('access.approval_rate_limited');
    void pass(call({ branch: 'x' }, { principal: principalOf('c2') }));
    await turn();
    expect(desk.list()).toHaveLength(11);
    clock.advance(60_001);
    expect((await Promise.all(answers)).map(reason)).toEqual(Array(10).fill('access.approval_expired'));
    void pass(call({ branch: 'later' }));
    await turn();
    expect(desk.list()).toHaveLength(1);
  });

  it('lets the person through that would be asked', async () => {
    expect(await pass(call({}, { principal: { ...somebody, kind: 'admin' } }))).toBe(done);
  });
});

describe('always', () => {
  beforeEach(() => mark());

  it('is for that client and tool, as long as the definition stays, and can be taken back', async () => {
    expect(await pass(call({}, { replies: accepts('always allow for this client') }))).toBe(done);
    expect(kept).toMatchObject([{ principalId: somebody.id, featureId: 'f-delete', toolName: 'git_delete' }]);
    expect(await pass(call({ branch: 'another' }))).toBe(done);
    expect(outcomes()).toEqual(['allowed-always by client', 'allowed-always by rule']);
    const changed = viewOf(tool('delete', { description: 'now with more' }));
    void pass(call(), 'git_delete', changed);
    void pass(call({}, { principal: principalOf('c2') }));
    access.publish({ approvals: { rules: access.snapshot.parts.approvals?.rules ?? [], standing: [] } });
    void pass(call());
    await turn();
    expect(sent).toHaveLength(2);
    expect(desk.list()).toHaveLength(3);
  });
});

describe('in the client', () => {
  beforeEach(() => mark());

  it.each<[says: string, reply: AskReply, reason: string]>([
    [
      'allow once',
      { kind: 'result', result: RawJson.ofValue({ action: 'accept', content: { answer: 'allow once' } }) },
      'went through',
    ],
    [
      'do not allow',
      { kind: 'result', result: RawJson.ofValue({ action: 'accept', content: { answer: 'do not allow' } }) },
      'access.approval_denied',
    ],
    [
      'an answer that is none of these',
      { kind: 'result', result: RawJson.ofValue({ action: 'accept', content: {} }) },
      'access.approval_denied',
    ],
    ['decline', { kind: 'result', result: RawJson.ofValue({ action: 'decline' }) }, 'access.approval_denied'],
    ['cancel', { kind: 'result', result: RawJson.ofValue({ action: 'cancel' }) }, 'access.approval_denied'],
  ])('takes "%s"', async (_, reply, expected) => {
    expect(reason(await pass(call({}, { replies: () => Promise.resolve(reply) })))).toBe(expected);
  });

  it('shows what is called with what, and why', async () => {
    const asked: Ask[] = [];
    await pass(
      call(
        { branch: 'x\u202e' },
        {
          replies: (ask) => {
            asked.push(ask);
            return accepts('allow once')();
          },
        },
      ),
    );
    expect(asked[0]?.method).toBe('elicitation/create');
    expect(asked[0]?.params?.text('message')).toBe(
      'Allow a call of git_delete (server git)?\nArguments: {"branch":"x\\u202e"}\nWhy you are asked: every call of this server waits for you.',
    );
  });

  it('lets others answer when the dialog fails, and takes the dialog away then', async () => {
    let givenUp: Cancellation | undefined;
    const answer = pass(
      call(
        {},
        {
          replies: (_, cancellation) => {
            givenUp = cancellation;
            return new Promise(() => {});
          },
        },
      ),
    );
    const failed = pass(
      call(
        { branch: 'y' },
        { replies: () => Promise.resolve({ kind: 'error', error: { code: -32603, message: 'no' } }) },
      ),
    );
    await turn();
    desk.answer(1, true);
    desk.answer(2, true);
    expect(await answer).toBe(done);
    expect(await failed).toBe(done);
    expect(givenUp?.isCancelled).toBe(true);
  });

  it('asks a modern client between two rounds of its call, and takes the answer for these arguments only', async () => {
    const modern: Client = { era: 'modern', canBeAsked: true };
    const asked = async (one: Call): Promise<Answer> => {
      const answer = pass(one);
      await turn();
      clock.advance(15);
      return answer;
    };
    const first = await asked(call({ branch: 'x' }, modern));
    const result = first.kind === 'result' ? first.result : undefined;
    expect(result?.text('resultType')).toBe('input_required');
    const requestState = result?.text('requestState') as string;
    const inputResponses = { mcpmux_approval: { action: 'accept', content: { answer: 'allow once' } } };
    // Other arguments: not this call, so it is asked for anew.
    const other = await asked(call({ branch: 'y' }, modern, { requestState, inputResponses }));
    expect(other.kind === 'result' && other.result.text('resultType')).toBe('input_required');
    expect(sent).toEqual([]);
    const back = call({ branch: 'x' }, modern, { requestState, inputResponses });
    expect(parked.holds(back)).toBe(true);
    expect(await parked.revive(back)).toBe(done);
    expect(sent).toHaveLength(1);
    expect(parked.holds(back)).toBe(false);
  });

  it('asks once for a call that its server takes in several rounds', async () => {
    const asks: Answer = {
      kind: 'result',
      result: RawJson.ofText('{"resultType":"input_required","requestState":"own"}'),
    };
    const one = pass(call(), 'git_delete', granted, asks);
    await turn();
    desk.answer(1, true);
    await one;
    const more = { requestState: 'own', inputResponses: { a: {} } };
    expect(await pass(call({ branch: 'x' }, {}, more))).toBe(done);
    void pass(call({ branch: 'x' }, {}, more));
    await turn();
    expect(desk.list()).toHaveLength(1);
  });
});
