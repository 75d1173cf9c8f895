/**
 * upstream/era-probe — which wire and era to try first, and the question whether a stdio server speaks the modern era.
 *
 * A verdict holds for one launch; another command or URL is another question. 401, 403 and 5xx are no evidence.
 * Knows nothing of: what happens with the leg once it is open.
 *
 * @see MCP 2026-07-28, basic/versioning
 */
import { type Clock, isMcpMuxError, type JsonObject } from '../base/index.ts';
import type { Era, EraVerdict, Launch } from '../model/index.ts';
import type { Transport } from '../transports/index.ts';
import { openLeg } from './leg.ts';
import type { EffectiveLimits } from './limits.ts';

export type Wire = Transport['wire'];

/** How long the sibling may take to answer; silence means legacy. */
const siblingTimeoutMs = 10_000;

export interface WireAndEra {
  readonly wire: Wire;
  readonly era: Era;
}

/**
 * In this order. HTTP: modern first (one POST tells), then legacy, then HTTP+SSE.
 * stdio: legacy first, because some servers exit on a first request they do not know.
 */
export function wiresToTry(launch: Launch, verdict: EraVerdict | undefined): readonly WireAndEra[] {
  if (verdict !== undefined) {
    const era: Era =
      verdict.eras.includes('modern') && verdict.wire !== 'stdio' ? 'modern' : (verdict.eras[0] ?? 'legacy');
    return [{ wire: verdict.wire, era }];
  }
  if (launch.kind === 'stdio') {
    return [
      { wire: 'stdio', era: 'legacy' },
      { wire: 'stdio', era: 'modern' },
    ];
  }
  switch (launch.flavour) {
    case 'sse':
      return [{ wire: 'sse', era: 'legacy' }];
    case 'http':
      return [
        { wire: 'http', era: 'modern' },
        { wire: 'http', era: 'legacy' },
      ];
    case 'auto':
      return [
        { wire: 'http', era: 'modern' },
        { wire: 'http', era: 'legacy' },
        { wire: 'sse', era: 'legacy' },
      ];
  }
}

/** Asks a process of its own, which is thrown away, whether the server answers `server/discover`. */
export async function probeModernInSibling(options: {
  readonly serverName: string;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly limits: EffectiveLimits;
  readonly clientInfo: JsonObject;
}): Promise<boolean> {
  try {
    const leg = await openLeg({
      ...options,
      limits: {
        ...options.limits,
        connectTimeoutMs: Math.min(siblingTimeoutMs, options.limits.connectTimeoutMs),
      },
      era: 'modern',
      clientCapabilities: {},
      owner: undefined,
      log: () => {},
      signal: AbortSignal.timeout(siblingTimeoutMs),
      events: {
        notified: () => {},
        logged: () => {},
        askedOutside: () => undefined,
        askedUnattributed: () => {},
        closed: () => {},
      },
    });
    await leg.close();
    return true;
  } catch (error) {
    // Any refusal and any silence mean legacy; a child that could not be started, or that we ended, says nothing.
    const saysNothing = ['spawn_failed', 'command_not_found', 'cancelled', 'closed'];
    if (saysNothing.some((code) => isMcpMuxError(error, `upstream.${code}`))) throw error;
    return false;
  }
}
