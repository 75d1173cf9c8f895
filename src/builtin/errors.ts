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
  bad_limit: {
    kind: 'invalid',
    says: (f) => `results cannot be cut at ${f.characters} characters: at least ${f.least} are needed`,
    hint: () => 'mcpmux large-results 20000',
  },
  unknown_tool: {
    kind: 'not-found',
    says: (f) => `there is no tool "${f.tool}"`,
    hint: (f) => (f.nearest ? `did you mean: ${f.nearest}` : 'see: mcpmux tools'),
  },
  no_such_set: {
    kind: 'not-found',
    says: (f) => `there is no FeatureSet "${f.set}"`,
    hint: (f) => (f.nearest ? `did you mean: ${f.nearest}` : undefined),
  },
  no_such_space: {
    kind: 'not-found',
    says: (f) => `there is no Space "${f.space}"`,
    hint: (f) => (f.nearest ? `did you mean: ${f.nearest}` : undefined),
  },
});
