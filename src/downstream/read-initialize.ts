/**
 * downstream/read-initialize — what a legacy client says of itself when it begins.
 *
 * It is kept as long as the session, in memory and in the store, so it may not be of any size.
 * Knows nothing of: sessions, answers.
 */
import { isJsonObject, type JsonObject } from '../base/index.ts';
import { type LegacyRevision, negotiateLegacy } from '../protocol/index.ts';

/** Far more than any client says of itself. */
export const maxInitializeBytes = 64 * 1024;

export interface InitializeFacts {
  readonly revision: LegacyRevision;
  readonly clientInfo: JsonObject | undefined;
  readonly capabilities: JsonObject;
}

/** @returns undefined when clientInfo and capabilities are larger than `introductionBytes` together */
export function readInitialize(params: JsonObject): InitializeFacts | undefined {
  const { clientInfo, capabilities, protocolVersion } = params;
  const told: InitializeFacts = {
    revision: negotiateLegacy(protocolVersion),
    clientInfo: isJsonObject(clientInfo) ? clientInfo : undefined,
    capabilities: isJsonObject(capabilities) ? capabilities : {},
  };
  const bytes = Buffer.byteLength(JSON.stringify([told.clientInfo, told.capabilities]));
  return bytes > maxInitializeBytes ? undefined : told;
}
