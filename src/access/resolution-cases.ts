/**
 * access/resolution-cases — the table of who gets what: each row a caller, and what decides for it.
 *
 * The test runs it, and docs/access.md shows it: what is written there is what was tried.
 */
import type { FeatureSetId, Route, SpaceId, UnmappedPolicy } from '../model/index.ts';
import type { CallerFacts, Signal } from './grant.ts';
import type { PrincipalAccess } from './principal-access.ts';

export interface ResolutionCase {
  readonly says: string;
  readonly facts: Partial<CallerFacts>;
  readonly unmapped?: UnmappedPolicy;
  /** Without mappings and base folders: nothing depends on a folder. */
  readonly isPlain?: boolean;
  /** Undefined: there is nothing at this URL for this caller. */
  readonly gets:
    | { readonly space: string; readonly sets: readonly string[]; readonly by: Signal; readonly waits?: true }
    | undefined;
}

const bound = (spaceLock: string, sets?: readonly string[]): PrincipalAccess => ({
  spaceLock: spaceLock as SpaceId,
  ...(sets !== undefined && { setLock: sets as readonly FeatureSetId[] }),
});
/** Its id is mapped to this set. */
const setting = (set: string): PrincipalAccess => ({ ids: [`client:${set}`] });
const reports = (...uris: string[]) => ({ state: 'arrived', uris }) as const;
const url = (route: Route) => ({ route });

const defaultStarter = { space: 'default', sets: ['starter-default'], by: 'default' } as const;
const triage = (by: Signal) => ({ space: 'work', sets: ['triage'], by }) as const;

export const resolutionCases: readonly ResolutionCase[] = [
  { says: 'nothing is known of the caller', facts: {}, gets: defaultStarter },

  // lock
  { says: 'its key is bound to a set', facts: { access: bound('work', ['triage']) }, gets: triage('lock') },
  {
    says: 'its key is bound to a set, and it claims a mapped folder',
    facts: { access: bound('default', ['reads']), workspace: '/code/app' },
    gets: { space: 'default', sets: ['reads'], by: 'lock' },
  },
  {
    says: 'its key is bound to a set that was deleted',
    facts: { access: bound('default', ['deleted']) },
    gets: { space: 'default', sets: [], by: 'lock' },
  },
  {
    says: 'its key is bound to a set of another Space than the one it is bound to',
    facts: { access: bound('default', ['triage']) },
    gets: { space: 'default', sets: [], by: 'lock' },
  },
  { says: 'the Space that its key is bound to is gone', facts: { access: bound('gone') }, gets: undefined },
  {
    says: 'its key is bound to a Space',
    facts: { access: bound('work') },
    gets: { space: 'work', sets: ['work-starter'], by: 'default' },
  },
  {
    says: 'its key is bound to a Space, and its folder is mapped within it',
    facts: { access: bound('work'), roots: reports('/code/app') },
    gets: triage('roots'),
  },
  {
    says: 'its key is bound to a Space, and its header claims a folder of another',
    facts: { access: bound('default'), workspace: '/code/app' },
    gets: defaultStarter,
  },
  {
    says: 'its key is bound to a Space, and the folder it reports is mapped to another',
    facts: { access: bound('default'), roots: reports('/code/app') },
    gets: defaultStarter,
  },
  {
    says: 'its key is bound to a Space, and its id is mapped to another',
    facts: { access: { ...bound('default'), ids: ['ci'] } },
    gets: defaultStarter,
  },
  {
    says: 'its key is bound to a Space, and its folder lies in a base folder of another',
    facts: { access: bound('default'), roots: reports('/home/me/work/x') },
    gets: defaultStarter,
  },

  // URL
  {
    says: 'the URL names a Space',
    facts: url({ kind: 'space', space: 'work' }),
    gets: { space: 'work', sets: ['work-starter'], by: 'default' },
  },
  {
    says: 'the URL names a Space, and the folder is mapped within it',
    facts: { ...url({ kind: 'space', space: 'work' }), workspace: '/code/app' },
    gets: triage('header'),
  },
  {
    says: 'the URL names a Space, and the folder is mapped to another',
    facts: { ...url({ kind: 'space', space: 'default' }), workspace: '/code/app' },
    gets: defaultStarter,
  },
  {
    says: 'the URL names a Space that is not there',
    facts: url({ kind: 'space', space: 'no' }),
    gets: undefined,
  },
  {
    says: 'the URL names another Space than the key is bound to',
    facts: { ...url({ kind: 'space', space: 'default' }), access: bound('work') },
    gets: undefined,
  },
  { says: 'the URL names a set', facts: url({ kind: 'set', set: 'triage' }), gets: triage('url') },
  {
    says: 'the URL names a set, whatever the folder',
    facts: { ...url({ kind: 'set', set: 'reads' }), workspace: '/code/app' },
    gets: { space: 'default', sets: ['reads'], by: 'url' },
  },
  {
    says: 'the URL names a set of another Space than the key is bound to',
    facts: { ...url({ kind: 'set', set: 'reads' }), access: bound('work') },
    gets: undefined,
  },
  {
    says: 'the URL names one of the sets that the key is bound to',
    facts: { ...url({ kind: 'set', set: 'reads' }), access: bound('default', ['starter-default', 'reads']) },
    gets: { space: 'default', sets: ['reads'], by: 'url' },
  },
  {
    says: 'the URL names a set that the key is not bound to',
    facts: { ...url({ kind: 'set', set: 'starter' }), access: bound('default', ['reads']) },
    gets: undefined,
  },

  // header
  { says: 'the header names a mapped folder', facts: { workspace: '/code/app' }, gets: triage('header') },
  {
    says: 'the header names it with slashes too many',
    facts: { workspace: '//code//app/' },
    gets: triage('header'),
  },
  {
    says: 'the header names it as a file: address',
    facts: { workspace: 'file:///code/app' },
    gets: triage('header'),
  },
  { says: 'the header names a mapped id', facts: { workspace: 'ci' }, gets: triage('header') },
  { says: 'the header names an id that is not mapped', facts: { workspace: 'no' }, gets: defaultStarter },
  {
    says: 'the header names another folder than the client reports',
    facts: { workspace: '/code/none', roots: reports('/code/app') },
    gets: { space: 'default', sets: [], by: 'header' },
  },
  {
    says: 'the header names a folder that is not mapped: what the client reports is not asked',
    facts: { workspace: '/elsewhere', roots: reports('/code/app') },
    gets: defaultStarter,
  },
  {
    says: 'the header names a mapped id, and the client has a setting of its own',
    facts: { workspace: 'ci', access: setting('reads') },
    gets: triage('header'),
  },

  // roots
  {
    says: 'the client reports a mapped folder',
    facts: { roots: reports('/code/app') },
    gets: triage('roots'),
  },
  {
    says: 'the client reports a folder within a mapped one',
    facts: { roots: reports('/code/app/src') },
    gets: defaultStarter,
  },
  {
    says: 'the client reports a folder within one that is mapped with its children',
    facts: { roots: reports('/code/tree/a/b') },
    gets: triage('roots'),
  },
  {
    says: 'the client reports a folder with a mapping of its own, within one that is mapped with its children',
    facts: { roots: reports('/code/tree/own') },
    gets: { space: 'default', sets: ['reads'], by: 'roots' },
  },
  {
    says: 'the client reports several folders: the first that is mapped',
    facts: { roots: reports('/elsewhere', '/code/app', '/code/none') },
    gets: triage('roots'),
  },
  {
    says: 'the client reports a folder that is mapped to no set',
    facts: { roots: reports('/code/none') },
    gets: { space: 'default', sets: [], by: 'roots' },
  },
  {
    says: 'the client reports a folder that is mapped to a set that was deleted, and another',
    facts: { roots: reports('/code/gone') },
    gets: { space: 'default', sets: ['reads'], by: 'roots' },
  },
  {
    says: 'the client reports a folder that is not mapped',
    facts: { roots: reports('/elsewhere') },
    gets: defaultStarter,
  },
  { says: 'the client reports no folder', facts: { roots: reports() }, gets: defaultStarter },
  {
    says: 'the client has not said yet where it works',
    facts: { roots: { state: 'pending' } },
    gets: { space: 'default', sets: [], by: 'roots', waits: true },
  },
  {
    says: 'the client has not said yet where it works, and it has a setting of its own',
    facts: { roots: { state: 'pending' }, access: setting('reads') },
    gets: { space: 'default', sets: [], by: 'roots', waits: true },
  },
  {
    says: 'the client has not said yet where it works, and no rule depends on it',
    facts: { roots: { state: 'pending' } },
    isPlain: true,
    gets: defaultStarter,
  },
  {
    says: 'the client has not said yet where it works, and its header has',
    facts: { roots: { state: 'pending' }, workspace: '/code/app' },
    gets: triage('header'),
  },
  {
    says: 'the client did not say in time where it works',
    facts: { roots: { state: 'lapsed' } },
    gets: defaultStarter,
  },
  {
    says: 'the client did not say in time where it works, and it has a setting of its own',
    facts: { roots: { state: 'lapsed' }, access: setting('reads') },
    gets: { space: 'default', sets: ['reads'], by: 'client' },
  },

  // bridge
  {
    says: 'the bridge was started in a mapped folder',
    facts: { bridgeFolder: '/code/app' },
    gets: triage('bridge'),
  },
  {
    says: 'the bridge was started elsewhere than the client reports',
    facts: { bridgeFolder: '/code/none', roots: reports('/code/app') },
    gets: triage('roots'),
  },
  {
    says: 'the bridge was started in a mapped folder, and the client reports none',
    facts: { bridgeFolder: '/code/app', roots: reports() },
    gets: triage('bridge'),
  },

  // client
  {
    says: 'the client has a setting of its own',
    facts: { access: setting('triage') },
    gets: triage('client'),
  },
  {
    says: 'the client has a setting of its own, and reports a mapped folder',
    facts: { access: setting('reads'), roots: reports('/code/app') },
    gets: triage('roots'),
  },
  {
    says: 'the client has a setting of its own, and reports a folder that is not mapped',
    facts: { access: setting('reads'), roots: reports('/elsewhere') },
    gets: { space: 'default', sets: ['reads'], by: 'client' },
  },
  {
    says: 'the header names a client, which only the client itself can be',
    facts: { workspace: 'client:triage' },
    gets: defaultStarter,
  },
  {
    says: 'the client has a setting of its own, in another Space than its key is bound to',
    facts: { access: { ...bound('default'), ...setting('triage') } },
    gets: defaultStarter,
  },

  // base folder
  {
    says: 'the folder lies in a base folder of a Space',
    facts: { roots: reports('/home/me/work/x') },
    gets: { space: 'work', sets: ['work-starter'], by: 'base-folder' },
  },
  {
    says: 'the folder only begins like a base folder',
    facts: { roots: reports('/home/me/workshop') },
    gets: defaultStarter,
  },
  {
    says: 'the folder that the header names lies in a base folder',
    facts: { workspace: '/home/me/work/x' },
    gets: { space: 'work', sets: ['work-starter'], by: 'base-folder' },
  },
  {
    says: 'the folder lies in a base folder, and folders that nobody mapped get nothing',
    facts: { roots: reports('/home/me/work/x') },
    unmapped: 'nothing',
    gets: { space: 'work', sets: ['work-starter'], by: 'base-folder' },
  },

  // unmapped
  {
    says: 'nobody mapped the folder, and such folders get nothing',
    facts: { roots: reports('/elsewhere') },
    unmapped: 'nothing',
    gets: { space: 'default', sets: [], by: 'unmapped' },
  },
  {
    says: 'nobody mapped the folder, and a person is asked',
    facts: { bridgeFolder: '/elsewhere' },
    unmapped: 'ask',
    gets: { space: 'default', sets: [], by: 'unmapped' },
  },
  {
    says: 'the client reports no folder, and folders that nobody mapped get nothing',
    facts: { roots: reports() },
    unmapped: 'nothing',
    gets: defaultStarter,
  },
];
