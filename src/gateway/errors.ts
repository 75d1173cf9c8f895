/**
 * gateway/errors — what can go wrong with what a person or a client asks of the gateway itself.
 */
import { defineErrors, shellQuote } from '../base/index.ts';

/** How a call that waited has ended. */
const outcomeWords: Readonly<Record<string, string>> = {
  allowed: 'allowed',
  'allowed-always': 'allowed for good',
  late: 'allowed; its client has to call again',
  denied: 'refused',
  expired: 'refused because nobody answered in time',
  cancelled: 'given up by its client',
};

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
    why: 'No tool of that name is among what this caller gets: it does not exist, its server was removed or renamed, or it is in no FeatureSet of this caller.',
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
  ambiguous_server: {
    kind: 'invalid',
    says: (f) => `there is a server "${f.reference}" in several Spaces: ${f.spaces}`,
    hint: (f) => `say which: --space ${f.first}`,
  },
  no_such_approval: {
    kind: 'not-found',
    says: (f) =>
      f.outcome === undefined
        ? `no call waits under the number ${f.number}`
        : `the call ${f.number} waits no more: it was ${outcomeWords[String(f.outcome)] ?? f.outcome}`,
    hint: () => 'mcpmux approvals',
  },
  no_such_rule: {
    kind: 'not-found',
    says: (f) => `no rule and no lasting approval has the id "${f.id}"`,
    hint: () => 'mcpmux approvals rules',
  },
  no_such_space: {
    kind: 'not-found',
    says: (f) => `there is no Space "${f.reference}"`,
    hint: (f) => (f.nearest ? `did you mean: ${f.nearest}` : 'see: mcpmux space list'),
  },
  bad_space: {
    kind: 'invalid',
    says: (f) => `the Space "${f.space}" cannot be like this: ${f.reason}`,
  },
  space_taken: {
    kind: 'conflict',
    says: (f) => `the Space "${f.owner}" has that ${f.what} already: ${f.value}`,
    hint: (f) => (f.hint === undefined ? undefined : String(f.hint)),
  },
  default_space_stays: {
    kind: 'conflict',
    says: (f) => `"${f.space}" is the default Space, which cannot be deleted`,
    hint: () => 'make another one the default first: mcpmux space default SPACE',
  },
  nothing_there: {
    kind: 'not-found',
    says: (f) => `there is nothing at this URL for ${f.who}`,
    hint: () => 'its key or client is bound to another Space, or what the URL names is not there',
  },
  no_such_key: {
    kind: 'not-found',
    says: (f) => `there is no live key "${f.key}"`,
    hint: () => 'see: mcpmux key list',
  },
  no_such_set: {
    kind: 'not-found',
    says: (f) => `there is no FeatureSet "${f.reference}"${f.space ? ` in the Space "${f.space}"` : ''}`,
    hint: (f) => (f.nearest ? `did you mean: ${f.nearest}` : 'see: mcpmux set list'),
  },
  bad_set: { kind: 'invalid', says: (f) => `the FeatureSet "${f.set}" cannot be like this: ${f.reason}` },
  set_taken: {
    kind: 'conflict',
    says: (f) => `there is a FeatureSet "${f.name}" in the Space "${f.space}" already`,
    hint: (f) => `choose another name, or change that one: mcpmux set show ${shellQuote(f.name)}`,
  },
  starter_stays: {
    kind: 'conflict',
    says: (f) => `the Starter of the Space "${f.space}" cannot be ${f.act}`,
    hint: () => 'change what it holds: mcpmux set add Starter FEATURE, mcpmux set exclude Starter FEATURE',
  },
  set_cycle: {
    kind: 'invalid',
    says: (f) => `"${f.set}" would hold itself: ${f.path}`,
    hint: () => 'take one of these sets out of the other first',
  },
  no_such_feature: {
    kind: 'not-found',
    says: (f) => `the Space "${f.space}" has no feature "${f.feature}"`,
    hint: (f) =>
      f.nearest
        ? `did you mean: ${f.nearest}`
        : 'see: mcpmux tools; a whole server is server:NAME, a pattern has a *, a set is set:NAME',
  },
  bad_member: {
    kind: 'invalid',
    says: (f) => `"${f.member}" cannot be a member: ${f.reason}`,
    hint: () =>
      'members are: a name that clients see, server:NAME, set:NAME, rule:readOnlyHint, or a pattern with *',
  },
  bad_folder: {
    kind: 'invalid',
    says: (f) => `"${f.folder}" cannot be mapped: ${f.reason}`,
    hint: (f) => (f.hint === undefined ? undefined : String(f.hint)),
  },
  already_mapped: {
    kind: 'conflict',
    says: (f) => `${f.key} is mapped already, to ${f.to}`,
    hint: (f) =>
      `change it: mcpmux map set ${shellQuote(f.key)} --set SET, or take it away: mcpmux map remove ${shellQuote(f.key)}`,
  },
  no_such_mapping: {
    kind: 'not-found',
    says: (f) => `${f.reference} is not mapped`,
    hint: (f) => (f.nearest ? `did you mean: ${f.nearest}` : 'see: mcpmux map list'),
  },
  bad_presentation: {
    kind: 'invalid',
    says: (f) => `the tool ${f.tool} cannot look like this: ${f.reason}`,
    hint: (f) => `mcpmux tool show ${f.tool}`,
  },
  bad_limit: {
    kind: 'invalid',
    says: (f) =>
      `${f.limit} must be between ${f.min} and ${f.max}${f.zeroMeans ? `, or 0 (${f.zeroMeans})` : ''}, not ${f.value}`,
  },
});
