/**
 * base/shell-quote — names in commands that a person is told to type.
 */

/** A server's name as a shell takes it: names may have spaces. */
export function shellQuote(name: unknown): string {
  return /^[\w.-]+$/.test(String(name)) ? String(name) : `'${String(name)}'`;
}
