/**
 * config/settings-file — reads the settings file: one JSON object, with comments, with the line of each entry.
 *
 * Knows nothing of: which settings exist.
 */
import { configError } from './errors.ts';

export interface FileEntry {
  readonly key: string;
  readonly value: unknown;
  /** `<file>:<line>:<column>` of the key. */
  readonly where: string;
}

/**
 * Reads the entries in their order.
 *
 * @throws config.bad_syntax with line and column
 */
export async function parseSettingsFile(file: string, text: string): Promise<readonly FileEntry[]> {
  // Loaded only where there is a file, because the command line passes here on every start.
  // Bundled it is an ES module; loaded by Node it is a CommonJS one, whose functions lie on the default export.
  const module = await import('jsonc-parser');
  const jsonc = 'parseTree' in module ? module : (module as { default: typeof module }).default;
  const errors: { error: number; offset: number; length: number }[] = [];
  const source = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  const root = jsonc.parseTree(source, errors, { allowTrailingComma: true });
  const first = errors[0];
  if (first !== undefined)
    throw configError('bad_syntax', {
      where: place(file, source, first.offset),
      reason: describe(jsonc.printParseErrorCode(first.error)),
    });
  if (root?.type !== 'object')
    throw configError('bad_syntax', {
      where: place(file, source, root?.offset ?? 0),
      reason: 'it must hold one object',
    });
  return (root.children ?? []).map((property) => {
    const [key, value] = property.children ?? [];
    return {
      key: String(key?.value),
      value: value === undefined ? undefined : jsonc.getNodeValue(value),
      where: place(file, source, property.offset),
    };
  });
}

function place(file: string, text: string, offset: number): string {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  const column = offset - before.lastIndexOf('\n');
  return `${file}:${line}:${column}`;
}

/** `PropertyNameExpected` → `property name expected`. */
function describe(code: string): string {
  return code.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
}
