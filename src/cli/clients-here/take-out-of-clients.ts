/**
 * cli/clients-here/take-out-of-clients — once servers are here, takes them out of the files where they were found. On request only.
 */
import {
  type Candidate,
  type ImportPlan,
  type ImportSource,
  showPath,
  type TakenOut,
  takeOut,
} from '../../clients/index.ts';
import type { SecretAsker } from '../ask-secret.ts';
import type { Context } from '../context.ts';
import type { Brought } from './add-candidates.ts';
import type { Machine } from './open-connections.ts';

type Paths = TakenOut['paths'][number][];

export async function takeOutOfClients(
  context: Context,
  { connections, place }: Machine,
  asker: SecretAsker,
  { candidates }: ImportPlan,
  brought: readonly Brought[],
  options: { readonly remove: boolean; readonly yes: boolean },
): Promise<readonly TakenOut[]> {
  const isHere = new Set<Candidate>([
    ...candidates.filter(({ installedAs }) => installedAs !== undefined),
    ...brought.filter(({ server }) => server !== undefined).map(({ candidate }) => candidate),
  ]);
  const bySource = new Map<ImportSource, Paths>();
  for (const candidate of isHere) {
    for (const { source, server } of candidate.from) {
      // Pasted text and files that are nobody's stay.
      if (source.row === undefined || server.at === undefined) continue;
      bySource.set(source, [...(bySource.get(source) ?? []), server.at]);
    }
  }
  if (bySource.size === 0) return [];
  const files = [...bySource.keys()].map(({ label }) => label).join(', ');
  const asks = !options.remove && !options.yes && asker.isTerminal && !context.isJson;
  const removes =
    options.remove ||
    (asks && (await asker.confirm(`Take them out of ${files} too? Copies are kept.`, false)));
  if (!removes) return [];
  const taken: TakenOut[] = [];
  for (const [{ label, file, format }, paths] of bySource) {
    try {
      taken.push(await takeOut(connections.ledger, { label, file, format, paths }));
      if (!context.isJson) context.tell(`Taken out of ${label}: ${paths.length} (${showPath(place, file)})`);
    } catch (error) {
      // The servers are here; that they stand there too harms nobody.
      context.tell(`${label}: left as it is: ${(error as Error).message}`);
    }
  }
  return taken;
}
