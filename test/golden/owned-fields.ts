/**
 * golden/owned-fields — the fields that the gateway may set, change or take away, each with its reason.
 *
 * Everything else in a result has to be the same directly and through the gateway.
 */
import { type Era, type Json, META } from '../support/raw-client.ts';

/** `<client's era> → <server's era>`. */
export interface Pairing {
  readonly client: Era;
  readonly server: Era;
}

export interface OwnedField {
  /** From the result inwards; `*` stands for each item of a list. */
  readonly path: readonly string[];
  /** Undefined: of every method. */
  readonly methods?: readonly string[];
  /** Undefined: in every pairing. */
  readonly client?: Era;
  readonly server?: Era;
  readonly why: string;
}

const LISTS = ['tools/list', 'prompts/list', 'resources/list', 'resources/templates/list'];
const CACHEABLE = [...LISTS, 'resources/read', 'server/discover'];
const HELLO = ['initialize', 'server/discover'];

export const OWNED_FIELDS: readonly OwnedField[] = [
  {
    path: ['resultType'],
    why: 'only the modern era has it: added for modern clients of legacy servers, taken away for legacy clients',
  },
  {
    path: ['ttlMs'],
    methods: CACHEABLE,
    why: 'how long a list of ours is good is known here; legacy servers do not say',
  },
  { path: ['cacheScope'], methods: CACHEABLE, why: 'what one principal sees is not for others' },
  {
    path: ['nextCursor'],
    methods: LISTS,
    why: 'lists come from the catalogue, in pages of ours with sealed cursors',
  },
  {
    path: ['_meta', META.serverInfo],
    why: 'each hop says who answers: ours on lists and where the server did not say, none for legacy clients',
  },
  {
    path: ['_meta'],
    methods: LISTS,
    why: 'a list is ours; what a server says of its page does not concern it',
  },
  { path: ['protocolVersion'], methods: HELLO, why: 'agreed by each hop for itself' },
  { path: ['supportedVersions'], methods: HELLO, why: 'agreed by each hop for itself' },
  { path: ['serverInfo'], methods: HELLO, why: 'the client talks to the gateway' },
  {
    path: ['capabilities', '*', 'listChanged'],
    methods: HELLO,
    why: 'lists change here too: when servers come and go',
  },
  {
    path: ['tools', '*', 'execution', 'taskSupport'],
    methods: ['tools/list'],
    client: 'modern',
    server: 'legacy',
    why: 'tasks of 2025-11-25 cannot be offered to modern clients',
  },
];

/** A copy of `result` without the fields that are ours there. */
export function withoutOwnedFields(method: string, pairing: Pairing, result: Json): Json {
  const copy = structuredClone(result);
  for (const field of OWNED_FIELDS) {
    if (field.methods !== undefined && !field.methods.includes(method)) continue;
    if (field.client !== undefined && field.client !== pairing.client) continue;
    if (field.server !== undefined && field.server !== pairing.server) continue;
    remove(copy, field.path);
  }
  const meta = copy['_meta'];
  // An object that held nothing but ours is gone with it.
  if (typeof meta === 'object' && meta !== null && Object.keys(meta).length === 0) delete copy['_meta'];
  return copy;
}

function remove(value: unknown, path: readonly string[]): void {
  const [key, ...rest] = path;
  if (typeof value !== 'object' || value === null || key === undefined) return;
  if (key === '*') {
    for (const item of Object.values(value)) remove(item, rest);
  } else if (rest.length === 0) delete (value as Json)[key];
  else remove((value as Json)[key], rest);
}
