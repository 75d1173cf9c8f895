/**
 * clients/references — `${X}` of one client, `{env:X}` of another: turned into the references that our daemon fills in.
 *
 * What only an editor can fill in (its open folder) is no value for a daemon: it is named, so that a person can decide.
 */

export interface ReadText {
  readonly text: string;
  /** Ids of inputs that it asks for. */
  readonly inputs: readonly string[];
  /** As written, of what nobody but that client could fill in. */
  readonly unknown: readonly string[];
}

const name = '[A-Za-z_][A-Za-z0-9_]*';
/** Every form in one walk, so that what was put in is not read again. */
const forms = new RegExp(
  [
    String.raw`\$\{\{\s*(?:secrets|inputs)\.(?<secret>[\w.-]+)\s*\}\}`,
    String.raw`\$\{(?<kind>env|file|input|keychain|exec):(?<rest>[^}]*)\}`,
    String.raw`\{(?<bare>env|file):(?<bareRest>[^}]*)\}`,
    String.raw`\$\{(?<variable>${name})(?::-(?<fallback>[^}]*))?\}`,
    String.raw`\$\{(?<editor>[A-Za-z][\w.:-]*)\}`,
    String.raw`(?<![\w$])\$(?<short>[A-Z][A-Z0-9_]{2,})\b`,
    '%(?<windows>[A-Z][A-Z0-9_]{2,})%',
  ].join('|'),
  'g',
);

/** An editor's own words: `workspaceFolder`, `fileDirname`. Variables of the environment are written in capitals. */
const folders = /^(?:workspace|file|project|selected|relative|cwd|pathSeparator|extensionPath)(?:$|[A-Z:_])/;

/** An input's id as the model wants it. */
export function inputIdOf(written: string): string {
  return written
    .replaceAll(/[^A-Za-z0-9_]/g, '_')
    .replace(/^(?![A-Za-z])/, 'INPUT_')
    .slice(0, 64);
}

/**
 * @param home what stands for the person's home folder
 */
export function readReferences(written: string, home: string): ReadText {
  const inputs: string[] = [];
  const unknown: string[] = [];
  const input = (id: string): string => {
    const clean = inputIdOf(id);
    inputs.push(clean);
    return `\${input:${clean}}`;
  };
  const variable = (key: string, whole: string): string => {
    if (key === 'userHome' || key === 'HOME' || key === 'USERPROFILE') return home;
    if (folders.test(key)) {
      unknown.push(whole);
      return whole;
    }
    return `\${env:${key}}`;
  };
  const text = written.replace(forms, (whole, ...rest) => {
    const groups = rest.at(-1) as Record<string, string | undefined>;
    const { secret, kind, bare, editor, fallback } = groups;
    if (secret !== undefined) return input(secret);
    if (kind === 'input') return input(groups['rest'] ?? '');
    if (kind !== undefined) return whole;
    if (bare !== undefined) return `\${${bare}:${(groups['bareRest'] ?? '').replace(/^~(?=[\\/])/, home)}}`;
    if (editor !== undefined) return variable(editor, whole);
    const key = groups['variable'] ?? groups['short'] ?? groups['windows'] ?? '';
    // A value of its own where the variable is not set: the reference has no such thing, and the value is what was meant.
    if (fallback !== undefined && fallback !== '') return fallback;
    return variable(key, whole);
  });
  const tilde = text.replace(
    /^(--?[\w-]+=)?~(?=[\\/]|$)/,
    (_, option: string | undefined) => `${option ?? ''}${home}`,
  );
  return { text: tilde, inputs, unknown };
}
