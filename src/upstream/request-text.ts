/**
 * upstream/request-text — a request to a server as text, with `_meta` and our progress token in their places.
 *
 * Both are put before the rest as text: a copy of the params with one more key costs several times as much to make and
 * to serialise.
 * Knows nothing of: what the params mean.
 */
import type { JsonObject } from '../base/index.ts';

/**
 * One JSON-RPC request, without a line break in it.
 *
 * @param params sent as they are, but for `_meta`
 * @param meta   the request's `_meta`, whatever the params have under that name
 * @param token  our progress token; undefined = no progress is wanted
 */
export function textOfRequest(
  id: number,
  method: string,
  params: JsonObject | undefined,
  meta: JsonObject | undefined,
  token: number | undefined,
): string {
  const paramsText = textOfParams(params, meta, token);
  const head = `{"jsonrpc":"2.0","id":${id},"method":${JSON.stringify(method)}`;
  return paramsText === undefined ? `${head}}` : `${head},"params":${paramsText}}`;
}

function textOfParams(
  params: JsonObject | undefined,
  meta: JsonObject | undefined,
  token: number | undefined,
): string | undefined {
  const rest = params?.['_meta'] === undefined ? params : withoutMeta(params);
  if (token !== undefined) return prepend(`"_meta":${prepend(`"progressToken":${token}`, meta)}`, rest);
  if (meta !== undefined) return prepend(`"_meta":${JSON.stringify(meta)}`, rest);
  return rest === undefined ? undefined : JSON.stringify(rest);
}

function withoutMeta(params: JsonObject): JsonObject {
  const rest: JsonObject = { ...params };
  // A key without a value is not written; taking it out of the object costs more.
  rest['_meta'] = undefined;
  return rest;
}

/** The object as text, with a member before all others. */
function prepend(member: string, object: JsonObject | undefined): string {
  const text = object === undefined ? '{}' : JSON.stringify(object);
  return text === '{}' ? `{${member}}` : `{${member},${text.slice(1)}`;
}
