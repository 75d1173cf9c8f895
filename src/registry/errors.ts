/**
 * registry/errors — what can go wrong with definitions: finding them, reading them, installing what they describe.
 */
import { defineErrors } from '../base/index.ts';

export const registryError = defineErrors('registry', {
  no_such_definition: {
    kind: 'not-found',
    says: (f) => `no catalogue has a server "${f.id}"`,
    hint: (f) => (f.nearest ? `did you mean: ${f.nearest}` : 'look for it: mcpmux search WORD'),
  },
  ambiguous: {
    kind: 'conflict',
    says: (f) => `"${f.id}" can be several servers`,
    hint: (f) => `give one whole: ${f.candidates}`,
  },
  bad_definition: {
    kind: 'invalid',
    says: (f) => `the definition of "${f.name}" cannot be used: ${f.faults}`,
  },
  bad_target: {
    kind: 'invalid',
    says: (f) => `"${f.target}" is nothing that can be installed: ${f.reason}`,
    hint: () =>
      'a name from mcpmux search, npm:PACKAGE@VERSION, pypi:PACKAGE@VERSION, oci:IMAGE, a URL, a .json or .mcpb file, or pasted JSON',
  },
  no_such_option: {
    kind: 'not-found',
    says: (f) => `"${f.name}" cannot be run as "${f.option}"`,
    hint: (f) => `it can be: ${f.known}`,
  },
  not_installable: {
    kind: 'invalid',
    says: (f) => `"${f.name}" cannot be installed: ${f.reason}`,
    hint: (f) => f.hint as string | undefined,
  },
  refused_variable: {
    kind: 'denied',
    says: (f) => `"${f.name}" wants to set ${f.variable}, which ${f.why}`,
    hint: (f) => `when you trust it, say so for this server: --allow-variable ${f.variable}`,
  },
  bad_bundle: {
    kind: 'invalid',
    says: (f) => `the bundle ${f.path} cannot be installed: ${f.reason}`,
  },
  bad_document: {
    kind: 'invalid',
    says: (f) => `what was given cannot be read as servers: ${f.reason}`,
    hint: () =>
      'give a server.json, or JSON as AI clients have it: {"mcpServers": {"name": {"command": "…"}}}',
  },
  package_failed: {
    kind: 'unavailable',
    retry: 'safe',
    says: (f) => `the package ${f.name} ${f.version} could not be installed: ${f.reason}`,
    hint: () => 'to have its usual runner start it instead: --no-pin',
  },
  not_pinned: {
    kind: 'invalid',
    says: (f) => `"${f.name}" is not kept as an installed package, so there is nothing to update`,
    hint: () => 'its command or URL says which version it runs: mcpmux edit',
  },
  update_held: {
    kind: 'denied',
    says: (f) => `"${f.name}" is not updated to ${f.version}: ${f.reason}`,
    hint: () => 'when you have looked into it and trust it: --accept-publisher',
  },
  bad_source: {
    kind: 'invalid',
    says: (f) => `"${f.name}" cannot be a source: ${f.reason}`,
    hint: () => 'see: mcpmux catalogue sources',
  },
  bad_file: {
    kind: 'invalid',
    says: (f) => `${f.path} changes nothing: ${f.reason}`,
  },
  file_conflict: {
    kind: 'conflict',
    says: (f) =>
      `${f.path} changes nothing: line ${f.line}: "${f.name}" is there already as "${f.twin}", and not from this file`,
    hint: (f) => `give it another name or "alias" in the file, or remove that one: mcpmux remove ${f.alias}`,
  },
  plan_changed: {
    kind: 'conflict',
    says: (f) => `what "${f.name}" would run is no longer what was shown`,
    hint: () => 'look at it again, and then decide',
  },
});
