/**
 * access/definition-change — what became of a definition since it was approved, in five levels.
 *
 *     same       nothing
 *     notation   the same said in another way
 *     additive   it takes more than before, and what fitted still fits
 *     text       a model reads other words
 *     behaviour  it takes, gives or promises something else
 *
 * New words that come with a new optional argument count as an addition, unless they look like more than a description.
 * Knows nothing of: policies, where definitions are kept.
 */
import { canonicalJson, isJsonObject, type JsonObject, type JsonValue } from '../base/index.ts';
import type { DefinitionKind } from '../model/index.ts';
import { definitionForm } from './definition-form.ts';
import { findHints } from './definition-hints.ts';
import {
  type ChangeLevel,
  changeLevels,
  compareSchemas,
  type DefinitionChange,
  describeChange,
  squeeze,
  type Tell,
} from './schema-change.ts';

export interface JudgedChange {
  /** The highest of its changes. */
  readonly level: ChangeLevel;
  /** Those that matter first. */
  readonly changes: readonly DefinitionChange[];
}

const annotationDefaults: Readonly<Record<string, boolean>> = {
  readOnlyHint: false,
  destructiveHint: true,
  idempotentHint: false,
  openWorldHint: true,
};

/** @param old, now a tool or prompt as its server wrote it, or the text of instructions */
export function judgeChange(kind: DefinitionKind, old: JsonValue, now: JsonValue): JudgedChange {
  const [before, after] = [definitionForm(old), definitionForm(now)];
  if (canonicalJson(before) === canonicalJson(after)) return { level: 'same', changes: [] };
  const changes: DefinitionChange[] = [];
  const tell: Tell = (change) => changes.push(hidesMore(change) ? { ...change, level: 'text' } : change);
  if (kind === 'instructions') compareText(before, after, kind, tell);
  else if (isJsonObject(before) && isJsonObject(after)) {
    for (const name of new Set([...Object.keys(before), ...Object.keys(after)]))
      compareMember(kind, name, before[name], after[name], tell);
  } else tell({ path: '', level: 'behaviour', says: describeChange(before, after), from: before, to: after });
  const ranked = changes.sort((one, other) => rankOf(other.level) - rankOf(one.level));
  // Equal but for what no rule speaks of: the same in another spelling.
  return { level: ranked[0]?.level ?? 'notation', changes: ranked };
}

export function rankOf(level: ChangeLevel): number {
  return changeLevels.indexOf(level);
}

function compareMember(
  kind: DefinitionKind,
  name: string,
  from: JsonValue | undefined,
  to: JsonValue | undefined,
  tell: Tell,
): void {
  if (from !== undefined && to !== undefined && canonicalJson(from) === canonicalJson(to)) return;
  switch (name) {
    case 'title':
    case 'description':
      return compareText(from, to, name, tell);
    case 'icons':
      return tell({ path: name, level: 'notation', says: describeChange(from, to) });
    case 'annotations':
      return compareAnnotations(from, to, tell);
    case 'inputSchema':
      return compareSchemas(from, to, name, true, tell);
    case 'outputSchema':
      if (from === undefined || to === undefined)
        return tell({ path: name, level: 'behaviour', says: describeChange(from, to), from, to });
      return compareSchemas(from, to, name, false, tell);
    case 'execution':
      return compareExecution(from, to, tell);
    case 'arguments':
      if (kind === 'prompt') return compareArguments(from, to, tell);
  }
  tell({ path: name, level: 'behaviour', says: describeChange(from, to), from, to });
}

function compareText(from: JsonValue | undefined, to: JsonValue | undefined, path: string, tell: Tell): void {
  const [old, now] = [textOf(from), textOf(to)];
  if (old !== undefined && now !== undefined && squeeze(old) === squeeze(now))
    return tell({ path, level: 'notation', says: 'has other blanks' });
  tell({ path, level: 'text', says: describeChange(from || undefined, to || undefined), from, to });
}

function textOf(value: JsonValue | undefined): string | undefined {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : undefined;
}

function compareAnnotations(from: JsonValue | undefined, to: JsonValue | undefined, tell: Tell): void {
  const [old, now] = [objectOf(from), objectOf(to)];
  for (const name of new Set([...Object.keys(old), ...Object.keys(now)])) {
    const [was, is] = [old[name], now[name]];
    const path = `annotations.${name}`;
    if (was !== undefined && is !== undefined && canonicalJson(was) === canonicalJson(is)) continue;
    if (name === 'title') compareText(was, is, path, tell);
    else if (
      name in annotationDefaults &&
      (was ?? annotationDefaults[name]) === (is ?? annotationDefaults[name])
    )
      tell({ path, level: 'notation', says: 'is written out' });
    else tell({ path, level: 'behaviour', says: describeChange(was, is), from: was, to: is });
  }
}

/** A tool that may be run as a task can still be called without. */
function compareExecution(from: JsonValue | undefined, to: JsonValue | undefined, tell: Tell): void {
  const [was, is] = [
    objectOf(from)['taskSupport'] ?? 'forbidden',
    objectOf(to)['taskSupport'] ?? 'forbidden',
  ];
  if (was === is) return tell({ path: 'execution', level: 'notation', says: 'is written in another way' });
  const isMore = was === 'forbidden' && is === 'optional';
  tell({
    path: 'execution.taskSupport',
    level: isMore ? 'additive' : 'behaviour',
    says: describeChange(was, is),
    from: was,
    to: is,
  });
}

function compareArguments(from: JsonValue | undefined, to: JsonValue | undefined, tell: Tell): void {
  const byName = (list: JsonValue | undefined): Map<string, JsonObject> =>
    new Map(
      (Array.isArray(list) ? list : [])
        .filter(isJsonObject)
        .map((argument) => [typeof argument['name'] === 'string' ? argument['name'] : '', argument]),
    );
  const [old, now] = [byName(from), byName(to)];
  for (const name of new Set([...old.keys(), ...now.keys()])) {
    const [was, is] = [old.get(name), now.get(name)];
    const path = `arguments.${name}`;
    if (was === undefined && is !== undefined) {
      const isRequired = is['required'] === true;
      tell({
        path,
        level: isRequired ? 'behaviour' : 'additive',
        says: isRequired ? 'is new, and required' : 'is new, and optional',
        to: is,
      });
    } else if (was !== undefined && is === undefined)
      tell({ path, level: 'behaviour', says: 'is gone', from: was });
    else if (was !== undefined && is !== undefined) {
      for (const member of ['title', 'description'] as const)
        if ((was[member] ?? '') !== (is[member] ?? ''))
          compareText(was[member], is[member], `${path}.${member}`, tell);
      if ((was['required'] === true) !== (is['required'] === true))
        tell(
          is['required'] === true
            ? { path, level: 'behaviour', says: 'is required now' }
            : { path, level: 'additive', says: 'is optional now' },
        );
    }
  }
}

/** An addition whose own words want to be looked at first. */
function hidesMore({ level, to }: DefinitionChange): boolean {
  return level === 'additive' && to !== undefined && findHints(to).length > 0;
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}
