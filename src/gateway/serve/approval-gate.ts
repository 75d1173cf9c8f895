/**
 * gateway/serve/approval-gate — stops a call that a rule marks until a person has allowed it.
 *
 * The person is asked in the client itself, by elicitation, where it can; at the same time the call stands in the list of
 * the command line and the dashboard, and the first answer counts. An answer is for this definition with these arguments,
 * once; "always" is for this client and tool as long as its definition stays the same.
 * Owns: which targets a rule concerns, found once for each view and state of the rules.
 * Knows nothing of: how a call is sent.
 */
import {
  type AccessRegister,
  type AccessSnapshot,
  type ApprovalDesk,
  type ApprovalWish,
  callHash,
  definitionHash,
  type OpenApproval,
  ruleFor,
  type Verdict,
  visibleText,
} from '../../access/index.ts';
import { Cancellation, newId, shortText } from '../../base/index.ts';
import type { Target } from '../../catalogue/index.ts';
import type {
  Answer,
  ApprovalOutcome,
  ApprovalRule,
  AskReply,
  CallScope,
  ServerId,
  StandingApproval,
  StandingApprovalId,
} from '../../model/index.ts';
import { canElicitForm, RawJson } from '../../protocol/index.ts';
import { type Call, gatewayFailure } from './call.ts';
import type { ParkedCalls } from './parked-calls.ts';
import type { GrantedView } from './views.ts';

/** What a person reads in a dialog; the list on the command line shows all of it. */
const shownArguments = 1_500;
/** Arguments that the list holds; longer ones are cut there, and hashed whole. */
const keptArguments = 64 * 1024;
/** A call that asks for input in rounds is approved once for all of them. */
const roundsWithinMs = 600_000;

/** Writes down an "always". */
export type KeepStanding = (approval: StandingApproval) => Promise<void>;

export class ApprovalGate {
  readonly #access: AccessRegister;
  readonly #desk: ApprovalDesk;
  readonly #parked: ParkedCalls;
  readonly #keep: KeepStanding;
  readonly #now: () => number;
  #snapshot: AccessSnapshot | undefined;
  #rules: readonly ApprovalRule[] = [];
  #concerned = new WeakMap<Target, ApprovalRule | false>();
  /** Approved calls that came back for input: (client, call) → epoch ms until which they may come again. */
  readonly #rounds = new Map<string, number>();

  constructor(options: {
    readonly access: AccessRegister;
    readonly desk: ApprovalDesk;
    readonly parked: ParkedCalls;
    readonly keep: KeepStanding;
    readonly now: () => number;
  }) {
    this.#access = options.access;
    this.#desk = options.desk;
    this.#parked = options.parked;
    this.#keep = options.keep;
    this.#now = options.now;
  }

  /** Does a rule concern this tool? Costs a comparison where there are no rules, and a look into a map where there are. */
  concerns(target: Target, granted: GrantedView): boolean {
    this.#follow();
    return this.#rules.length > 0 && this.#ruleOf(target, granted) !== undefined;
  }

  #follow(): void {
    const { snapshot } = this.#access;
    if (snapshot === this.#snapshot) return;
    this.#snapshot = snapshot;
    this.#rules = snapshot.parts.approvals?.rules ?? [];
    this.#concerned = new WeakMap();
  }

  /**
   * Lets the call go when it may, and refuses it otherwise.
   *
   * @param call as its server gets it
   * @param send carries it out; with another scope where its client is asked in between
   */
  async pass(
    call: Call,
    target: Target,
    granted: GrantedView,
    send: (call: Call) => Promise<Answer> | Answer,
  ): Promise<Answer> {
    const { principal } = call.scope.caller;
    // The person that would be asked makes this call.
    if (principal.kind === 'admin' || this.#parked.holds(call)) return send(call);
    this.#follow();
    const rule = this.#ruleOf(target, granted);
    const args = call.params?.member('arguments');
    return this.ask(
      call,
      {
        principalId: principal.id,
        client: principal.name,
        spaceId: granted.grant.spaceId,
        serverId: target.serverId,
        serverName: target.serverName,
        featureId: target.featureId,
        tool: target.shownName,
        arguments: visibleText(args?.toText().slice(0, keptArguments) ?? '{}'),
        because: rule === undefined ? 'it was marked' : reasonOf(rule),
        ...hashesOf(target.original, args),
      },
      send,
    );
  }

  /** The same for whoever marks a call without a rule: tools of our own that change something. */
  async ask(call: Call, wish: ApprovalWish, send: (call: Call) => Promise<Answer> | Answer): Promise<Answer> {
    const approvals = this.#access.snapshot.parts.approvals;
    const isStanding = approvals?.standing.some(
      (one) =>
        one.principalId === wish.principalId &&
        one.featureId === wish.featureId &&
        one.definitionHash === wish.definitionHash,
    );
    if (isStanding === true) {
      this.#desk.tell(wish, 'allowed-always', 'rule');
      return this.#send(call, wish, send);
    }
    if (this.#takeRound(call, wish) || this.#desk.takeLate(wish)) return this.#send(call, wish, send);
    const open = this.#desk.open(wish);
    if (open === undefined) return refusalFor(wish, 'rate-limited', undefined);
    const { scope } = call;
    const go = async (asking: CallScope): Promise<Answer> => {
      const verdict = await this.#verdict(open, wish, asking);
      return verdict.isAllowed
        ? this.#send({ ...call, scope: asking }, wish, send)
        : refusalFor(wish, verdict.outcome, verdict.number);
    };
    // A modern client is asked between two rounds of its call, which waits meanwhile.
    return scope.caller.client.era === 'modern' && canElicitForm(scope.caller.client.capabilities)
      ? this.#parked.run(call, wish.serverId ?? ownServer, go)
      : go(scope);
  }

  async #verdict(open: OpenApproval, wish: ApprovalWish, scope: CallScope): Promise<Verdict> {
    const stopListening = scope.cancellation.onCancel(() => open.settle('cancelled', 'client'));
    const asking = new Cancellation();
    if (scope.wantsProgress)
      scope.tell(
        'notifications/progress',
        RawJson.ofValue({ progress: 1e-6, message: 'waiting for the person to allow it: mcpmux approvals' }),
      );
    if (canElicitForm(scope.caller.client.capabilities))
      void scope
        .ask({ method: 'elicitation/create', params: dialogFor(wish), key: 'mcpmux_approval' }, asking)
        .then(async (reply) => {
          const outcome = outcomeOf(reply);
          if (outcome === 'allowed-always') await this.#keepStanding(wish);
          if (outcome !== undefined) open.settle(outcome, 'client');
        })
        .catch(() => {
          // The dialog failed; the person can still answer elsewhere, until the time is up.
        });
    try {
      return await open.verdict;
    } finally {
      stopListening();
      asking.cancel('it was answered');
    }
  }

  /** @throws store.* */
  async #keepStanding(wish: ApprovalWish): Promise<void> {
    await this.#keep(standingFor(wish, this.#now()));
  }

  async #send(
    call: Call,
    wish: ApprovalWish,
    send: (call: Call) => Promise<Answer> | Answer,
  ): Promise<Answer> {
    const answer = await send(call);
    if (answer.kind === 'result' && answer.result.text('resultType') === 'input_required')
      this.#rounds.set(roundKey(wish), this.#now() + roundsWithinMs);
    return answer;
  }

  /** The next round of a call that was approved: it brings what its server asked for. */
  #takeRound(call: Call, wish: ApprovalWish): boolean {
    if (this.#rounds.size === 0 || call.params?.has('inputResponses') !== true) return false;
    const now = this.#now();
    for (const [key, until] of this.#rounds) if (until <= now) this.#rounds.delete(key);
    return this.#rounds.delete(roundKey(wish));
  }

  #ruleOf(target: Target, granted: GrantedView): ApprovalRule | undefined {
    const known = this.#concerned.get(target);
    if (known !== undefined) return known === false ? undefined : known;
    const rule = ruleFor(
      {
        featureId: target.featureId,
        serverId: target.serverId,
        spaceId: granted.grant.spaceId,
        alias: target.alias,
        originalName: target.originalName,
        item: target.original,
      },
      this.#rules,
    );
    this.#concerned.set(target, rule ?? false);
    return rule;
  }
}

const ownServer = 'mcpmux' as ServerId;

export function standingFor(wish: ApprovalWish, now: number): StandingApproval {
  return {
    id: newId<StandingApprovalId>(),
    spaceId: wish.spaceId,
    principalId: wish.principalId,
    clientName: wish.client,
    toolName: wish.tool,
    featureId: wish.featureId,
    definitionHash: wish.definitionHash,
    createdAt: now,
  };
}

/** A definition is hashed once, however often it is called. */
const definitionHashes = new WeakMap<RawJson, string>();

export function hashesOf(
  definition: RawJson,
  args: RawJson | undefined,
): Pick<ApprovalWish, 'definitionHash' | 'hash'> {
  let hash = definitionHashes.get(definition);
  if (hash === undefined) {
    hash = definitionHash(definition.parse());
    definitionHashes.set(definition, hash);
  }
  return { definitionHash: hash, hash: callHash(hash, args?.parse() ?? {}) };
}

function roundKey({ principalId, hash }: ApprovalWish): string {
  return `${principalId}\n${hash}`;
}

function reasonOf({ subject }: ApprovalRule): string {
  switch (subject.kind) {
    case 'server':
      return 'every call of this server waits for you';
    case 'tool':
      return 'every call of this tool waits for you';
    case 'pattern':
      return `tools like ${shortText(subject.pattern)} wait for you`;
    case 'nature':
      return subject.nature === 'writes'
        ? 'it does not say that it only reads'
        : 'it does not say that it destroys nothing';
  }
}

const once = 'allow once';
const always = 'always allow for this client';
const never = 'do not allow';

function dialogFor(wish: ApprovalWish): RawJson {
  const args = wish.arguments;
  const shown =
    args.length > shownArguments ? `${args.slice(0, shownArguments)} … (mcpmux approvals shows all)` : args;
  return RawJson.ofValue({
    message: `Allow a call of ${wish.tool} (server ${wish.serverName})?\nArguments: ${shown}\nWhy you are asked: ${wish.because}.`,
    requestedSchema: {
      type: 'object',
      properties: {
        answer: { type: 'string', title: 'Your answer', enum: [once, always, never] },
      },
      required: ['answer'],
    },
  });
}

/** @returns undefined when it says nothing: then others may still answer */
function outcomeOf(reply: AskReply): ApprovalOutcome | undefined {
  if (reply.kind !== 'result') return undefined;
  const action = reply.result.text('action');
  if (action === 'decline' || action === 'cancel') return 'denied';
  if (action !== 'accept') return undefined;
  const answer = reply.result.object('content')?.text('answer');
  if (answer === once) return 'allowed';
  return answer === always ? 'allowed-always' : 'denied';
}

function refusalFor(wish: ApprovalWish, outcome: ApprovalOutcome, number: number | undefined): Answer {
  const tool = shortText(wish.tool);
  const reason = `access.approval_${outcome.replace('-', '_')}`;
  switch (outcome) {
    case 'denied':
      return gatewayFailure(`The person did not allow this call of ${tool}.`, reason);
    case 'expired':
      return gatewayFailure(
        `This call of ${tool} needs the approval of the person, and nobody answered in time. Ask the person to run "mcpmux approvals allow ${number}", then call again with the same arguments.`,
        reason,
        `mcpmux approvals allow ${number}`,
      );
    case 'rate-limited':
      return gatewayFailure(
        `This call of ${tool} needs the approval of the person, who has been asked too often within a minute. Wait a minute.`,
        reason,
        'mcpmux approvals rules',
      );
    case 'allowed':
    case 'allowed-always':
    case 'late':
    case 'cancelled':
      return gatewayFailure(`This call of ${tool} was given up before the person answered.`, reason);
  }
}
