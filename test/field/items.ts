/**
 * field/items — cuts a JSON text into the texts of its parts, so that two answers can be compared byte for byte.
 *
 * Uses a parser that keeps offsets, not the gateway's own scanner: a mistake of that one must not hide here.
 */
import { findNodeAtLocation, type Node, parseTree } from 'jsonc-parser';

function textOf(json: string, node: Node): string {
  return json.slice(node.offset, node.offset + node.length);
}

/** The text of `result` in a JSON-RPC response. */
export function resultText(json: string): string | undefined {
  const root = parseTree(json);
  const node = root === undefined ? undefined : findNodeAtLocation(root, ['result']);
  return node === undefined ? undefined : textOf(json, node);
}

/** Each item of `result.<list>` by its name or URI, as the text it was. */
export function itemTexts(json: string, list: string): Map<string, string> {
  const items = new Map<string, string>();
  const root = parseTree(json);
  const array = root === undefined ? undefined : findNodeAtLocation(root, ['result', list]);
  for (const node of array?.children ?? []) {
    const key = ['uri', 'uriTemplate', 'name'].map(
      (name) => findNodeAtLocation(node, [name])?.value as unknown,
    );
    items.set(JSON.stringify(key.find((value) => value !== undefined)), textOf(json, node));
  }
  return items;
}

/** What `result.nextCursor` says, if anything. */
export function nextCursor(json: string): string | undefined {
  const root = parseTree(json);
  const node = root === undefined ? undefined : findNodeAtLocation(root, ['result', 'nextCursor']);
  return typeof node?.value === 'string' ? node.value : undefined;
}
