/**
 * protocol/wrap-schema — puts an output schema whose root is no object into one that is: `{ result: … }`.
 *
 * Modern tools may return any JSON value; legacy clients accept objects only. The schema is wrapped exactly as the value
 * is (see adapt), and references inside it keep pointing to what they meant.
 * Knows nothing of: validation.
 */
import { byteTextOf, type JsonPiece, RawJson } from './raw-json.ts';

/** Does the root say that the value is an object? That is what legacy clients require, literally. */
export function isObjectSchema(schema: RawJson): boolean {
  return schema.isObject && schema.text('type') === 'object';
}

export function wrapSchema(schema: RawJson): RawJson {
  const dialect = schema.isObject ? schema.member('$schema') : undefined;
  return RawJson.ofPieces([
    '{',
    // The dialect speaks of the whole document, so it stays at the root.
    ...(dialect === undefined ? [] : ['"$schema":', ...dialect.pieces, ',']),
    '"type":"object","properties":{"result":',
    ...moved(schema, false).pieces,
    '},"required":["result"]}',
  ]);
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
function moved(node: RawJson, isNamed: boolean): RawJson {
  if (!mayRefer(node)) return node;
  if (node.isArray) {
    const elements = node.elements().map((element) => moved(element, false));
    return RawJson.ofPieces(['[', ...joined(elements.map((element) => element.pieces)), ']']);
  }
  if (!node.isObject || (!isNamed && hasOwnBase(node))) return node;
  const members = node
    .entries()
    .map(([key, value]) => [
      `${byteTextOf(JSON.stringify(key))}:`,
      ...movedMember(key, value, isNamed).pieces,
    ]);
  return RawJson.ofPieces(['{', ...joined(members), '}']);
}

function movedMember(key: string, value: RawJson, isNamed: boolean): RawJson {
  if (isNamed) return moved(value, false);
  const reference = key === '$ref' || key === '$dynamicRef' ? value.string : undefined;
  if (reference !== undefined) return RawJson.ofText(JSON.stringify(movedReference(reference)));
  if (dataKeywords.includes(key)) return value;
  return moved(value, namedKeywords.includes(key));
}

/** What refers to nothing stays the text it was. A key may be written with escapes. */
function mayRefer(node: RawJson): boolean {
  return node.hasKeyText('$ref') || node.hasKeyText('$dynamicRef') || node.bytes.includes('\\u');
}

function joined(parts: readonly (readonly JsonPiece[])[]): JsonPiece[] {
  return parts.flatMap((pieces, at) => (at === 0 ? pieces : [',', ...pieces]));
}

/** An `$id` that is no mere anchor starts a base of its own: references below it do not change. */
function hasOwnBase(schema: RawJson): boolean {
  return schema.text('$id')?.startsWith('#') === false;
}

function movedReference(reference: string): string {
  if (reference === '#') return newRoot;
  return reference.startsWith('#/') ? `${newRoot}${reference.slice(1)}` : reference;
}
