/**
 * contract/schemas/registry — the named schemas; each becomes a component of the OpenAPI document.
 *
 * A registry of our own rather than zod's global one, so that nothing else in the process can change the document.
 */
import { z } from 'zod';

export const schemaRegistry = z.registry<{ id: string }>();

/** Gives `schema` its name in the OpenAPI document. */
export function named<Schema extends z.ZodType>(id: string, schema: Schema): Schema {
  schemaRegistry.add(schema, { id });
  return schema;
}
