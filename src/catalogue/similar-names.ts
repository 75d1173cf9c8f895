/**
 * catalogue/similar-names — names that a person or a model may have meant.
 */

const longest = 128;

/** The `limit` names most like `wanted`, best first; only those that are really alike. */
export function similarNames(wanted: string, names: Iterable<string>, limit = 3): string[] {
  // No name is that long, and comparing such a text with every name would keep everybody waiting.
  if (wanted.length > longest) return [];
  const target = wanted.toLowerCase();
  const scored: { name: string; score: number }[] = [];
  for (const name of names) {
    const candidate = name.toLowerCase();
    const distance = editDistance(target, candidate);
    const isPart = target.length >= 3 && (candidate.includes(target) || target.includes(candidate));
    const score = isPart ? Math.min(distance, 1) : distance;
    if (isPart || distance <= Math.max(2, Math.floor(candidate.length / 3))) scored.push({ name, score });
  }
  return scored
    .sort((a, b) => a.score - b.score || a.name.localeCompare(b.name))
    .slice(0, limit)
    .map((entry) => entry.name);
}

/** Levenshtein distance, two rows at a time. Inputs over 128 characters count as far apart. */
function editDistance(a: string, b: string): number {
  if (a.length > longest || b.length > longest) return longest;
  let previous = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1] ? 0 : 1;
      current[column] = Math.min(
        (previous[column] as number) + 1,
        (current[column - 1] as number) + 1,
        (previous[column - 1] as number) + same,
      );
    }
    previous = current;
  }
  return previous[b.length] as number;
}
