/**
 * expose/tunnel-programs — the tunnel programs that we know: how each is started, and how it says its address.
 *
 * All of them forward to a port of ours that is for the tunnel alone.
 * Pure. Knows nothing of: processes.
 *
 * @see `tailscale funnel --help`, `cloudflared tunnel --help`, `ngrok http --help`
 */

export interface TunnelProgram {
  readonly name: string;
  /** For people: what carries the traffic. */
  readonly title: string;
  args(port: number): readonly string[];
  /** The https address in a line that it wrote; undefined when the line has none. */
  addressIn(line: string): string | undefined;
  /** What to do when it fails for want of an account or a permission. */
  readonly hint: string;
}

function firstUrl(line: string, isIts: (host: string) => boolean): string | undefined {
  for (const [text] of line.matchAll(/https:\/\/[a-z0-9.-]+(?::\d+)?/gi)) {
    const { hostname, origin } = new URL(text);
    if (isIts(hostname)) return origin;
  }
  return undefined;
}

export const tunnelPrograms: readonly TunnelProgram[] = [
  {
    name: 'tailscale',
    title: 'tailscale funnel',
    args: (port) => ['funnel', '--yes', String(port)],
    addressIn: (line) => firstUrl(line, (host) => host.endsWith('.ts.net')),
    hint: 'sign in with "tailscale up", and allow Funnel for this machine; run "tailscale funnel 45818" by hand to see what it asks',
  },
  {
    name: 'cloudflared',
    title: 'a quick tunnel of Cloudflare',
    args: (port) => ['tunnel', '--no-autoupdate', '--url', `http://127.0.0.1:${port}`],
    addressIn: (line) =>
      firstUrl(line, (host) => host.endsWith('.trycloudflare.com') && host !== 'api.trycloudflare.com'),
    hint: 'see what it says with: cloudflared tunnel --url http://127.0.0.1:45818',
  },
  {
    name: 'ngrok',
    title: 'ngrok',
    args: (port) => ['http', `127.0.0.1:${port}`, '--log', 'stdout', '--log-format', 'json'],
    // It writes many addresses of its own; the tunnel's is in the line that says that it has started.
    addressIn: (line) => {
      if (!line.includes('started tunnel')) return undefined;
      return firstUrl(line, () => true);
    },
    hint: 'give it its token once: ngrok config add-authtoken TOKEN',
  },
];
