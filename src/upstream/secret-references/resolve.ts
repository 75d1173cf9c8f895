/**
 * upstream/secret-references/resolve — a server with its references replaced by what they name.
 *
 * Done anew right before a wire opens. The result lives as long as the attempt: it is never stored and never logged.
 * The value of an input may name a secret itself; what is read is put in as it is and never looked through again.
 * An argument, variable, header or query parameter with an input that nobody has to give and nobody gave is left out.
 */
import { Secret, shellQuote } from '../../base/index.ts';
import type { InputDefinition, InstalledServer } from '../../model/index.ts';
import { upstreamError } from '../errors.ts';
import {
  hasReference,
  type InputReference,
  type SecretReference,
  showReference,
  splitReferences,
  textsOf,
} from './find.ts';
import { readSecret, type SecretSources } from './read-secret.ts';

export interface ResolveOptions extends SecretSources {
  /** Told each secret value that was read, so that it can be kept out of logs. */
  readonly onRead?: (secret: Secret) => void;
}

/** A text with everything filled in. */
interface Filled {
  readonly text: string;
  /** Something in it must not be told. */
  readonly isSecret: boolean;
  /** An optional input in it has no value: the whole is left out. */
  readonly isAbsent?: boolean;
}

/**
 * @returns the same server when it has nothing to fill in
 * @throws upstream.input_missing: names the inputs; upstream.secret_unresolved: names the reference and the reason
 */
export async function resolveSecrets(
  server: InstalledServer,
  options: ResolveOptions,
): Promise<InstalledServer> {
  const { launch } = server;
  refuseMissingInputs(server);
  const texts = textsOf(launch);
  if (!texts.some(({ text }) => hasReference(text))) return server;
  // One secret that stands in several places is read once.
  const reads = new Map<string, Promise<string>>();
  const read = async (reference: SecretReference, place: string): Promise<Filled> => {
    const key = `${reference.kind}:${reference.target}`;
    const known = reads.get(key) ?? readOne(server, reference, place, options);
    reads.set(key, known);
    return { text: await known, isSecret: true };
  };
  const fillPieces = async (
    text: string,
    place: string,
    input: (piece: InputReference) => Promise<Filled>,
    write: (value: string) => string = (value) => value,
  ): Promise<Filled> => {
    const pieces = splitReferences(text).map(async (piece): Promise<Filled> => {
      if (typeof piece === 'string') return { text: piece, isSecret: false };
      const filled = await (piece.kind === 'input' ? input(piece) : read(piece, place));
      return { ...filled, text: write(filled.text) };
    });
    const filled = await Promise.all(pieces);
    return {
      text: filled.map((piece) => piece.text).join(''),
      isSecret: filled.some((piece) => piece.isSecret),
      isAbsent: filled.some((piece) => piece.isAbsent === true),
    };
  };
  const asText = async ({ target, whenTrue }: InputReference): Promise<Filled> => ({
    text: `\${input:${target}${whenTrue === undefined ? '' : `?${whenTrue}`}}`,
    isSecret: false,
  });
  const fillInput = async (piece: InputReference): Promise<Filled> => {
    const definition = launch.inputs?.find(({ id }) => id === piece.target);
    // Nobody has declared it: it is text like any other.
    if (definition === undefined) return asText(piece);
    const place = `input "${definition.id}"`;
    const given = launch.inputValues?.[definition.id];
    // A default comes with the definition: it is put in as it is, so that nobody's definition reads files here.
    const filled =
      given === undefined
        ? { text: definition.default ?? '', isSecret: false }
        : await fillPieces(given.reveal(), place, asText);
    if (piece.whenTrue !== undefined)
      return { text: piece.whenTrue, isSecret: false, isAbsent: filled.text !== 'true' };
    if (given === undefined && definition.default === undefined)
      return { text: '', isSecret: false, isAbsent: true };
    const isSecret = filled.isSecret || definition.type === 'password';
    if (isSecret && filled.text !== '') options.onRead?.(new Secret(filled.text));
    return { text: filled.text, isSecret };
  };
  const fill = (text: string, place: string): Promise<Filled> => fillPieces(text, place, fillInput);
  const word = launch.kind === 'stdio' ? 'variable' : 'header';
  const fillAll = async (values: Readonly<Record<string, Secret>>): Promise<Record<string, Secret>> => {
    const entries = Object.entries(values).map(async ([name, secret]): Promise<[string, Secret][]> => {
      const text = secret.reveal();
      if (!hasReference(text)) return [[name, secret]];
      const filled = await fill(text, `${word} "${name}"`);
      if (filled.isAbsent === true) return [];
      const value = new Secret(filled.text);
      if (filled.isSecret) options.onRead?.(value);
      return [[name, value]];
    });
    return Object.fromEntries((await Promise.all(entries)).flat());
  };
  const fillArgs = async (args: readonly string[]): Promise<string[]> => {
    const filled = await Promise.all(args.map((text, at) => fill(text, `argument ${at + 1}`)));
    return filled.flatMap(({ text, isAbsent }) => (isAbsent === true ? [] : [text]));
  };
  // What is filled in stays one segment or one parameter, whatever characters it has.
  const fillUrl = async (url: string): Promise<string> => {
    // Neither `?` nor `&` within a placeholder counts.
    const at = url.search(/\?(?![^{}]*\})/);
    const [path, query] = at < 0 ? [url, ''] : [url.slice(0, at), url.slice(at + 1)];
    const part = (text: string): Promise<Filled> =>
      fillPieces(text, 'the URL', fillInput, encodeURIComponent);
    const parameters = await Promise.all(query === '' ? [] : query.split(/&(?![^{}]*\})/).map(part));
    const kept = parameters.flatMap(({ text, isAbsent }) => (isAbsent === true ? [] : [text]));
    return (await part(path)).text + (kept.length === 0 ? '' : `?${kept.join('&')}`);
  };
  return launch.kind === 'stdio'
    ? {
        ...server,
        launch: {
          ...launch,
          env: await fillAll(launch.env),
          args: await fillArgs(launch.args),
        },
      }
    : {
        ...server,
        launch: {
          ...launch,
          url: await fillUrl(launch.url),
          headers: await fillAll(launch.headers),
        },
      };
}

/** @throws upstream.input_missing */
function refuseMissingInputs({ name, alias, launch }: InstalledServer): void {
  const missing = (launch.inputs ?? []).filter(
    ({ id, isRequired, default: fallback }) =>
      isRequired && fallback === undefined && launch.inputValues?.[id] === undefined,
  );
  if (missing.length === 0) return;
  throw upstreamError('input_missing', {
    server: name,
    alias,
    inputs: missing.map(nameOfInput).join(', '),
    flags: missing.map(({ id }) => `--input ${id}`).join(' '),
  });
}

function nameOfInput({ id, label }: InputDefinition): string {
  return label === id ? id : `${label} (${id})`;
}

async function readOne(
  server: InstalledServer,
  reference: SecretReference,
  place: string,
  options: ResolveOptions,
): Promise<string> {
  const refuse = (reason: string, hint: string | undefined): Error =>
    upstreamError('secret_unresolved', {
      server: server.name,
      place,
      reference: showReference(reference),
      reason,
      hint: hint ?? `when it is there: mcpmux refresh ${server.alias}`,
    });
  if (reference.kind === 'exec' && server.launch.allowsExec !== true)
    throw refuse(
      'nobody has allowed that command',
      `if you trust it: mcpmux edit ${shellQuote(server.name)} --allow-exec`,
    );
  const found = await readSecret(reference, options);
  if (found.kind === 'failed') throw refuse(found.reason, found.hint);
  options.onRead?.(new Secret(found.value));
  return found.value;
}
