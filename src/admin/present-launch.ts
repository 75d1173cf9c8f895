/**
 * admin/present-launch — a launch as it may be shown: names of variables and headers, never their values,
 * and no secrets that somebody put into arguments or a URL.
 */
import type { ServerDto } from '../contract/index.ts';
import type { Launch } from '../model/index.ts';

/** Words in the name of an option or query parameter whose value is hidden. */
const secretWord =
  /(^|[-_.])(api[-_]?key|key|token|secret|passw(or)?d|pwd|auth|authorization|credentials?|sig|signature)$/i;
const hidden = '…';

/** `--token abc` and `--token=abc` show their name only. */
export function hideSecretArgs(args: readonly string[]): string[] {
  const shown: string[] = [];
  let hidesNext = false;
  for (const arg of args) {
    const option = /^--?([A-Za-z][\w.-]*)(=.*)?$/s.exec(arg);
    if (hidesNext && option === null) shown.push(hidden);
    else if (option !== null && option[2] !== undefined && secretWord.test(option[1] ?? '')) {
      shown.push(`${arg.slice(0, arg.indexOf('='))}=${hidden}`);
    } else shown.push(arg);
    hidesNext = option !== null && option[2] === undefined && secretWord.test(option[1] ?? '');
  }
  return shown;
}

/** `?api_key=abc` shows its name only. The rest of the URL stays as it was written. */
export function hideSecretQuery(url: string): string {
  return url.replace(/([?&])([^=&#]+)=([^&#]*)/g, (whole, mark: string, name: string) =>
    secretWord.test(name) ? `${mark}${name}=${hidden}` : whole,
  );
}

export function presentLaunch(launch: Launch): ServerDto['launch'] {
  if (launch.kind === 'stdio') {
    return {
      kind: 'stdio',
      command: launch.command,
      args: hideSecretArgs(launch.args),
      cwd: launch.cwd ?? null,
      envNames: Object.keys(launch.env).sort(),
    };
  }
  return {
    kind: 'http',
    url: hideSecretQuery(launch.url),
    headerNames: Object.keys(launch.headers).sort(),
    flavour: launch.flavour,
  };
}
