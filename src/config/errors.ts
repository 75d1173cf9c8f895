/**
 * config/errors — what can be wrong with static settings. Each says which setting, which value, and where it came from.
 */
import { defineErrors } from '../base/index.ts';

export const configError = defineErrors('config', {
  out_of_range: {
    kind: 'invalid',
    says: (f) =>
      `${f.setting} is ${f.value} (from ${f.where}); it must be a whole number from ${f.min} to ${f.max}`,
  },
  not_a_choice: {
    kind: 'invalid',
    says: (f) => `${f.setting} is "${f.value}" (from ${f.where}); it must be one of: ${f.choices}`,
  },
  not_usable: {
    kind: 'invalid',
    says: (f) => `${f.setting} is "${f.value}" (from ${f.where}): ${f.reason}`,
  },
  same_port: {
    kind: 'invalid',
    says: (f) => `callbackPort and port are both ${f.port} (from ${f.where}); each needs its own`,
    hint: () => 'choose another callbackPort: MCPMUX_CALLBACK_PORT',
  },
  needs_keys: {
    kind: 'denied',
    says: (f) =>
      `with publicUrl ${f.publicUrl} the gateway is reached from outside, and authentication is off (from ${f.where})`,
    hint: () => 'leave authentication on, or take the public URL away',
  },
  wrong_type: {
    kind: 'invalid',
    says: (f) => `${f.setting} must be ${f.expected}, but ${f.where} says ${f.given}`,
  },
  unknown_key: {
    kind: 'invalid',
    says: (f) => `${f.where}: there is no setting "${f.key}"`,
    hint: (f) =>
      f.nearest === undefined
        ? 'see: mcpmux config show'
        : `did you mean "${f.nearest}"? see: mcpmux config show`,
  },
  repeated_key: {
    kind: 'invalid',
    says: (f) => `${f.where}: "${f.key}" is set twice`,
  },
  not_in_file: {
    kind: 'invalid',
    says: (f) => `${f.where}: "${f.key}" cannot be set in the file that it leads to`,
    hint: (f) => `use ${f.wayOut}`,
  },
  bad_syntax: {
    kind: 'invalid',
    says: (f) => `${f.where} is not valid JSON: ${f.reason}`,
    hint: () => 'the file holds one object; comments and a comma after the last entry are allowed',
  },
  unreadable: {
    kind: 'unavailable',
    says: (f) => `the settings file ${f.file} cannot be read: ${f.reason}`,
  },
  folder_not_writable: {
    kind: 'unavailable',
    says: (f) => `the ${f.what} ${f.folder} cannot be used: ${f.reason}`,
    hint: (f) => `make it writable for this user, or choose another with ${f.wayOut}`,
  },
  folder_not_ours: {
    kind: 'denied',
    says: (f) => `the folder ${f.folder} belongs to another user and is not used`,
    hint: () => 'remove it, or set MCPMUX_SOCKET to a path in a folder of your own',
  },
  folder_exposed: {
    kind: 'denied',
    says: (f) =>
      `the folder ${f.folder} is open to other users (mode ${f.mode}); the admin socket is not put there: who reaches it administers mcpmux`,
    hint: (f) =>
      `name a folder of its own with MCPMUX_SOCKET, for example ${f.folder}/mcpmux/admin.sock, which mcpmux makes; or, if nobody else needs it: chmod 700 '${f.folder}'`,
  },
  path_has_nul: {
    kind: 'invalid',
    says: (f) => `${f.setting} (from ${f.where}) holds a NUL character, which no path may`,
  },
  no_home: {
    kind: 'invalid',
    says: (f) =>
      f.home === ''
        ? `${f.variable} is not set, or empty, and this user has no home folder`
        : `${f.variable} is "${f.home}", which is no absolute path`,
    hint: (f) =>
      `set ${f.variable} to a folder of this user, or name the data folder: --data-dir or MCPMUX_DATA_DIR`,
  },
});
