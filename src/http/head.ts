/**
 * http/head — reads the head of a request as it came over the wire and refuses what is ambiguous.
 *
 * Node picks the first of two Host or Authorization headers and joins others; whoever decides on such a head decides
 * on something else than the next reader. So this looks at `rawHeaders` and at the target as it was sent.
 * Knows nothing of: which hosts, origins and routes are ours.
 *
 * @see RFC 9110 §7.2 (Host), RFC 9112 §3.2 (forms of the target), §6.1 (Transfer-Encoding)
 */
import { type Refusal, refusals } from './refusal.ts';

/** Node's own limit is on bytes; this one is on the number, so that a head is never cut silently. */
const maxHeaders = 100;

/** The headers on which the door decides, each at most once. */
export interface Head {
  host: string;
  origin: string | undefined;
  authorization: string | undefined;
  contentType: string | undefined;
  contentEncoding: string | undefined;
  /** Digits only: the HTTP parser has refused anything else. */
  contentLength: string | undefined;
  /** As it was sent; several are joined by `, `. */
  transferEncoding: string | undefined;
  expectsContinue: boolean;
  /** Did a browser say that another site is behind this request? */
  isCrossSite: boolean;
}

/** Reads `rawHeaders` (name, value, name, value …) once. */
export function readHead(rawHeaders: readonly string[]): Head | Refusal {
  if (rawHeaders.length > maxHeaders * 2) return refusals.tooManyHeaders;
  let host: string | undefined;
  let origin: string | undefined;
  let authorization: string | undefined;
  let contentType: string | undefined;
  let contentEncoding: string | undefined;
  let contentLength: string | undefined;
  let transferEncoding: string | undefined;
  let expectsContinue = false;
  let isCrossSite = false;
  let mcpNames: string[] | undefined;

  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] as string).toLowerCase();
    const value = rawHeaders[at + 1] as string;
    switch (name) {
      case 'host':
        if (host !== undefined) return refusals.hostRepeated;
        host = value;
        break;
      case 'origin':
        if (origin !== undefined) return refusals.badOrigin;
        origin = value;
        break;
      case 'authorization':
        if (authorization !== undefined) return refusals.headerRepeated;
        authorization = value;
        break;
      case 'content-type':
        if (contentType !== undefined) return refusals.headerRepeated;
        contentType = value;
        break;
      case 'content-length':
        if (contentLength !== undefined) return refusals.headerRepeated;
        contentLength = value;
        break;
      case 'content-encoding':
        contentEncoding = contentEncoding === undefined ? value : `${contentEncoding}, ${value}`;
        break;
      case 'transfer-encoding':
        transferEncoding = transferEncoding === undefined ? value : `${transferEncoding}, ${value}`;
        break;
      case 'expect':
        expectsContinue = true;
        break;
      case 'sec-fetch-site':
        if (value !== 'same-origin' && value !== 'none') isCrossSite = true;
        break;
      default:
        if (name.startsWith('mcp-')) {
          if (mcpNames === undefined) mcpNames = [name];
          else if (mcpNames.includes(name)) return refusals.headerRepeated;
          else mcpNames.push(name);
        }
    }
  }
  if (host === undefined) return refusals.hostMissing;
  return {
    host,
    origin,
    authorization,
    contentType,
    contentEncoding,
    contentLength,
    transferEncoding,
    expectsContinue,
    isCrossSite,
  };
}

/** A request target in its two parts that matter. */
export interface Target {
  /** Of the absolute form: what stands for the Host header then (RFC 9112 §3.2.2). */
  readonly authority: string | undefined;
  /** Path and query, not decoded. */
  readonly rest: string;
}

const absoluteForm = /^https?:\/\/([^/?#@\\\s]+)(\/[^?#]*)?(\?[^#]*)?$/i;

/** @returns undefined when the target is neither a path nor an http URL */
export function readTarget(target: string): Target | undefined {
  if (target.charCodeAt(0) === 0x2f) return { authority: undefined, rest: target };
  const match = absoluteForm.exec(target);
  if (match === null) return undefined;
  return { authority: match[1], rest: `${match[2] ?? '/'}${match[3] ?? ''}` };
}

/** How the version and the framing of a request are refused; undefined when both are sound. */
export function framingFault(version: string, transferEncoding: string | undefined): Refusal | undefined {
  if (version !== '1.1') {
    if (version !== '1.0') return refusals.unknownVersion;
    if (transferEncoding !== undefined) return refusals.faultyFraming;
  }
  if (transferEncoding === undefined || transferEncoding.toLowerCase() === 'chunked') return undefined;
  return refusals.unknownCoding;
}

/**
 * Decodes the path of a request target, once.
 *
 * @param rawPath the target up to its `?`
 * @returns the path, or undefined when it is not plain: not origin-form, an encoded slash, backslash or NUL, an empty
 *          or dot segment, a control character, a broken escape
 */
export function decodePath(rawPath: string): string | undefined {
  if (rawPath.charCodeAt(0) !== 0x2f) return undefined;
  let path = rawPath;
  if (rawPath.includes('%')) {
    if (/%(?:2f|5c|00)/i.test(rawPath)) return undefined;
    try {
      path = decodeURIComponent(rawPath);
    } catch {
      // A broken escape has no meaning that two readers would agree on.
      return undefined;
    }
  }
  if (path.includes('//') || path.includes('\\')) return undefined;
  for (let at = 0; at < path.length; at += 1) {
    const code = path.charCodeAt(at);
    if (code < 0x20 || code === 0x7f || code === 0x23) return undefined;
    if (code === 0x2e && path.charCodeAt(at - 1) === 0x2f && isDotSegment(path, at)) return undefined;
  }
  return path;
}

/** Is the segment that begins at `start` "." or ".."? */
function isDotSegment(path: string, start: number): boolean {
  let end = path.indexOf('/', start);
  if (end === -1) end = path.length;
  return end - start === 1 || (end - start === 2 && path.charCodeAt(start + 1) === 0x2e);
}
