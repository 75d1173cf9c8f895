/**
 * downstream/read-initialize — what a legacy client says of itself when it begins.
 *
 * It is kept as long as the session, in memory and in the store: as text, and not of any size. A tree of it would take
 * twenty times the memory of its text when it is all small pieces.
 * Knows nothing of: sessions, answers.
 */
import { type LegacyRevision, negotiateLegacy, type RawJson } from '../protocol/index.ts';

/** Far more than any client says of itself. */
export const maxInitializeBytes = 64 * 1024;

export interface InitializeFacts {
  readonly revision: LegacyRevision;
  readonly clientInfoText: string | undefined;
  readonly capabilitiesText: string;
}

/** @returns undefined when clientInfo and capabilities are larger than `maxInitializeBytes` together */
export function readInitialize(params: RawJson | undefined): InitializeFacts | undefined {
  const clientInfo = params?.object('clientInfo');
  const capabilities = params?.object('capabilities');
  const bytes = (clientInfo?.byteLength ?? 0) + (capabilities?.byteLength ?? 0);
  if (bytes > maxInitializeBytes) return undefined;
  return {
    revision: negotiateLegacy(params?.text('protocolVersion')),
    clientInfoText: clientInfo?.toText(),
    capabilitiesText: capabilities?.toText() ?? '{}',
  };
}
