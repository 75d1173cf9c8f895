/**
 * store/repositories/parts — what every repository is built from.
 */
import type { Clock, Logger } from '../../base/index.ts';
import type { Keyring } from '../crypto/keyring.ts';
import type { Database } from '../drivers/database.ts';

export interface RepositoryParts {
  readonly database: Database;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly logger: Logger;
}
