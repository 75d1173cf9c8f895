/**
 * builtin/built-in-server — our own tools as one more host beside the installed servers.
 *
 * In: a call of a tool that the caller's view holds. Out: its answer in the client's era.
 * Its alias is `mcpmux`, which no server can have, so nothing else in a view begins with `mcpmux_`.
 * Knows nothing of: which tools there are and what they do (tools/), where it is stored what is switched off.
 */
import { type ErrorKind, type JsonObject, McpMuxError } from '../base/index.ts';
import type { Narrowing, Target, ViewServer } from '../catalogue/index.ts';
import type { Call, GrantedView, HostedCall, ToolHost } from '../gateway/index.ts';
import type { Answer, Caller, ClientFacts, Feature, FeatureId, ServerId } from '../model/index.ts';
import { RawJson, resultForLegacy, resultForModern } from '../protocol/index.ts';
import { BadArgument } from './arguments.ts';
import {
  type BuiltInFault,
  type BuiltInReply,
  type BuiltInTool,
  refuses,
  type WriteApproval,
} from './built-in-tool.ts';
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
  readonly #approval: WriteApproval | undefined;
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
    /** Undefined: nobody can be asked, so nothing is written. */
    readonly approval?: WriteApproval | undefined;
    readonly serverInfo: JsonObject;
  }) {
    this.#approval = options.approval;
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

  resultLimitFor({ grant, view }: GrantedView): number | undefined {
    const limit = this.#limits.limitFor(grant.setIds, grant.spaceId);
    // Who cannot read on gets all of it at once.
    return limit === undefined ||
      view.servers[0]?.id !== builtInServerId ||
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
    const revived = tool.isWrite ? this.#approval?.revive?.(hosted) : undefined;
    if (revived !== undefined) return revived;
    const { caller } = call.scope;
    const finish = (reply: BuiltInReply): Answer => {
      if (reply.kind === 'answer') return reply.answer;
      const result = this.#resultFor(reply, caller.client);
      this.#ledger.answered(caller, target.shownName, result.byteLength);
      return { kind: 'result', result };
    };
    const reply = await replyOf(() => tool.call({ hosted, spaceId: granted.grant.spaceId, given }));
    if (reply.kind !== 'plan') return finish(reply);
    const act = async (): Promise<Answer> => finish(await replyOf(() => reply.apply()));
    return this.#approval === undefined
      ? finish(refuses('approval_required', `Nobody can be asked to allow this here: ${reply.summary}`))
      : this.#approval.ask(hosted, reply.summary, act);
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

const faultsByKind: Partial<Record<ErrorKind, BuiltInFault>> = {
  invalid: 'invalid_argument',
  'not-found': 'not_found',
  conflict: 'conflict',
  denied: 'denied',
};

/** What a model can put right is said to it; everything else is the gateway's failure. */
async function replyOf<Reply>(act: () => Reply | Promise<Reply>): Promise<Reply | BuiltInReply> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof BadArgument) return error.reply;
    const fault = error instanceof McpMuxError ? faultsByKind[error.kind] : undefined;
    if (fault === undefined) throw error;
    const { message, hint } = error as McpMuxError;
    return refuses(fault, hint === undefined || hint.includes('mcpmux ') ? message : `${message}; ${hint}`);
  }
}
