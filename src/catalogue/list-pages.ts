/**
 * catalogue/list-pages — a view's lists as results, serialised once and served to everybody who sees the same.
 *
 * Knows nothing of: cursors' secrets (gateway/ seals them), sessions.
 */
import type { JsonObject } from '../base/index.ts';
import { type Era, type FeatureKind, nameKeys, type Revision } from '../model/index.ts';
import { type JsonPiece, joinPieces, RawJson, resultForLegacy, resultForModern } from '../protocol/index.ts';
import { toolForLegacy, toolForModern } from './tool-for-era.ts';
import { validItem } from './valid-item.ts';
import type { Target, View } from './view.ts';

/** Items in one page. Clients that read one page only still see what any real set-up has. */
export const pageSize = 2_000;

export const listKeys: Readonly<Record<FeatureKind, string>> = {
  tool: 'tools',
  prompt: 'prompts',
  resource: 'resources',
  template: 'resourceTemplates',
};

export const listMethods: Readonly<Record<FeatureKind, string>> = {
  tool: 'tools/list',
  prompt: 'prompts/list',
  resource: 'resources/list',
  template: 'resources/templates/list',
};

export interface ListShape {
  readonly era: Era;
  readonly revision: Revision;
  /** Stamped on modern results. */
  readonly serverInfo: JsonObject;
  /** How long a modern client may keep the list, ms. */
  readonly ttlMs: number;
  /** Tools are shown without their output schema. */
  readonly promisesNoOutput?: boolean;
  /** Undefined: all that the view lists. */
  readonly narrowing?: Narrowing | undefined;
}

/** A choice among what a view lists; the rest can be called all the same. */
export interface Narrowing {
  /** Equal for equal choices. */
  readonly key: string;
  shows(target: Target): boolean;
}

interface Written {
  readonly pages: Map<string, RawJson>;
  readonly counts: Map<FeatureKind, number>;
}

/** A view never changes, so what was written of it holds as long as it does. */
const written = new WeakMap<View, Written>();

function writtenOf(view: View): Written {
  let kept = written.get(view);
  if (kept === undefined) {
    kept = { pages: new Map(), counts: new Map() };
    written.set(view, kept);
  }
  return kept;
}

/** How many items of that kind the view lists. */
export function countItems(view: View, kind: FeatureKind): number {
  const { counts } = writtenOf(view);
  let count = counts.get(kind);
  if (count === undefined) {
    count = [...view.list(kind)].length;
    counts.set(kind, count);
  }
  return count;
}

/**
 * The result of a list method from item `offset` on.
 *
 * @param nextCursor of the following page, when there is one
 */
export function listPage(
  view: View,
  kind: FeatureKind,
  shape: ListShape,
  offset: number,
  nextCursor: string | undefined,
): RawJson {
  const kept = writtenOf(view);
  const key = `${kind}|${shape.era}|${shape.revision}|${shape.ttlMs}|${offset}|${shape.narrowing?.key ?? ''}|${shape.promisesNoOutput === true}`;
  let page = kept.pages.get(key);
  if (page === undefined) {
    page = writePage(view, kind, shape, offset);
    kept.pages.set(key, page);
  }
  // A cursor is its caller's alone (it is sealed to it), so the page is kept without.
  return nextCursor === undefined ? page : withCursor(page, nextCursor);
}

/** `page` with one member more in front; its items are not written again. */
function withCursor(page: RawJson, nextCursor: string): RawJson {
  return page.with('nextCursor', JSON.stringify(nextCursor));
}

function writePage(view: View, kind: FeatureKind, shape: ListShape, offset: number): RawJson {
  const pieces: JsonPiece[] = [`{"${listKeys[kind]}":[`];
  let at = 0;
  let count = 0;
  for (const target of view.list(kind)) {
    if (shape.narrowing?.shows(target) === false) continue;
    at += 1;
    if (at <= offset) continue;
    if (at > offset + pageSize) break;
    const item = itemFor(target, shape, view.usesOriginalNames);
    if (item === undefined) continue;
    if (count > 0) pieces.push(',');
    pieces.push(...item.pieces);
    count += 1;
  }
  pieces.push(']}');
  const plain = RawJson.ofBytes(joinPieces(pieces));
  return shape.era === 'modern'
    ? resultForModern(listMethods[kind], plain, {
        serverInfo: shape.serverInfo,
        ttlMs: shape.ttlMs,
        cacheScope: 'private',
      })
    : resultForLegacy(listMethods[kind], plain, { revision: shape.revision });
}

/** @returns undefined when clients of that era cannot be given it */
function itemFor(
  target: Target,
  { era, promisesNoOutput }: ListShape,
  isAlone: boolean,
): RawJson | undefined {
  const { kind, original, shownName, originalName } = target;
  // On its own URL a server is shown as it is: an odd item hides nobody else's.
  const valid = isAlone ? original : validItem(kind, original, era);
  if (valid === undefined) return undefined;
  const shown =
    valid === original
      ? target.item
      : shownName === originalName
        ? valid
        : valid.with(nameKeys[kind], JSON.stringify(shownName));
  if (kind !== 'tool') return shown;
  const tool = promisesNoOutput === true ? shown.without('outputSchema') : shown;
  return era === 'modern' ? toolForModern(tool) : toolForLegacy(tool);
}
