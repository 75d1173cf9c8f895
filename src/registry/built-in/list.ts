/**
 * registry/built-in/list — the servers that we have chosen, described and looked at ourselves. Loaded when the catalogue is used.
 */
import type { ServerDefinition } from '../definition.ts';
import { withAClick } from './with-a-click.ts';
import { withAKey } from './with-a-key.ts';
import { withOwnClient } from './with-own-client.ts';
import { withoutAccount } from './without-account.ts';

export const builtInDefinitions: readonly ServerDefinition[] = [
  ...withoutAccount,
  ...withAClick,
  ...withAKey,
  ...withOwnClient,
];
