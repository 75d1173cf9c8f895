/**
 * upstream/discovery — asks a server for everything it offers.
 *
 * In: a leg. Out: the raw items of each list, and what was left out and why.
 * Each list has its own deadline; one that fails leaves the others alone. One malformed item never hides the rest.
 * Knows nothing of: storage, names clients see.
 */
import { describeError } from '../base/index.ts';
import { faultOfItem } from '../catalogue/index.ts';
import { type DiscoveredFeatures, type FeatureKind, nameOfItem } from '../model/index.ts';
import { type RawJson, scanParamHeaders, Turn } from '../protocol/index.ts';
import type { TransportEvents } from '../transports/index.ts';
import type { Leg } from './leg.ts';

/** More pages than any real server has; a server that pages in circles ends here. */
const maxPages = 1_000;
const maxItems = 50_000;
/** Bytes of one item. A model reads every tool of its list; a definition of a megabyte is none. */
export const maxItemBytes = 1024 * 1024;

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
  const readOne = async (list: (typeof lists)[number]): Promise<readonly RawJson[] | undefined> => {
    if (!options.kinds.includes(list.kind)) return undefined;
    if (leg.handshake.capabilities[list.capability] === undefined) return [];
    try {
      const items = await readPages(leg, list.method, list.key, options.listTimeoutMs);
      return items === undefined ? [] : await keepUsable(list.kind, items, leg, withheld, options.log);
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
): Promise<RawJson[] | undefined> {
  const items: RawJson[] = [];
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
    const { result } = answer;
    const list = result.member(key);
    if (list?.isArray !== true) throw new Error(`the answer has no list "${key}"`);
    for (const item of await list.elementsInTurns()) items.push(item);
    const next = result.text('nextCursor');
    // "" is a valid cursor; only its absence ends the list.
    if (next === undefined || seen.has(next) || items.length >= maxItems) return items;
    seen.add(next);
    cursor = next;
  }
  return items;
}

async function keepUsable(
  kind: FeatureKind,
  items: readonly RawJson[],
  leg: Leg,
  withheld: Withheld[],
  log: TransportEvents['log'],
): Promise<RawJson[]> {
  const kept: RawJson[] = [];
  const names = new Set<string>();
  const withhold = (name: string, why: string): void => {
    withheld.push({ kind, name, why });
    log('warn', 'protocol', `${kind} "${name}" is not offered: ${why}`);
  };
  const turn = new Turn();
  for (const [at, item] of items.entries()) {
    if (turn.isOver) await turn.next();
    const name = item.isObject ? nameOfItem(kind, await item.prepared()) : undefined;
    if (name === undefined) {
      withhold(`#${at + 1}`, 'it has no name');
      continue;
    }
    if (item.byteLength > maxItemBytes) {
      withhold(name, `its definition is longer than ${maxItemBytes} bytes`);
      continue;
    }
    const fault = faultOfItem(kind, item);
    if (fault !== undefined) {
      withhold(name, fault);
      continue;
    }
    if (names.has(name)) {
      withhold(name, 'the server lists it twice');
      continue;
    }
    if (kind === 'tool' && leg.wire === 'http' && leg.era === 'modern') {
      const scanned = scanParamHeaders(item.read('inputSchema'));
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
