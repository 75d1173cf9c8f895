/**
 * support/builtin-rig — our own tools before a gateway whose servers are the corpus of real tool definitions; what would go
 * to a server is written down instead.
 */

import { grantOfAll } from '../../src/access/index.ts';
import { Cancellation, type JsonObject, ManualClock, silentLogger } from '../../src/base/index.ts';
import {
  BuiltInServer,
  BuiltInSwitches,
  BuiltInToolControl,
  bindWorkspaceTool,
  callReadToolTool,
  callToolTool,
  KeptResults,
  ListModes,
  listAllToolsTool,
  listFeatureSetsTool,
  listSpacesTool,
  manageFeatureSetTool,
  ResultLimits,
  readResultTool,
  type ServerStates,
  searchToolsTool,
  statusTool,
  TokenLedger,
} from '../../src/builtin/index.ts';
import { type Call, CallHandler, errorAnswer, type Relay } from '../../src/gateway/index.ts';
import type { Answer, Caller, CallScope, InstalledServer, Route, SpaceId } from '../../src/model/index.ts';
import type { UpstreamPool } from '../../src/upstream/index.ts';
import { viewOfCorpus } from '../search/corpus.ts';
import { memorySettings } from './built-in-control.ts';
import { type FakeAccess, fakeAccess } from './fake-access.ts';
import { firstSpaceId } from './first-space.ts';
import { principalOf } from './principals.ts';
import { raw } from './raw-json.ts';

export interface Passed {
  readonly alias: string;
  readonly params: JsonObject;
}

export class BuiltInRig {
  readonly passed: Passed[] = [];
  readonly changes: string[] = [];
  readonly clock = new ManualClock();
  readonly results = new KeptResults(this.clock);
  readonly limits = new ResultLimits(memorySettings(), () => {});
  readonly ledger = new TokenLedger(new ManualClock());
  readonly modes = new ListModes(memorySettings(), () => {});
  readonly stored = new Map<string, string>();
  readonly serve: CallHandler;
  readonly control: BuiltInToolControl;
  readonly #alice = principalOf('alice');
  readonly route: Route = { kind: 'all' };
  /** More of who calls: folders, limits. */
  caller: Partial<Caller> = {};
  /** What the client calls itself. */
  app = 'test';
  /** What a server answers. */
  answer: Answer = { kind: 'result', result: raw({ content: [{ type: 'text', text: 'from the server' }] }) };

  readonly access: FakeAccess;
  /** What people were asked. */
  readonly asked: string[] = [];
  /** What the person answers. */
  isAllowed = true;

  private constructor(states: Partial<ServerStates>, canAsk: boolean) {
    const switches = new BuiltInSwitches(memorySettings(this.stored), (spaceId) =>
      this.changes.push(spaceId),
    );
    const viewOf = (spaceId: SpaceId) => this.access.views.of(grantOfAll(spaceId))?.view;
    const world = () => ({ ...this.access, viewOf });
    const host = new BuiltInServer({
      tools: [
        searchToolsTool(),
        callToolTool(),
        callReadToolTool(),
        listAllToolsTool({ viewOf }),
        readResultTool(this.results),
        statusTool({
          stateOf: states.stateOf ?? (() => undefined),
          signInUrlOf: states.signInUrlOf ?? (() => Promise.resolve(undefined)),
        }),
        listSpacesTool(world),
        listFeatureSetsTool(world),
        manageFeatureSetTool(world),
        bindWorkspaceTool(world),
      ],
      switches,
      modes: this.modes,
      ledger: this.ledger,
      limits: this.limits,
      results: this.results,
      approval: canAsk ? { ask: (_hosted, because, act) => this.#ask(because, act) } : undefined,
      serverInfo: { name: 'mcpmux' },
    });
    this.access = fakeAccess({ host, look: async (path) => ({ is: 'folder', realPath: path }) });
    this.control = new BuiltInToolControl(host, switches, () => firstSpaceId);
    const relay = {
      openOwn: () => undefined,
      call: (call: Call, target: { server: InstalledServer }) => {
        this.passed.push({ alias: target.server.alias, params: call.params?.value ?? {} });
        return Promise.resolve(this.answer);
      },
    } as unknown as Relay;
    this.serve = new CallHandler({
      views: this.access.views,
      installed: this.access.installed,
      pool: { get: () => undefined } as unknown as UpstreamPool,
      relay,
      host,
      observer: this.ledger,
      clock: new ManualClock(),
      logger: silentLogger,
      serverInfo: { name: 'mcpmux' },
    });
  }

  /** @param times how often the corpus of 504 tools is there */
  static async open(
    options: {
      readonly times?: number;
      readonly states?: Partial<ServerStates>;
      readonly canAsk?: boolean;
    } = {},
  ): Promise<BuiltInRig> {
    const rig = new BuiltInRig(options.states ?? {}, options.canAsk ?? true);
    const { servers } = viewOfCorpus(options.times);
    for (const [at, { id, name, alias }] of servers.entries())
      rig.access.installed.put({
        id,
        name,
        alias,
        spaceId: firstSpaceId,
        isEnabled: true,
        createdAt: at,
      } as unknown as InstalledServer);
    await rig.access.offer(servers.flatMap(({ features }) => features));
    return rig;
  }

  async #ask(because: string, act: () => Promise<Answer>): Promise<Answer> {
    this.asked.push(because);
    return this.isAllowed ? act() : errorAnswer(-32603, 'the person said no');
  }

  scope(era: 'legacy' | 'modern' = 'legacy', route: Route = this.route, who = 'alice'): CallScope {
    return {
      callId: 'c',
      caller: {
        principal: who === 'alice' ? this.#alice : principalOf(who),
        route,
        client: {
          era,
          revision: era === 'legacy' ? '2025-11-25' : '2026-07-28',
          info: { name: this.app },
          capabilities: {},
        },
        sessionKey: era === 'legacy' ? 's' : undefined,
        ...this.caller,
      },
      cancellation: new Cancellation(),
    } as unknown as CallScope;
  }

  call(name: string, args: JsonObject | undefined, era: 'legacy' | 'modern' = 'legacy'): Promise<Answer> {
    return this.serve.answer({
      method: 'tools/call',
      params: raw({ name, ...(args !== undefined && { arguments: args }) }),
      scope: this.scope(era),
    });
  }

  /** The text of a result. @throws when the answer is an error */
  async text(name: string, args?: JsonObject): Promise<string> {
    const { text } = await this.result(name, args);
    return text;
  }

  async result(
    name: string,
    args?: JsonObject,
  ): Promise<{ text: string; isError: boolean; whole: JsonObject }> {
    const answer = await this.call(name, args);
    if (answer.kind === 'error') throw new Error(answer.error.message);
    const whole = answer.result.parse() as JsonObject;
    const [content] = whole['content'] as { text: string }[];
    return { text: content?.text ?? '', isError: whole['isError'] === true, whole };
  }

  async listed(era: 'legacy' | 'modern' = 'legacy'): Promise<readonly string[]> {
    const answer = await this.serve.answer({
      method: 'tools/list',
      params: undefined,
      scope: this.scope(era),
    });
    if (answer.kind === 'error') throw new Error(answer.error.message);
    return (answer.result.value['tools'] as { name: string }[]).map(({ name }) => name);
  }
}
