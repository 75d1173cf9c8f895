/**
 * builtin/built-in-server — our own tools as one more host beside the installed servers.
 *
 * In: a call of a tool that the caller's view holds. Out: its answer in the client's era.
 * Its alias is `mcpmux`, which no server can have, so nothing else in a view begins with `mcpmux_`.
 * Knows nothing of: which tools there are and what they do (tools/), where it is stored what is switched off.
 */
import type { JsonObject } from '../base/index.ts';
import type { Narrowing, Target, ViewServer } from '../catalogue/index.ts';
import type { Call, GrantedView, HostedCall, ToolHost } from '../gateway/index.ts';
import type { Answer, Caller, ClientFacts, Feature, FeatureId, ServerId } from '../model/index.ts';
import { RawJson, resultForLegacy, resultForModern } from '../protocol/index.ts';
import { BadArgument } from './arguments.ts';
import type { BuiltInReply, BuiltInTool } from './built-in-tool.ts';
import { type KeptResults, resultUriPrefix } from './kept-results.ts';
import { LargeResults } from './large-results.ts';
import type { ListModes } from './list-modes.ts';
import { Narrowings } from './narrowing.ts';
import type { ResultLimits } from './result-limits.ts';
import type { BuiltInSwitches } from './switches.ts';
import type { TokenLedger } from './token-ledger.ts';

export const builtInServerId = 'builtin' as ServerId;
const alias = 'mcpmux';
const noArguments = RawJson.ofByteText('{}');

export class BuiltInServer implements ToolHost {
  readonly id = builtInServerId;
  readonly tools: readonly BuiltInTool[];
  readonly #byName: ReadonlyMap<string, BuiltInTool>;
  readonly #features: readonly Feature[];
  readonly #switches: BuiltInSwitches;
  readonly #narrowings: Narrowings;
  readonly #ledger: TokenLedger;
  readonly #limits: ResultLimits;
  readonly #large: LargeResults;
  readonly #serverInfo: JsonObject;
  /** By what is switched off. */
  readonly #offered = new Map<string, ViewServer>();

  constructor(options: {
    readonly tools: readonly BuiltInTool[];
    readonly switches: BuiltInSwitches;
    readonly modes: ListModes;
    readonly ledger: TokenLedger;
    readonly limits: ResultLimits;
    readonly results: KeptResults;
    readonly serverInfo: JsonObject;
  }) {
    this.tools = options.tools;
    this.#switches = options.switches;
    this.#narrowings = new Narrowings(options.modes, builtInServerId);
    this.#ledger = options.ledger;
    this.#limits = options.limits;
    this.#large = new LargeResults(options.results);
    this.#serverInfo = options.serverInfo;
    this.#byName = new Map(options.tools.map((tool) => [tool.name, tool]));
    this.#features = options.tools.map((tool, position) => ({
      id: `builtin:${tool.name}` as FeatureId,
      serverId: builtInServerId,
      kind: 'tool',
      originalName: tool.name,
      item: RawJson.ofText(JSON.stringify(definitionOf(tool))),
      position,
      isAvailable: true,
    }));
  }

  get version(): number {
    return this.#switches.version;
  }

  offeredTo(grant: GrantedView['grant']): ViewServer | undefined {
    const off = this.#switches.off(grant.spaceId);
    const features = this.#features.filter(({ originalName }) => !off.has(originalName));
    if (features.length === 0) return undefined;
    const key = features.map(({ originalName }) => originalName).join();
    let offered = this.#offered.get(key);
    if (offered === undefined) {
      offered = { id: builtInServerId, name: 'McpMux', alias, features };
      this.#offered.set(key, offered);
    }
    return offered;
  }

  narrowingFor(caller: Caller, granted: GrantedView): Narrowing | undefined {
    return this.#narrowings.for(caller, granted, this.#switches.off(granted.grant.spaceId));
  }

  resultLimitFor({ grant }: GrantedView): number | undefined {
    const limit = this.#limits.limitFor(grant.setIds, grant.spaceId);
    // Who cannot read on gets all of it at once.
    return limit === undefined ||
      grant.usesOriginalNames ||
      this.#switches.off(grant.spaceId).has('read_result')
      ? undefined
      : limit;
  }

  cutResult(answer: Answer, limitBytes: number, call: Call, target: Target): Answer {
    return this.#large.cut(answer, limitBytes, call, target);
  }

  ownsUri(uri: string): boolean {
    return uri.startsWith(resultUriPrefix);
  }

  readResource(uri: string, call: Call): Answer | undefined {
    const contents = this.#large.contents(uri, call);
    return (
      contents && {
        kind: 'result',
        result: this.#inEra('resources/read', contents, call.scope.caller.client),
      }
    );
  }

  listed(caller: Caller, bytes: number, wholeBytes: number): void {
    this.#ledger.listed(caller, bytes, wholeBytes);
  }

  async call(hosted: HostedCall): Promise<Answer> {
    const { call, target, granted } = hosted;
    const tool = this.#byName.get(target.originalName) as BuiltInTool;
    const given = call.params?.object('arguments') ?? noArguments;
    let reply: BuiltInReply;
    try {
      reply = await tool.call({ hosted, spaceId: granted.grant.spaceId, given });
    } catch (error) {
      if (!(error instanceof BadArgument)) throw error;
      reply = error.reply;
    }
    if (reply.kind === 'answer') return reply.answer;
    const { caller } = call.scope;
    const result = this.#resultFor(reply, caller.client);
    this.#ledger.answered(caller, target.shownName, result.byteLength);
    return { kind: 'result', result };
  }

  #resultFor(reply: Exclude<BuiltInReply, { kind: 'answer' }>, client: ClientFacts): RawJson {
    const text = reply.kind === 'text' ? reply.text : `${reply.fault}: ${reply.message}`;
    const plain = RawJson.ofText(
      JSON.stringify({
        content: [{ type: 'text', text }],
        ...(reply.kind === 'fault' && { isError: true, _meta: { 'mcpmux/error': reply.fault } }),
      }),
    );
    return this.#inEra('tools/call', plain, client);
  }

  #inEra(method: string, plain: RawJson, client: ClientFacts): RawJson {
    return client.era === 'modern'
      ? resultForModern(method, plain, { serverInfo: this.#serverInfo, ttlMs: 0, cacheScope: 'private' })
      : resultForLegacy(method, plain, { revision: client.revision });
  }
}

function definitionOf({
  name,
  title,
  description,
  inputSchema,
  isWrite,
  isReadOnly,
}: BuiltInTool): JsonObject {
  const readOnlyHint = isReadOnly ?? !isWrite;
  return {
    name,
    title,
    description,
    inputSchema,
    annotations: {
      title,
      readOnlyHint,
      ...(isWrite && { destructiveHint: true, idempotentHint: false }),
      // What it calls may reach anywhere; everything else stays within this gateway.
      openWorldHint: isReadOnly !== undefined,
    },
  };
}
