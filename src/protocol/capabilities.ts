/**
 * protocol/capabilities — what a client can be asked, and what several servers can do together.
 *
 * A capability is declared by an object, empty or not; anything else does not declare it.
 * Knows nothing of: which capabilities the gateway itself adds or takes away.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../base/index.ts';
import type { RawJson } from './raw-json.ts';

/** Can the client show a form? `elicitation: {}` means forms only, as before modes existed. */
export function canElicitForm(capabilities: JsonObject): boolean {
  const elicitation = capabilities['elicitation'];
  if (!isJsonObject(elicitation)) return false;
  return isJsonObject(elicitation['form']) || !isJsonObject(elicitation['url']);
}

/** Can the client open a URL for the person? */
export function canElicitUrl(capabilities: JsonObject): boolean {
  const elicitation = capabilities['elicitation'];
  return isJsonObject(elicitation) && isJsonObject(elicitation['url']);
}

export function canSample(capabilities: JsonObject): boolean {
  return isJsonObject(capabilities['sampling']);
}

/** Can the client sample with `tools` and `toolChoice`? */
export function canSampleWithTools(capabilities: JsonObject): boolean {
  const sampling = capabilities['sampling'];
  return isJsonObject(sampling) && isJsonObject(sampling['tools']);
}

export function hasRoots(capabilities: JsonObject): boolean {
  return isJsonObject(capabilities['roots']);
}

/** Does either side's capabilities object declare that extension? */
export function hasExtension(capabilities: JsonObject, extension: string): boolean {
  const extensions = capabilities['extensions'];
  return (
    isJsonObject(extensions) && Object.hasOwn(extensions, extension) && isJsonObject(extensions[extension])
  );
}

/**
 * What a client would have to declare to be asked this; undefined when it has, or when the method is no ask.
 * The value has the shape of `data.requiredCapabilities` of -32021.
 */
export function missingForAsk(
  method: string,
  params: RawJson | undefined,
  capabilities: JsonObject,
): JsonObject | undefined {
  switch (method) {
    case 'elicitation/create':
      if (params?.text('mode') === 'url')
        return canElicitUrl(capabilities) ? undefined : { elicitation: { url: {} } };
      return canElicitForm(capabilities) ? undefined : { elicitation: { form: {} } };
    case 'sampling/createMessage':
      if (params?.has('tools') === true || params?.has('toolChoice') === true)
        return canSampleWithTools(capabilities) ? undefined : { sampling: { tools: {} } };
      return canSample(capabilities) ? undefined : { sampling: {} };
    case 'roots/list':
      return hasRoots(capabilities) ? undefined : { roots: {} };
    default:
      return undefined;
  }
}

/**
 * What several servers can do together: a capability is there when one of them has it, a flag is true when it is true
 * anywhere, lists are joined; of other values the first counts. Unknown capabilities are kept.
 */
export function aggregateServerCapabilities(list: readonly JsonObject[]): JsonObject {
  let all: JsonObject = {};
  for (const capabilities of list) all = merged(all, capabilities);
  return all;
}

function merged(left: JsonObject, right: JsonObject): JsonObject {
  const entries = new Map<string, JsonValue | undefined>(Object.entries(left));
  for (const [key, value] of Object.entries(right)) entries.set(key, mergedValue(entries.get(key), value));
  return Object.fromEntries(entries);
}

function mergedValue(left: JsonValue | undefined, right: JsonValue | undefined): JsonValue | undefined {
  if (left === undefined || left === null) return right;
  if (isJsonObject(left) && isJsonObject(right)) return merged(left, right);
  if (Array.isArray(left) && Array.isArray(right)) {
    const known = new Set(left.map((item) => JSON.stringify(item)));
    return [...left, ...right.filter((item) => !known.has(JSON.stringify(item)))];
  }
  if (typeof left === 'boolean' && typeof right === 'boolean') return left || right;
  return left;
}
