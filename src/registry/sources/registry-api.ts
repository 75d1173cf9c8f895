/**
 * registry/sources/registry-api — catalogues that speak the API of the official registry, `/v0.1/servers`.
 *
 * The first time all pages are read; later only what has changed since (`updated_since`), deleted ones included.
 */
import type { ServerDefinition } from '../definition.ts';
import { type Adapter, jsonOf } from './cached-source.ts';

/** A registry that pages in circles ends here. */
const maxPages = 1_000;
/** Clocks differ; what is read twice does no harm. */
const overlapMs = 10 * 60_000;
const statusKey = 'io.modelcontextprotocol.registry/official';

interface Page {
  readonly servers?: readonly {
    readonly server?: unknown;
    readonly _meta?: { readonly [statusKey]?: { readonly status?: string; readonly isLatest?: boolean } };
  }[];
  readonly metadata?: { readonly nextCursor?: string };
}

export const registryApi: Adapter = async ({ get, before, read }) => {
  const isDelta = before.refreshedAt !== undefined && before.definitions.length > 0;
  const byName = new Map<string, ServerDefinition>(
    isDelta ? before.definitions.map((definition) => [definition.name, definition]) : [],
  );
  const since = isDelta
    ? `&updated_since=${encodeURIComponent(new Date((before.refreshedAt ?? 0) - overlapMs).toISOString())}`
    : '';
  let leftOut = isDelta ? before.leftOut : 0;
  let cursor: string | undefined;
  for (let page = 0; page < maxPages; page += 1) {
    const next = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const answer = (await jsonOf(
      await get(`/v0.1/servers?version=latest&limit=100${since}${next}`),
    )) as Page | null;
    if (!Array.isArray(answer?.servers)) throw new Error('it answered something else than a list of servers');
    for (const { server, _meta } of answer.servers) {
      const status = _meta?.[statusKey];
      const name = (server as { name?: unknown } | undefined)?.name;
      if (status?.status === 'deleted') {
        if (typeof name === 'string') byName.delete(name);
        continue;
      }
      if (status?.isLatest === false) continue;
      const definition = await read(server);
      if (definition === undefined) leftOut += 1;
      else byName.set(definition.name, definition);
    }
    cursor = answer.metadata?.nextCursor;
    if (cursor === undefined || cursor === '') return { definitions: [...byName.values()], leftOut };
  }
  throw new Error(`it did not end after ${maxPages} pages`);
};
