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

export function rewriteUri(alias: string, originalUri: string): string {
  if (originalUri.startsWith(uiScheme))
    return `${uiScheme}mux-${alias}/${originalUri.slice(uiScheme.length)}`;
  return `mux-${alias}+${originalUri}`;
}

/** Whose rewritten URI it is, and what it was; undefined when it is not one. */
export function readRewrittenUri(
  uri: string,
): { readonly alias: string; readonly originalUri: string } | undefined {
  const ui = /^ui:\/\/mux-([a-z0-9][a-z0-9-]{0,23})\/(.*)$/s.exec(uri);
  if (ui !== null) return { alias: ui[1] as string, originalUri: `${uiScheme}${ui[2] as string}` };
  const other = /^mux-([a-z0-9][a-z0-9-]{0,23})\+(.+)$/s.exec(uri);
  if (other !== null) return { alias: other[1] as string, originalUri: other[2] as string };
  return undefined;
}

/** Does `uri` fit the RFC 6570 template? Expressions match generously: a template tells who, not what. */
export function matchesTemplate(template: string, uri: string): boolean {
  return templatePattern(template).test(uri);
}

const patterns = new Map<string, RegExp>();
const patternsKept = 2_000;

function templatePattern(template: string): RegExp {
  const known = patterns.get(template);
  if (known !== undefined) return known;
  let source = '';
  for (const part of template.split(/(\{[^{}]*\})/)) {
    if (!part.startsWith('{')) source += part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    // Query expressions may be absent; reserved expansion may hold slashes; simple ones stay in their segment.
    else if (part.startsWith('{?') || part.startsWith('{&')) source += '(?:[?&][^#]*)?';
    else if (part.startsWith('{+') || part.startsWith('{#') || part.startsWith('{/')) source += '.*';
    else source += '[^/?#]*';
  }
  const pattern = new RegExp(`^${source}$`, 's');
  if (patterns.size >= patternsKept) patterns.clear();
  patterns.set(template, pattern);
  return pattern;
}
