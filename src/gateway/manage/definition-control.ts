/**
 * gateway/manage/definition-control — what a person does about definitions: look at what is held, accept, refuse, choose how
 * strictly a server is watched.
 *
 * A decision is about the form that was looked at: one that the server has changed meanwhile is refused.
 * Knows nothing of: HTTP, how changes are shown.
 */
import {
  type AccessRegister,
  type Decision,
  type DefinitionPins,
  type HeldDefinition,
  isAbout,
} from '../../access/index.ts';
import type { Catalogue } from '../../catalogue/index.ts';
import {
  type DefinitionPolicy,
  type DomainEvents,
  featureKinds,
  type InstalledServer,
} from '../../model/index.ts';
import { gatewayError } from '../errors.ts';
import { findServer } from './find-server.ts';
import type { InstalledServerList } from './installed-server-list.ts';

export interface ServerDefinitions {
  readonly server: InstalledServer;
  readonly policy: DefinitionPolicy;
  readonly held: readonly HeldDefinition[];
}

export interface DefinitionControl {
  /** Of one server, or of all: servers without anything held too. @throws gateway.no_such_server */
  review(reference: string | undefined): readonly ServerDefinitions[];
  /** @throws gateway.no_such_server, gateway.definition_moved */
  decide(
    reference: string,
    decisions: readonly Decision[],
    isAccepted: boolean,
  ): Promise<readonly HeldDefinition[]>;
  /** @throws gateway.no_such_server */
  setPolicy(reference: string, policy: DefinitionPolicy): Promise<ServerDefinitions>;
}

export class GatewayDefinitionControl implements DefinitionControl {
  readonly #access: AccessRegister;
  readonly #installed: InstalledServerList;
  readonly #catalogue: Catalogue;
  readonly #pins: DefinitionPins;
  readonly #events: DomainEvents;

  constructor(options: {
    readonly access: AccessRegister;
    readonly installed: InstalledServerList;
    readonly catalogue: Catalogue;
    readonly pins: DefinitionPins;
    readonly events: DomainEvents;
  }) {
    this.#access = options.access;
    this.#installed = options.installed;
    this.#catalogue = options.catalogue;
    this.#pins = options.pins;
    this.#events = options.events;
  }

  review(reference: string | undefined): readonly ServerDefinitions[] {
    const all = this.#installed.all();
    return (reference === undefined ? all : [findServer(all, reference, this.#access.snapshot)]).map(
      (server) => this.#of(server),
    );
  }

  async decide(
    reference: string,
    decisions: readonly Decision[],
    isAccepted: boolean,
  ): Promise<readonly HeldDefinition[]> {
    const server = findServer(this.#installed.all(), reference, this.#access.snapshot);
    const held = this.#pins.held(server.id);
    const moved = decisions.find((decision) => !held.some((one) => isAbout(decision, one)));
    if (moved !== undefined)
      throw gatewayError('definition_moved', { name: moved.name, server: server.name, alias: server.alias });
    const decided = await this.#pins.decide(server.id, decisions, isAccepted);
    if (isAccepted) await this.#lookAgain(server);
    return decided;
  }

  async setPolicy(reference: string, policy: DefinitionPolicy): Promise<ServerDefinitions> {
    const server = findServer(this.#installed.all(), reference, this.#access.snapshot);
    await this.#pins.setPolicy(server.id, policy);
    await this.#lookAgain(server);
    return this.#of(server);
  }

  async #lookAgain(server: InstalledServer): Promise<void> {
    await this.#catalogue.reviewAgain(server.id);
    this.#events.publish({ type: 'catalogue.changed', serverId: server.id, kinds: featureKinds });
  }

  #of(server: InstalledServer): ServerDefinitions {
    return { server, policy: this.#pins.policyOf(server.id), held: this.#pins.held(server.id) };
  }
}
