/**
 * scripts/demo/clients — SDK clients in front of the gateway: one that only knows `initialize`, one that is stateless.
 */
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

export type Generation = 'legacy' | 'modern';

/** Connects a client of one generation. A modern one is pinned: it fails rather than fall back. */
export async function connectClient(generation: Generation, url: string, key: string): Promise<Client> {
  const mode = generation === 'legacy' ? 'legacy' : { pin: '2026-07-28' };
  const client = new Client(
    { name: `demo-${generation}-client`, version: '1.0.0' },
    { versionNegotiation: { mode } },
  );
  await client.connect(
    new StreamableHTTPClientTransport(new URL(url), {
      requestInit: { headers: { Authorization: `Bearer ${key}` } },
    }),
  );
  return client;
}

/** The text of a tool's answer. */
export function textOf(result: { content?: unknown }): string {
  const content = Array.isArray(result.content) ? (result.content as { type?: string; text?: string }[]) : [];
  return content.map((block) => (block.type === 'text' ? block.text : `[${block.type}]`)).join('\n');
}
