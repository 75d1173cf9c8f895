/**
 * daemon/credential-redaction — tokens and client secrets are kept out of logs from the moment that they are read or made.
 */
import type { Secret } from '../base/index.ts';
import type { CredentialRepository, ServerId, TokenSet } from '../model/index.ts';

interface Filter {
  add(secret: Secret): void;
  remove(secret: Secret): void;
}

/** The same repository; what passes through it is told to `filter`. A renewed token is forgotten one renewal later. */
export function redactCredentials(inner: CredentialRepository, filter: Filter): CredentialRepository {
  const known = new Map<ServerId, readonly TokenSet[]>();
  const add = (secret: Secret | undefined): void => {
    try {
      if (secret !== undefined) filter.add(secret);
    } catch {
      // What cannot be opened cannot be told either; who uses it hears why.
    }
  };
  const note = (tokens: TokenSet): void => {
    const sets = known.get(tokens.serverId) ?? [];
    if (sets.some((one) => one.generation === tokens.generation && one.updatedAt === tokens.updatedAt))
      return;
    for (const secret of secretsOf(tokens)) add(secret);
    // The one before may still be on the wire.
    for (const outdated of sets.slice(0, -1)) for (const secret of secretsOf(outdated)) filter.remove(secret);
    known.set(tokens.serverId, [...sets.slice(-1), tokens]);
  };
  return {
    ...inner,
    async getTokens(serverId) {
      const tokens = await inner.getTokens(serverId);
      if (tokens !== undefined) note(tokens);
      return tokens;
    },
    saveTokens(tokens, expectedGeneration) {
      note(tokens);
      return inner.saveTokens(tokens, expectedGeneration);
    },
    async getRegistration(serverId, issuer) {
      const registration = await inner.getRegistration(serverId, issuer);
      add(registration?.clientSecret);
      return registration;
    },
    saveRegistration(registration) {
      add(registration.clientSecret);
      return inner.saveRegistration(registration);
    },
  };
}

function secretsOf({ accessToken, refreshToken }: TokenSet): readonly Secret[] {
  return refreshToken === undefined ? [accessToken] : [accessToken, refreshToken];
}
