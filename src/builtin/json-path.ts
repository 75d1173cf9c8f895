/**
 * builtin/json-path — the part of a JSON value that a path names: `items[3].name`, `items[*].id`, `['odd key']`.
 *
 * A small part of JSONPath: names, numbers and `*`. `$` in front may be left out.
 */
import { isJsonObject, type JsonValue } from '../base/index.ts';

const steps = /\.?([^.[\]'"]+)|\[(\d+|\*)\]|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]/y;
const maxSteps = 50;
const maxMatches = 10_000;

/** @returns undefined when the path is none; an empty list when it leads nowhere */
export function followPath(value: JsonValue, path: string): JsonValue[] | undefined {
  const parsed = parsePath(path);
  if (parsed === undefined) return undefined;
  let found: JsonValue[] = [value];
  for (const step of parsed) {
    const next: JsonValue[] = [];
    for (const one of found) {
      if (step === '*') {
        if (Array.isArray(one)) next.push(...one.slice(0, maxMatches));
        else if (isJsonObject(one))
          for (const each of Object.values(one)) if (each !== undefined) next.push(each);
      } else if (Array.isArray(one)) {
        const at = Number(step);
        if (Number.isInteger(at) && at < one.length) next.push(one[at] as JsonValue);
      } else if (isJsonObject(one) && Object.hasOwn(one, step)) next.push(one[step] as JsonValue);
      if (next.length > maxMatches) break;
    }
    found = next;
  }
  return found;
}

/** Has it more than one answer by its form? */
export function isManyPath(path: string): boolean {
  return parsePath(path)?.includes('*') === true;
}

function parsePath(path: string): string[] | undefined {
  const text = path.trim().replace(/^\$/, '');
  const parsed: string[] = [];
  for (let at = 0; at < text.length; ) {
    steps.lastIndex = at;
    const match = steps.exec(text);
    if (match === null || parsed.length >= maxSteps) return undefined;
    parsed.push((match[1] ?? match[2] ?? match[3] ?? match[4] ?? '').replace(/\\(.)/g, '$1'));
    at = steps.lastIndex;
  }
  return parsed;
}
