/**
 * sign-in/issuer — when two texts name the same authorization server.
 *
 * Pure. An issuer is compared as text (RFC 8414, section 3.3), with one exception: where it has no path, `https://as` and
 * `https://as/` are the same address, and both spellings are in use for one server. The `iss` of an authorization
 * response is another matter (RFC 9207, section 2.4): that is compared character by character.
 */

export function isSameIssuer(one: string, other: string): boolean {
  return one === other || withoutRootSlash(one) === withoutRootSlash(other);
}

/** The spellings under which something may be stored for an issuer; the given one first. */
export function issuerSpellings(issuer: string): readonly string[] {
  const bare = withoutRootSlash(issuer);
  const isRoot = bare !== issuer || /^[a-z]+:\/\/[^/?#]+$/i.test(issuer);
  return isRoot ? [issuer, issuer === bare ? `${issuer}/` : bare] : [issuer];
}

function withoutRootSlash(issuer: string): string {
  return /^[a-z]+:\/\/[^/?#]+\/$/i.test(issuer) ? issuer.slice(0, -1) : issuer;
}
