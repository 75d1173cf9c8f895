/**
 * support/built-in-control — our own tools with their switches and list modes, kept in memory.
 */
import { ManualClock } from '../../src/base/index.ts';
import {
  BuiltInListModeControl,
  BuiltInServer,
  BuiltInSwitches,
  BuiltInToolControl,
  callToolTool,
  KeptResults,
  ListModes,
  ResultLimits,
  searchToolsTool,
  TokenLedger,
} from '../../src/builtin/index.ts';
import type { Client, SettingRepository } from '../../src/model/index.ts';
import { viewOfCorpus } from '../search/corpus.ts';
import { firstSpaceId, openAccess } from './first-space.ts';

export function memorySettings(stored = new Map<string, string>()): SettingRepository {
  return {
    get: (key) => Promise.resolve(stored.get(key)),
    set: (key, value) => Promise.resolve(void stored.set(key, value)),
    delete: (key) => Promise.resolve(void stored.delete(key)),
  };
}

/** @param clients by name */
export function builtInParts(clients: ReadonlyMap<string, Client> = new Map()) {
  const switches = new BuiltInSwitches(memorySettings(), () => {});
  const modes = new ListModes(memorySettings(), () => {});
  const limits = new ResultLimits(memorySettings(), () => {});
  const tokens = new TokenLedger(new ManualClock());
  const tools = [searchToolsTool(), callToolTool()];
  const server = new BuiltInServer({
    tools,
    switches,
    modes,
    ledger: tokens,
    limits,
    results: new KeptResults(new ManualClock()),
    serverInfo: {},
  });
  return {
    builtIn: new BuiltInToolControl(server, switches, () => firstSpaceId),
    tokens,
    listModes: new BuiltInListModeControl({
      modes,
      limits,
      access: openAccess(),
      clients: {
        find: (name) => clients.get(name) as Client,
        get: (id) => [...clients.values()].find((client) => client.id === id),
      },
      viewOf: () => viewOfCorpus(),
    }),
  };
}
