/**
 * registry/built-in/source — the built-in list as a source. It is read when somebody asks for it, not before.
 */
import type { ServerDefinition } from '../definition.ts';
import type { CatalogueSource, SourceState } from '../source.ts';

export class BuiltInSource implements CatalogueSource {
  readonly name = 'built-in';
  #count = 0;

  async definitions(): Promise<readonly ServerDefinition[]> {
    const { builtInDefinitions } = await import('./list.ts');
    this.#count = builtInDefinitions.length;
    return builtInDefinitions;
  }

  state(): SourceState {
    return {
      name: this.name,
      title: 'Comes with McpMux',
      url: undefined,
      isEnabled: true,
      count: this.#count,
      refreshedAt: undefined,
      offlineSince: undefined,
      problem: undefined,
      attribution: undefined,
    };
  }

  refresh(): Promise<void> {
    return Promise.resolve();
  }
}
