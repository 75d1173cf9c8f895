/**
 * upstream/discovery — asks a server for everything it offers.
 *
 * In: a leg. Out: the raw items of each list, and what was left out and why.
 * Each list has its own deadline; one that fails leaves the others alone. One malformed item never hides the rest.
 * Knows nothing of: storage, names clients see.
 */
import { describeError, isJsonObject, type JsonObject } from '../base/index.ts';
import { type DiscoveredFeatures, type FeatureKind, nameOfItem } from '../model/index.ts';
import { scanParamHeaders } from '../protocol/index.ts';
import type { TransportEvents } from '../transports/index.ts';
import type { Leg } from './leg.ts';

/** More pages than any real server has; a server that pages in circles ends here. */
const maxPages = 1_000;
const maxItems = 50_000;
/** Text of one item, in characters. A model reads every tool of its list; a definition of a megabyte is none. */
export const maxItemLength = 1024 * 1024;

export interface Withheld {
  readonly kind: FeatureKind;
  readonly name: string;
  readonly why: string;
}

export interface Discovery {
  readonly features: DiscoveredFeatures;
  readonly withheld: readonly Withheld[];
  /** Lists that did not come, with the reason. */
  readonly failures: readonly { readonly kind: FeatureKind; readonly reason: string }[];
}

const lists: readonly { kind: FeatureKind; method: string; key: string; capability: string }[] = [
  { kind: 'tool', method: 'tools/list', key: 'tools', capability: 'tools' },
  { kind: 'prompt', method: 'prompts/list', key: 'prompts', capability: 'prompts' },
  { kind: 'resource', method: 'resources/list', key: 'resources', capability: 'resources' },
  { kind: 'template', method: 'resources/templates/list', key: 'resourceTemplates', capability: 'resources' },
];

/**
 * @throws       nothing: a failing list is reported in `failures`
 */
export async function discoverFeatures(
  leg: Leg,
  options: {
    readonly listTimeoutMs: number;
    readonly log: TransportEvents['log'];
    readonly kinds: readonly FeatureKind[];
  },
): Promise<Discovery> {
  const withheld: Withheld[] = [];
  const failures: { kind: FeatureKind; reason: string }[] = [];
  const readOne = async (list: (typeof lists)[number]): Promise<readonly JsonObject[] | undefined> => {
    if (!options.kinds.includes(list.kind)) return undefined;
    if (leg.handshake.capabilities[list.capability] === undefined) return [];
    try {
      const items = await readPages(leg, list.method, list.key, options.listTimeoutMs);
      return items === undefined ? [] : keepUsable(list.kind, items, leg, withheld, options.log);
    } catch (error) {
      failures.push({ kind: list.kind, reason: describeError(error) });
      options.log('warn', 'connection', `${list.method} failed: ${describeError(error)}`);
      return undefined;
    }
  };
  const [tools, prompts, resources, templates] = await Promise.all(lists.map(readOne));
  return { features: { tools, prompts, resources, templates }, withheld, failures };
}

/** All pages. @returns undefined when the server does not know the method */
async function readPages(
  leg: Leg,
  method: string,
  key: string,
  listTimeoutMs: number,
): Promise<unknown[] | undefined> {
  const items: unknown[] = [];
  const seen = new Set<string>();
  const endsAt = performance.now() + listTimeoutMs;
  let cursor: string | undefined;
  for (let page = 0; page < maxPages; page += 1) {
    const timeoutMs = Math.max(1, Math.round(endsAt - performance.now()));
    const answer = await leg.ask(method, cursor === undefined ? undefined : { cursor }, { timeoutMs });
    if (answer.kind === 'error') {
      // -32601: a capability that was told but is not there.
      if (answer.error.code === -32601) return undefined;
      throw new Error(`${answer.error.message} (${answer.error.code})`);
    }
    const value = answer.result.value;
    const list = value[key];
    if (!Array.isArray(list)) throw new Error(`the answer has no list "${key}"`);
    items.push(...list);
    const next = value['nextCursor'];
    // "" is a valid cursor; only its absence ends the list.
    if (typeof next !== 'string' || seen.has(next) || items.length >= maxItems) return items;
    seen.add(next);
    cursor = next;
  }
  return items;
}

function keepUsable(
  kind: FeatureKind,
  items: readonly unknown[],
  leg: Leg,
  withheld: Withheld[],
  log: TransportEvents['log'],
): JsonObject[] {
  const kept: JsonObject[] = [];
  const names = new Set<string>();
  const withhold = (name: string, why: string): void => {
    withheld.push({ kind, name, why });
    log('warn', 'protocol', `${kind} "${name}" is not offered: ${why}`);
  };
  for (const [at, item] of items.entries()) {
    const name = isJsonObject(item) ? nameOfItem(kind, item) : undefined;
    if (!isJsonObject(item) || name === undefined) {
      withhold(`#${at + 1}`, 'it has no name');
      continue;
    }
    if (textLeft(item, maxItemLength) < 0) {
      withhold(name, `its definition is longer than ${maxItemLength} characters`);
      continue;
    }
    if (names.has(name)) {
      withhold(name, 'the server lists it twice');
      continue;
    }
    if (kind === 'tool' && leg.wire === 'http' && leg.era === 'modern') {
      const scanned = scanParamHeaders(item['inputSchema']);
      if (!scanned.ok) {
        withhold(name, `its x-mcp-header is invalid: ${scanned.reason}`);
        continue;
      }
    }
    names.add(name);
    kept.push(item);
  }
  return kept;
}

/** What is left of `room` after the text in `value`; negative as soon as there is more. Stops counting there. */
function textLeft(value: unknown, room: number): number {
  if (typeof value === 'string') return room - value.length;
  if (typeof value !== 'object' || value === null) return room - 1;
  let left = room;
  for (const [key, one] of Object.entries(value)) {
    left = textLeft(one, left - key.length);
    if (left < 0) break;
  }
  return left;
}
