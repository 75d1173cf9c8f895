/**
 * access/definition-form — a definition in the one form in which it is compared, and the hash of that form.
 *
 * Keys are sorted and text is in Unicode's composed form (NFC), so that the spelling of a server does not count. `_meta`
 * is left out except for `ui`, which names a page that clients show.
 * Knows nothing of: what a change means (definition-change), who approves.
 */
import { createHash } from 'node:crypto';
import { canonicalJson, isJsonObject, type JsonObject, type JsonValue } from '../base/index.ts';

/** A server has one set of instructions; this stands for their name. */
export const instructionsName = 'instructions';

/** @param definition a tool or prompt as its server wrote it, or the text of instructions */
export function definitionForm(definition: JsonValue): JsonValue {
  const composed = composedForm(definition);
  if (!isJsonObject(composed)) return composed;
  const { _meta: meta, ...rest } = composed;
  const ui = isJsonObject(meta) ? meta['ui'] : undefined;
  return ui === undefined ? rest : { ...rest, _meta: { ui } };
}

/** SHA-256 of the form, in base64url. */
export function definitionHash(definition: JsonValue): string {
  return sha256(canonicalJson(definitionForm(definition)));
}

/** What an approval is for: this definition, called with these arguments. */
export function callHash(definitionHashOfTool: string, toolArguments: JsonValue): string {
  return sha256(`${definitionHashOfTool}\n${canonicalJson(toolArguments)}`);
}

export function sha256(text: string | Buffer): string {
  return createHash('sha256').update(text).digest('base64url');
}

function composedForm(value: JsonValue): JsonValue {
  if (typeof value === 'string') return value.normalize('NFC');
  if (Array.isArray(value)) return value.map(composedForm);
  if (!isJsonObject(value)) return value;
  const composed: JsonObject = {};
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue;
    // A name of its own even for `__proto__`, which an assignment would swallow.
    Object.defineProperty(composed, name.normalize('NFC'), {
      value: composedForm(member),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return composed;
}
