/**
 * admin/present-launch — a launch as it may be shown: names of variables and headers, never their values,
 * and no secrets that somebody put into arguments or a URL.
 */
import type { ServerDto } from '../contract/index.ts';
import { type Launch, replaceSpans, secretsInArguments, secretsInUrl } from '../model/index.ts';

const hidden = '…';

/** Every secret in the arguments is hidden; what stands before it is shown. */
export function hideSecretArgs(args: readonly string[]): string[] {
  const spans = secretsInArguments(args);
  return args.map((arg, at) =>
    replaceSpans(
      arg,
      spans.filter((span) => span.at === at),
      () => hidden,
    ),
  );
}

/** `?api_key=abc` shows its name only. The rest of the URL stays as it was written. */
export function hideSecretsInUrl(url: string): string {
  return replaceSpans(url, secretsInUrl(url), () => hidden);
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
    url: hideSecretsInUrl(launch.url),
    headerNames: Object.keys(launch.headers).sort(),
    flavour: launch.flavour,
  };
}
