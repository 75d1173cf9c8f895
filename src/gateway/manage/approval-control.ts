/**
 * gateway/manage/approval-control — what a person does about calls that wait: answer, choose which wait, allow for good,
 * take back.
 *
 * The store is written first, then the access snapshot is published, then whoever waits goes on.
 * Knows nothing of: HTTP, how calls are sent.
 */
import { type AccessRegister, type ApprovalDesk, concerns, type WaitingCall } from '../../access/index.ts';
import { type Clock, newId, shortText } from '../../base/index.ts';
import { similarNames, type Target } from '../../catalogue/index.ts';
import type {
  ApprovalFacts,
  ApprovalOutcome,
  ApprovalRepository,
  ApprovalRule,
  ApprovalRuleId,
  ApprovalSubject,
  DomainEvents,
  ProblemSource,
  Space,
  StandingApproval,
  ToolNature,
} from '../../model/index.ts';
import { gatewayError } from '../errors.ts';
import { standingFor } from '../serve/approval-gate.ts';
import type { CallHandler } from '../serve/call-handler.ts';
import { requireSpace } from './find-access.ts';
import { findServer } from './find-server.ts';
import { administratorOf } from './gateway-control.ts';
import type { InstalledServerList } from './installed-server-list.ts';

/** What a person wants to be asked about. */
export type ApprovalTarget =
  | { readonly kind: 'server'; readonly server: string }
  | { readonly kind: 'tool'; readonly tool: string }
  | { readonly kind: 'pattern'; readonly pattern: string }
  | { readonly kind: 'nature'; readonly nature: ToolNature };

export interface DescribedRule {
  readonly rule: ApprovalRule;
  readonly space: Space;
  /** What it names, as a person knows it now; undefined when that is gone. */
  readonly name: string | undefined;
  /** Tools that it stops now. */
  readonly tools: readonly string[];
}

export interface ApprovalOverview {
  readonly rules: readonly DescribedRule[];
  readonly standing: readonly StandingApproval[];
}

export interface ApprovalControl {
  /** The oldest first. @param all those that ended lately too */
  waiting(all: boolean): readonly WaitingCall[];
  /** @throws gateway.no_such_approval */
  answer(number: number, isAllowed: boolean, isAlways: boolean): Promise<ApprovalOutcome>;
  overview(): ApprovalOverview;
  /** @throws gateway.no_such_server, gateway.unknown_tool, gateway.no_such_space */
  require(target: ApprovalTarget, space: string | undefined): Promise<DescribedRule>;
  /** A rule, or what was allowed for good. @throws gateway.no_such_rule */
  remove(id: string): Promise<void>;
}

export class GatewayApprovalControl implements ApprovalControl {
  readonly #access: AccessRegister;
  readonly #desk: ApprovalDesk;
  readonly #repository: ApprovalRepository;
  readonly #installed: InstalledServerList;
  readonly #serve: CallHandler;
  readonly #events: DomainEvents;
  readonly #clock: Clock;

  constructor(options: {
    readonly access: AccessRegister;
    readonly desk: ApprovalDesk;
    readonly repository: ApprovalRepository;
    readonly installed: InstalledServerList;
    readonly serve: CallHandler;
    readonly events: DomainEvents;
    readonly clock: Clock;
  }) {
    this.#access = options.access;
    this.#desk = options.desk;
    this.#repository = options.repository;
    this.#installed = options.installed;
    this.#serve = options.serve;
    this.#events = options.events;
    this.#clock = options.clock;
  }

  waiting(all: boolean): readonly WaitingCall[] {
    return this.#desk.list(all);
  }

  async answer(number: number, isAllowed: boolean, isAlways: boolean): Promise<ApprovalOutcome> {
    const call = this.#desk.find(number);
    const isOpen = call?.outcome === undefined || (call.outcome === 'expired' && isAllowed);
    if (call === undefined || !isOpen) throw this.#noSuchApproval(number, call);
    if (isAllowed && isAlways)
      await keepStanding(this.#access, this.#repository, this.#events, standingFor(call, this.#clock.now()));
    const outcome = this.#desk.answer(number, isAllowed, isAlways);
    if (outcome === undefined) throw this.#noSuchApproval(number, this.#desk.find(number));
    return outcome;
  }

  overview(): ApprovalOverview {
    const { rules, standing } = this.#facts();
    return { rules: rules.map((rule) => this.#describe(rule)), standing };
  }

  async require(target: ApprovalTarget, reference: string | undefined): Promise<DescribedRule> {
    const space = this.#space(reference);
    const subject = this.#subject(target, space);
    const facts = this.#facts();
    const same = facts.rules.find(
      (rule) => rule.spaceId === space.id && JSON.stringify(rule.subject) === JSON.stringify(subject),
    );
    if (same !== undefined) return this.#describe(same);
    const rule: ApprovalRule = {
      id: newId<ApprovalRuleId>(),
      spaceId: space.id,
      subject,
      createdAt: this.#clock.now(),
    };
    await this.#repository.insertRule(rule);
    this.#access.publish({ approvals: { ...this.#facts(), rules: [...this.#facts().rules, rule] } });
    const described = this.#describe(rule);
    this.#tell('rule_added', described.name ?? rule.id);
    return described;
  }

  async remove(id: string): Promise<void> {
    const { rules, standing } = this.#facts();
    const rule = only(rules.filter((one) => one.id.startsWith(id)));
    const approval = only(standing.filter((one) => one.id.startsWith(id)));
    if (id === '' || (rule === undefined) === (approval === undefined))
      throw gatewayError('no_such_rule', { id: shortText(id) });
    if (rule !== undefined) {
      await this.#repository.deleteRule(rule.id);
      this.#access.publish({ approvals: { ...this.#facts(), rules: rules.filter((one) => one !== rule) } });
      this.#tell('rule_removed', this.#describe(rule).name ?? rule.id);
    } else if (approval !== undefined) {
      await this.#repository.deleteStanding(approval.id);
      this.#access.publish({
        approvals: { ...this.#facts(), standing: standing.filter((one) => one !== approval) },
      });
      this.#tell('standing_removed', `${approval.clientName}: ${approval.toolName}`);
    }
  }

  #facts(): ApprovalFacts {
    return this.#access.snapshot.parts.approvals ?? noApprovals;
  }

  #tell(change: 'rule_added' | 'rule_removed' | 'standing_removed', what: string): void {
    this.#events.publish({ type: 'access.approvals_changed', change, what });
  }

  #space(reference: string | undefined): Space {
    const { snapshot } = this.#access;
    return reference === undefined ? snapshot.defaultSpace : requireSpace(snapshot, reference);
  }

  #subject(target: ApprovalTarget, space: Space): ApprovalSubject {
    switch (target.kind) {
      case 'server': {
        const here = this.#installed.all().filter(({ spaceId }) => spaceId === space.id);
        return { kind: 'server', serverId: findServer(here, target.server, this.#access.snapshot).id };
      }
      case 'tool': {
        const tools = this.#tools(space);
        const tool = tools.get(target.tool);
        if (tool === undefined)
          throw gatewayError('unknown_tool', {
            tool: shortText(target.tool),
            nearest: similarNames(target.tool, tools.keys()).join(', '),
          });
        return { kind: 'tool', featureId: tool.featureId };
      }
      case 'pattern':
        return target;
      case 'nature':
        return target;
    }
  }

  #describe(rule: ApprovalRule): DescribedRule {
    const space = this.#access.snapshot.space(rule.spaceId) ?? this.#access.snapshot.defaultSpace;
    const tools = [...this.#tools(space).values()];
    const { subject } = rule;
    const stopped = tools.filter((tool) => isStopped(subject, tool)).map(({ shownName }) => shownName);
    return { rule, space, name: this.#nameOf(subject, tools), tools: stopped };
  }

  #nameOf(subject: ApprovalSubject, tools: readonly Target[]): string | undefined {
    switch (subject.kind) {
      case 'server':
        return this.#installed.get(subject.serverId)?.name;
      case 'tool':
        return tools.find(({ featureId }) => featureId === subject.featureId)?.shownName;
      case 'pattern':
        return subject.pattern;
      case 'nature':
        return subject.nature;
    }
  }

  #tools(space: Space): ReadonlyMap<string, Target> {
    return this.#serve.viewFor(administratorOf(space.id))?.view.tools ?? new Map();
  }

  #noSuchApproval(number: number, call: WaitingCall | undefined): Error {
    return gatewayError('no_such_approval', { number, outcome: call?.outcome });
  }
}

export const noApprovals: ApprovalFacts = { rules: [], standing: [] };

/** Writes an "always" down, and lets it count. @throws store.* */
export async function keepStanding(
  access: AccessRegister,
  repository: ApprovalRepository,
  events: DomainEvents,
  approval: StandingApproval,
): Promise<void> {
  await repository.saveStanding(approval);
  const facts = access.snapshot.parts.approvals ?? noApprovals;
  const others = facts.standing.filter(
    (one) => one.principalId !== approval.principalId || one.featureId !== approval.featureId,
  );
  access.publish({ approvals: { ...facts, standing: [...others, approval] } });
  events.publish({
    type: 'access.approvals_changed',
    change: 'standing_added',
    what: `${approval.clientName}: ${approval.toolName}`,
  });
}

/** Calls that wait for an answer come before all other problems: somebody sits there. */
export function waitingProblems(desk: ApprovalDesk): ProblemSource {
  return {
    name: 'calls that wait for approval',
    find: () =>
      desk.list().map((call) => ({
        id: `approval:${call.number}`,
        code: 'access.approval_requested',
        harm: 'waits' as const,
        about: { kind: 'client' as const, id: call.principalId, name: call.client },
        title: `${call.client} waits for your answer`,
        cause: `it wants to call ${call.tool}`,
        since: call.since,
        until: call.expiresAt,
        fix: {
          says: 'mcpmux approvals',
          command: 'mcpmux approvals',
          act: { route: 'answerApproval', params: { number: String(call.number) } },
        },
      })),
  };
}

function isStopped(subject: ApprovalSubject, tool: Target): boolean {
  return concerns(subject, { ...tool, item: tool.original });
}

function only<One>(list: readonly One[]): One | undefined {
  return list.length === 1 ? list[0] : undefined;
}
