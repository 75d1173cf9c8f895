/**
 * builtin/switches — which of our own tools a Space does not offer. All of them are on until somebody switches one off.
 *
 * Durable first: store, memory, then whoever is told.
 * Knows nothing of: what the tools do.
 */
import { similarNames } from '../catalogue/index.ts';
import type { SettingRepository, SpaceId } from '../model/index.ts';
import { builtInError } from './errors.ts';

const keyPrefix = 'builtin.off.';
const none: ReadonlySet<string> = new Set();

export interface BuiltInToolSwitch {
  /** As clients see it: `mcpmux_search_tools`. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly isWrite: boolean;
  readonly isOn: boolean;
}

export class BuiltInSwitches {
  readonly #settings: SettingRepository;
  readonly #off = new Map<SpaceId, ReadonlySet<string>>();
  readonly #changed: (spaceId: SpaceId) => void;
  #version = 0;

  constructor(settings: SettingRepository, changed: (spaceId: SpaceId) => void) {
    this.#settings = settings;
    this.#changed = changed;
  }

  get version(): number {
    return this.#version;
  }

  /** Reads what is stored of these Spaces. Before that everything is on. */
  async load(spaceIds: readonly SpaceId[]): Promise<void> {
    for (const spaceId of spaceIds) {
      const stored = await this.#settings.get(`${keyPrefix}${spaceId}`);
      if (stored !== undefined) this.#off.set(spaceId, new Set(stored.split(' ').filter(Boolean)));
    }
    this.#version += 1;
  }

  /** Names without prefix. */
  off(spaceId: SpaceId): ReadonlySet<string> {
    return this.#off.get(spaceId) ?? none;
  }

  /**
   * @param wanted `mcpmux_search_tools`, `search_tools`, or `all`
   * @param known  the tools there are, without prefix
   * @throws       builtin.no_such_tool
   */
  async set(spaceId: SpaceId, wanted: string, isOn: boolean, known: readonly string[]): Promise<void> {
    const name = wanted.replace(/^mcpmux_/, '');
    if (name !== 'all' && !known.includes(name))
      throw builtInError('no_such_tool', {
        tool: wanted.slice(0, 100),
        nearest: similarNames(name, known)
          .map((one) => `mcpmux_${one}`)
          .join(', '),
      });
    const off = new Set(this.off(spaceId));
    for (const one of name === 'all' ? known : [name]) {
      if (isOn) off.delete(one);
      else off.add(one);
    }
    await this.#settings.set(`${keyPrefix}${spaceId}`, [...off].sort().join(' '));
    this.#off.set(spaceId, off);
    this.#version += 1;
    this.#changed(spaceId);
  }

  async forget(spaceId: SpaceId): Promise<void> {
    await this.#settings.delete(`${keyPrefix}${spaceId}`);
    this.#off.delete(spaceId);
  }
}
