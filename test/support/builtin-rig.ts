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
  callReadToolTool,
  callToolTool,
  KeptResults,
  ListModes,
  listAllToolsTool,
  ResultLimits,
  readResultTool,
  type ServerStates,
  searchToolsTool,
  statusTool,
  TokenLedger,
} from '../../src/builtin/index.ts';
import { Catalogue } from '../../src/catalogue/index.ts';
import { type Call, CallHandler, type Relay, Views } from '../../src/gateway/index.ts';
import type {
  Answer,
  CallScope,
  CatalogueRepository,
  InstalledServer,
  Route,
} from '../../src/model/index.ts';
import type { UpstreamPool } from '../../src/upstream/index.ts';
import { viewOfCorpus } from '../search/corpus.ts';
import { memorySettings } from './built-in-control.ts';
import { firstSpaceId, openAccess } from './first-space.ts';
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
  /** What the client calls itself. */
  app = 'test';
  /** What a server answers. */
  answer: Answer = { kind: 'result', result: raw({ content: [{ type: 'text', text: 'from the server' }] }) };

  private constructor(serve: (rig: BuiltInRig) => { serve: CallHandler; control: BuiltInToolControl }) {
    const made = serve(this);
    this.serve = made.serve;
    this.control = made.control;
  }

  /** @param times how often the corpus of 504 tools is there */
  static async open(
    options: { readonly times?: number; readonly states?: Partial<ServerStates> } = {},
  ): Promise<BuiltInRig> {
    const { servers } = viewOfCorpus(options.times);
    const installed = servers.map(
      ({ id, name, alias }) =>
        ({ id, name, alias, spaceId: firstSpaceId, isEnabled: true }) as unknown as InstalledServer,
    );
    const catalogue = new Catalogue({
      load: () => Promise.resolve(servers.flatMap(({ features }) => features)),
    } as unknown as CatalogueRepository);
    await catalogue.load();
    return new BuiltInRig((rig) => {
      const settings = memorySettings(rig.stored);
      const switches = new BuiltInSwitches(settings, (spaceId) => rig.changes.push(spaceId));
      const server = new BuiltInServer({
        tools: [
          searchToolsTool(),
          callToolTool(),
          callReadToolTool(),
          listAllToolsTool({ viewOf: (spaceId) => views.of(grantOfAll(spaceId))?.view }),
          readResultTool(rig.results),
          statusTool({
            stateOf: options.states?.stateOf ?? (() => undefined),
            signInUrlOf: options.states?.signInUrlOf ?? (() => Promise.resolve(undefined)),
          }),
        ],
        switches,
        modes: rig.modes,
        ledger: rig.ledger,
        limits: rig.limits,
        results: rig.results,
        serverInfo: { name: 'mcpmux' },
      });
      const list = { all: () => installed, version: 1 };
      const views: Views = new Views(openAccess(), list, catalogue, server);
      const relay = {
        openOwn: () => undefined,
        call: (call: Call, target: { server: InstalledServer }) => {
          rig.passed.push({ alias: target.server.alias, params: call.params?.value ?? {} });
          return Promise.resolve(rig.answer);
        },
      } as unknown as Relay;
      const serve = new CallHandler({
        views,
        installed: list,
        pool: { get: () => undefined } as unknown as UpstreamPool,
        relay,
        host: server,
        observer: rig.ledger,
        clock: new ManualClock(),
        logger: silentLogger,
        serverInfo: { name: 'mcpmux' },
      });
      return { serve, control: new BuiltInToolControl(server, switches, () => firstSpaceId) };
    });
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
