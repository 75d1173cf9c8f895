/**
 * upstream/handshake — agrees with a server on an era and a revision, over a wire that is open.
 *
 *   asked for one era      `initialize` or `server/discover`
 *   asked for either       `server/discover`, then `initialize`, on the one wire: a server that cannot run twice is asked
 *                          no less than others. Where both are answered, the leg is legacy and both eras are known.
 *
 * Knows nothing of: wires to try, verdicts, what follows from a refusal.
 *
 * @see MCP 2025-11-25, basic/lifecycle; MCP 2026-07-28, basic/versioning
 */
import {
  Cancellation,
  type Clock,
  isJsonObject,
  isMcpMuxError,
  type JsonObject,
  type McpMuxError,
  sleep,
} from '../base/index.ts';
import type { Answer, Era, Revision } from '../model/index.ts';
import {
  errorData,
  isLegacyRevision,
  latestLegacyRevision,
  type ModernHop,
  modernRevision,
  RawJson,
  type RpcErrorObject,
  unsupportedProtocolVersion,
} from '../protocol/index.ts';
import { upstreamError } from './errors.ts';
import type { EffectiveLimits } from './limits.ts';
import type { Peer } from './peer.ts';

/** What a server said of itself in the handshake. */
export interface HandshakeResult {
  readonly serverInfo: JsonObject | undefined;
  readonly capabilities: JsonObject;
  readonly instructions: string | undefined;
}

export interface Agreement {
  readonly era: Era;
  /** All that the server was found to speak. */
  readonly eras: readonly Era[];
  readonly revision: Revision;
  readonly handshake: HandshakeResult;
}

export interface HandshakeOptions {
  readonly serverName: string;
  readonly clock: Clock;
  readonly limits: Pick<EffectiveLimits, 'connectTimeoutMs'>;
  readonly era: Era;
  /** Only with era `legacy`: ask first, on the same wire, whether the server speaks the modern era too or alone. */
  readonly asksModernFirst?: boolean;
  readonly clientInfo: JsonObject;
  readonly clientCapabilities: JsonObject;
}

/**
 * Does the handshake.
 *
 * @throws upstream.wrong_era when the server does not speak that era, or ends at a first request that it does not know;
 *         upstream.refused, upstream.timed_out, and what the wire reports
 */
export async function shakeHands(peer: Peer, options: HandshakeOptions): Promise<Agreement> {
  const agreement =
    options.era === 'modern'
      ? await discover(peer, options)
      : options.asksModernFirst === true
        ? await agreeOnEither(peer, options)
        : await initialize(peer, options);
  peer.agreed(agreement.era, agreement.revision);
  if (agreement.era === 'legacy') peer.notify('notifications/initialized');
  return agreement;
}

/** So long the answer to `server/discover` is waited for; then `initialize` follows it, and both may be answered. */
const discoverPatienceMs = 1_000;

async function agreeOnEither(peer: Peer, options: HandshakeOptions): Promise<Agreement> {
  const giveUp = new Cancellation();
  let modern: Agreement | undefined;
  let isAnswered = false;
  const asked = discover(peer, options, giveUp).then(
    (agreement) => {
      modern = agreement;
      isAnswered = true;
    },
    (error: unknown) => {
      isAnswered = !peer.isClosed;
      if (peer.isClosed) throw error;
    },
  );
  try {
    await Promise.race([asked, sleep(options.clock, discoverPatienceMs)]);
    const legacy = await initialize(peer, options);
    return modern === undefined ? legacy : { ...legacy, eras: ['legacy', 'modern'] };
  } catch (error) {
    // Not every server bears a first request that it does not know. It is started again, and not asked that.
    if (!isAnswered && isMcpMuxError(error, 'transports.exited'))
      throw upstreamError('ended_at_probe', { server: options.serverName }, error);
    if (peer.isClosed || !isRefusal(error)) throw error;
    // It may answer in the order in which it was asked, or not.
    if (!isAnswered) await Promise.race([asked, sleep(options.clock, discoverPatienceMs)]);
    if (modern === undefined) throw error;
    return modern;
  } finally {
    asked.catch(() => {}); // The end of the wire is told by the other request.
    giveUp.cancel('the handshake is over');
  }
}

function isRefusal(error: unknown): boolean {
  return isMcpMuxError(error, 'upstream.wrong_era') || isMcpMuxError(error, 'upstream.refused');
}

async function initialize(peer: Peer, options: HandshakeOptions): Promise<Agreement> {
  const answer = await peer.request(
    'initialize',
    RawJson.ofValue({
      protocolVersion: latestLegacyRevision,
      capabilities: options.clientCapabilities,
      clientInfo: options.clientInfo,
    }),
    requestOptions(options),
  );
  if (answer.kind === 'error') throw refusal(options, answer.error);
  const result = answer.result.value;
  const revision = result['protocolVersion'];
  if (!isLegacyRevision(revision)) {
    throw upstreamError('wrong_era', {
      server: options.serverName,
      offered: `it answered initialize with revision ${JSON.stringify(revision) ?? 'none'}`,
    });
  }
  return {
    era: 'legacy',
    eras: ['legacy'],
    revision,
    handshake: parseHandshakeResult(result, result['serverInfo']),
  };
}

async function discover(
  peer: Peer,
  options: HandshakeOptions,
  cancellation?: Cancellation,
): Promise<Agreement> {
  // The transport needs the era's headers for this very request already.
  peer.agreed('modern', modernRevision);
  const ask = (): Promise<Answer> =>
    peer.request('server/discover', undefined, {
      ...requestOptions(options),
      ...(cancellation !== undefined && { cancellation }),
      hop: modernHop(options.clientInfo, options.clientCapabilities),
    });
  let answer = await ask();
  // A server may refuse a version and name it among those it supports; then asking again is what it wants.
  if (answer.kind === 'error' && namesOurRevision(answer.error)) answer = await ask();
  if (answer.kind === 'error') throw notThisEra(options, 'modern', answer.error.message);
  const result = answer.result.value;
  const versions = result['supportedVersions'];
  if (!Array.isArray(versions) || !versions.includes(modernRevision)) {
    throw upstreamError('wrong_era', {
      server: options.serverName,
      offered: `it supports ${JSON.stringify(versions) ?? 'no named revisions'}`,
    });
  }
  const meta = result['_meta'];
  return {
    era: 'modern',
    eras: ['modern'],
    revision: modernRevision,
    handshake: parseHandshakeResult(
      result,
      isJsonObject(meta) ? meta['io.modelcontextprotocol/serverInfo'] : undefined,
    ),
  };
}

/** What a request of ours says of itself in the modern era. */
export function modernHop(clientInfo: JsonObject, clientCapabilities: JsonObject): ModernHop {
  return { protocolVersion: modernRevision, clientInfo, clientCapabilities };
}

function namesOurRevision(error: RpcErrorObject): boolean {
  return error.code === unsupportedProtocolVersion && supportedIn(error)?.includes(modernRevision) === true;
}

/** The revisions that a refusal names as supported. */
function supportedIn(error: RpcErrorObject): readonly unknown[] | undefined {
  const data = errorData(error);
  const supported = isJsonObject(data) ? data['supported'] : undefined;
  return Array.isArray(supported) ? supported : undefined;
}

function requestOptions(options: HandshakeOptions): Parameters<Peer['request']>[2] {
  return {
    scope: undefined,
    timeoutMs: options.limits.connectTimeoutMs,
    maxMs: 0,
    wantsProgress: false,
  };
}

/** What a server says that knows no `initialize`, or not the revision in it. Everything else is its own trouble. */
function isAboutEra(error: RpcErrorObject): boolean {
  if (error.code === -32601 || error.code === unsupportedProtocolVersion) return true;
  return (
    supportedIn(error) !== undefined ||
    /protocol.?version|unsupported.{0,20}version|unknown method|method not (?:found|supported)/i.test(
      error.message,
    )
  );
}

function refusal(options: HandshakeOptions, error: RpcErrorObject): McpMuxError {
  if (isAboutEra(error)) return notThisEra(options, 'legacy', error.message);
  return upstreamError('refused', {
    server: options.serverName,
    reason: error.message.slice(0, 500),
    code: error.code,
  });
}

function notThisEra(options: HandshakeOptions, era: Era, message: string): McpMuxError {
  return upstreamError('wrong_era', {
    server: options.serverName,
    offered: `it refused the ${era} handshake: ${message.slice(0, 200)}`,
  });
}

function parseHandshakeResult(result: JsonObject, serverInfo: unknown): HandshakeResult {
  return {
    serverInfo: isJsonObject(serverInfo) ? serverInfo : undefined,
    capabilities: isJsonObject(result['capabilities']) ? result['capabilities'] : {},
    instructions: typeof result['instructions'] === 'string' ? result['instructions'] : undefined,
  };
}
