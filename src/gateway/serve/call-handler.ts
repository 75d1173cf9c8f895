/**
 * gateway/serve/call-handler — answers one call of a client: its own list, or a server's answer.
 *
 * In: a Call with its scope. Out: an Answer in the client's era; failures of ours are answers too.
 * Owns: the table from method to act.
 * Knows nothing of: HTTP, sessions, how an answer is written.
 */

import type { DefinitionPins, Grant } from '../../access/index.ts';
import {
  type Clock,
  describeError,
  isJsonObject,
  type JsonObject,
  type Logger,
  McpMuxError,
  shortText,
} from '../../base/index.ts';
import {
  countItems,
  type ListShape,
  listPage,
  pageSize,
  similarNames,
  type Target,
} from '../../catalogue/index.ts';
import type {
  Answer,
  Caller,
  CallObserver,
  FeatureKind,
  InstalledServer,
  Principal,
  Route,
  ServerId,
} from '../../model/index.ts';
import {
  hasExtension,
  invalidParams,
  type LogLevel,
  methodNotFound,
  resourceNotFound,
  tasksExtension,
} from '../../protocol/index.ts';
import type { UpstreamPool } from '../../upstream/index.ts';
import type { ApprovalGate } from './approval-gate.ts';
import {
  type Call,
  errorAnswer,
  gatewayFailure,
  invalidParamsAnswer,
  lackingCapability,
  unknownMethodAnswer,
  withParam,
} from './call.ts';
import { ClientsSeen } from './clients-seen.ts';
import { failureText } from './failure-text.ts';
import { heldText } from './held-names.ts';
import { beginRecord, endRecord, noteFailure, noteRefusal, noteTarget } from './record-call.ts';
import type { Relay } from './relay.ts';
import { replaceUris, uriRewriter } from './rewrite-uris.ts';
import { Sealer } from './sealed-text.ts';
import { buildServerInfo, modernServerInfo, type ServerInfo } from './server-info.ts';
import { TaskRoutes } from './task-routes.ts';
import type { ToolHost } from './tool-host.ts';
import type { GrantedView, InstalledServers, Views } from './views.ts';

const listMethods: ReadonlySet<string> = new Set([
  'tools/list',
  'prompts/list',
  'resources/list',
  'resources/templates/list',
]);
/** Modern clients are told of changes when they listen; the others ask again after this long. */
const listTtlMs = 5_000;

/** A subscription that is held until `release` is called (again does nothing), or why there is none. */
export type Subscribed = { readonly release: () => void } | { readonly refusal: Answer };

export class CallHandler {
  readonly #views: Views;
  readonly #installed: InstalledServers;
  readonly #pool: UpstreamPool;
  readonly #relay: Relay;
  readonly #host: ToolHost | undefined;
  readonly #granted: ((grant: Grant, caller: Caller) => void) | undefined;
  readonly #pins: DefinitionPins | undefined;
  readonly #gate: ApprovalGate | undefined;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #serverInfo: JsonObject;
  readonly #observer: CallObserver | undefined;
  readonly #cursors = new Sealer('cursor');
  readonly #tasks = new TaskRoutes();
  readonly #clients: ClientsSeen;
  readonly #introduced: (caller: Caller) => void;

  constructor(options: {
    readonly views: Views;
    readonly installed: InstalledServers;
    readonly pool: UpstreamPool;
    readonly relay: Relay;
    /** Told of what decided for a client that has introduced itself, or works elsewhere now. */
    readonly granted?: (grant: Grant, caller: Caller) => void;
    /** The same that the views were given. */
    readonly host?: ToolHost;
    /** What is held back of servers, and which instructions were approved. */
    readonly pins?: DefinitionPins;
    /** Stops calls that wait for a person. */
    readonly gate?: ApprovalGate;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly serverInfo: JsonObject;
    /** A client has said what it is. */
    introduced?(caller: Caller): void;
    /** Told of each call to a server, or for one, when it has ended. */
    readonly observer?: CallObserver | undefined;
  }) {
    this.#observer = options.observer;
    this.#views = options.views;
    this.#installed = options.installed;
    this.#pool = options.pool;
    this.#relay = options.relay;
    this.#host = options.host;
    this.#granted = options.granted;
    this.#pins = options.pins;
    this.#gate = options.gate;
    this.#clock = options.clock;
    this.#clients = new ClientsSeen(options.clock);
    this.#introduced = (caller) => options.introduced?.(caller);
    this.#logger = options.logger;
    this.#serverInfo = options.serverInfo;
  }

  get serverInfo(): JsonObject {
    return this.#serverInfo;
  }

  get clients(): ClientsSeen {
    return this.#clients;
  }

  /** Does the route address anything for this principal? Of a server's own URL only whether it can. */
  exists(principal: Principal, route: Route): boolean {
    return this.#views.exists(principal, route);
  }

  /** What everybody sees who has this grant and sees the primary faces of servers. */
  viewOf(grant: Grant): GrantedView | undefined {
    return this.#views.of(grant);
  }

  /** What this caller may see, and why. @returns undefined when its route addresses nothing */
  grantFor(caller: Caller): Grant | undefined {
    return this.#views.grantOf(caller);
  }

  /** What this caller sees. */
  viewFor(caller: Caller): GrantedView | undefined {
    return this.#views.for(caller);
  }

  /** What decides for this caller is another, or it is new: folders that nobody mapped and claims that were refused are told. */
  noteAccess(caller: Caller): void {
    const grant = this.#views.grantOf(caller);
    if (grant !== undefined) this.#granted?.(grant, caller);
  }

  /** What we say of ourselves to this caller; notes that it was here. @returns undefined when its route addresses nothing */
  describeServerTo(caller: Caller): ServerInfo | undefined {
    const granted = this.#views.for(caller);
    if (granted === undefined) return undefined;
    this.#clients.note(caller);
    this.#granted?.(granted.grant, caller);
    this.#introduced(caller);
    const { era } = caller.client;
    for (const { id } of granted.servers) this.#pool.get(id)?.wantEra(era);
    const serverInfo = buildServerInfo(granted, this.#pool, era, this.#pins);
    return era === 'modern' ? modernServerInfo(serverInfo) : serverInfo;
  }

  /** Never throws. */
  async answer(asked: Call): Promise<Answer> {
    const observer = this.#observer;
    const startedAt = this.#clock.monotonic();
    if (observer === undefined || listMethods.has(asked.method)) return this.#answer(asked, startedAt);
    const record = beginRecord(asked, startedAt);
    const { method, params, scope } = asked;
    const answer = await this.#answer({ method, params, scope, record }, startedAt);
    endRecord(record, answer, asked.scope, this.#clock.monotonic());
    observer.ended(record);
    return answer;
  }

  async #answer(call: Call, startedAt: number): Promise<Answer> {
    try {
      let granted = this.#views.for(call.scope.caller);
      if (granted === undefined) return errorAnswer(invalidParams, 'There is no such server');
      if (listMethods.has(call.method)) {
        const opening = this.#relay.openOwn(call.scope.caller, granted.servers);
        if (opening !== undefined) {
          await opening;
          granted = this.#views.for(call.scope.caller) ?? granted;
        }
      }
      if (call.record !== undefined) {
        call.record.spaceId = granted.grant.spaceId;
        call.record.rule = granted.grant.rule;
      }
      return await this.#act(call, granted);
    } catch (error) {
      return this.#failure(call, error, startedAt);
    }
  }

  /**
   * Somebody wants to hear about a resource. The subscription is held until it is released, whatever the view says then.
   *
   * @returns a refusal when nobody has it, or its server does not tell
   */
  async subscribe(caller: Caller, uri: string): Promise<Subscribed> {
    const found = this.#views.for(caller)?.view.findResource(uri);
    if (found === undefined) return { refusal: resourceMissing(uri) };
    const instance = this.#pool.require(found.server.id);
    const { era } = caller.client;
    const handshake = instance.handshakeFor(era);
    const resources = handshake?.capabilities['resources'];
    // Of a server that never connected it is not known yet: then the wish is kept for when it does.
    if (handshake !== undefined && !(isJsonObject(resources) && resources['subscribe'] === true)) {
      return {
        refusal: errorAnswer(
          methodNotFound,
          `server "${found.server.name}" does not tell when one of its resources changes`,
        ),
      };
    }
    const subscriptions = instance.subscriptionsFor(era);
    let isHeld = true;
    const release = (): void => {
      if (!isHeld) return;
      isHeld = false;
      subscriptions.remove(found.originalUri);
    };
    try {
      await subscriptions.add(found.originalUri);
    } catch (error) {
      release();
      throw error;
    }
    return { release };
  }

  /** The legacy session that made the task which a leg of `owner` speaks of. */
  sessionOfTask(serverId: ServerId, taskId: string, owner: string | undefined): string | undefined {
    return this.#tasks.sessionOf(serverId, owner, taskId);
  }

  /** A legacy session wants log messages from here on. */
  wantLogLevel(caller: Caller, level: LogLevel): void {
    for (const server of this.#views.for(caller)?.servers ?? [])
      this.#pool.get(server.id)?.raiseLogLevel(level);
  }

  #act(call: Call, granted: GrantedView): Answer | Promise<Answer> {
    switch (call.method) {
      case 'tools/call':
        return this.#callTool(call, granted);
      case 'tools/list':
        return this.#list('tool', call, granted);
      case 'prompts/list':
        return this.#list('prompt', call, granted);
      case 'resources/list':
        return this.#list('resource', call, granted);
      case 'resources/templates/list':
        return this.#list('template', call, granted);
      case 'prompts/get':
        return this.#getPrompt(call, granted);
      case 'resources/read':
        return this.#readResource(call, granted);
      case 'completion/complete':
        return this.#complete(call, granted);
      default:
        return this.#other(call, granted);
    }
  }

  #callTool(call: Call, granted: GrantedView): Answer | Promise<Answer> {
    const name = call.params?.text('name');
    if (name === undefined) return invalidParamsAnswer('tools/call needs a name');
    const args = call.params?.member('arguments');
    if (args !== undefined && !args.isObject) return invalidParamsAnswer('arguments must be an object');
    const target = granted.view.tools.get(name);
    if (target === undefined) {
      noteRefusal(call.record, 'gateway.unknown_tool', name);
      return this.#notThere('tool', name, granted);
    }
    const { serverId, originalName } = target;
    noteTarget(call.record, name, originalName);
    const host = this.#host;
    if (host !== undefined && serverId === host.id) {
      if (call.record !== undefined) call.record.server = { id: serverId, alias: target.serverName };
      return host.call({
        call,
        target,
        granted,
        act: (inner) => this.#act({ ...inner, record: call.record }, granted),
      });
    }
    let sent = name === originalName ? call : withParam(call, 'name', originalName);
    if (target.toServer !== undefined) {
      const mapped = target.toServer(args);
      if ('fault' in mapped) return invalidParamsAnswer(`${shortText(name)}: ${mapped.fault}`);
      if (mapped.arguments !== undefined) sent = withParam(sent, 'arguments', mapped.arguments);
    }
    const gate = this.#gate;
    return gate?.concerns(target, granted) === true
      ? gate.pass(sent, target, granted, (allowed) => this.#sendToTool(allowed, target, granted))
      : this.#sendToTool(sent, target, granted);
  }

  #sendToTool(call: Call, target: Target, granted: GrantedView): Promise<Answer> {
    const { serverId, originalName, shownName } = target;
    const host = this.#host;
    const answering = this.#relay.call(call, {
      server: this.#serverOf(granted, serverId),
      paramHeaders: target.paramHeaders,
      outputSchema: target.outputSchema,
      adaptResult: uriRewriter(granted.view, serverId),
      renewParamHeaders: () => this.#renewParamHeaders(call, shownName, serverId),
      answered: (answer, leg) => this.#tasks.noteFrom(answer, call, serverId, leg, originalName),
    });
    const limit = host?.resultLimitFor?.(granted);
    if (limit === undefined) return answering;
    return answering.then((answer) => host?.cutResult?.(answer, limit, call, target) ?? answer);
  }

  async #renewParamHeaders(
    call: Call,
    name: string,
    serverId: ServerId,
  ): Promise<Target['paramHeaders'] | undefined> {
    await this.#pool.require(serverId).readListsAgain(['tool']);
    return this.#views.for(call.scope.caller)?.view.tools.get(name)?.paramHeaders;
  }

  async #getPrompt(call: Call, granted: GrantedView): Promise<Answer> {
    const name = call.params?.text('name');
    if (name === undefined) return invalidParamsAnswer('prompts/get needs a name');
    const target = granted.view.prompts.get(name);
    if (target === undefined) {
      noteRefusal(call.record, 'gateway.unknown_prompt', name);
      return this.#notThere('prompt', name, granted);
    }
    noteTarget(call.record, name, target.originalName);
    return this.#relay.call(withParam(call, 'name', target.originalName), this.#relayTarget(target, granted));
  }

  async #readResource(call: Call, granted: GrantedView): Promise<Answer> {
    const uri = call.params?.text('uri');
    if (uri === undefined) return invalidParamsAnswer('resources/read needs a uri');
    if (!granted.view.usesOriginalNames && this.#host?.ownsUri?.(uri) === true)
      return this.#host.readResource?.(uri, call) ?? resourceMissing(uri, call);
    const found = granted.view.findResource(uri);
    if (found === undefined) {
      noteRefusal(call.record, 'gateway.unknown_resource', uri);
      return resourceMissing(uri, call);
    }
    noteTarget(call.record, uri, found.originalUri);
    const server = this.#serverOf(granted, found.server.id);
    const rewrite = uriRewriter(granted.view, server.id);
    return this.#relay.call(uri === found.originalUri ? call : withParam(call, 'uri', found.originalUri), {
      server,
      adaptResult:
        rewrite ??
        (uri === found.originalUri
          ? undefined
          : (result) => replaceUris(result, (shown) => (shown === found.originalUri ? uri : shown))),
    });
  }

  #complete(call: Call, granted: GrantedView): Answer | Promise<Answer> {
    const ref = call.params?.object('ref');
    if (ref === undefined) return invalidParamsAnswer('completion/complete needs a ref');
    if (ref.text('type') === 'ref/prompt') {
      const name = ref.text('name') ?? '';
      const target = granted.view.prompts.get(name);
      if (target === undefined) return this.#notThere('prompt', name, granted);
      return this.#relay.call(
        withParam(call, 'ref', ref.with('name', JSON.stringify(target.originalName))),
        this.#relayTarget(target, granted),
      );
    }
    const uri = ref.text('uri');
    if (uri === undefined) return invalidParamsAnswer('ref must name a prompt or a resource');
    const template = granted.view.findTemplate(uri);
    const found =
      template === undefined
        ? granted.view.findResource(uri)
        : { server: { id: template.serverId }, originalUri: template.originalName };
    if (found === undefined)
      return invalidParamsAnswer(`There is no resource or template "${shortText(uri)}"`);
    return this.#relay.call(withParam(call, 'ref', ref.with('uri', JSON.stringify(found.originalUri))), {
      server: this.#serverOf(granted, found.server.id),
    });
  }

  /** Methods we do not know are the server's affair where there is only one; tasks go where they came from. */
  #other(call: Call, granted: GrantedView): Answer | Promise<Answer> {
    const only = granted.view.usesOriginalNames ? granted.servers[0] : undefined;
    if (call.method.startsWith('tasks/')) return this.#task(call, granted, only);
    // Of a server that is granted in part, what we do not know might lead to the rest.
    return only === undefined || granted.view.servers[0]?.isWhole === false
      ? unknownMethodAnswer(call.method)
      : this.#callOnly(call, only);
  }

  #callOnly(call: Call, server: InstalledServer): Promise<Answer> {
    return this.#relay.call(call, {
      server,
      answered: (answer, leg) => this.#tasks.noteFrom(answer, call, server.id, leg),
    });
  }

  /** A server behind a shared leg takes all its callers for one, so whose task it is, is known and kept here. */
  #task(call: Call, granted: GrantedView, only: InstalledServer | undefined): Answer | Promise<Answer> {
    const routed = this.#tasks.route(
      call,
      granted.servers,
      (serverId, tool) => granted.view.targetOf(serverId, 'tool', tool) !== undefined,
    );
    if (routed !== undefined) return this.#relay.call(call, routed);
    const taskId = call.params?.member('taskId');
    if (only !== undefined && this.#relay.isAlone(call.scope, only)) {
      return this.#relay.call(call, { server: only });
    }
    const { client } = call.scope.caller;
    if (client.era === 'modern' && !hasExtension(client.capabilities, tasksExtension)) {
      return lackingCapability({ extensions: { [tasksExtension]: {} } });
    }
    if (taskId !== undefined) {
      return invalidParamsAnswer(`There is no task ${shortText(taskId.toText())}`);
    }
    if (only === undefined) return unknownMethodAnswer(call.method);
    return this.#relay.call(call, {
      server: only,
      adaptResult: (result) => this.#tasks.onlyOwn(result, call, only.id),
    });
  }

  #list(kind: FeatureKind, call: Call, granted: GrantedView): Answer {
    const { client, principal } = call.scope.caller;
    const boundTo = `${principal.id}\n${granted.grant.key}\n${kind}`;
    let offset = 0;
    if (call.params?.has('cursor') === true) {
      const cursor = call.params.text('cursor');
      const opened = cursor === undefined ? undefined : this.#cursors.open(cursor, boundTo);
      if (typeof opened !== 'number') return invalidParamsAnswer('Invalid cursor');
      offset = opened;
    }
    const shape: ListShape = {
      era: client.era,
      revision: client.revision,
      serverInfo: this.#serverInfo,
      ttlMs: listTtlMs,
      // A result that may be cut cannot keep what its schema promises.
      ...(kind === 'tool' &&
        this.#host?.resultLimitFor?.(granted) !== undefined && { promisesNoOutput: true }),
    };
    const { view } = granted;
    const { caller } = call.scope;
    const narrowing = kind === 'tool' ? this.#host?.narrowingFor?.(caller, granted) : undefined;
    if (narrowing !== undefined && offset === 0) {
      // Few enough for one page.
      const page = listPage(view, kind, { ...shape, narrowing }, 0, undefined);
      this.#host?.listed?.(caller, page.byteLength, listPage(view, kind, shape, 0, undefined).byteLength);
      return { kind: 'result', result: page };
    }
    const next = offset + pageSize;
    const nextCursor = next < countItems(view, kind) ? this.#cursors.seal(next, boundTo) : undefined;
    const page = listPage(view, kind, shape, offset, nextCursor);
    if (kind === 'tool') this.#host?.listed?.(caller, page.byteLength, page.byteLength);
    return { kind: 'result', result: page };
  }

  /** Why a name that is not in the view is not there, when it waits for a person. */
  heldText(kind: 'tool' | 'prompt', name: string, granted: GrantedView): string | undefined {
    return this.#pins === undefined ? undefined : heldText(kind, name, granted, this.#pins);
  }

  #notThere(kind: 'tool' | 'prompt', name: string, granted: GrantedView): Answer {
    const held = this.heldText(kind, name, granted);
    if (held !== undefined) return invalidParamsAnswer(held);
    return unknownName(kind, name, granted.view[`${kind}s`].keys());
  }

  #relayTarget(target: Target, granted: GrantedView): Parameters<Relay['call']>[1] {
    return {
      server: this.#serverOf(granted, target.serverId),
      paramHeaders: target.paramHeaders,
      outputSchema: target.outputSchema,
      adaptResult: uriRewriter(granted.view, target.serverId),
    };
  }

  #serverOf(granted: GrantedView, id: ServerId): InstalledServer {
    return granted.servers.find((server) => server.id === id) as InstalledServer;
  }

  /** What went wrong between us and a server, told so that it cannot be taken for the server's own words. */
  #failure(call: Call, error: unknown, startedAt: number): Answer {
    if (error instanceof McpMuxError) {
      noteFailure(call.record, error.code, error.message);
      this.#logger.debug(
        {
          call: call.scope.callId,
          method: call.method,
          code: error.code,
          error: error.message,
          ms: Math.round(this.#clock.monotonic() - startedAt),
        },
        'call failed',
      );
      return gatewayFailure(failureText(error), error.code, error.hint);
    }
    noteFailure(call.record, 'gateway.internal', undefined);
    this.#logger.error(
      { call: call.scope.callId, method: call.method, error: describeError(error) },
      'call broke',
    );
    return gatewayFailure('the gateway failed on this call; its log says more', 'gateway.internal');
  }

  get installed(): InstalledServers {
    return this.#installed;
  }
}

function unknownName(kind: 'tool' | 'prompt', name: string, names: Iterable<string>): Answer {
  const nearest = similarNames(name, names);
  return invalidParamsAnswer(
    `Unknown ${kind}: ${shortText(name)}${nearest.length > 0 ? `. Did you mean: ${nearest.join(', ')}?` : ''}`,
  );
}

function resourceMissing(uri: string, call?: Call): Answer {
  // -32002 is the legacy code; the modern era forbids it.
  const code = call?.scope.caller.client.era === 'legacy' ? resourceNotFound : invalidParams;
  const shown = shortText(uri);
  return errorAnswer(code, `Resource not found: ${shown}`, { uri: shown });
}
