/**
 * catalogue/tool-for-era — a listed tool as clients of one era can take it.
 *
 * Only what the era cannot have is another; a tool that it can have stays the bytes that its server wrote.
 * Knows nothing of: names, views.
 */
import { isObjectSchema, type RawJson, wrapSchema } from '../protocol/index.ts';

/** Tasks of 2025-11-25 cannot be offered to modern clients, so tools do not mention them. */
export function toolForModern(tool: RawJson): RawJson {
  if (!tool.hasKeyText('taskSupport')) return tool;
  const execution = tool.object('execution');
  if (execution?.has('taskSupport') !== true) return tool;
  const rest = execution.without('taskSupport');
  return rest.isEmpty ? tool.without('execution') : tool.with('execution', rest);
}

/** Legacy clients require the root of an output schema to be an object. */
export function toolForLegacy(tool: RawJson): RawJson {
  if (!tool.hasKeyText('outputSchema')) return tool;
  const schema = tool.member('outputSchema');
  return schema === undefined || isObjectSchema(schema)
    ? tool
    : tool.with('outputSchema', wrapSchema(schema));
}
