/**
 * gateway/manage/plan-inputs — what a server needs to be told: declared with it, or following from its placeholders,
 * and which values a person may give.
 *
 * Pure. Nothing of a value is ever part of a message.
 */
import type { Secret } from '../../base/index.ts';
import {
  type InputDefinition,
  type InputOption,
  inputIdPattern,
  inputValueFault,
  type Launch,
  type ObtainHint,
} from '../../model/index.ts';
import { inputsIn, namesSecret, textsOf } from '../../upstream/index.ts';
import { gatewayError } from '../errors.ts';
import type { DeclaredInput } from './control.ts';

/**
 * A launch with its inputs.
 *
 * @throws gateway.bad_input: two of one name, an id or a default that cannot be, a placeholder where none is filled in
 */
export function planInputs(name: string, launch: Launch, declared: readonly DeclaredInput[]): Launch {
  refuseElsewhere(name, launch);
  const inputs: InputDefinition[] = [];
  const add = (input: InputDefinition): void => {
    const { id } = input;
    const refuse = (reason: string): Error =>
      gatewayError('bad_input', { name, input: id.slice(0, 64), reason });
    if (!inputIdPattern.test(id))
      throw refuse('its name must be letters, digits and underscores, at most 64, beginning with a letter');
    const twin = inputs.find((other) => other.id.toLowerCase() === id.toLowerCase());
    if (twin !== undefined)
      throw refuse(`there are two of that name${twin.id === id ? '' : `, the other is "${twin.id}"`}`);
    if (input.type === 'select' && (input.options ?? []).length === 0)
      throw refuse('it is a select and has no options');
    const fault = input.default === undefined ? undefined : inputValueFault(input, input.default);
    if (fault !== undefined) throw refuse(`of its default: ${fault}`);
    inputs.push(input);
  };
  for (const { id, label, type, isRequired, ...texts } of declared)
    add({
      id,
      label: label ?? id,
      type: type ?? 'text',
      isRequired: isRequired ?? false,
      ...(texts.description !== undefined && { description: texts.description }),
      ...(texts.placeholder !== undefined && { placeholder: texts.placeholder }),
      ...(texts.default !== undefined && { default: texts.default }),
      ...(texts.options !== undefined && { options: texts.options.map(plainOption) }),
      ...(texts.obtain !== undefined && { obtain: plainHint(texts.obtain) }),
    });
  for (const id of inputsIn(textsOf(launch)))
    if (!inputs.some((input) => input.id === id)) add({ id, label: id, type: 'password', isRequired: true });
  return inputs.length === 0 ? launch : { ...launch, inputs };
}

function plainOption({ value, label }: NonNullable<DeclaredInput['options']>[number]): InputOption {
  return { value, ...(label !== undefined && { label }) };
}

/** A page on which a person makes a key is opened in a browser: nothing but https. */
function plainHint({ url, instructions, buttonLabel }: NonNullable<DeclaredInput['obtain']>): ObtainHint {
  return {
    ...(url !== undefined && /^https:\/\//i.test(url) && { url }),
    ...(instructions !== undefined && { instructions }),
    ...(buttonLabel !== undefined && { buttonLabel }),
  };
}

/**
 * A launch with values for its inputs; an empty value takes away what was given, what is not named stays.
 *
 * @throws gateway.no_such_input, gateway.bad_input
 */
export function giveInputs(name: string, launch: Launch, given: Readonly<Record<string, Secret>>): Launch {
  const values = new Map(Object.entries(launch.inputValues ?? {}));
  for (const [wanted, value] of Object.entries(given)) {
    const input = launch.inputs?.find(({ id }) => id.toLowerCase() === wanted.toLowerCase());
    if (input === undefined)
      throw gatewayError('no_such_input', {
        name,
        input: wanted.slice(0, 64),
        known: launch.inputs?.map(({ id }) => id).join(', '),
      });
    const text = value.reveal();
    // What is kept elsewhere is not looked at before it is needed.
    const fault = text === '' || namesSecret(value) ? undefined : inputValueFault(input, text);
    if (fault !== undefined) throw gatewayError('bad_input', { name, input: input.id, reason: fault });
    if (text === '') values.delete(input.id);
    else values.set(input.id, value);
  }
  const { inputValues: _, ...rest } = launch;
  return values.size === 0 ? rest : { ...rest, inputValues: Object.fromEntries(values) };
}

/** Commands, folders and hosts are shown, logged and bound to, so no value is ever filled in there. */
function refuseElsewhere(name: string, launch: Launch): void {
  const places =
    launch.kind === 'stdio'
      ? { command: launch.command, folder: launch.cwd ?? '' }
      : { 'host of the URL': /^[^/]*\/\/[^/?#]*/.exec(launch.url)?.[0] ?? '' };
  for (const [place, text] of Object.entries(places)) {
    const [input] = inputsIn([{ place, text }]);
    if (input !== undefined)
      throw gatewayError('bad_input', {
        name,
        input: input.slice(0, 64),
        reason: `a value cannot stand in the ${place}; use it in a header, a variable, an argument, or the path or query of a URL`,
      });
  }
}
