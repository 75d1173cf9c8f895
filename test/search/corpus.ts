/**
 * search/corpus — real tool definitions, as their servers listed them, and the view that a client would have of them.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '../../src/base/index.ts';
import { View, type ViewServer } from '../../src/catalogue/index.ts';
import type { FeatureId, ServerId } from '../../src/model/index.ts';
import { RawJson } from '../../src/protocol/index.ts';

const folder = join(import.meta.dirname, 'tools');

interface Captured {
  /** npm package and version that listed them. */
  readonly package: string;
  readonly version: string;
  readonly license: string;
  readonly tools: readonly JsonObject[];
}

let read: ReadonlyMap<string, Captured> | undefined;
const views = new Map<number, View>();

/** By the alias that the server has in the view. */
export function readCorpus(): ReadonlyMap<string, Captured> {
  if (read !== undefined) return read;
  const corpus = new Map<string, Captured>();
  for (const file of readdirSync(folder).sort())
    corpus.set(file.replace('.json', ''), JSON.parse(readFileSync(join(folder, file), 'utf8')) as Captured);
  read = corpus;
  return corpus;
}

/** The same whenever it is asked for: nothing in a view changes. @param times how often the whole corpus stands in the view, each time under other aliases */
export function viewOfCorpus(times = 1): View {
  const made = views.get(times);
  if (made !== undefined) return made;
  const corpus = readCorpus();
  const servers: ViewServer[] = [];
  for (let copy = 1; copy <= times; copy += 1) {
    for (const [plainAlias, { tools }] of corpus) {
      const alias = copy === 1 ? plainAlias : `${plainAlias}${copy}`;
      const id = alias as ServerId;
      servers.push({
        id,
        name: alias,
        alias,
        features: tools.map((tool, position) => ({
          id: `${alias}/${position}` as FeatureId,
          serverId: id,
          kind: 'tool',
          originalName: tool['name'] as string,
          item: RawJson.ofBytes(Buffer.from(JSON.stringify(tool))),
          position,
          isAvailable: true,
        })),
      });
    }
  }
  const view = new View(servers, false);
  views.set(times, view);
  return view;
}
