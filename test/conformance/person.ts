/**
 * conformance/person — plays the scenarios in which the gateway has to sign in: a client's calls, and the person whose
 * browser the sign-ins need.
 *
 * What the suite checks is what its own servers see; that a call fails in the end is part of some scenarios.
 */
import type { AdminClient } from '../../src/contract/index.ts';
import { followUntil, visit } from '../fixtures/oauth/browser.ts';
import { connectClient, type ScenarioOrder } from '../fixtures/reference/everything-client.ts';

/** More than any scenario needs, and an end for those that never give in. */
const MAX_SIGN_INS = 6;
const SETTLE_MS = 15_000;
const POLL_MS = 50;

export async function playAuthScenario(
  order: ScenarioOrder,
  admin: AdminClient,
  serverId: string,
  url: string,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  const person = new Person(order, admin, serverId);
  try {
    await person.signInWhileNeeded();
    const stop = person.watch();
    try {
      const client = await connectClient(order, url, headers);
      let { tools } = await client.listTools();
      if (tools.length === 0) {
        // It answered once and then wanted another sign-in, and said so after it was seen as connected.
        await admin.refreshServer(serverId);
        await person.signInWhileNeeded();
        ({ tools } = await client.listTools());
      }
      const call = (name: string) => client.callTool({ name, arguments: {} });
      for (const { name } of tools) {
        await call(name).catch(async (error: unknown) => {
          tell(`call of ${name}: ${String(error)}`);
          // A server that has changed its mind wants a new sign-in, after which the person tries again.
          if (await person.signInWhileNeeded()) await call(name);
        });
      }
      await client.close();
    } finally {
      stop();
    }
  } catch (error) {
    tell(String(error));
  }
}

class Person {
  readonly #order: ScenarioOrder;
  readonly #admin: AdminClient;
  readonly #serverId: string;
  readonly #finished = new Set<number>();
  #signIns = 0;

  constructor(order: ScenarioOrder, admin: AdminClient, serverId: string) {
    this.#order = order;
    this.#admin = admin;
    this.#serverId = serverId;
  }

  /** @returns whether it has signed in and the server is connected now */
  async signInWhileNeeded(): Promise<boolean> {
    let hasSignedIn = false;
    for (;;) {
      const { state } = await this.#admin.awaitServer(this.#serverId, SETTLE_MS);
      tell(`${state.status}: ${state.reason ?? ''}`);
      const isNeeded = state.status === 'sign-in-required' || state.status === 'authenticating';
      if (!isNeeded || this.#signIns >= MAX_SIGN_INS) return hasSignedIn && state.status === 'connected';
      await this.#signIn();
      hasSignedIn = true;
    }
  }

  /** Completes sign-ins that calls start, until told to stop. */
  watch(): () => void {
    let isOver = false;
    const look = async (): Promise<void> => {
      while (!isOver) {
        const { open } = await this.#admin.getSignIn(this.#serverId);
        if (open !== null && this.#signIns < MAX_SIGN_INS) await this.#browse(open);
        else await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
    };
    // Ends with the server, which is taken out when the scenario is over.
    look().catch((error: unknown) => tell(String(error)));
    return () => {
      isOver = true;
    };
  }

  async #signIn(): Promise<void> {
    const { client_id: clientId, client_secret: secret, private_key_pem: key } = this.#order.context;
    const client =
      typeof clientId === 'string'
        ? {
            clientId,
            ...(typeof secret === 'string' && { clientSecret: secret }),
            ...(typeof key === 'string' && {
              clientSecret: key,
              authenticationMethod: 'private_key_jwt' as const,
            }),
          }
        : undefined;
    const wishes = client === undefined ? {} : { client };
    if (this.#order.scenario.includes('client-credentials')) {
      this.#signIns += 1;
      await this.#admin.useClientCredentials(this.#serverId, wishes);
      return;
    }
    await this.#browse(await this.#admin.startSignIn(this.#serverId, wishes));
  }

  async #browse(open: {
    readonly flowId: number;
    readonly authorizationUrl: string;
    readonly redirectUri: string;
  }): Promise<void> {
    if (this.#finished.has(open.flowId)) return;
    this.#finished.add(open.flowId);
    this.#signIns += 1;
    const page = await visit(await followUntil(open.authorizationUrl, open.redirectUri));
    tell(`sign-in ${open.flowId} ended on a page with HTTP ${page.status}`);
  }
}

function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}
