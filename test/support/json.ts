/**
 * support/json — what JSON.parse says of a text, to compare our own reading with.
 */
export function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
