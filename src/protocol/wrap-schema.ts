/**
 * protocol/wrap-schema — puts an output schema whose root is no object into one that is: `{ result: … }`.
 *
 * Modern tools may return any JSON value; legacy clients accept objects only. The schema is wrapped exactly as the value
 * is (see adapt), and references inside it keep pointing to what they meant.
 * Knows nothing of: validation.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../base/index.ts';

/** Does the root say that the value is an object? That is what legacy clients require, literally. */
export function isObjectSchema(schema: JsonValue): boolean {
  return isJsonObject(schema) && schema['type'] === 'object';
}

export function wrapSchema(schema: JsonValue): JsonObject {
  const dialect = isJsonObject(schema) ? schema['$schema'] : undefined;
  return {
    // The dialect speaks of the whole document, so it stays at the root.
    ...(dialect !== undefined && { $schema: dialect }),
    type: 'object',
    properties: { result: moved(schema, false) },
    required: ['result'],
  };
}

const newRoot = '#/properties/result';

/** Their values are data, where `$ref` means nothing. */
const dataKeywords: readonly string[] = ['const', 'enum', 'default', 'examples'];
/** Their values hold schemas by names that authors chose. */
const namedKeywords: readonly string[] = [
  'properties',
  'patternProperties',
  '$defs',
  'definitions',
  'dependentSchemas',
  'dependencies',
];

/** @param isNamed are the keys of `node` names chosen by the author, not keywords? */
function moved(node: JsonValue, isNamed: boolean): JsonValue {
  if (Array.isArray(node)) return node.map((item) => moved(item, false));
  if (!isJsonObject(node)) return node;
  if (!isNamed && hasOwnBase(node)) return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => {
      if (value === undefined) return [key, value];
      if (isNamed) return [key, moved(value, false)];
      if ((key === '$ref' || key === '$dynamicRef') && typeof value === 'string')
        return [key, movedReference(value)];
      if (dataKeywords.includes(key)) return [key, value];
      return [key, moved(value, namedKeywords.includes(key))];
    }),
  );
}

/** An `$id` that is no mere anchor starts a base of its own: references below it do not change. */
function hasOwnBase(schema: JsonObject): boolean {
  const id = schema['$id'];
  return typeof id === 'string' && !id.startsWith('#');
}

function movedReference(reference: string): string {
  if (reference === '#') return newRoot;
  return reference.startsWith('#/') ? `${newRoot}${reference.slice(1)}` : reference;
}
