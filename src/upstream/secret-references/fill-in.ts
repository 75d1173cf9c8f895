/**
 * upstream/secret-references/fill-in — a server with its secret references replaced by what they name.
 *
 * Done anew right before a wire opens. The result lives as long as the attempt: it is never stored and never logged.
 */
import { Secret } from '../../base/index.ts';
import type { InstalledServer } from '../../model/index.ts';
import { upstreamError } from '../errors.ts';
import { hasReference, type SecretReference, showReference, splitReferences, textsOf } from './find.ts';
import { readSecret, type SecretSources } from './read-secret.ts';

export interface FillInOptions extends SecretSources {
  /** Told each value that was read, so that it can be kept out of logs. */
  readonly onRead?: (secret: Secret) => void;
}

/**
 * @returns the same server when it has no references
 * @throws upstream.secret_unresolved: names the reference and the reason
 */
export async function fillInSecrets(
  server: InstalledServer,
  options: FillInOptions,
): Promise<InstalledServer> {
  const texts = textsOf(server.launch);
  if (!texts.some(({ text }) => hasReference(text))) return server;
  // One secret that stands in several places is read once.
  const reads = new Map<string, Promise<string>>();
  const read = (reference: SecretReference, place: string): Promise<string> => {
    const key = `${reference.kind}:${reference.target}`;
    const known = reads.get(key) ?? readOne(server, reference, place, options);
    reads.set(key, known);
    return known;
  };
  const fill = async (text: string, place: string): Promise<string> =>
    (
      await Promise.all(
        splitReferences(text).map(async (piece) => (typeof piece === 'string' ? piece : read(piece, place))),
      )
    ).join('');
  const { launch } = server;
  const word = launch.kind === 'stdio' ? 'variable' : 'header';
  const fillAll = async (values: Readonly<Record<string, Secret>>): Promise<Record<string, Secret>> => {
    const entries = Object.entries(values).map(async ([name, secret]): Promise<[string, Secret]> => {
      const text = secret.reveal();
      if (!hasReference(text)) return [name, secret];
      const filled = new Secret(await fill(text, `${word} "${name}"`));
      options.onRead?.(filled);
      return [name, filled];
    });
    return Object.fromEntries(await Promise.all(entries));
  };
  return launch.kind === 'stdio'
    ? {
        ...server,
        launch: {
          ...launch,
          env: await fillAll(launch.env),
          args: await Promise.all(launch.args.map((text, at) => fill(text, `argument ${at + 1}`))),
        },
      }
    : { ...server, launch: { ...launch, headers: await fillAll(launch.headers) } };
}

async function readOne(
  server: InstalledServer,
  reference: SecretReference,
  place: string,
  options: FillInOptions,
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
    throw refuse('nobody has allowed that command', 'install it again with: mcpmux add NAME … --allow-exec');
  const found = await readSecret(reference, options);
  if (found.kind === 'failed') throw refuse(found.reason, found.hint);
  options.onRead?.(new Secret(found.value));
  return found.value;
}
