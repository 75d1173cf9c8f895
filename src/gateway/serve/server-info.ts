/**
 * gateway/serve/server-info — what we say of ourselves: capabilities, instructions, identity.
 *
 * On `/mcp` we speak for all servers of the view, on a server's own URL for that one.
 * Knows nothing of: sessions, wire shapes of `initialize` and `server/discover`.
 */

import type { DefinitionPins } from '../../access/index.ts';
import { isJsonObject, type JsonObject } from '../../base/index.ts';
import type { View, ViewServer } from '../../catalogue/index.ts';
import type { Era } from '../../model/index.ts';
import { aggregateServerCapabilities } from '../../protocol/index.ts';
import type { UpstreamPool } from '../../upstream/index.ts';
import { qualifyInstructions } from './qualify-instructions.ts';
import type { GrantedView } from './views.ts';

/** Clients put instructions into the model's context: few servers may fill it, none may flood it. */
export const instructionsPerServer = 2_000;
export const instructionsInAll = 8_000;

export interface ServerInfo {
  readonly capabilities: JsonObject;
  readonly instructions: string | undefined;
}

/**
 * @param era of the client: a server of both eras says of itself what it says in that one
 * @param pins says which instructions were approved; undefined = all are
 */
export function buildServerInfo(
  granted: GrantedView,
  pool: UpstreamPool,
  era: Era,
  pins?: DefinitionPins,
): ServerInfo {
  const { view } = granted;
  const handshake = view.servers.flatMap((server) => {
    const known = pool.get(server.id)?.handshakeFor(era);
    if (known === undefined) return [];
    const { instructions: said } = known;
    const instructions = said && pins !== undefined ? pins.instructionsFor(server.id, era, said) : said;
    return [{ server, handshake: { capabilities: known.capabilities, instructions } }];
  });
  if (view.usesOriginalNames) {
    const only = handshake[0]?.handshake;
    return {
      capabilities: only === undefined ? everything() : withOurOwn(only.capabilities, false),
      instructions: only?.instructions,
    };
  }
  const aggregated = aggregateServerCapabilities(handshake.map((entry) => entry.handshake.capabilities));
  return {
    capabilities: withOurOwn(
      { tools: {}, prompts: {}, resources: {}, completions: {}, logging: {}, ...aggregated },
      true,
    ),
    instructions: gatherInstructions(
      handshake.map(({ server, handshake: { instructions } }) => ({
        name: server.name,
        text: instructions && instructionsFor(view, server, instructions),
      })),
    ),
  };
}

/** Written once for a view, which many clients share. */
const qualified = new WeakMap<View, Map<string, string>>();

function instructionsFor(view: View, server: ViewServer, instructions: string): string {
  let kept = qualified.get(view);
  if (kept === undefined) {
    kept = new Map();
    qualified.set(view, kept);
  }
  const key = `${server.id}\n${instructions}`;
  let text = kept.get(key);
  if (text === undefined) {
    const tools = [...view.tools.values()].filter((tool) => tool.serverId === server.id);
    // What is beyond is not shown; a server may say any length.
    const beginning = instructions.slice(0, instructionsPerServer * 2);
    text = qualifyInstructions(beginning, server.alias, tools);
    kept.set(key, text);
  }
  return text;
}

/** Tasks of 2025-11-25 are a capability that the modern era does not have: there they are an extension. */
export function modernServerInfo(introduction: ServerInfo): ServerInfo {
  const { tasks: _legacyTasks, ...capabilities } = introduction.capabilities;
  return { ...introduction, capabilities };
}

/** A server that never connected: promise what can be kept once it does. */
function everything(): JsonObject {
  return withOurOwn({ tools: {}, prompts: {}, resources: {}, completions: {}, logging: {} }, true);
}

/** We tell of every list that can change, because servers come and go behind us; we count subscriptions ourselves. */
function withOurOwn(capabilities: JsonObject, offersSubscribe: boolean): JsonObject {
  const out: JsonObject = { ...capabilities };
  for (const key of ['tools', 'prompts', 'resources']) {
    const own = out[key];
    if (isJsonObject(own)) out[key] = { ...own, listChanged: true };
  }
  const resources = out['resources'];
  if (offersSubscribe && isJsonObject(resources)) out['resources'] = { ...resources, subscribe: true };
  return out;
}

function gatherInstructions(
  parts: readonly { name: string; text: string | undefined }[],
): string | undefined {
  let gathered = '';
  for (const part of parts) {
    if (part.text === undefined || part.text.trim() === '') continue;
    const text =
      part.text.length > instructionsPerServer
        ? `${part.text.slice(0, instructionsPerServer)} […]`
        : part.text;
    const next = `## ${part.name}\n${text}\n\n`;
    if (gathered.length + next.length > instructionsInAll) break;
    gathered += next;
  }
  return gathered === '' ? undefined : gathered.trimEnd();
}
