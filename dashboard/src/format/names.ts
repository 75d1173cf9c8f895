/** format/names — short marks and hues for servers and clients, the same each time. */

/** Two letters: of two words their first ones, else the first two. */
export function monogram(name: string): string {
  const words = name.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');
  const letters =
    words.length > 1
      ? `${firstOf(words[0])}${firstOf(words[1])}`
      : Array.from(words[0] ?? '?')
          .slice(0, 2)
          .join('');
  return letters;
}

function firstOf(word = ''): string {
  return Array.from(word)[0] ?? '';
}

/** The class of one of eight hues. */
export function hueOf(name: string): string {
  let hash = 0;
  for (const char of name) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) >>> 0;
  const hue = hash % 8;
  return hue === 2 ? 'h2c' : `h${hue}`;
}

/** A qualified name in two parts: the alias recedes, the tool's own name stands. */
export function splitName(name: string, alias: string | undefined): readonly [alias: string, own: string] {
  const prefix = alias === undefined ? undefined : `${alias}_`;
  return prefix !== undefined && name.startsWith(prefix) ? [prefix, name.slice(prefix.length)] : ['', name];
}
