/**
 * support/json-schema — says whether a value fits a JSON Schema, as far as the schemas of MCP's listed items need it.
 *
 * Knows: $ref into the same document, type, const, enum, properties, required, additionalProperties, items, minimum, maximum.
 */
import { readFileSync } from 'node:fs';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/base/index.ts';
import { repositoryPath } from './paths.ts';

/** The official schema of a revision, cut down to what lists hold. */
export function readMcpSchema(revision: string): JsonObject {
  const path = repositoryPath(`test/fixtures/mcp-schema/${revision}.json`);
  return JSON.parse(readFileSync(path, 'utf8')) as JsonObject;
}

/** @returns where `value` does not fit the definition, or undefined */
export function misfit(root: JsonObject, definition: string, value: JsonValue): string | undefined {
  const definitions = (root['$defs'] ?? root['definitions']) as JsonObject;
  return check(root, definitions[definition] as JsonObject, value, definition);
}

function check(root: JsonObject, schema: JsonObject, value: JsonValue, where: string): string | undefined {
  const reference = schema['$ref'];
  if (typeof reference === 'string') {
    const target = reference
      .slice(2)
      .split('/')
      .reduce<JsonValue>((node, key) => (node as JsonObject)[key] as JsonValue, root);
    return check(root, target as JsonObject, value, where);
  }
  const { type, minimum, maximum } = schema;
  if (typeof type === 'string' && !hasType(value, type)) return `${where} is no ${type}`;
  if (schema['const'] !== undefined && value !== schema['const']) return `${where} is another value`;
  const words = schema['enum'];
  if (Array.isArray(words) && !words.includes(value)) return `${where} is none of ${JSON.stringify(words)}`;
  if (typeof value === 'number') {
    if (typeof minimum === 'number' && value < minimum) return `${where} is too small`;
    if (typeof maximum === 'number' && value > maximum) return `${where} is too large`;
  }
  if (Array.isArray(value)) {
    const items = schema['items'];
    if (!isJsonObject(items)) return undefined;
    return first(value.map((item, at) => check(root, items, item, `${where}[${at}]`)));
  }
  return isJsonObject(value) ? checkMembers(root, schema, value, where) : undefined;
}

function checkMembers(
  root: JsonObject,
  schema: JsonObject,
  value: JsonObject,
  where: string,
): string | undefined {
  const missing = ((schema['required'] ?? []) as string[]).find((name) => value[name] === undefined);
  if (missing !== undefined) return `${where} misses ${missing}`;
  const properties = isJsonObject(schema['properties']) ? schema['properties'] : {};
  const others = schema['additionalProperties'];
  return first(
    Object.entries(value).map(([name, member]) => {
      const rule = properties[name] ?? others;
      return isJsonObject(rule) && member !== undefined
        ? check(root, rule, member, `${where}.${name}`)
        : undefined;
    }),
  );
}

function first(found: readonly (string | undefined)[]): string | undefined {
  return found.find((one) => one !== undefined);
}

function hasType(value: JsonValue, type: string): boolean {
  switch (type) {
    case 'object':
      return isJsonObject(value);
    case 'array':
      return Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}
