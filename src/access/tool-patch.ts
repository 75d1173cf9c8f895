/**
 * access/tool-patch — how a person wants a tool to look: another name, other words, arguments hidden, fixed or filled in.
 *
 * A patch lies over the server's definition and names only what it changes, so it survives the server's changes; what it
 * was made over is kept beside it, and tells when that has moved. Calls are mapped back: a fixed argument is sent whatever
 * the caller says, a hidden one never is.
 * Knows nothing of: where patches are kept, which name is free.
 */
import { canonicalJson } from '../base/index.ts';
import type { ArgumentPatch, PatchBase, ToolPatch } from '../model/index.ts';
import { type JsonPiece, RawJson } from '../protocol/index.ts';
import { sha256 } from './definition-form.ts';

/** What clients accept as a tool's name. */
export const shownNamePattern = /^[a-zA-Z0-9_-]{1,64}$/;
/** Names of our own tools begin so. */
export const ownNamePrefix = 'mcpmux_';

export interface PatchedTool {
  /** Under the name that its server gave it. */
  readonly item: RawJson;
  /** What has moved under the patch, in sentences. */
  readonly warnings: readonly string[];
  /** Why the tool cannot be offered like this: what the person fixed would not hold. */
  readonly fault: string | undefined;
}

/** Nothing in it? */
export function isEmptyPatch(patch: ToolPatch): boolean {
  const { arguments: given, ...rest } = patch;
  return (
    Object.values(rest).every((value) => value === undefined) &&
    Object.values(given ?? {}).every((one) => Object.values(one).every((value) => value === undefined))
  );
}

/** Several patches of one tool as one; of two that say something else about one thing the later counts. */
export function mergePatches(patches: readonly ToolPatch[]): ToolPatch {
  let merged: ToolPatch = {};
  for (const patch of patches) {
    const names = new Set([...Object.keys(merged.arguments ?? {}), ...Object.keys(patch.arguments ?? {})]);
    merged = {
      ...merged,
      ...patch,
      ...(names.size > 0 && {
        arguments: Object.fromEntries(
          [...names].map((name) => [
            name,
            mergeArgument(own(merged.arguments, name), own(patch.arguments, name)),
          ]),
        ),
      }),
    };
  }
  return merged;
}

/** What the first fixes or hides no later one opens: an argument is pinned, hidden or filled in by one of them. */
function mergeArgument(before: ArgumentPatch | undefined, after: ArgumentPatch | undefined): ArgumentPatch {
  if (before === undefined || after === undefined) return after ?? before ?? {};
  if (before.pinned !== undefined) return { ...after, ...before };
  if (before.isHidden === true)
    return { ...after, ...before, ...('pinned' in after && { pinned: after.pinned }) };
  return { ...before, ...after };
}

/** What a patch of this definition is made over. */
export function baseOf(patch: ToolPatch, item: RawJson): PatchBase {
  const properties = item.object('inputSchema')?.object('properties');
  return {
    ...(patch.title !== undefined && { title: hashOf(item.member('title')) }),
    ...(patch.description !== undefined && { description: hashOf(item.member('description')) }),
    ...(patch.arguments !== undefined && {
      arguments: Object.fromEntries(
        Object.keys(patch.arguments).map((name) => [name, hashOf(properties?.namedMember(name))]),
      ),
    }),
  };
}

/** What is wrong with a patch for this definition, to be refused when a person makes it. */
export function faultOfPatch(patch: ToolPatch, item: RawJson): string | undefined {
  if (patch.name !== undefined && !shownNamePattern.test(patch.name))
    return `"${patch.name}" cannot be a tool's name: use letters, digits, "_" and "-", at most 64`;
  if (patch.name?.toLowerCase().startsWith(ownNamePrefix) === true)
    return `names that begin with "${ownNamePrefix}" are those of McpMux itself`;
  const schema = item.object('inputSchema');
  const required = requiredOf(schema);
  for (const [name, argument] of Object.entries(patch.arguments ?? {})) {
    const isThere = schema?.object('properties')?.namedMember(name) !== undefined;
    const changes = Object.values(argument).some((value) => value !== undefined);
    if (changes && !isThere) return `the tool has no argument "${name}"${nearest(schema)}`;
    if (argument.isHidden === true && argument.pinned === undefined && required.includes(name))
      return `the argument "${name}" is required: it can be pinned to a value, not hidden`;
  }
  return undefined;
}

function nearest(schema: RawJson | undefined): string {
  const names =
    schema
      ?.object('properties')
      ?.entries()
      .map(([name]) => name) ?? [];
  return names.length === 0 ? '' : `; its arguments are: ${names.slice(0, 20).join(', ')}`;
}

/** The definition as clients see it. What the patch does not name stays the bytes that the server wrote. */
export function patchTool(item: RawJson, patch: ToolPatch, base: PatchBase): PatchedTool {
  let patched = item;
  const warnings: string[] = [];
  if (patch.title !== undefined) {
    patched = patched.with('title', JSON.stringify(patch.title));
    if (moved(base.title, item.member('title'))) warnings.push('the server has another title by now');
  }
  if (patch.description !== undefined) {
    patched = patched.with('description', JSON.stringify(patch.description));
    if (moved(base.description, item.member('description')))
      warnings.push('the server describes it anew by now');
  }
  const given = Object.entries(patch.arguments ?? {});
  if (given.length === 0) return { item: patched, warnings, fault: undefined };
  const schema = item.object('inputSchema');
  const properties = schema?.object('properties');
  const required = requiredOf(schema);
  let fault: string | undefined;
  for (const [name, argument] of given) {
    const property = properties?.namedMember(name);
    if (property === undefined) {
      warnings.push(`its argument "${name}" is gone`);
      if (argument.pinned !== undefined) fault = `its argument "${name}" is pinned and no longer there`;
      continue;
    }
    if (moved(own(base.arguments, name), property))
      warnings.push(`its argument "${name}" is another one by now`);
    if (argument.isHidden === true && argument.pinned === undefined && required.includes(name))
      fault = `its argument "${name}" is hidden, and required by now`;
  }
  if (schema === undefined || properties === undefined) return { item: patched, warnings, fault };
  return {
    item: patched.with('inputSchema', patchSchema(schema, properties, required, patch)),
    warnings,
    fault,
  };
}

function patchSchema(
  schema: RawJson,
  properties: RawJson,
  required: readonly string[],
  patch: ToolPatch,
): RawJson {
  const pieces: JsonPiece[] = [];
  const freed = new Set<string>();
  for (const [name, property] of properties.entries()) {
    const argument = own(patch.arguments, name);
    if (argument !== undefined && isTaken(argument)) {
      freed.add(name);
      continue;
    }
    if (argument?.default !== undefined) freed.add(name);
    pieces.push(
      pieces.length === 0 ? '{' : ',',
      ...RawJson.ofText(JSON.stringify(name)).pieces,
      ':',
      ...(argument === undefined ? property : patchProperty(property, argument)).pieces,
    );
  }
  const shown = schema.with('properties', RawJson.ofPieces(pieces.length === 0 ? ['{}'] : [...pieces, '}']));
  if (freed.size === 0) return shown;
  const left = required.filter((name) => !freed.has(name));
  return left.length === 0 ? shown.without('required') : shown.with('required', JSON.stringify(left));
}

function patchProperty(property: RawJson, { description, default: value }: ArgumentPatch): RawJson {
  let patched = property.isObject ? property : RawJson.ofText('{}');
  if (description !== undefined) patched = patched.with('description', JSON.stringify(description));
  if (value !== undefined) patched = patched.with('default', JSON.stringify(value));
  return patched;
}

/** The arguments as the server gets them, or why the call is refused. */
export function mapArguments(
  patch: ToolPatch,
  given: RawJson | undefined,
): { readonly arguments: RawJson | undefined } | { readonly fault: string } {
  if (patch.arguments === undefined) return { arguments: given };
  const pieces: JsonPiece[] = [];
  const put = (name: string, value: RawJson): void => {
    pieces.push(
      pieces.length === 0 ? '{' : ',',
      ...RawJson.ofText(JSON.stringify(name)).pieces,
      ':',
      ...value.pieces,
    );
  };
  const seen = new Set<string>();
  for (const [name, value] of given?.entries() ?? []) {
    const argument = own(patch.arguments, name);
    if (argument?.pinned !== undefined) {
      if (canonicalJson(value.json) !== canonicalJson(argument.pinned))
        return { fault: `the argument "${name}" is fixed by the person; call again without it` };
      continue;
    }
    if (argument?.isHidden === true)
      return { fault: `there is no argument "${name}"; call again without it` };
    seen.add(name);
    put(name, value);
  }
  for (const [name, argument] of Object.entries(patch.arguments)) {
    if (argument.pinned !== undefined) put(name, RawJson.ofText(JSON.stringify(argument.pinned)));
    else if (argument.default !== undefined && argument.isHidden !== true && !seen.has(name))
      put(name, RawJson.ofText(JSON.stringify(argument.default)));
  }
  if (pieces.length === 0) return { arguments: given === undefined ? undefined : RawJson.ofText('{}') };
  return { arguments: RawJson.ofPieces([...pieces, '}']) };
}

function isTaken({ isHidden, pinned }: ArgumentPatch): boolean {
  return isHidden === true || pinned !== undefined;
}

function requiredOf(schema: RawJson | undefined): readonly string[] {
  return (schema?.member('required')?.elements() ?? []).flatMap(({ string }) => string ?? []);
}

function hashOf(value: RawJson | undefined): string | null {
  return value === undefined ? null : sha256(canonicalJson(value.json));
}

/** @param was undefined = it was not known when the patch was made */
function moved(was: string | null | undefined, now: RawJson | undefined): boolean {
  return was !== undefined && was !== hashOf(now);
}

function own<Value>(record: Readonly<Record<string, Value>> | undefined, name: string): Value | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
}
