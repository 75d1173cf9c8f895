/**
 * upstream/era-probe — which wires and eras of a server to try, and in which order.
 *
 * A verdict holds for one launch; another command or URL is another question. 401, 403 and 5xx are no evidence.
 * Knows nothing of: what happens with the leg once it is open.
 *
 * @see MCP 2026-07-28, basic/versioning
 */
import type { Era, EraVerdict, Launch } from '../model/index.ts';
import type { Transport } from '../transports/index.ts';

export type Wire = Transport['wire'];

export interface WireAndEra {
  readonly wire: Wire;
  readonly era: Era;
  /** The same wire is asked first whether it speaks the modern era too or alone. */
  readonly asksModernFirst?: boolean;
}

/**
 * In this order. HTTP: modern first (one POST tells), then legacy, then HTTP+SSE.
 * stdio: one process is asked for both eras, since there may be only one. Some servers end at a first request that they
 * do not know: those are started again and not asked.
 *
 * @param bearsProbe false: it is known to be such a server
 */
export function wiresToTry(
  launch: Launch,
  verdict: EraVerdict | undefined,
  bearsProbe = true,
): readonly WireAndEra[] {
  if (verdict !== undefined) {
    const era: Era =
      verdict.eras.includes('modern') && verdict.wire !== 'stdio' ? 'modern' : (verdict.eras[0] ?? 'legacy');
    return [{ wire: verdict.wire, era }];
  }
  if (launch.kind === 'stdio') {
    const plain = { wire: 'stdio', era: 'legacy' } as const;
    return bearsProbe ? [{ ...plain, asksModernFirst: true }, plain] : [plain];
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
