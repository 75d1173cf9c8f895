/**
 * catalogue/resource-uris — one URI space over many servers.
 *
 * A URI stays as it is where it is unique. When a second server offers the same one, that server's gets a
 * stable rewritten form, which says whose it is and what it was:
 *
 *     file:///notes.md   →  mux-second+file:///notes.md
 *     ui://chart/main    →  ui://mux-second/chart/main      (hosts look for the scheme `ui:`)
 *
 * Knows nothing of: which URIs collide; views decide that.
 */

const uiScheme = 'ui://';

export function encodeResourceUri(alias: string, originalUri: string): string {
  if (originalUri.startsWith(uiScheme))
    return `${uiScheme}mux-${alias}/${originalUri.slice(uiScheme.length)}`;
  return `mux-${alias}+${originalUri}`;
}

/** Whose rewritten URI it is, and what it was; undefined when it is not one. */
export function decodeResourceUri(
  uri: string,
): { readonly alias: string; readonly originalUri: string } | undefined {
  const ui = /^ui:\/\/mux-([a-z0-9][a-z0-9-]{0,23})\/(.*)$/s.exec(uri);
  if (ui !== null) return { alias: ui[1] as string, originalUri: `${uiScheme}${ui[2] as string}` };
  const other = /^mux-([a-z0-9][a-z0-9-]{0,23})\+(.+)$/s.exec(uri);
  if (other !== null) return { alias: other[1] as string, originalUri: other[2] as string };
  return undefined;
}

/**
 * Does `uri` fit the RFC 6570 template? Expressions match generously: a template tells who, not what.
 *
 * Takes time in proportion to the URI, whatever the template: servers write templates, clients write URIs.
 */
export function matchesTemplate(template: string, uri: string): boolean {
  const { literals, gaps } = partsOf(template);
  const [first, last] = [literals[0] as string, literals.at(-1) as string];
  if (gaps.length === 0) return uri === first;
  if (!uri.startsWith(first)) return false;
  let at = first.length;
  // Once an expression may hold slashes, where it ends is a guess, and the rest is not looked at too closely.
  let isExact = true;
  for (const [index, gap] of gaps.entries()) {
    const isLast = index === gaps.length - 1;
    const next = isLast ? uri.length - last.length : uri.indexOf(literals[index + 1] as string, at);
    if (next < at || (isLast && !uri.endsWith(last))) return false;
    isExact &&= !gap.holdsAnything;
    if (isExact && !fits(gap, uri.slice(at, next))) return false;
    at = next + (literals[index + 1] as string).length;
  }
  return true;
}

/** What stands between two literal parts: one expression, or several in a row. */
interface Gap {
  /** `{+path}`, `{#fragment}`, `{/segments}`, `{path*}`: reserved characters as well. */
  readonly holdsAnything: boolean;
  /** `{name}`: stays in its segment. */
  readonly holdsName: boolean;
  /** `{?query}`, `{&more}`: may be absent. */
  readonly holdsQuery: boolean;
}

interface TemplateParts {
  /** One more than gaps: what begins and what ends the template may be empty. */
  readonly literals: readonly string[];
  readonly gaps: readonly Gap[];
}

function fits(gap: Gap, text: string): boolean {
  const query = gap.holdsQuery ? text.search(/[?&]/) : -1;
  const name = query === -1 ? text : text.slice(0, query);
  if (query !== -1 && text.includes('#')) return false;
  return gap.holdsName ? !/[/?#]/.test(name) : name === '';
}

const known = new Map<string, TemplateParts>();
const partsKept = 2_000;

function partsOf(template: string): TemplateParts {
  const kept = known.get(template);
  if (kept !== undefined) return kept;
  const literals = [''];
  const gaps: Gap[] = [];
  for (const part of template.split(/(\{[^{}]*\})/)) {
    if (part === '') continue;
    if (!part.startsWith('{') || !part.endsWith('}')) {
      literals[literals.length - 1] += part;
      continue;
    }
    const operator = part.charAt(1);
    const isPlain = !'+#./;?&'.includes(operator);
    // An exploded list is written with commas by some and, as "the rest of the path", with slashes by others.
    const holdsAnything = '+#/'.includes(operator) || (isPlain && part.includes('*'));
    const holdsQuery = '?&'.includes(operator);
    const gap = { holdsAnything, holdsQuery, holdsName: !holdsAnything && !holdsQuery };
    // Two expressions with nothing between them are one gap.
    const before = literals.at(-1) === '' ? gaps.at(-1) : undefined;
    if (before === undefined) {
      gaps.push(gap);
      literals.push('');
    } else {
      gaps[gaps.length - 1] = {
        holdsAnything: before.holdsAnything || gap.holdsAnything,
        holdsName: before.holdsName || gap.holdsName,
        holdsQuery: before.holdsQuery || gap.holdsQuery,
      };
    }
  }
  const parts = { literals, gaps };
  if (known.size >= partsKept) known.clear();
  known.set(template, parts);
  return parts;
}
