/**
 * catalogue/valid-item — a listed item as the schema of its era accepts it.
 *
 * Many clients check a whole list against the schema and drop all of it for one odd item, which behind a gateway hides the
 * items of all other servers. So optional members that are null or of a wrong type are left out, `true` for a schema
 * becomes `{}`, a missing input schema `{"type":"object"}`. What is valid stays the bytes that its server wrote. All legacy
 * revisions are judged alike, by the newest one's members: clients know members that are newer than the revision they speak.
 * Knows nothing of: names in a view, who lists.
 *
 * @see MCP 2025-11-25 and 2026-07-28, schema: Tool, Prompt, Resource, ResourceTemplate
 */
import type { Era, FeatureKind } from '../model/index.ts';
import { type JsonPiece, RawJson } from '../protocol/index.ts';

/** @returns the value when it is valid, another one in its place, or undefined to leave it out */
type Rule = (value: RawJson) => RawJson | undefined;

const emptyObject = RawJson.ofByteText('{}');
const objectSchema = RawJson.ofByteText('{"type":"object"}');
const nothingSchema = RawJson.ofByteText('{"not":{}}');

const text: Rule = (value) => (value.isString ? value : undefined);
const flag: Rule = (value) => (isToken(value, 'true') || isToken(value, 'false') ? value : undefined);
const anyObject: Rule = (value) => (value.isObject ? value : undefined);

/** As JSON Schema counts: 1.0 is one. */
const integer: Rule = (value) =>
  value.isNumber && value.byteLength <= 64 && Number.isInteger(value.json) ? value : undefined;

const priority: Rule = (value) => {
  const number = value.isNumber && value.byteLength <= 64 ? Number(value.json) : Number.NaN;
  return number >= 0 && number <= 1 ? value : undefined;
};

function oneOf(...words: readonly string[]): Rule {
  return (value) => (value.byteLength <= 64 && words.includes(value.string ?? '') ? value : undefined);
}

/** A list, without the elements that are none. */
function listOf(rule: Rule): Rule {
  return (value) => {
    if (!value.isArray) return undefined;
    const pieces: JsonPiece[] = [];
    let isChanged = false;
    for (const element of value.elements()) {
      const valid = rule(element);
      if (valid !== element) isChanged = true;
      if (valid !== undefined) pieces.push(pieces.length === 0 ? '[' : ',', ...valid.pieces);
    }
    return isChanged ? RawJson.ofPieces(pieces.length === 0 ? ['[]'] : [...pieces, ']']) : value;
  };
}

/** An object; of its known members only what is valid. @param required members without which it is none */
function objectOf(rules: Readonly<Record<string, Rule>>, ...required: readonly string[]): Rule {
  const names = Object.keys(rules);
  return (value) => {
    if (!value.isObject) return undefined;
    let valid = value;
    for (const name of names) {
      const member = value.member(name);
      const kept = member === undefined ? undefined : rules[name]?.(member);
      if (kept === undefined && required.includes(name)) return undefined;
      if (member === undefined || kept === member) continue;
      valid = kept === undefined ? valid.without(name) : valid.with(name, kept);
    }
    return valid;
  };
}

/** What a schema may be in place of an object says the same as an object. */
const anySchema: Rule = (value) => {
  if (value.isObject) return value;
  return isToken(value, 'false') ? nothingSchema : emptyObject;
};

/** A map from names to schemas. */
const schemas: Rule = (value) => {
  if (!value.isObject) return undefined;
  const entries = value.entries();
  if (entries.every(([, schema]) => schema.isObject)) return value;
  const pieces = entries.flatMap(([name, schema], at) => [
    `${at === 0 ? '{' : ','}`,
    ...RawJson.ofText(JSON.stringify(name)).pieces,
    ':',
    ...(anySchema(schema) ?? emptyObject).pieces,
  ]);
  return RawJson.ofPieces([...pieces, '}']);
};

const schemaRules: Readonly<Record<Era, Readonly<Record<string, Rule>>>> = {
  legacy: { $schema: text, properties: schemas, required: listOf(text) },
  modern: { $schema: text },
};

/** @returns undefined when it takes something else than an object, which no call can give */
function inputSchema(schema: RawJson | undefined, era: Era): RawJson | undefined {
  // PHP writes an empty list where it means an empty object.
  if (schema?.isObject !== true) return objectSchema;
  const type = schema.member('type');
  const isTyped = type?.string === 'object';
  if (!isTyped && type !== undefined && !isNull(type) && !mayBeObject(type)) return undefined;
  const typed = isTyped ? schema : schema.with('type', '"object"');
  return objectOf(schemaRules[era])(typed);
}

function mayBeObject(type: RawJson): boolean {
  return type.elements().some((word) => word.string === 'object');
}

function outputSchema(schema: RawJson, era: Era): RawJson | undefined {
  if (isToken(schema, 'true') || isToken(schema, 'false')) return anySchema(schema);
  return objectOf(schemaRules[era])(schema);
}

const icons = listOf(
  objectOf({ src: text, mimeType: text, sizes: listOf(text), theme: oneOf('dark', 'light') }, 'src'),
);
const annotations = objectOf({
  audience: listOf(oneOf('assistant', 'user')),
  priority,
  lastModified: text,
});
const described = { title: text, description: text, icons, _meta: anyObject };

const rulesByKind: Readonly<Record<FeatureKind, Readonly<Record<string, Rule>>>> = {
  tool: {
    ...described,
    annotations: objectOf({
      title: text,
      readOnlyHint: flag,
      destructiveHint: flag,
      idempotentHint: flag,
      openWorldHint: flag,
    }),
    execution: objectOf({ taskSupport: oneOf('forbidden', 'optional', 'required') }),
  },
  prompt: {
    ...described,
    arguments: listOf(objectOf({ name: text, title: text, description: text, required: flag }, 'name')),
  },
  resource: { ...described, mimeType: text, size: integer, annotations },
  template: { ...described, mimeType: text, annotations },
};

interface Judged {
  readonly legacy: RawJson | undefined;
  readonly modern: RawJson | undefined;
}

/** An item is judged once, however many views list it. */
const judged = new WeakMap<RawJson, Judged>();

/**
 * @param item with a usable name
 * @returns    what clients of that era can be given: `item` itself where it is valid; undefined when nothing can be made of it
 */
export function validItem(kind: FeatureKind, item: RawJson, era: Era): RawJson | undefined {
  let known = judged.get(item);
  if (known === undefined) {
    known = { legacy: judge(kind, item, 'legacy'), modern: judge(kind, item, 'modern') };
    judged.set(item, known);
  }
  return known[era];
}

/** Why an item cannot be offered; undefined when it can. */
export function faultOfItem(kind: FeatureKind, item: RawJson): string | undefined {
  return validItem(kind, item, 'modern') === undefined
    ? 'its input schema is not for an object, so no call can fit it'
    : undefined;
}

function judge(kind: FeatureKind, item: RawJson, era: Era): RawJson | undefined {
  const valid = objectOf(rulesByKind[kind])(item);
  if (valid === undefined) return undefined;
  if (kind === 'tool') return toolWithSchemas(valid, era);
  return kind === 'prompt' ? valid : named(kind, valid);
}

function toolWithSchemas(tool: RawJson, era: Era): RawJson | undefined {
  const given = tool.member('inputSchema');
  const input = inputSchema(given, era);
  if (input === undefined) return undefined;
  const withInput = input === given ? tool : tool.with('inputSchema', input);
  const output = tool.member('outputSchema');
  if (output === undefined) return withInput;
  const valid = outputSchema(output, era);
  if (valid === output) return withInput;
  return valid === undefined ? withInput.without('outputSchema') : withInput.with('outputSchema', valid);
}

/** What is read by its URI needs a name all the same; without one it goes by its title or its URI. */
function named(kind: 'resource' | 'template', item: RawJson): RawJson {
  if (item.member('name')?.isString === true) return item;
  const name = item.text('title') ?? item.text(kind === 'resource' ? 'uri' : 'uriTemplate') ?? '';
  return item.with('name', JSON.stringify(name));
}

function isToken(value: RawJson, token: string): boolean {
  return value.byteLength === token.length && value.byteText === token;
}

function isNull(value: RawJson): boolean {
  return isToken(value, 'null');
}
