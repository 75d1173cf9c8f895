/**
 * downstream/read-initialize — what a legacy client says of itself when it begins.
 *
 * It is kept as long as the session, in memory and in the store: as text, and not of any size. A tree of it would take
 * twenty times the memory of its text when it is all small pieces.
 * Knows nothing of: sessions, answers.
 */
import { isJsonObject, type JsonObject } from '../base/index.ts';
import { type LegacyRevision, negotiateLegacy } from '../protocol/index.ts';

/** Far more than any client says of itself. */
export const maxInitializeBytes = 64 * 1024;

export interface InitializeFacts {
  readonly revision: LegacyRevision;
  readonly clientInfoText: string | undefined;
  readonly capabilitiesText: string;
}

/** @returns undefined when clientInfo and capabilities are larger than `maxInitializeBytes` together */
export function readInitialize(params: JsonObject): InitializeFacts | undefined {
  const { clientInfo, capabilities, protocolVersion } = params;
  const facts: InitializeFacts = {
    revision: negotiateLegacy(protocolVersion),
    clientInfoText: isJsonObject(clientInfo) ? JSON.stringify(clientInfo) : undefined,
    capabilitiesText: isJsonObject(capabilities) ? JSON.stringify(capabilities) : '{}',
  };
  const bytes = Buffer.byteLength(facts.clientInfoText ?? '') + Buffer.byteLength(facts.capabilitiesText);
  return bytes > maxInitializeBytes ? undefined : facts;
}
