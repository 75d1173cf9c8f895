/**
 * clients/endpoint — what a client is pointed at: the URL with its key, or the command of the bridge.
 */

export type Endpoint = HttpEndpoint | BridgeEndpoint;

export interface HttpEndpoint {
  readonly kind: 'http';
  readonly url: string;
  /** Undefined where none is needed. It is written into the client's file, which is the one place that it is for. */
  readonly key: string | undefined;
  /** The folder that the client works in, where the file is a project's. */
  readonly workspace?: string;
}

export interface BridgeEndpoint {
  readonly kind: 'bridge';
  readonly command: string;
  readonly args: readonly string[];
}

/** Stands for the key wherever a person looks on. */
export const hiddenKey = 'mcpk_…';

/** Keys in a text that a person is shown, cut behind their beginning. */
export function hideKeys(text: string): string {
  return text.replace(/\bmcpk_([\w-]{0,3})[\w…-]*/g, (_, start: string) => `mcpk_${start}…`);
}

export function headersOf({ key, workspace }: HttpEndpoint): Record<string, string> | undefined {
  const headers = {
    ...(key === undefined ? {} : { Authorization: `Bearer ${key}` }),
    ...(workspace === undefined ? {} : { 'X-Mcpmux-Workspace': workspace }),
  };
  return Object.keys(headers).length === 0 ? undefined : headers;
}
