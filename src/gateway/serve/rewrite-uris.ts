/**
 * gateway/serve/rewrite-uris — puts a server's URIs into the form in which this view shows them.
 *
 * Only answers of servers that have rewritten URIs are opened; everybody else's pass as bytes.
 * Knows nothing of: why a URI was rewritten.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../../base/index.ts';
import type { View } from '../../catalogue/index.ts';
import type { ServerId } from '../../model/index.ts';
import { RawJson } from '../../protocol/index.ts';

/** @returns undefined when the server's URIs are shown as they are */
export function uriRewriter(view: View, serverId: ServerId): ((result: RawJson) => RawJson) | undefined {
  if (view.usesOriginalNames || !view.hasRewritten(serverId)) return undefined;
  const shown = (uri: string): string => view.shownUri(serverId, uri);
  return (result) => RawJson.ofValue(rewriteResult(result.value, shown));
}

/** `contents` of a read, `content` of a call, `messages` of a prompt: links and embedded resources in them. */
function rewriteResult(result: JsonObject, shown: (uri: string) => string): JsonObject {
  const out: JsonObject = { ...result };
  if (Array.isArray(out['contents']))
    out['contents'] = out['contents'].map((item) => rewriteItemUri(item, shown));
  if (Array.isArray(out['content'])) out['content'] = out['content'].map((item) => rewriteBlock(item, shown));
  if (Array.isArray(out['messages'])) {
    out['messages'] = out['messages'].map((message) =>
      isJsonObject(message)
        ? { ...message, content: rewriteBlock(message['content'] ?? null, shown) }
        : message,
    );
  }
  return out;
}

function rewriteBlock(block: JsonValue, shown: (uri: string) => string): JsonValue {
  if (!isJsonObject(block)) return block;
  if (block['type'] === 'resource_link') return rewriteItemUri(block, shown);
  if (block['type'] === 'resource' && isJsonObject(block['resource'])) {
    return { ...block, resource: rewriteItemUri(block['resource'], shown) };
  }
  return block;
}

function rewriteItemUri(item: JsonValue, shown: (uri: string) => string): JsonValue {
  return isJsonObject(item) && typeof item['uri'] === 'string' ? { ...item, uri: shown(item['uri']) } : item;
}
