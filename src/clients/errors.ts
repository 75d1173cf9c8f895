/**
 * clients/errors — what can go wrong with the files of other programs on this machine.
 */
import { defineErrors } from '../base/index.ts';

export const clientsError = defineErrors('clients', {
  unknown_client: {
    kind: 'not-found',
    says: (f) => `there is no client "${f.client}" in the table of known clients`,
    hint: (f) => f.hint as string | undefined,
  },
  file_broken: {
    kind: 'invalid',
    says: (f) => `${f.client} cannot be changed: ${f.where} is not valid: ${f.reason}`,
    hint: () => 'correct that line, then run the command again; nothing was changed',
  },
  shape_unexpected: {
    kind: 'invalid',
    says: (f) => `${f.client} cannot be changed: in ${f.file}, ${f.reason}`,
    hint: (f) => `add the entry by hand; what to add: mcpmux connect ${f.id} --print`,
  },
  not_text: {
    kind: 'invalid',
    says: (f) => `${f.client} cannot be changed: ${f.file} is not text in UTF-8 (${f.reason})`,
    hint: () => 'save the file as UTF-8, then run the command again',
  },
  not_readable: {
    kind: 'unavailable',
    says: (f) => `${f.file} cannot be read: ${f.reason}`,
    hint: (f) => f.hint as string | undefined,
  },
  not_writable: {
    kind: 'unavailable',
    says: (f) => `${f.file} cannot be written: ${f.reason}; it is as it was`,
    hint: (f) => f.hint as string | undefined,
  },
  changing: {
    kind: 'conflict',
    retry: 'safe',
    says: (f) => `${f.file} was changed by another program again and again while it was being edited`,
    hint: (f) => `close ${f.client}, then run the command again`,
  },
  entry_taken: {
    kind: 'conflict',
    says: (f) => `${f.file} has an entry "mcpmux" that McpMux did not write, or that was changed since`,
    hint: (f) => `it is kept; to replace it: mcpmux connect ${f.id} --replace`,
  },
  commands_only: {
    kind: 'invalid',
    says: (f) => `${f.client} takes no URL, only commands`,
    hint: (f) => `leave --no-bridge out: mcpmux connect ${f.id}`,
  },
  no_file: {
    kind: 'invalid',
    says: (f) => `${f.client} has no file that could be written on this system`,
    hint: (f) => `what to paste: mcpmux connect ${f.id} --print`,
  },
  no_project_file: {
    kind: 'invalid',
    says: (f) => `${f.client} has no file of its own for a project`,
    hint: (f) => `connect it for all folders: mcpmux connect ${f.id}`,
  },
  no_servers: {
    kind: 'invalid',
    says: () => 'there are no servers in it: none of the forms that clients use was found',
    hint: (f) => `a map of servers is looked for under: ${f.roots}`,
  },
  source_broken: {
    kind: 'invalid',
    says: (f) => `the servers of ${f.client} cannot be read: ${f.where} is not valid: ${f.reason}`,
    hint: () => 'correct that line, then run the command again',
  },
  copy_gone: {
    kind: 'not-found',
    says: (f) => `the servers of ${f.client} cannot be put back into ${f.file}: the copy ${f.copy} is gone`,
    hint: () => 'add them there by hand',
  },
  not_understood: {
    kind: 'conflict',
    says: (f) =>
      `${f.client} does not understand the entry, so it was taken out again; "${f.command}" says: ${f.reason}`,
    hint: (f) => `look at it: ${f.command}`,
  },
  ledger_broken: {
    kind: 'invalid',
    says: (f) => `the record of what was written to clients, ${f.file}, cannot be read: ${f.reason}`,
    hint: (f) => `move it away to start a new one: ${f.file}`,
  },
  busy: {
    kind: 'conflict',
    retry: 'safe',
    says: (f) => `another mcpmux is changing files of clients (${f.file})`,
    hint: () => 'wait until it is done, then run the command again',
  },
});
