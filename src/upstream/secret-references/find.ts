/**
 * upstream/secret-references/find — which values name a secret instead of holding one: `${env:NAME}`, `${file:PATH}`,
 * `${keychain:SERVICE/ACCOUNT}`, `${exec:COMMAND}`, and `${input:ID}` for what a person gives. Any other `${…}` is
 * ordinary text.
 *
 * Pure. Knows nothing of: how a reference is resolved.
 */
import type { Secret } from '../../base/index.ts';
import type { Launch } from '../../model/index.ts';

export type ReferenceKind = 'env' | 'file' | 'keychain' | 'exec';

export interface SecretReference {
  readonly kind: ReferenceKind;
  /** What stands between the colon and the brace. */
  readonly target: string;
}

/** Stands for what a person gives. */
export interface InputReference {
  readonly kind: 'input';
  /** The id of the input. */
  readonly target: string;
  /** `${input:ID?TEXT}`: this text when the input is true, else nothing. */
  readonly whenTrue?: string;
}

/** A piece of a value: text as it is, or a reference. */
export type Piece = string | SecretReference | InputReference;

const pattern = /\$\{(env|file|keychain|exec|input):([^}]*)\}/g;

/** Splits a value; a value without references is one piece. */
export function splitReferences(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index > from) pieces.push(text.slice(from, match.index));
    pieces.push(readReference(match[1] as ReferenceKind | 'input', (match[2] ?? '').trim()));
    from = match.index + match[0].length;
  }
  if (from < text.length || pieces.length === 0) pieces.push(text.slice(from));
  return pieces;
}

function readReference(kind: ReferenceKind | 'input', target: string): SecretReference | InputReference {
  const at = kind === 'input' ? target.indexOf('?') : -1;
  if (kind !== 'input') return { kind, target };
  return at < 0 ? { kind, target } : { kind, target: target.slice(0, at), whenTrue: target.slice(at + 1) };
}

export function hasReference(text: string): boolean {
  return text.search(pattern) >= 0;
}

/** Is the value, or a part of it, kept elsewhere? */
export function namesSecret(secret: Secret): boolean {
  return hasReference(secret.reveal());
}

/** A value and where it stands, in words. */
export interface PlacedText {
  readonly place: string;
  readonly text: string;
}

/** The commands that a launch wants run for its secrets. */
export function commandsIn(texts: readonly PlacedText[]): readonly string[] {
  return texts.flatMap(({ text }) =>
    splitReferences(text).flatMap((piece) =>
      typeof piece !== 'string' && piece.kind === 'exec' ? [piece.target] : [],
    ),
  );
}

/** The inputs whose values are wanted somewhere in `texts`, each once. */
export function inputsIn(texts: readonly PlacedText[]): readonly string[] {
  const ids = texts.flatMap(({ text }) =>
    splitReferences(text).flatMap((piece) =>
      typeof piece !== 'string' && piece.kind === 'input' ? [piece.target] : [],
    ),
  );
  return [...new Set(ids)];
}

/**
 * Where in a launch references may stand: header and environment values, arguments, the URL, values of inputs. Revealed
 * here, for this alone.
 */
export function textsOf(launch: Launch): readonly PlacedText[] {
  const secrets = launch.kind === 'stdio' ? launch.env : launch.headers;
  const word = launch.kind === 'stdio' ? 'variable' : 'header';
  const values = Object.entries(secrets).map(([name, secret]) => ({
    place: `${word} "${name}"`,
    text: secret.reveal(),
  }));
  const args = launch.kind === 'stdio' ? launch.args : [];
  const given = Object.entries(launch.inputValues ?? {}).map(([id, secret]) => ({
    place: `input "${id}"`,
    text: secret.reveal(),
  }));
  const url = launch.kind === 'http' ? [{ place: 'the URL', text: launch.url }] : [];
  return [...values, ...url, ...args.map((text, at) => ({ place: `argument ${at + 1}`, text })), ...given];
}

/** As it may stand in a message: a command's arguments could hold anything. */
export function showReference({ kind, target }: SecretReference): string {
  const printable = target.replace(/[^\x20-\x7e]/g, '?').slice(0, 200);
  const [program = '', ...rest] = printable.split(/\s+/);
  return `\${${kind}:${kind === 'exec' && rest.length > 0 ? `${program} …` : printable}}`;
}
