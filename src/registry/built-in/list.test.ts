/**
 * registry/built-in/list.test — every definition of the list is whole, valid, and can be planned.
 */
import { describe, expect, it } from 'vitest';
import { detailsOf, titleOf } from '../definition.ts';
import { optionsOf, planParts } from '../plan-server.ts';
import { describeFaults, readDefinition } from '../read-definition.ts';
import { whyVariableIsRefused } from '../refused-variables.ts';
import { builtInDefinitions } from './list.ts';

describe('the built-in list', () => {
  it('has at least 75 servers, each name and short name once', () => {
    expect(builtInDefinitions.length).toBeGreaterThanOrEqual(75);
    expect(new Set(builtInDefinitions.map(({ name }) => name)).size).toBe(builtInDefinitions.length);
    const aliases = builtInDefinitions.map((definition) => detailsOf(definition).alias);
    expect(new Set(aliases).size).toBe(builtInDefinitions.length);
  });

  it.each(builtInDefinitions.map((definition) => [titleOf(definition), definition] as const))(
    '%s follows the schema and our own rules',
    async (_, definition) => {
      const read = await readDefinition(JSON.parse(JSON.stringify(definition)));
      expect(describeFaults(read.faults)).toBe('');
      // Nothing that we say is lost on the way through the schema.
      expect(read.kind === 'definition' && read.definition).toEqual(definition);
      const details = detailsOf(definition);
      expect(details).toMatchObject({
        alias: expect.any(String),
        publisher: expect.anything(),
        category: expect.any(String),
        auth: expect.any(String),
        checked: expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/),
      });
      expect(definition.repository ?? definition.websiteUrl).toBeDefined();
      expect(definition.description).not.toMatch(/\.$/);

      const options = optionsOf(definition);
      expect(options.length).toBeGreaterThan(0);
      const ids = new Set<string>();
      for (const option of options) {
        expect(option.obstacle).toBeUndefined();
        const { target } = option;
        if (target.kind === 'package' && target.package.registryType !== 'oci')
          expect(target.package.version).toMatch(/^\d/);
        const { launch, inputs } = planParts(definition, option, { given: {} });
        for (const { id, type, options: choices } of inputs) {
          ids.add(id);
          if (type === 'select') expect(choices).not.toEqual([]);
        }
        if (launch.kind === 'http') expect(launch.url).toMatch(/^https:\/\//);
        else expect(Object.keys(launch.env).filter((name) => whyVariableIsRefused(name))).toEqual([]);
      }
      // What is said of an input is said of one that there is.
      expect(Object.keys(details.inputs ?? {}).filter((id) => !ids.has(id))).toEqual([]);
    },
  );

  it('says of every key where a person gets it', () => {
    const silent = builtInDefinitions
      .filter((definition) => detailsOf(definition).auth === 'key')
      .filter((definition) => {
        const inputs = Object.values(detailsOf(definition).inputs ?? {});
        return inputs.every(({ obtain }) => obtain === undefined);
      })
      .map((definition) => detailsOf(definition).alias);
    // Their "key" is the address of a database, or a token of a server that the person hosts.
    expect(silent).toEqual(['atlassian-self-hosted', 'dbhub', 'postgres', 'mongodb']);
  });
});
