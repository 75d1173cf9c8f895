/**
 * admin/browser/admin-cookie — the cookie of an admin session: its name, its attributes, reading it.
 *
 * Host-only, HttpOnly, SameSite=Strict, and without a date, so that it ends with the browser. Its name differs from
 * installation to installation: cookies know no ports, and two daemons on one machine must not overwrite each other's.
 */
import { createHash } from 'node:crypto';

export interface AdminCookieNames {
  /** Over plain HTTP on loopback. */
  readonly plain: string;
  /** Over https: the prefix makes browsers refuse one that was set without TLS or by another host. */
  readonly secure: string;
}

/** @param installation what tells installations apart and stays the same, such as the data folder */
export function adminCookieNames(installation: string): AdminCookieNames {
  const mark = createHash('sha256').update(installation).digest('hex').slice(0, 10);
  return { plain: `mcpmux_admin_${mark}`, secure: `__Host-mcpmux_admin_${mark}` };
}

/** The values of all cookies of this name: another program on this machine may have planted one beside ours. */
export function readCookies(header: string | undefined, name: string): readonly string[] {
  if (header === undefined) return [];
  return header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .slice(0, 8)
    .map((pair) => pair.slice(name.length + 1));
}

/** @param value undefined = take it away */
export function setCookie(name: string, value: string | undefined, isSecure: boolean): string {
  const end = value === undefined ? '; Max-Age=0' : '';
  return `${name}=${value ?? ''}; Path=/; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}${end}`;
}
