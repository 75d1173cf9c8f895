/**
 * protocol/headers — how names and tool arguments are written into HTTP headers, and compared with the body again.
 *
 * `Mcp-Name` and `Mcp-Param-*` carry text of the body so that machines on the way can route without reading it. What is
 * no safe header value travels as `=?base64?…?=`.
 * Knows nothing of: node:http, who sends.
 *
 * @see MCP 2026-07-28, basic/transports/streamable-http, "Custom Headers from Tool Parameters"
 */
import { isJsonObject } from '../base/index.ts';
import type { RawJson } from './raw-json.ts';

export const paramHeaderPrefix = 'Mcp-Param-';

const sentinelStart = '=?base64?';
const sentinelEnd = '?=';
/** RFC 4648 §4 with its padding. */
const base64Text = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
/** Printable ASCII, tabs and spaces inside only. */
const plainValue = /^[!-~](?:[\t -~]*[!-~])?$/;
/** RFC 9110 §5.1 token. */
const headerToken = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** What Number() may be asked about: no hex, no exponent, no spaces. */
const decimal = /^-?\d+(?:\.\d+)?$/;

/** Takes the optional whitespace (RFC 9110: space and tab) off both ends. */
export function trimOws(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && isOws(value.charCodeAt(start))) start += 1;
  while (end > start && isOws(value.charCodeAt(end - 1))) end -= 1;
  return start === 0 && end === value.length ? value : value.slice(start, end);
}

function isOws(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** Writes any text as a header value: as it is when that is safe, else as a base64 sentinel. */
export function encodeHeaderValue(text: string): string {
  if (plainValue.test(text) && !looksLikeSentinel(text)) return text;
  return `${sentinelStart}${Buffer.from(text, 'utf8').toString('base64')}${sentinelEnd}`;
}

/** @returns the text, or undefined when a sentinel holds no canonical base64 or no UTF-8 */
export function decodeHeaderValue(value: string): string | undefined {
  const trimmed = trimOws(value);
  if (!looksLikeSentinel(trimmed)) return trimmed;
  const base64 = trimmed.slice(sentinelStart.length, -sentinelEnd.length);
  if (!base64Text.test(base64)) return undefined;
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.toString('base64') !== base64) return undefined;
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return undefined; // not UTF-8: the sender's fault, told by the caller as a mismatch
  }
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function looksLikeSentinel(text: string): boolean {
  return (
    text.length >= sentinelStart.length + sentinelEnd.length &&
    text.startsWith(sentinelStart) &&
    text.endsWith(sentinelEnd)
  );
}

/** One argument that a tool wants mirrored in a header. */
export interface ParamHeader {
  /** What follows `Mcp-Param-`, in the case the schema has it. */
  readonly header: string;
  /** Where the argument is, from the root of `arguments`. */
  readonly path: readonly string[];
  readonly type: 'string' | 'integer' | 'boolean';
}

export type ParamHeaderScan =
  | { readonly ok: true; readonly params: readonly ParamHeader[] }
  | { readonly ok: false; readonly reason: string };

/**
 * Reads the `x-mcp-header` annotations of a tool's input schema.
 *
 * An annotation that breaks a rule makes the whole tool invalid: an HTTP client drops it from the list. The rules: a
 * non-empty header token, unique whatever its case, on a string, integer or boolean, reached by `properties` alone.
 */
export function scanParamHeaders(inputSchema: unknown): ParamHeaderScan {
  const params: ParamHeader[] = [];
  const seen = new Set<string>();
  const reason = visitSchema(inputSchema, [], true, params, seen);
  return reason === undefined ? { ok: true, params } : { ok: false, reason };
}

/** Keywords that hold one schema or a list of them, and those that hold schemas by name. None keeps an argument reachable. */
const schemaKeywords = [
  'items',
  'prefixItems',
  'contains',
  'additionalProperties',
  'unevaluatedProperties',
  'unevaluatedItems',
  'propertyNames',
  'oneOf',
  'anyOf',
  'allOf',
  'not',
  'if',
  'then',
  'else',
] as const;
const namedSchemaKeywords = ['patternProperties', 'dependentSchemas', '$defs', 'definitions'] as const;

function visitSchema(
  schema: unknown,
  path: readonly string[],
  isReachable: boolean,
  found: ParamHeader[],
  seen: Set<string>,
): string | undefined {
  if (!isJsonObject(schema)) return undefined;

  const annotation = schema['x-mcp-header'];
  if (annotation !== undefined) {
    const where = path.length === 0 ? 'the schema itself' : `"${path.join('.')}"`;
    if (!isReachable || path.length === 0)
      return `x-mcp-header on ${where} cannot be reached by "properties" alone`;
    if (typeof annotation !== 'string' || annotation === '')
      return `x-mcp-header on ${where} must be a non-empty string`;
    if (!headerToken.test(annotation)) return `x-mcp-header on ${where} is no valid header name`;
    const type = schema['type'];
    if (type !== 'string' && type !== 'integer' && type !== 'boolean')
      return `x-mcp-header on ${where} needs the type string, integer or boolean`;
    const key = annotation.toLowerCase();
    if (seen.has(key)) return `x-mcp-header "${annotation}" is used twice`;
    seen.add(key);
    found.push({ header: annotation, path, type });
  }

  const properties = schema['properties'];
  if (isJsonObject(properties)) {
    for (const [name, child] of Object.entries(properties)) {
      const fault = visitSchema(child, [...path, name], isReachable, found, seen);
      if (fault !== undefined) return fault;
    }
  }
  for (const keyword of schemaKeywords) {
    const branch = schema[keyword];
    if (branch === undefined) continue;
    for (const child of Array.isArray(branch) ? branch : [branch]) {
      const fault = visitSchema(child, [...path, keyword], false, found, seen);
      if (fault !== undefined) return fault;
    }
  }
  for (const keyword of namedSchemaKeywords) {
    const branches = schema[keyword];
    if (!isJsonObject(branches)) continue;
    for (const child of Object.values(branches)) {
      const fault = visitSchema(child, [...path, keyword], false, found, seen);
      if (fault !== undefined) return fault;
    }
  }
  return undefined;
}

/** The `Mcp-Param-*` headers of one call, full names. What is absent, null or no scalar gets none. */
export function encodeParamHeaders(
  params: readonly ParamHeader[],
  args: RawJson | undefined,
): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const param of params) {
    const text = scalarText(valueAt(args, param.path));
    if (text !== undefined) headers[`${paramHeaderPrefix}${param.header}`] = encodeHeaderValue(text);
  }
  return headers;
}

/**
 * Compares the `Mcp-Param-*` headers of a call with its arguments.
 *
 * @param header gives a header's value by its full name, in any case
 * @returns what does not fit (names only, never values); undefined when all fits. The answer is 400 and -32020
 */
export function validateParamHeaders(
  params: readonly ParamHeader[],
  header: (name: string) => string | undefined,
  args: RawJson | undefined,
): string | undefined {
  for (const param of params) {
    const value = valueAt(args, param.path);
    const text = scalarText(value);
    if (text === undefined) continue; // absent or null: the header is not expected; no scalar: the tool's to judge
    const name = `${paramHeaderPrefix}${param.header}`;
    const argument = `argument "${param.path.join('.')}"`;
    const sent = header(name);
    if (sent === undefined) return `the ${name} header is missing although the body has ${argument}`;
    const decoded = decodeHeaderValue(sent);
    if (decoded === undefined) return `the ${name} header holds no valid base64 text`;
    const isEqual =
      param.type === 'integer' && value?.isNumber === true && decimal.test(decoded)
        ? Number(decoded) === Number(text)
        : decoded === text;
    if (!isEqual) return `the ${name} header differs from ${argument} in the body`;
  }
  return undefined;
}

function valueAt(args: RawJson | undefined, path: readonly string[]): RawJson | undefined {
  let value = args;
  for (const key of path) value = value?.namedMember(key);
  return value;
}

/** More text than this is no header's. */
const longestScalar = 16 * 1024;

function scalarText(value: RawJson | undefined): string | undefined {
  if (value === undefined || value.byteLength > longestScalar) return undefined;
  if (value.isString) return value.string;
  const json = value.isObject || value.isArray ? null : value.json;
  if (typeof json === 'boolean') return json ? 'true' : 'false';
  if (typeof json !== 'number' || !Number.isFinite(json)) return undefined;
  // An integer beyond 2^53 is not the same number for everybody.
  return Number.isInteger(json) && !Number.isSafeInteger(json) ? undefined : String(json);
}
