/**
 * gateway/serve/rewrite-uris — puts a server's URIs into the form in which this view shows them.
 *
 * Only answers of servers that have rewritten URIs are opened, and in them only the URIs are written anew: all else passes
 * as the bytes it is. Long results are gone through in turns of the event loop.
 * Knows nothing of: why a URI was rewritten.
 */
import type { View } from '../../catalogue/index.ts';
import type { ServerId } from '../../model/index.ts';
import { type JsonPiece, RawJson, Turn } from '../../protocol/index.ts';

type Shown = (uri: string) => string;
type Replace = (item: RawJson, shown: Shown) => RawJson | Promise<RawJson>;

/** @returns undefined when the server's URIs are shown as they are */
export function uriRewriter(
  view: View,
  serverId: ServerId,
): ((result: RawJson) => Promise<RawJson>) | undefined {
  if (view.usesOriginalNames || !view.hasRewritten(serverId)) return undefined;
  return (result) => replaceUris(result, (uri) => view.shownUri(serverId, uri));
}

/** `contents` of a read, `content` of a call, `messages` of a prompt: links and embedded resources in them. */
export async function replaceUris(result: RawJson, shown: Shown): Promise<RawJson> {
  let replaced = result;
  for (const [name, replace] of lists) {
    const list = result.member(name);
    if (list?.isArray !== true) continue;
    const changed = await replaceEach(list, (item) => replace(item, shown));
    if (changed !== undefined) replaced = replaced.with(name, changed);
  }
  return replaced;
}

const lists: readonly (readonly [name: string, replace: Replace])[] = [
  ['contents', replaceInItem],
  ['content', replaceInBlock],
  [
    'messages',
    async (message, shown) => {
      const block = message.object('content');
      const changed = block === undefined ? undefined : await replaceInBlock(await block.prepared(), shown);
      return changed === undefined || changed === block ? message : message.with('content', changed);
    },
  ],
];

/** @returns undefined when nothing in it is another */
async function replaceEach(
  list: RawJson,
  replace: (item: RawJson) => RawJson | Promise<RawJson>,
): Promise<RawJson | undefined> {
  const pieces: JsonPiece[] = [];
  let isChanged = false;
  const turn = new Turn();
  for (const item of await list.elementsInTurns()) {
    if (turn.isOver) await turn.next();
    const changed = await replace(await item.prepared());
    if (changed !== item) isChanged = true;
    pieces.push(pieces.length === 0 ? '[' : ',', ...changed.pieces);
  }
  return isChanged ? RawJson.ofPieces([...pieces, ']']) : undefined;
}

async function replaceInBlock(block: RawJson, shown: Shown): Promise<RawJson> {
  const type = block.text('type');
  if (type === 'resource_link') return replaceInItem(block, shown);
  const resource = type === 'resource' ? block.object('resource') : undefined;
  if (resource === undefined) return block;
  const changed = replaceInItem(await resource.prepared(), shown);
  return changed === resource ? block : block.with('resource', changed);
}

function replaceInItem(item: RawJson, shown: Shown): RawJson {
  const uri = item.text('uri');
  if (uri === undefined) return item;
  const asShown = shown(uri);
  return asShown === uri ? item : item.with('uri', JSON.stringify(asShown));
}
