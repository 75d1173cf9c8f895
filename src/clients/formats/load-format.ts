/**
 * clients/formats/load-format — a format by its name, with the package that it needs.
 */
import type { Format, FormatName } from './format.ts';

/** Loads what the format needs; each is loaded once, and only where a file of that kind is. */
export async function loadFormat(name: FormatName): Promise<Format> {
  switch (name) {
    case 'json':
      return (await import('./json-format.ts')).loadJsonFormat();
    case 'toml':
      return (await import('./toml-format.ts')).tomlFormat;
    case 'yaml':
      return (await import('./yaml-format.ts')).yamlFormat;
  }
}
