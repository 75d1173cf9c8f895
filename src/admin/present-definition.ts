/**
 * admin/present-definition — held definitions for a person: changes word by word, nothing invisible.
 */
import {
  type DefinitionChange,
  type DiffPart,
  diffWords,
  type HeldDefinition,
  visibleText,
} from '../access/index.ts';
import type { DefinitionChangeDto, HeldDefinitionDto, ServerReviewDto } from '../contract/index.ts';
import type { ServerDefinitions } from '../gateway/index.ts';

/** More than a person reads; the rest is in the features of the server. */
const longestText = 64 * 1024;

export function presentReview({ server, policy, held }: ServerDefinitions): ServerReviewDto {
  return {
    serverId: server.id,
    serverName: server.name,
    alias: server.alias,
    policy,
    held: held.map(presentHeld),
  };
}

function presentHeld(held: HeldDefinition): HeldDefinitionDto {
  return {
    kind: held.kind,
    name: held.name,
    face: held.face,
    level: held.level,
    hash: held.hash,
    isRejected: held.isRejected,
    approvedAt: held.approvedAt ?? null,
    changes: held.changes.map(presentChange),
    hints: held.hints.map(({ kind, path, found }) => ({
      kind,
      path,
      found: visibleText(found).slice(0, 400),
    })),
    text: textOf(held.current.parse()).slice(0, longestText),
  };
}

function presentChange(change: DefinitionChange): DefinitionChangeDto {
  return {
    path: visibleText(change.path),
    level: change.level,
    says: visibleText(change.says),
    diff: diffOf(change),
  };
}

function diffOf({ from, to }: DefinitionChange): DiffPart[] | null {
  if (from === undefined && to === undefined) return null;
  const text = (value: typeof from): string =>
    value === undefined ? '' : textOf(value).slice(0, longestText);
  return [...diffWords(text(from), text(to))];
}

/** Text as it is, anything else as JSON. */
function textOf(value: unknown): string {
  return visibleText(typeof value === 'string' ? value : JSON.stringify(value, null, 2));
}
