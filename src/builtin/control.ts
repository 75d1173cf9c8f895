/**
 * builtin/control — what the admin plane may ask of our own tools: which there are, and which a Space offers.
 */
import type { SpaceId } from '../model/index.ts';
import type { BuiltInServer } from './built-in-server.ts';
import type { BuiltInSwitches, BuiltInToolSwitch } from './switches.ts';

/** A Space that is undefined is the default one. */
export interface BuiltInControl {
  list(spaceId: SpaceId | undefined): readonly BuiltInToolSwitch[];
  /** @param tool `mcpmux_search_tools`, `search_tools` or `all`. @throws builtin.no_such_tool with the nearest names */
  set(spaceId: SpaceId | undefined, tool: string, isOn: boolean): Promise<readonly BuiltInToolSwitch[]>;
}

export class BuiltInToolControl implements BuiltInControl {
  readonly #server: BuiltInServer;
  readonly #switches: BuiltInSwitches;
  readonly #defaultSpaceId: () => SpaceId;

  constructor(server: BuiltInServer, switches: BuiltInSwitches, defaultSpaceId: () => SpaceId) {
    this.#server = server;
    this.#switches = switches;
    this.#defaultSpaceId = defaultSpaceId;
  }

  list(spaceId: SpaceId | undefined): readonly BuiltInToolSwitch[] {
    const off = this.#switches.off(spaceId ?? this.#defaultSpaceId());
    return this.#server.tools.map(({ name, title, description, isWrite }) => ({
      name: `mcpmux_${name}`,
      title,
      description,
      isWrite,
      isOn: !off.has(name),
    }));
  }

  async set(
    spaceId: SpaceId | undefined,
    tool: string,
    isOn: boolean,
  ): Promise<readonly BuiltInToolSwitch[]> {
    const known = this.#server.tools.map(({ name }) => name);
    await this.#switches.set(spaceId ?? this.#defaultSpaceId(), tool, isOn, known);
    return this.list(spaceId);
  }
}
