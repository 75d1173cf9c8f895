/**
 * gateway/serve/capability-report — what of a server reaches a client, and what does not, in words.
 *
 * Pure: from the eras both speak and what each declared. The same rules that relay and scopes follow, told to a person.
 */
import { isJsonObject, type JsonObject } from '../../base/index.ts';
import type { ClientFacts, Era } from '../../model/index.ts';
import {
  canElicitForm,
  canElicitUrl,
  canSample,
  hasExtension,
  hasRoots,
  tasksExtension,
} from '../../protocol/index.ts';

/** `client → server`, by era. */
export type EraPairing = 'legacy-legacy' | 'legacy-modern' | 'modern-legacy' | 'modern-modern';

export interface CapabilityReport {
  readonly pairing: EraPairing;
  /** One sentence for each thing that reaches this client changed, or not at all. */
  readonly degraded: readonly string[];
}

/** @param serverEras what the server is known to speak; empty while unknown */
export function reportCapabilities(
  client: ClientFacts,
  server: { readonly eras: readonly Era[]; readonly capabilities: JsonObject },
): CapabilityReport {
  const serverEra = server.eras.includes(client.era) ? client.era : (server.eras[0] ?? client.era);
  const pairing: EraPairing = `${client.era}-${serverEra}`;
  return {
    pairing,
    degraded: [...lackingAbilities(client), ...lostInTranslation(pairing, client, server.capabilities)],
  };
}

function lackingAbilities(client: ClientFacts): string[] {
  const { capabilities } = client;
  const lacks: string[] = [];
  if (!canElicitForm(capabilities))
    lacks.push('questions to the person (elicitation) are refused: the client did not declare them');
  if (!canElicitUrl(capabilities))
    lacks.push('pages for the person (elicitation by URL) are refused: the client did not declare them');
  if (!canSample(capabilities))
    lacks.push('requests for the model (sampling) are refused: the client did not declare them');
  if (!hasRoots(capabilities)) lacks.push('the client does not share its folders (roots)');
  return lacks;
}

function lostInTranslation(pairing: EraPairing, client: ClientFacts, server: JsonObject): string[] {
  switch (pairing) {
    case 'legacy-legacy':
      return client.revision === '2025-11-25'
        ? []
        : [`the client speaks ${client.revision}: what is newer reaches it as it is, and it may ignore it`];
    case 'modern-modern':
      return [];
    case 'modern-legacy':
      return [
        'what the server asks in mid-call comes as input_required, and the call waits up to 10 minutes',
        'progress and log messages between two rounds of input are left out',
        ...(isJsonObject(server['tasks'])
          ? ['tasks of 2025-11-25 are not offered: the modern era has others']
          : []),
      ];
    case 'legacy-modern':
      return [
        'structured content that is no object comes wrapped as {"result": …}, and so does its schema',
        ...(hasExtension(server, tasksExtension)
          ? ['tasks are not offered: the server answers when it is done']
          : []),
      ];
  }
}
