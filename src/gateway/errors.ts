/**
 * gateway/errors — what can go wrong with what a person or a client asks of the gateway itself.
 */
import { defineErrors, shellQuote } from '../base/index.ts';

export const gatewayError = defineErrors('gateway', {
  no_such_server: {
    kind: 'not-found',
    says: (f) => `there is no server "${f.reference}"`,
    hint: (f) => (f.nearest ? `did you mean: ${f.nearest}` : 'see: mcpmux list'),
  },
  bad_name: {
    kind: 'invalid',
    says: (f) => `"${f.name}" cannot be a server's name: ${f.reason}`,
    hint: () =>
      'use letters, digits, spaces, dots, hyphens and underscores, at most 64, beginning with a letter or digit',
  },
  bad_alias: {
    kind: 'invalid',
    says: (f) => `"${f.alias}" cannot be an alias: ${f.reason}`,
    hint: () =>
      'use lower-case letters, digits and hyphens, at most 24, beginning with a letter or digit; give one with --alias',
  },
  name_taken: {
    kind: 'conflict',
    says: (f) => `there is a server named "${f.name}" already`,
    hint: (f) => `choose another name, or change that one: mcpmux edit ${shellQuote(f.name)}`,
  },
  alias_taken: {
    kind: 'conflict',
    says: (f) => `the alias "${f.alias}" belongs to the server "${f.owner}" already`,
    hint: () => 'give another one with --alias',
  },
  bad_launch: { kind: 'invalid', says: (f) => `the server "${f.name}" cannot be run like this: ${f.reason}` },
  bad_input: {
    kind: 'invalid',
    says: (f) => `the input "${f.input}" of the server "${f.name}" cannot be used: ${f.reason}`,
  },
  no_such_input: {
    kind: 'not-found',
    says: (f) => `the server "${f.name}" has no input "${f.input}"`,
    hint: (f) => (f.known ? `its inputs are: ${f.known}` : 'it needs none'),
  },
  secrets_elsewhere: {
    kind: 'denied',
    says: (f) => `the server "${f.name}" would send what was given for ${f.from} to ${f.to}: ${f.kept}`,
    hint: () => 'give the values again, or say that they may go there: --keep-secrets',
  },
  exec_not_approved: {
    kind: 'denied',
    says: (f) => `the server "${f.name}" wants a command run for its secrets: ${f.command}`,
    hint: () => 'when you trust that command, add: --allow-exec',
  },
  unknown_tool: {
    kind: 'not-found',
    says: (f) => `there is no tool "${f.tool}"`,
    hint: (f) => (f.nearest ? `did you mean: ${f.nearest}` : 'see: mcpmux tools'),
  },
  definition_moved: {
    kind: 'conflict',
    says: (f) => `"${f.name}" of the server "${f.server}" is not held in the form that you looked at`,
    hint: (f) => `look again: mcpmux review ${f.alias}`,
  },
  tool_held: {
    kind: 'denied',
    says: (f) => String(f.says),
    hint: () => 'mcpmux review',
  },
  bad_limit: {
    kind: 'invalid',
    says: (f) =>
      `${f.limit} must be between ${f.min} and ${f.max}${f.zeroMeans ? `, or 0 (${f.zeroMeans})` : ''}, not ${f.value}`,
  },
});
