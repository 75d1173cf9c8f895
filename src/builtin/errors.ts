/**
 * builtin/errors — what can go wrong when a person sets up our own tools.
 */
import { defineErrors } from '../base/index.ts';

export const builtInError = defineErrors('builtin', {
  no_such_tool: {
    kind: 'not-found',
    says: (f) => `McpMux has no tool "${f.tool}" of its own`,
    hint: (f) => (f.nearest ? `did you mean: ${f.nearest}` : 'see: mcpmux builtin'),
  },
});
