/**
 * clients/formats/values — entries in what was read: looked up, and left out for a comparison.
 */
import { canonicalJson, isJsonObject, type JsonValue } from '../../base/index.ts';
import { type EntryPath, isListStep } from './format.ts';

/** What is at `path`; undefined when nothing is. */
export function valueAt(value: JsonValue, path: EntryPath): JsonValue | undefined {
  let inner: JsonValue | undefined = value;
  for (const step of path) {
    if (isListStep(step)) {
      if (!Array.isArray(inner)) return undefined;
      inner = inner.find((item) => isJsonObject(item) && item['name'] === step.named);
    } else {
      if (!isJsonObject(inner) || !Object.hasOwn(inner, step)) return undefined;
      inner = inner[step];
    }
    if (inner === undefined) return undefined;
  }
  return inner;
}

/** The value without what is at `path`, and without holders on the way that are empty then, as one text for comparison. */
export function textWithout(value: JsonValue, path: EntryPath): string {
  return canonicalJson(without(value, path) ?? null);
}

function without(value: JsonValue, path: EntryPath): JsonValue | undefined {
  const [step, ...rest] = path;
  if (step === undefined) return undefined;
  if (value === null) return undefined;
  if (isListStep(step)) {
    if (!Array.isArray(value)) return value;
    const left = value.filter((item) => !(isJsonObject(item) && item['name'] === step.named));
    return left.length === 0 ? undefined : left;
  }
  if (!isJsonObject(value)) return value;
  const copy = { ...value };
  const inner = copy[step];
  if (inner !== undefined) {
    const left = without(inner, rest);
    if (left === undefined) delete copy[step];
    else copy[step] = left;
  }
  return Object.keys(copy).length === 0 ? undefined : copy;
}
