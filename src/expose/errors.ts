/**
 * expose/errors — what can go wrong on the way to a tunnel.
 */
import { defineErrors } from '../base/index.ts';

export const exposeError = defineErrors('expose', {
  no_program: {
    kind: 'not-found',
    says: (f) => `no tunnel program was found (looked for ${f.programs})`,
    hint: () => 'install one of them, for example tailscale; see docs/remote.md',
  },
  program_missing: {
    kind: 'not-found',
    says: (f) => `the tunnel program "${f.program}" was not found`,
    hint: (f) =>
      f.found === '' ? 'install it; see docs/remote.md' : `found: ${f.found}; choose with --with`,
  },
  no_servers: {
    kind: 'invalid',
    says: () => 'nothing is reachable from outside until it is chosen, and no server was named',
    hint: () => 'run: mcpmux expose SERVER …',
  },
  needs_sign_in: {
    kind: 'denied',
    says: () => 'authentication is off, and nothing is opened to the internet like that',
    hint: () => 'start the daemon without --no-auth',
  },
  already_on: {
    kind: 'conflict',
    says: (f) => `McpMux is reachable through ${f.program} already`,
    hint: () => 'end it first: mcpmux expose --off',
  },
  failed: {
    kind: 'unavailable',
    says: (f) => `${f.program} did not open a tunnel: ${f.reason}`,
    hint: (f) => f.hint as string | undefined,
  },
});
