/**
 * architecture/names — one prefix everywhere: error codes, events and metrics start with their room; files name an act.
 */
import { posix } from 'node:path';
import { readSource } from './source.ts';
import { floors } from './tables.ts';
import { isSource, roomOf, type Tree, type Violation } from './tree.ts';

/** `defineErrors('<room>', …)` stands in that room; every code that is asked for by name has a row. */
export function checkErrorCodes(tree: Tree): Violation[] {
  const violations: Violation[] = [];
  const codes = new Set<string>();
  for (const [file, text] of tree) {
    if (!isSource(file) || roomOf(file) === 'base') continue;
    for (const { callee, strings, keys, line } of readSource(file, text).calls) {
      if (callee !== 'defineErrors') continue;
      const room = roomOf(file) ?? '';
      if (strings[0] !== room) {
        violations.push({ file, line, says: `defines errors of "${strings[0] ?? '?'}" in the room ${room}` });
      }
      for (const code of keys.map((row) => `${room}.${row}`)) {
        if (codes.has(code)) violations.push({ file, line, says: `defines ${code} a second time` });
        codes.add(code);
      }
    }
  }
  for (const [file, text] of tree) {
    if (!isSource(file) || roomOf(file) === 'base') continue;
    for (const { callee, strings, line } of readSource(file, text).calls) {
      const code = callee === 'isMcpMuxError' ? strings[1] : undefined;
      if (code === undefined) continue;
      const [room = ''] = code.split('.', 1);
      if (floors[room] === undefined) {
        violations.push({ file, line, says: `asks for the error code "${code}", which starts with no room` });
      } else if (!codes.has(code)) {
        violations.push({ file, line, says: `asks for the error code "${code}", which no table defines` });
      }
    }
  }
  return violations;
}

/** Event types: `<room>.<fact>`, in the union of model/events and wherever one is told or awaited. */
export function checkEventTypes(tree: Tree): Violation[] {
  const union = 'src/model/events.ts';
  const text = tree.get(union);
  if (text === undefined) return [];
  const violations: Violation[] = [];
  for (const { text: type, line } of readSource(union, text).typeTags) {
    const [room = '', fact = ''] = type.split('.', 2);
    if (floors[room] === undefined || !/^[a-z]+(_[a-z]+)*$/.test(fact)) {
      violations.push({
        file: union,
        line,
        says: `event type "${type}" is not <room>.<fact in the past tense>`,
      });
    }
  }
  return violations;
}

/** Metric names: `mcpmux_<room>_…`; only observe/ makes metrics. */
export function checkMetricNames(tree: Tree): Violation[] {
  const violations: Violation[] = [];
  for (const [file, text] of tree) {
    if (!isSource(file) || roomOf(file) !== 'observe') continue;
    for (const { text: name, line } of readSource(file, text).strings) {
      const room = /^mcpmux_([a-z]+)(_[a-z]+)+$/.exec(name)?.[1];
      if (room !== undefined && floors[room] === undefined) {
        violations.push({ file, line, says: `metric "${name}" does not name a room after mcpmux_` });
      }
    }
  }
  return violations;
}

const emptyWords = new Set(['util', 'utils', 'helper', 'helpers', 'common', 'misc']);

/** Files and folders name their noun or act. */
export function checkFileNames(tree: Tree): Violation[] {
  const violations: Violation[] = [];
  for (const file of tree.keys()) {
    const word = file.split(/[/.-]/).find((part) => emptyWords.has(part.toLowerCase()));
    if (word !== undefined) violations.push({ file, says: `is named "${word}": name the act` });
    const base = posix.basename(file);
    if (isSource(file) && !/^[a-z0-9]+(-[a-z0-9]+)*(\.d)?\.ts$/.test(base)) {
      violations.push({ file, says: 'is not kebab-case.ts' });
    }
  }
  return violations;
}
