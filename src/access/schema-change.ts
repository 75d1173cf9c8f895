/**
 * access/schema-change — what is different between two JSON Schemas of a tool, and how much it matters.
 *
 * Two spellings of one rule are no difference: `$schema`, the order of keys and of `required`, a default written out, a
 * local `$ref` in place of what it names, the bounds of whole numbers that some generators add.
 * Knows nothing of: tools, who approves.
 *
 * @see JSON Schema 2020-12, and draft-07 where servers still write it
 */
import { canonicalJson, isJsonObject, type JsonObject, type JsonValue } from '../base/index.ts';

export type ChangeLevel = 'same' | 'notation' | 'additive' | 'text' | 'behaviour';
export const changeLevels: readonly ChangeLevel[] = ['same', 'notation', 'additive', 'text', 'behaviour'];

/** One difference. */
export interface DefinitionChange {
  /** Where in the definition: `inputSchema.properties.path.description`. */
  readonly path: string;
  readonly level: Exclude<ChangeLevel, 'same'>;
  /** After the path: "is new, and required". */
  readonly says: string;
  readonly from?: JsonValue | undefined;
  readonly to?: JsonValue | undefined;
}

export type Tell = (change: Omit<DefinitionChange, 'path'> & { readonly path: string }) => void;

/** Larger schemas are compared as they are written. */
const maxNodes = 20_000;
const maxDepth = 24;

/** Members that only describe. A model reads them. */
const textMembers: ReadonlySet<string> = new Set([
  'title',
  'description',
  '$comment',
  'examples',
  'deprecated',
]);
const notationMembers: ReadonlySet<string> = new Set(['$schema', '$id', '$defs', 'definitions']);
/** Less of these allows more. */
const lowerBounds: ReadonlySet<string> = new Set([
  'minimum',
  'exclusiveMinimum',
  'minLength',
  'minItems',
  'minProperties',
]);
/** More of these allows more. */
const upperBounds: ReadonlySet<string> = new Set([
  'maximum',
  'exclusiveMaximum',
  'maxLength',
  'maxItems',
  'maxProperties',
]);

/**
 * @param isInput  of what is sent: then what allows more than before is a mere addition. Of what comes back it is not
 * @param path     where the schema stands in its definition
 */
export function compareSchemas(
  old: JsonValue | undefined,
  now: JsonValue | undefined,
  path: string,
  isInput: boolean,
  tell: Tell,
): void {
  const plainOld = inlineReferences(old ?? {});
  const plainNow = inlineReferences(now ?? {});
  if (plainOld === undefined || plainNow === undefined) {
    if (canonicalJson(old ?? {}) !== canonicalJson(now ?? {}))
      tell({ path, level: 'behaviour', says: 'its schema is another one' });
    return;
  }
  new Comparison(isInput, tell).schemas(plainOld, plainNow, path);
}

class Comparison {
  readonly #isInput: boolean;
  readonly #tell: Tell;

  constructor(isInput: boolean, tell: Tell) {
    this.#isInput = isInput;
    this.#tell = tell;
  }

  schemas(old: JsonValue, now: JsonValue, path: string): void {
    const before = asSchema(old);
    const after = asSchema(now);
    if (canonicalJson(before) === canonicalJson(after)) return;
    const names = new Set([...Object.keys(before), ...Object.keys(after)]);
    for (const name of names) {
      const [from, to] = [before[name], after[name]];
      if (
        canonicalJson(from ?? null) === canonicalJson(to ?? null) &&
        (from === undefined) === (to === undefined)
      )
        continue;
      this.#member(name, from, to, before, after, path === '' ? name : `${path}.${name}`);
    }
  }

  #member(
    name: string,
    from: JsonValue | undefined,
    to: JsonValue | undefined,
    before: JsonObject,
    after: JsonObject,
    path: string,
  ): void {
    if (notationMembers.has(name))
      return this.#tell({ path, level: 'notation', says: 'is written in another way' });
    if (textMembers.has(name)) return this.#text(from, to, path);
    switch (name) {
      case 'properties':
        return this.#properties(from, to, after, path);
      case 'required':
        // What is new or gone is told with the property.
        return this.#required(from, to, before, after, path);
      case 'type':
        return this.#setOf(from, to, path, 'type', 'additive');
      case 'enum':
        return this.#setOf(from, to, path, 'choice', 'text');
      case 'items':
      case 'additionalProperties':
      case 'not':
      case 'contains':
      case 'propertyNames':
        return this.#nested(name, from, to, before, path);
      case 'anyOf':
      case 'oneOf':
      case 'allOf':
      case 'prefixItems':
        return this.#list(from, to, path);
    }
    if (lowerBounds.has(name) || upperBounds.has(name)) return this.#bound(name, from, to, path);
    if (to === undefined && (name === 'pattern' || name === 'format'))
      return this.#loosened(path, 'is no longer asked for');
    this.#tell({ path, level: 'behaviour', says: describeChange(from, to), from, to });
  }

  #text(from: JsonValue | undefined, to: JsonValue | undefined, path: string): void {
    const isSame = typeof from === 'string' && typeof to === 'string' && squeeze(from) === squeeze(to);
    this.#tell(
      isSame
        ? { path, level: 'notation', says: 'has other blanks' }
        : { path, level: 'text', says: describeChange(from, to), from, to },
    );
  }

  #properties(from: JsonValue | undefined, to: JsonValue | undefined, after: JsonObject, path: string): void {
    const [old, now] = [objectOf(from), objectOf(to)];
    const required = namesIn(after['required']);
    for (const name of new Set([...Object.keys(old), ...Object.keys(now)])) {
      const at = `${path}.${name}`;
      const [was, is] = [own(old, name), own(now, name)];
      if (was === undefined && is !== undefined) {
        const isRequired = required.includes(name);
        this.#tell({
          path: at,
          level: isRequired || !this.#isInput ? 'behaviour' : 'additive',
          says: isRequired ? 'is new, and required' : 'is new, and optional',
          to: is,
        });
      } else if (was !== undefined && is === undefined)
        this.#tell({ path: at, level: 'behaviour', says: 'is gone', from: was });
      else if (was !== undefined && is !== undefined) this.schemas(was, is, at);
    }
  }

  #required(
    from: JsonValue | undefined,
    to: JsonValue | undefined,
    before: JsonObject,
    after: JsonObject,
    path: string,
  ): void {
    const [old, now] = [namesIn(from), namesIn(to)];
    const [had, has] = [objectOf(before['properties']), objectOf(after['properties'])];
    for (const name of now) {
      if (old.includes(name)) continue;
      if (own(had, name) === undefined && own(has, name) !== undefined) continue;
      this.#tell({ path: `${path}.${name}`, level: 'behaviour', says: 'is required now' });
    }
    for (const name of old) {
      if (now.includes(name) || own(has, name) === undefined) continue;
      this.#loosened(`${path}.${name}`, 'is optional now');
    }
  }

  /** @param grown what it is when there are more of them */
  #setOf(
    from: JsonValue | undefined,
    to: JsonValue | undefined,
    path: string,
    what: string,
    grown: 'additive' | 'text',
  ): void {
    if (from === undefined || to === undefined) {
      if (to === undefined) this.#loosened(path, 'is no longer asked for', from);
      else this.#tell({ path, level: 'behaviour', says: describeChange(from, to), to });
      return;
    }
    const texts = (value: JsonValue): string[] => listOf(value).map((one) => canonicalJson(one));
    const [old, now] = [texts(from), texts(to)];
    const gone = old.filter((one) => !now.includes(one));
    const added = now.filter((one) => !old.includes(one));
    if (gone.length > 0)
      this.#tell({ path, level: 'behaviour', says: `lost the ${what} ${gone.join(', ')}`, from, to });
    if (added.length > 0)
      this.#tell({
        path,
        level: grown === 'additive' && !this.#isInput ? 'behaviour' : grown,
        says: `has the new ${what} ${added.join(', ')}`,
        from,
        to,
      });
    if (gone.length === 0 && added.length === 0)
      this.#tell({ path, level: 'notation', says: 'is written in another way' });
  }

  #nested(
    name: string,
    from: JsonValue | undefined,
    to: JsonValue | undefined,
    before: JsonObject,
    path: string,
  ): void {
    const isSchema = (value: JsonValue | undefined): value is JsonObject => isJsonObject(value);
    if (isSchema(from) && isSchema(to)) return this.schemas(from, to, path);
    if (name === 'additionalProperties' && [from, to].every((one) => one === undefined || one === false)) {
      // Of an object whose members are all named, generators write it or not; nobody is given another argument by it.
      if (Object.keys(objectOf(before['properties'])).length > 0 || before['type'] === 'object')
        return this.#tell({ path, level: 'notation', says: 'is written in another way' });
    }
    if (to === undefined) return this.#loosened(path, 'is no longer asked for', from);
    this.#tell({ path, level: 'behaviour', says: describeChange(from, to), from, to });
  }

  #list(from: JsonValue | undefined, to: JsonValue | undefined, path: string): void {
    const [old, now] = [listOf(from), listOf(to)];
    if (old.length !== now.length)
      return this.#tell({ path, level: 'behaviour', says: describeChange(from, to), from, to });
    for (const [at, one] of old.entries()) this.schemas(one, now[at] ?? {}, `${path}.${at}`);
  }

  #bound(name: string, from: JsonValue | undefined, to: JsonValue | undefined, path: string): void {
    const isLower = lowerBounds.has(name);
    const allowsMore =
      to === undefined ||
      (typeof from === 'number' && typeof to === 'number' && (isLower ? to < from : to > from));
    if (allowsMore) this.#loosened(path, describeChange(from, to), from, to);
    else this.#tell({ path, level: 'behaviour', says: describeChange(from, to), from, to });
  }

  #loosened(path: string, says: string, from?: JsonValue, to?: JsonValue): void {
    this.#tell({ path, level: this.#isInput ? 'additive' : 'behaviour', says, from, to });
  }
}

/** What a schema says, without what says nothing. */
function asSchema(value: JsonValue): JsonObject {
  if (!isJsonObject(value)) return value === false ? { not: {} } : {};
  const schema: JsonObject = { ...value };
  const { additionalProperties: more, type } = schema;
  if (more === true || (isJsonObject(more) && Object.keys(more).length === 0))
    delete schema['additionalProperties'];
  if (Array.isArray(schema['required'])) {
    if (schema['required'].length === 0) delete schema['required'];
    else schema['required'] = sorted(schema['required']);
  }
  if (Array.isArray(type)) schema['type'] = type.length === 1 ? (type[0] as JsonValue) : sorted(type);
  if (isJsonObject(schema['properties']) && Object.keys(schema['properties']).length === 0)
    delete schema['properties'];
  if (schema['type'] === 'integer' || schema['type'] === 'number') {
    if (schema['maximum'] === Number.MAX_SAFE_INTEGER) delete schema['maximum'];
    if (schema['minimum'] === Number.MIN_SAFE_INTEGER) delete schema['minimum'];
  }
  delete schema['$schema'];
  delete schema['$defs'];
  delete schema['definitions'];
  return schema;
}

function sorted(list: readonly JsonValue[]): JsonValue[] {
  return [...list].sort((one, other) => (canonicalJson(one) < canonicalJson(other) ? -1 : 1));
}

/** @returns undefined when the schema is too large, or names itself */
function inlineReferences(root: JsonValue): JsonValue | undefined {
  let nodes = 0;
  const inline = (value: JsonValue, depth: number, within: readonly string[]): JsonValue | undefined => {
    nodes += 1;
    if (nodes > maxNodes || depth > maxDepth) return undefined;
    if (Array.isArray(value)) {
      const list: JsonValue[] = [];
      for (const one of value) {
        const plain = inline(one, depth + 1, within);
        if (plain === undefined) return undefined;
        list.push(plain);
      }
      return list;
    }
    if (!isJsonObject(value)) return value;
    const reference = value['$ref'];
    if (typeof reference === 'string' && reference.startsWith('#')) {
      const target = within.includes(reference) ? undefined : pointed(root, reference);
      if (target === undefined) return undefined;
      const { $ref: _, ...beside } = value;
      const plain = inline(target, depth + 1, [...within, reference]);
      if (plain === undefined) return undefined;
      return isJsonObject(plain) ? { ...plain, ...beside } : plain;
    }
    const entries: [string, JsonValue][] = [];
    for (const [name, member] of Object.entries(value)) {
      if (member === undefined || name === '$defs' || name === 'definitions') continue;
      const plain = inline(member, depth + 1, within);
      if (plain === undefined) return undefined;
      entries.push([name, plain]);
    }
    return Object.fromEntries(entries);
  };
  return inline(root, 0, []);
}

function pointed(root: JsonValue, reference: string): JsonValue | undefined {
  if (reference === '#') return undefined;
  let at: JsonValue | undefined = root;
  for (const part of reference.slice(2).split('/')) {
    const name = decode(part).replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(at)) at = at[Number(name)];
    else if (isJsonObject(at)) at = own(at, name);
    else return undefined;
  }
  return at;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Text with every run of blanks as one. */
export function squeeze(text: string): string {
  return text.normalize('NFC').replace(/\s+/g, ' ').trim();
}

export function describeChange(from: JsonValue | undefined, to: JsonValue | undefined): string {
  if (from === undefined) return 'is new';
  return to === undefined ? 'is gone' : 'is another one';
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : value === undefined ? [] : [value];
}

function namesIn(value: JsonValue | undefined): readonly string[] {
  return listOf(value).filter((one) => typeof one === 'string');
}

function own(object: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}
