/**
 * upstream/launch-fingerprint — is it still the same server? For what is remembered of it, and for what runs.
 *
 * Pure. Knows nothing of: what follows from a difference.
 */
import { createHash } from 'node:crypto';
import { canonicalJson, Secret } from '../base/index.ts';
import type { Launch } from '../model/index.ts';

/** Changes when what is run or reached changes; secrets count by their hash only. */
export function fingerprintLaunch(launch: Launch): string {
  const plain =
    launch.kind === 'stdio'
      ? {
          kind: launch.kind,
          command: launch.command,
          args: [...launch.args],
          cwd: launch.cwd ?? null,
          env: Object.keys(launch.env).sort(),
        }
      : {
          kind: launch.kind,
          url: launch.url,
          flavour: launch.flavour,
          headers: Object.keys(launch.headers).sort(),
        };
  return createHash('sha256').update(canonicalJson(plain)).digest('hex').slice(0, 32);
}

/** Would the same program be run, or the same place be reached, with the same secrets? */
export function isSameLaunch(one: Launch, other: Launch): boolean {
  return isSame(one, other);
}

function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (one instanceof Secret) return other instanceof Secret && one.equals(other);
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  const at = (value: object, name: string): unknown => (value as Record<string, unknown>)[name];
  return [...names].every((name) => isSame(at(one, name), at(other, name)));
}
